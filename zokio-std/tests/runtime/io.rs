//! TCP: bytes both ways, addresses, and the traits of others.

use crate::peers::{any, blocking_read, echo, pair};
use crate::{Case, Random, poll_once};
use std::future::poll_fn;
use std::io::{Read, Write};
use std::time::Duration;
use zokio_std::future::join;
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::time::timeout;
use zokio_std::{Builder, spawn_local};

pub const CASES: &[Case] = &[
    ("echo_counts_every_byte", echo_counts_every_byte),
    ("both_directions_at_once", both_directions_at_once),
    ("addresses_and_options", addresses_and_options),
    ("reads_of_all_sizes_lose_nothing", reads_of_all_sizes_lose_nothing),
    #[cfg(unix)]
    ("what_would_fill_a_buffer_goes_at_once", what_would_fill_a_buffer_goes_at_once),
    ("flush_waits_for_the_kernel", flush_waits_for_the_kernel),
    ("generic_code_over_embedded_io", generic_code_over_embedded_io),
    #[cfg(windows)]
    ("a_read_sends_what_was_written_before_it_waits", a_read_sends_what_was_written_before_it_waits),
    ("wakers_may_come_back_to_the_runtime", wakers_may_come_back_to_the_runtime),
];

/// Whether a waker was used.
#[cfg(windows)]
#[derive(Default)]
struct Told(std::sync::atomic::AtomicBool);

