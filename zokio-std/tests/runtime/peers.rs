//! The other ends of connections.

use std::io::Read;
use std::time::Duration;
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::time::sleep;

pub fn any() -> std::net::SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// A connection: our end, and an ordinary blocking socket.
pub async fn pair() -> (TcpStream, std::net::TcpStream) {
    let mut listener = TcpListener::bind(any()).unwrap();
    let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().await.unwrap().0, peer)
}

/// Returns what it reads until the end of the stream; how many bytes that were.
pub async fn echo(mut stream: TcpStream) -> usize {
    let (mut bytes, mut total) = ([0; 4096], 0);
    loop {
        let len = stream.read(&mut bytes).await.unwrap();
        if len == 0 {
            return total;
        }
        stream.write_all(&bytes[..len]).await.unwrap();
        total += len;
    }
}

/// Reads from an ordinary socket while the runtime goes on.
pub async fn blocking_result(peer: &mut std::net::TcpStream) -> std::io::Result<usize> {
    let mut peer = peer.try_clone().unwrap();
    let thread = std::thread::spawn(move || peer.read(&mut [0; 64]));
    while !thread.is_finished() {
        sleep(Duration::from_micros(200)).await;
    }
    thread.join().unwrap()
}

pub async fn blocking_read(peer: &mut std::net::TcpStream) -> usize {
    blocking_result(peer).await.unwrap()
}

pub fn reset(peer: std::net::TcpStream) {
    rustix::net::sockopt::set_socket_linger(&peer, Some(Duration::ZERO)).unwrap();
}
