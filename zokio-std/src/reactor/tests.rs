//! What is lent comes back: slots, records, buffers of both kinds.

use super::Reactor;
use super::socket::Receiving;
use crate::driver::DriverKind;
use crate::net::{TcpListener, TcpStream};
use crate::runtime::{Handle, Runtime};
use crate::time::{sleep, timeout};
use std::io::{Read, Write};
use std::time::Duration;

/// Runs `test` on each driver that this machine has, with two buffers of each kind.
fn on_each_driver(test: impl AsyncFn()) {
    let _alone = crate::DESCRIPTORS.lock();
    for kind in [DriverKind::Uring, DriverKind::Epoll] {
        match Runtime::builder().driver(kind).receive_buffers(2, 64).send_buffers(2, 64).build() {
            Ok(runtime) => runtime.block_on(test()),
            // The integration tests count this as skipped.
            Err(error) => eprintln!("SKIPPED: no {kind} here: {error}"),
        }
    }
}

fn reactor<R>(f: impl FnOnce(&mut Reactor) -> R) -> R {
    Handle::current().with(f).unwrap()
}

/// How many buffers for sending are free.
fn free_to_send(reactor: &mut Reactor) -> usize {
    let lent: Vec<u16> = std::iter::from_fn(|| reactor.outgoing.lend()).collect();
    lent.iter().for_each(|&id| reactor.outgoing.give_back(id));
    lent.len()
}

async fn settled() {
    sleep(Duration::from_millis(3)).await;
    let (slots, sockets, buffers) =
        reactor(|reactor| (reactor.slots.used(), reactor.sockets.open().count(), free_to_send(reactor)));
    assert_eq!((slots, sockets, buffers), (0, 0, 2), "slots in use, sockets open, buffers free");
}

async fn pair(listener: &mut TcpListener) -> (TcpStream, std::net::TcpStream) {
    let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (listener.accept().await.unwrap().0, peer)
}

#[test]
fn buffers_for_receiving_come_back() {
    on_each_driver(async || {
        let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        // More often than there are buffers, in each of the ways that a stream can end with bytes in one.
        for round in 0..5 {
            for way in 0..4 {
                let (mut stream, mut peer) = pair(&mut listener).await;
                let mut bytes = [0; 4];
                if way < 3 {
                    assert!(timeout(Duration::ZERO, stream.read(&mut bytes)).await.is_err());
                }
                peer.write_all(b"some bytes").unwrap();
                match way {
                    0 => sleep(Duration::from_millis(1)).await, // arrived, not looked at
                    1 => assert_eq!(stream.read(&mut bytes).await.unwrap(), 4), // a part is left
                    2 => {}                                     // perhaps on their way
                    _ => assert!(stream.read(&mut bytes).await.unwrap() > 0),
                }
                let starved = reactor(|reactor| {
                    matches!(reactor.sockets.get(stream.id()).receiving, Receiving::Starved | Receiving::Watched(_))
                });
                assert!(!starved, "round {round}, way {way}: a buffer is missing");
                drop(stream);
                sleep(Duration::from_millis(1)).await;
            }
        }
        drop(listener);
        settled().await;
    });
}

#[test]
fn buffers_for_sending_come_back() {
    on_each_driver(async || {
        let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        for way in [0, 1, 2, 3].repeat(3) {
            let (mut stream, mut peer) = pair(&mut listener).await;
            match way {
                0 => stream.write_all(b"dropped at once").await.unwrap(),
                1 => {
                    stream.write_all(b"flushed").await.unwrap();
                    stream.flush().await.unwrap();
                }
                2 => {
                    // The peer is gone; the bytes are lost, not the buffer.
                    rustix::net::sockopt::set_socket_linger(&peer, Some(Duration::ZERO)).unwrap();
                    drop(peer);
                    stream.write_all(b"into the void").await.unwrap();
                    drop(stream);
                    continue;
                }
                _ => {
                    // More than the socket takes: the rest is sent after the stream is gone.
                    let chunk = [9; 1 << 12];
                    while timeout(Duration::from_millis(5), stream.write_all(&chunk)).await.is_ok() {}
                    drop(stream);
                    let reader = std::thread::spawn(move || peer.read_to_end(&mut Vec::new()).unwrap());
                    while !reader.is_finished() {
                        sleep(Duration::from_millis(1)).await;
                    }
                    continue;
                }
            }
            drop(stream);
        }
        drop(listener);
        settled().await;
    });
}

#[test]
fn slots_come_back() {
    on_each_driver(async || {
        for _ in 0..3 {
            let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let (stream, _peer) = pair(&mut listener).await;
            assert!(timeout(Duration::from_micros(100), listener.accept()).await.is_err());
            let address = listener.local_addr().unwrap();
            let connected = TcpStream::connect(address).await.unwrap();
            sleep(Duration::from_millis(1)).await; // accepted by nobody, for the listener
            drop((stream, connected, listener));
            assert!(TcpStream::connect(address).await.is_err());
            settled().await;
        }
    });
}

#[test]
fn a_stream_that_nobody_reads_stops_receiving() {
    let _alone = crate::DESCRIPTORS.lock();
    let Ok(runtime) = Runtime::builder().driver(DriverKind::Uring).receive_buffers(512, 64).build() else {
        return eprintln!("SKIPPED: no io_uring here");
    };
    runtime.block_on(async {
        let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let (mut stream, mut peer) = pair(&mut listener).await;
        assert!(timeout(Duration::ZERO, stream.read(&mut [0; 1])).await.is_err());
        // One after the other, so that the kernel does not see them all at once.
        for _ in 0..400 {
            peer.write_all(&[7; 64]).unwrap();
            sleep(Duration::from_micros(20)).await;
        }
        let unread = reactor(|reactor| reactor.sockets.get(stream.id()).unread.count());
        assert!((super::arrivals::MOST_UNREAD..100).contains(&unread), "{unread} buffers are unread");
        let (mut seen, mut bytes) = (0, [0; 1000]);
        while seen < 400 * 64 {
            let len = stream.read(&mut bytes).await.unwrap();
            assert!(bytes[..len].iter().all(|&byte| byte == 7));
            seen += len;
        }
    });
}