#[cfg(windows)]
impl std::task::Wake for Told {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

/// Each operation on a completion port is a call of its own, so the answer may be there by the time that it is received.
#[cfg(windows)]
fn a_read_sends_what_was_written_before_it_waits(builder: Builder) {
    let runtime = builder.send_buffers(4, 1024).build().unwrap();
    runtime.block_on(async {
        let listener = std::net::TcpListener::bind(any()).unwrap();
        let mut stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut peer = listener.accept().unwrap().0;
        let mut bytes = [0; 4096];
        // No turn of the driver comes in between: all of this is one poll.
        stream.write_all(b"one ").await.unwrap();
        stream.write_all(b"two").await.unwrap();
        peer.set_nonblocking(true).unwrap();
        assert_eq!(peer.read(&mut bytes).unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "writes go together");
        peer.set_nonblocking(false).unwrap();
        assert!(poll_once(&mut Box::pin(stream.read(&mut bytes))).await.is_none());
        peer.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        assert_eq!(peer.read(&mut bytes).unwrap(), 7);
        peer.write_all(b"!").unwrap();
        assert_eq!(stream.read(&mut bytes).await.unwrap(), 1);
        // Who waits for room that somebody else's read makes is told.
        let (mut reader, mut writer) = stream.into_split();
        let mut writing = Box::pin(writer.write_all(&[7; 3000]));
        let told = std::sync::Arc::new(Told::default());
        let waker = std::task::Waker::from(told.clone());
        assert!(writing.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending(), "it does not fit");
        assert!(poll_once(&mut Box::pin(reader.read(&mut bytes))).await.is_none());
        let is_told = async {
            while !told.0.load(std::sync::atomic::Ordering::Relaxed) {
                zokio_std::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(30), is_told).await.expect("there is room");
        writing.await.unwrap();
        peer.read_exact(&mut bytes[..1024]).unwrap();
    });
}

fn echo_counts_every_byte(builder: Builder) {
    const CLIENTS: u64 = 8;
    builder.build().unwrap().block_on(async {
        let mut listener = TcpListener::bind(any()).unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn_local(async move {
            for _ in 0..CLIENTS {
                spawn_local(echo(listener.accept().await.unwrap().0)).detach();
            }
        });
        let mut clients = Vec::new();
        for seed in 1..=CLIENTS {
            clients.push(spawn_local(async move {
                let mut random = Random(seed * 77);
                let mut stream = TcpStream::connect(address).await.unwrap();
                let (mut sent, mut seen) = (0u64, 0u64);
                for _ in 0..200 {
                    let chunk: Vec<u8> = (0..random.below(3000) + 1).map(|at| ((sent + at) % 251) as u8).collect();
                    stream.write_all(&chunk).await.unwrap();
                    sent += chunk.len() as u64;
                    // Sometimes everything back first, sometimes only a part.
                    let until = if random.below(2) == 0 { sent } else { seen + (sent - seen) / 2 };
                    while seen < until {
                        let mut bytes = vec![0; random.below(2000) as usize + 1];
                        let len = stream.read(&mut bytes).await.unwrap();
                        assert!(len > 0);
                        for byte in &bytes[..len] {
                            assert_eq!(*byte, (seen % 251) as u8);
                            seen += 1;
                        }
                    }
                }
                stream.shutdown().await.unwrap();
                let mut bytes = [0; 512];
                loop {
                    match stream.read(&mut bytes).await.unwrap() {
                        0 => break,
                        len => seen += len as u64,
                    }
                }
                assert_eq!(seen, sent);
                sent
            }));
        }
        let mut total = 0;
        for client in clients {
            total += client.await.unwrap();
        }
        assert!(total > 1_000_000);
        server.await.unwrap();
    });
}

fn both_directions_at_once(builder: Builder) {
    const TOTAL: usize = 3_000_000;
    builder.build().unwrap().block_on(async {
        let mut listener = TcpListener::bind(any()).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        async fn exchange(stream: &mut TcpStream) {
            let (mut reader, mut writer) = stream.split();
            let receive = async {
                let (mut bytes, mut seen) = ([0; 3000], 0);
                while seen < TOTAL {
                    let len = reader.read(&mut bytes).await.unwrap();
                    assert!(bytes[..len].iter().enumerate().all(|(at, byte)| *byte == ((seen + at) % 249) as u8));
                    seen += len;
                    assert!(len > 0);
                }
            };
            let send = async {
                let bytes: Vec<u8> = (0..TOTAL).map(|at| (at % 249) as u8).collect();
                writer.write_all(&bytes).await.unwrap();
                writer.flush().await.unwrap();
            };
            join((receive, send)).await;
        }
        join((exchange(&mut client), exchange(&mut server))).await;
    });
}

fn addresses_and_options(builder: Builder) {
    builder.build().unwrap().block_on(async {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(mut listener) = TcpListener::bind(address.parse().unwrap()) else {
                assert!(address.starts_with('['), "only version 6 may be missing");
                continue;
            };
            let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (server, peer) = listener.accept().await.unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
            assert_eq!(server.peer_addr().unwrap(), peer);
            assert_eq!(client.peer_addr().unwrap(), server.local_addr().unwrap());
            client.set_nodelay(true).unwrap();
        }
    });
}

/// Large reads and small ones take different ways; so bytes must keep their order where one follows the other, and where one
/// is dropped.
fn reads_of_all_sizes_lose_nothing(builder: Builder) {
    const TOTAL: usize = 3 << 20;
    let byte = |at: usize| (at % 251) as u8;
    builder.build().unwrap().block_on(async {
        let (mut stream, mut peer) = pair().await;
        let writer = std::thread::spawn(move || {
            let mut random = Random(7);
            let mut at = 0;
            while at < TOTAL {
                let len = (random.below(60_000) as usize + 1).min(TOTAL - at);
                peer.write_all(&(at..at + len).map(byte).collect::<Vec<_>>()).unwrap();
                at += len;
                if random.below(4) == 0 {
                    std::thread::sleep(Duration::from_micros(300));
                }
            }
        });
        let mut random = Random(8);
        let mut bytes = vec![0; 256 << 10];
        let (mut at, mut dropped) = (0, 0);
        while at < TOTAL {
            // Runs of either kind, so that each way is left and taken again.
            let large = (at / (200 << 10)).is_multiple_of(2);
            let room = if large { 64 << 10 | random.below(100_000) as usize } else { random.below(3000) as usize + 1 };
            let at_once = poll_once(&mut Box::pin(stream.read(&mut bytes[..room]))).await;
            let len = match at_once {
                Some(len) => len.unwrap(),
                None if random.below(3) == 0 => {
                    dropped += 1;
                    continue;
                }
                None => stream.read(&mut bytes[..room]).await.unwrap(),
            };
            assert!(len > 0, "the end after {at} bytes");
            assert!(bytes[..len].iter().enumerate().all(|(more, &seen)| seen == byte(at + more)), "behind {at}");
            at += len;
        }
        assert!(dropped > 0, "the peer was always faster");
        writer.join().unwrap();
    });
}

/// More than a buffer holds is taken at once, and what was written before goes first.
#[cfg(unix)]
fn what_would_fill_a_buffer_goes_at_once(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut stream, mut peer) = pair().await;
        let large = vec![2; 64 << 10];
        let taken = stream.write(&large).await.unwrap();
        assert!(taken > 16 << 10, "{taken} bytes");
        stream.write_all(b"small").await.unwrap();
        stream.write_all(&large).await.unwrap();
        let expected = [&large[..taken], b"small", &large[..]].concat();
        let reader = std::thread::spawn(move || {
            let mut seen = vec![0; expected.len()];
            peer.read_exact(&mut seen).unwrap();
            seen == expected
        });
        stream.flush().await.unwrap();
        assert!(reader.join().unwrap());
    });
}

