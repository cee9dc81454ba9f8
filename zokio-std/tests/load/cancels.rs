//! Reads, accepts, receives and waits that are given up at random moments, for as long as the scale says.

use crate::{Case, Random, Scale};
use std::io::Write;
use std::net::{SocketAddr, UdpSocket as StdUdp};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};
use zokio_std::Builder;
use zokio_std::net::{TcpListener, TcpStream, UdpSocket};
use zokio_std::spawn_local;
use zokio_std::time::{sleep, timeout};

pub const CASES: &[Case] = &[("random_cancels_lose_nothing", random)];

/// Gives up `future` after some polls, or after some time, or waits for it.
async fn perhaps<F: Future>(random: &mut Random, future: F) -> Option<F::Output> {
    match random.below(3) {
        0 => {
            let mut future = pin!(future);
            for _ in 0..=random.below(2) {
                let polled = std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
                if let Poll::Ready(output) = polled {
                    return Some(output);
                }
                zokio_std::future::yield_now().await;
            }
            None
        }
        1 => timeout(Duration::from_micros(random.below(300)), future).await.ok(),
        _ => timeout(Duration::from_millis(2), future).await.ok(),
    }
}

/// Reads numbered bytes until the end, giving up again and again; says how many there were, and how often it gave up.
async fn read_all(mut stream: TcpStream, seed: u64) -> (u64, u64) {
    let (mut random, mut seen, mut given_up) = (Random(seed | 1), 0u64, 0);
    let mut bytes = [0; 700];
    loop {
        let len = 1 + random.below(700) as usize;
        match perhaps(&mut random, stream.read(&mut bytes[..len])).await {
            None => given_up += 1,
            Some(len) => match len.unwrap() {
                0 => return (seen, given_up),
                len => {
                    assert!(bytes[..len].iter().zip(seen..).all(|(&byte, at)| byte == at as u8), "after {seen} bytes");
                    seen += len as u64;
                }
            },
        }
    }
}

fn random(builder: Builder, scale: Scale) {
    builder.build().unwrap().block_on(async {
        let until = Instant::now() + scale.time;
        let stop = Arc::new(AtomicBool::new(false));
        let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let (address, ended) = (listener.local_addr().unwrap(), stop.clone());
        // Connections that count their bytes.
        let writers: Vec<_> = (0..3)
            .map(|number| {
                let ended = ended.clone();
                std::thread::spawn(move || {
                    let mut random = Random(77 + number);
                    let (mut connections, mut sent) = (0u64, 0u64);
                    while !ended.load(Ordering::Relaxed) {
                        let mut stream = std::net::TcpStream::connect(address).unwrap();
                        connections += 1;
                        let (mut at, all) = (0u64, random.below(20_000));
                        while at < all {
                            let len = (1 + random.below(900)).min(all - at);
                            let bytes: Vec<u8> = (at..at + len).map(|at| at as u8).collect();
                            stream.write_all(&bytes).unwrap();
                            at += len;
                            if random.below(4) == 0 {
                                std::thread::sleep(Duration::from_micros(random.below(200)));
                            }
                        }
                        sent += at;
                        drop(stream);
                        // Not faster than they are read: connections wait in the system's line.
                        std::thread::sleep(Duration::from_micros(500));
                    }
                    (connections, sent)
                })
            })
            .collect();
        let (stop_accepting, seed) = (stop.clone(), Arc::new(AtomicU64::new(1)));
        let accepting = spawn_local(async move {
            let (mut random, mut readers, mut given_up, mut quiet) = (Random(5), Vec::new(), 0u64, 0);
            while quiet < 20 {
                match perhaps(&mut random, listener.accept()).await {
                    None => given_up += 1,
                    Some(accepted) => {
                        readers.push(spawn_local(read_all(accepted.unwrap().0, seed.fetch_add(2, Ordering::Relaxed))));
                        quiet = 0;
                        continue;
                    }
                }
                if stop_accepting.load(Ordering::Relaxed) {
                    quiet += 1;
                    sleep(Duration::from_millis(2)).await;
                }
            }
            let (mut bytes, connections) = (0, readers.len() as u64);
            for reader in readers {
                let (seen, dropped) = reader.await.unwrap();
                (bytes, given_up) = (bytes + seen, given_up + dropped);
            }
            (connections, bytes, given_up)
        });
        let datagrams = spawn_local(datagrams(until));
        while Instant::now() < until {
            sleep(Duration::from_millis(5)).await;
        }
        stop.store(true, Ordering::Relaxed);
        let (connections, bytes, given_up) = accepting.await.unwrap();
        let sent = writers.into_iter().map(|writer| writer.join().unwrap());
        let sent = sent.fold((0, 0), |sum, (connections, bytes)| (sum.0 + connections, sum.1 + bytes));
        assert_eq!((connections, bytes), sent);
        assert!(given_up > 100, "{given_up} were given up");
        datagrams.await.unwrap();
    });
}

/// Datagrams, one at a time so that none is dropped by the system, while receiving is given up at random.
async fn datagrams(until: Instant) {
    let mut random = Random(99);
    let socket = UdpSocket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let peer = StdUdp::bind("127.0.0.1:0").unwrap();
    let (at, from): (SocketAddr, SocketAddr) = (socket.local_addr().unwrap(), peer.local_addr().unwrap());
    let mut number = 0u64;
    while Instant::now() < until {
        let mut bytes = [0; 64];
        if random.below(2) == 0 {
            let early = perhaps(&mut random, socket.recv_from(&mut bytes)).await;
            assert!(early.is_none(), "nothing was sent");
        }
        peer.send_to(&number.to_le_bytes(), at).unwrap();
        let received = loop {
            if let Some(received) = perhaps(&mut random, socket.recv_from(&mut bytes)).await {
                break received.unwrap();
            }
        };
        assert_eq!((received, u64::from_le_bytes(bytes[..8].try_into().unwrap())), ((8, from), number));
        number += 1;
    }
    assert!(number > 10, "{number} datagrams");
}
