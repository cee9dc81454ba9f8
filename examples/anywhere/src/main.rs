//! One program for a server and for a WASI component: what differs is one import.
//!
//! ```sh
//! cargo run -p anywhere
//! cargo build -p anywhere --target wasm32-wasip2
//! wasmtime run -S inherit-network target/wasm32-wasip2/debug/anywhere.wasm
//! ```

use std::io;
use std::time::Duration;
use zokio::net::{TcpListener, TcpStream, UdpSocket};
use zokio::time::{interval, now, sleep, sleep_until, timeout};
#[cfg(not(target_os = "wasi"))]
use zokio_std as zokio;
#[cfg(target_os = "wasi")]
use zokio_wasi as zokio;

/// Sends back what it is sent, in capitals, until the end.
async fn shout(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 64];
    loop {
        let len = stream.read(&mut buffer).await?;
        if len == 0 {
            return stream.shutdown().await;
        }
        sleep(Duration::from_millis(1)).await;
        stream.write_all(&buffer[..len].to_ascii_uppercase()).await?;
    }
}

/// Two datagrams, there and back.
async fn datagrams() -> io::Result<usize> {
    let [one, other] = [UdpSocket::bind(([127, 0, 0, 1], 0).into())?, UdpSocket::bind(([127, 0, 0, 1], 0).into())?];
    one.connect(other.local_addr()?)?;
    one.send(b"a datagram").await?;
    let mut buffer = [0; 64];
    let (len, peer) = other.recv_from(&mut buffer).await?;
    other.send_to(&buffer[..len], peer).await?;
    one.recv(&mut buffer).await
}

#[zokio::main]
async fn main() -> io::Result<()> {
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    let address = listener.local_addr()?;
    let server = zokio::spawn_local(async move { shout(listener.accept().await?.0).await });

    let mut client = TcpStream::connect_host(&address.to_string()).await?;
    let mut buffer = [0; 64];
    // Nothing was sent yet, so nothing comes, and the wait loses nothing.
    let early = timeout(Duration::from_millis(5), client.read(&mut buffer)).await;
    println!("before anything is sent: {}", if early.is_err() { "nothing" } else { "something" });
    client.write_all(b"hello, anywhere").await?;
    let (mut reader, mut writer) = client.into_split();
    reader.read_exact(&mut buffer[..15]).await?;
    println!("the server says: {}", String::from_utf8_lossy(&buffer[..15]));
    writer.shutdown().await?;
    server.await.map_err(|error| io::Error::other(error.to_string()))??;
    println!("the server is done");
    println!("a datagram came back with {} bytes", datagrams().await?);

    let begun = now();
    let count = zokio::spawn(async move {
        let mut ticks = interval(Duration::from_millis(1));
        for _ in 0..3 {
            ticks.tick().await;
        }
        sleep_until(begun + Duration::from_millis(5)).await;
        zokio::future::yield_now().await;
        3
    });
    let count = count.await.map_err(|error| io::Error::other(error.to_string()))?;
    println!("{count} ticks, not too early: {}", now() - begun >= Duration::from_millis(5));
    Ok(())
}