fn flush_waits_for_the_kernel(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut stream, mut peer) = pair().await;
        stream.flush().await.unwrap(); // nothing to wait for
        // Fill the socket until the kernel takes no more.
        let chunk = vec![1; 8 << 10];
        let mut sent = 0usize;
        while let Ok(len) = timeout(Duration::from_millis(30), stream.write(&chunk)).await {
            sent += len.unwrap();
        }
        assert!(timeout(Duration::from_millis(10), stream.flush()).await.is_err(), "bytes are left");
        let reader = std::thread::spawn(move || {
            let (mut bytes, mut seen) = (vec![0; 1 << 16], 0);
            while seen < sent {
                seen += peer.read(&mut bytes).unwrap();
            }
            seen
        });
        stream.flush().await.unwrap();
        drop(stream);
        assert_eq!(reader.join().unwrap(), sent);
    });
}

fn generic_code_over_embedded_io(builder: Builder) {
    /// Knows nothing of this crate.
    async fn shout<S: embedded_io_async::Read + embedded_io_async::Write>(stream: &mut S) -> Result<(), S::Error> {
        let mut bytes = [0; 16];
        let len = stream.read(&mut bytes).await?;
        bytes.make_ascii_uppercase();
        stream.write_all(&bytes[..len]).await?;
        stream.flush().await
    }
    builder.build().unwrap().block_on(async {
        let (mut stream, mut peer) = pair().await;
        peer.write_all(b"quiet").unwrap();
        shout(&mut stream).await.unwrap();
        let mut bytes = [0; 5];
        peer.read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"QUIET");
        let (mut reader, mut writer) = stream.split();
        embedded_io_async::Write::write_all(&mut writer, b"x").await.unwrap();
        peer.write_all(b"y").unwrap();
        reader.read_exact(&mut [0]).await.unwrap();
    });
}

fn wakers_may_come_back_to_the_runtime(builder: Builder) {
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::task::{Context, Wake, Waker};
    thread_local! {
        static VICTIM: RefCell<Option<TcpStream>> = const { RefCell::new(None) };
    }
    /// A waker that, when woken, drops a stream and then wakes the task.
    struct Meddler(Waker);
    impl Wake for Meddler {
        fn wake(self: Arc<Self>) {
            drop(VICTIM.take());
            self.0.wake_by_ref();
        }
    }
    builder.build().unwrap().block_on(async {
        let (mut stream, mut peer) = pair().await;
        let (mut victim, mut orphan) = pair().await;
        {
            let mut bytes = [0; 4];
            let mut read = Box::pin(victim.read(&mut bytes));
            assert!(poll_once(&mut read).await.is_none());
        }
        VICTIM.set(Some(victim));
        peer.write_all(b"now").unwrap();
        let mut bytes = [0; 8];
        let mut read = Box::pin(stream.read(&mut bytes));
        let len = poll_fn(|cx| {
            let meddler = Waker::from(Arc::new(Meddler(cx.waker().clone())));
            read.as_mut().poll(&mut Context::from_waker(&meddler))
        })
        .await
        .unwrap();
        assert_eq!(len, 3);
        VICTIM.take();
        assert_eq!(blocking_read(&mut orphan).await, 0);
    });
}
