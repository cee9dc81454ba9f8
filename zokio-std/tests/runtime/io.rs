//! TCP: bytes, ends, errors, and what is dropped half way.

use crate::{Case, Random, descriptors, poll_once};
use embedded_io_async::Read as _;
use std::future::poll_fn;
use std::io::{ErrorKind, Read, Write};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use zokio_std::future::join;
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::time::{sleep, timeout};
use zokio_std::{Builder, spawn_local};

pub const CASES: &[Case] = &[
    ("echo_counts_every_byte", echo_counts_every_byte),
    ("dropped_reads_lose_nothing", dropped_reads_lose_nothing),
    ("dropped_accepts_lose_no_connection", dropped_accepts_lose_no_connection),
    ("dropped_writes_have_written_nothing", dropped_writes_have_written_nothing),
    ("dropped_connects_leave_nothing", dropped_connects_leave_nothing),
    ("dropped_streams_send_what_they_accepted", dropped_streams_send_what_they_accepted),
    ("dropped_streams_close", dropped_streams_close),
    ("dropped_listeners_close", dropped_listeners_close),
    ("both_directions_at_once", both_directions_at_once),
    ("half_close", half_close),
    ("reset_is_an_error", reset_is_an_error),
    ("lost_writes_are_reported_later", lost_writes_are_reported_later),
    ("refused_connection", refused_connection),
    ("address_in_use", address_in_use),
    ("addresses_and_options", addresses_and_options),
    ("flush_waits_for_the_kernel", flush_waits_for_the_kernel),
    ("generic_code_over_embedded_io", generic_code_over_embedded_io),
    ("wakers_may_come_back_to_the_runtime", wakers_may_come_back_to_the_runtime),
];

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

fn dropped_reads_lose_nothing(builder: Builder) {
    const TOTAL: usize = 20_000;
    builder.build().unwrap().block_on(async {
        let (mut stream, mut peer) = pair().await;
        peer.set_nodelay(true).unwrap();
        let writer = std::thread::spawn(move || {
            let (mut random, mut sent) = (Random(99), 0);
            while sent < TOTAL {
                let len = (random.below(40) as usize + 1).min(TOTAL - sent);
                let bytes: Vec<u8> = (sent..sent + len).map(|at| (at % 251) as u8).collect();
                peer.write_all(&bytes).unwrap();
                sent += len;
                if random.below(4) == 0 {
                    std::thread::sleep(Duration::from_micros(random.below(150)));
                }
            }
        });
        let (mut random, mut seen, mut dropped) = (Random(7), 0, 0);
        let mut bytes = [0; 64];
        loop {
            let room = random.below(63) as usize + 1;
            let polls = random.below(4);
            let result = {
                let mut read = pin!(stream.read(&mut bytes[..room]));
                let mut left = polls;
                poll_fn(|cx| match read.as_mut().poll(cx) {
                    Poll::Ready(result) => Poll::Ready(Some(result)),
                    Poll::Pending if left == 0 => Poll::Ready(None),
                    Poll::Pending => {
                        // Whether the bytes come in the turn that follows is the race.
                        left -= 1;
                        cx.waker().wake_by_ref();
                        Poll::Pending
                    }
                })
                .await
            };
            match result {
                None => {
                    dropped += 1;
                    if random.below(8) == 0 {
                        sleep(Duration::from_micros(random.below(300))).await;
                    }
                }
                Some(Ok(0)) => break,
                Some(Ok(len)) => {
                    for byte in &bytes[..len] {
                        assert_eq!(*byte, (seen % 251) as u8, "byte {seen}");
                        seen += 1;
                    }
                }
                Some(Err(error)) => panic!("{error}"),
            }
        }
        writer.join().unwrap();
        assert_eq!(seen, TOTAL);
        assert!(dropped > 100, "only {dropped} reads were dropped");
    });
}

fn dropped_accepts_lose_no_connection(builder: Builder) {
    const CONNECTIONS: usize = 60;
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        let mut listener = TcpListener::bind(any()).unwrap();
        let address = listener.local_addr().unwrap();
        let clients = std::thread::spawn(move || {
            for number in 0..CONNECTIONS {
                let mut client = std::net::TcpStream::connect(address).unwrap();
                client.write_all(&[number as u8]).unwrap();
                client.read_exact(&mut [0]).unwrap();
            }
        });
        let (mut accepted, mut dropped) = (0, 0);
        while accepted < CONNECTIONS {
            match timeout(Duration::from_micros(50 * (dropped % 5)), listener.accept()).await {
                Err(_) => dropped += 1,
                Ok(stream) => {
                    let (mut stream, peer) = stream.unwrap();
                    assert_eq!(peer.ip(), address.ip());
                    let mut byte = [0];
                    stream.read_exact(&mut byte).await.unwrap();
                    assert_eq!(usize::from(byte[0]), accepted, "in order, none lost");
                    stream.write_all(&byte).await.unwrap();
                    stream.flush().await.unwrap(); // the next line but one may block this thread
                    accepted += 1;
                }
            }
        }
        assert!(dropped > 0);
        clients.join().unwrap();
        // One that completes after its future was dropped is closed with the listener.
        let mut accept = Box::pin(listener.accept());
        assert!(poll_once(&mut accept).await.is_none());
        drop(accept);
        let _late = std::net::TcpStream::connect(address).unwrap();
        sleep(Duration::from_millis(2)).await;
        drop(listener);
        sleep(Duration::from_millis(2)).await;
    });
    assert_eq!(descriptors(), before, "no connection is left open");
}

fn dropped_writes_have_written_nothing(builder: Builder) {
    builder.send_buffers(2, 1024).build().unwrap().block_on(async {
        let (mut stream, mut peer) = pair().await;
        // Until nothing more goes: then a write waits, and is dropped.
        let mut sent = 0u64;
        let chunk: Vec<u8> = vec![7; 1000];
        while let Ok(len) = timeout(Duration::from_millis(30), stream.write(&chunk)).await {
            sent += len.unwrap() as u64;
        }
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).unwrap();
            all.len() as u64
        });
        stream.write_all(b"end").await.unwrap();
        drop(stream);
        while !reader.is_finished() {
            sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(reader.join().unwrap(), sent + 3);
    });
}

fn dropped_connects_leave_nothing(builder: Builder) {
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        let listener = std::net::TcpListener::bind(any()).unwrap();
        for _ in 0..20 {
            let mut connect = Box::pin(TcpStream::connect(listener.local_addr().unwrap()));
            if let Some(stream) = poll_once(&mut connect).await {
                drop(stream.unwrap());
            }
            drop(connect);
        }
        sleep(Duration::from_millis(5)).await;
    });
    runtime.block_on(async { sleep(Duration::from_millis(1)).await });
    assert_eq!(descriptors(), before);
}

fn dropped_streams_send_what_they_accepted(builder: Builder) {
    builder.build().unwrap().block_on(async {
        for size in [1, 5_000, 2_000_000] {
            let (mut stream, mut peer) = pair().await;
            let bytes: Vec<u8> = (0..size).map(|at| (at % 253) as u8).collect();
            let expected = bytes.clone();
            let reader = std::thread::spawn(move || {
                let mut all = Vec::new();
                peer.read_to_end(&mut all).unwrap();
                all
            });
            stream.write_all(&bytes).await.unwrap();
            drop(stream); // without a flush
            while !reader.is_finished() {
                sleep(Duration::from_millis(1)).await;
            }
            assert!(reader.join().unwrap() == expected);
        }
    });
}

fn dropped_streams_close(builder: Builder) {
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        let (stream, mut peer) = pair().await;
        drop(stream); // never read
        assert_eq!(blocking_read(&mut peer).await, 0);
        let (mut stream, mut peer) = pair().await;
        let mut bytes = [0; 8];
        {
            let mut read = Box::pin(stream.read(&mut bytes));
            assert!(poll_once(&mut read).await.is_none());
        }
        drop(stream); // with a read in flight
        assert_eq!(blocking_read(&mut peer).await, 0, "the peer sees the end");
        let (mut stream, mut peer) = pair().await;
        {
            let mut read = Box::pin(stream.read(&mut bytes));
            assert!(poll_once(&mut read).await.is_none());
        }
        peer.write_all(b"unread").unwrap();
        sleep(Duration::from_millis(2)).await;
        drop(stream); // with bytes that arrived and were not read
        let end = blocking_result(&mut peer).await;
        assert!(matches!(end, Ok(0)) || end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    });
    assert_eq!(descriptors(), before);
}

/// Reads from an ordinary socket while the runtime goes on.
async fn blocking_result(peer: &mut std::net::TcpStream) -> std::io::Result<usize> {
    let mut peer = peer.try_clone().unwrap();
    let thread = std::thread::spawn(move || peer.read(&mut [0; 64]));
    while !thread.is_finished() {
        sleep(Duration::from_micros(200)).await;
    }
    thread.join().unwrap()
}

async fn blocking_read(peer: &mut std::net::TcpStream) -> usize {
    blocking_result(peer).await.unwrap()
}

fn dropped_listeners_close(builder: Builder) {
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        for armed in [false, true] {
            let mut listener = TcpListener::bind(any()).unwrap();
            let address = listener.local_addr().unwrap();
            if armed {
                let mut accept = Box::pin(listener.accept());
                assert!(poll_once(&mut accept).await.is_none());
            }
            drop(listener);
            sleep(Duration::from_millis(2)).await;
            let refused = TcpStream::connect(address).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        }
    });
    runtime.block_on(async { sleep(Duration::from_millis(1)).await });
    assert_eq!(descriptors(), before);
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

fn half_close(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let mut listener = TcpListener::bind(any()).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        client.write_all(b"question").await.unwrap();
        client.shutdown().await.unwrap();
        let mut bytes = [0; 64];
        assert_eq!(server.read(&mut bytes).await.unwrap(), 8);
        assert_eq!(server.read(&mut bytes).await.unwrap(), 0);
        assert_eq!(server.read(&mut bytes).await.unwrap(), 0);
        server.write_all(b"answer").await.unwrap();
        assert_eq!(client.read(&mut bytes).await.unwrap(), 6);
        let error = async {
            loop {
                if let Err(error) = client.write_all(b"more").await {
                    return error;
                }
                if let Err(error) = client.flush().await {
                    return error;
                }
            }
        };
        assert_eq!(error.await.kind(), ErrorKind::BrokenPipe);
    });
}

fn reset(peer: std::net::TcpStream) {
    rustix::net::sockopt::set_socket_linger(&peer, Some(Duration::ZERO)).unwrap();
}

fn reset_is_an_error(builder: Builder) {
    builder.build().unwrap().block_on(async {
        for armed in [false, true] {
            let (mut stream, peer) = pair().await;
            let mut bytes = [0; 8];
            if armed {
                let mut read = Box::pin(stream.read(&mut bytes));
                assert!(poll_once(&mut read).await.is_none());
            }
            reset(peer);
            let error = stream.read(&mut bytes).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
            assert_eq!(stream.read(&mut bytes).await.unwrap(), 0, "and then the end");
        }
    });
}

fn lost_writes_are_reported_later(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut stream, peer) = pair().await;
        reset(peer);
        stream.write_all(b"into the void").await.unwrap();
        let error = stream.flush().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
        // Told once; then again by what is tried next.
        stream.write_all(b"again").await.unwrap();
        assert_eq!(stream.flush().await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        stream.write_all(b"and again").await.unwrap();
        sleep(Duration::from_millis(1)).await;
        assert_eq!(stream.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    });
}

fn refused_connection(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let gone = std::net::TcpListener::bind(any()).unwrap().local_addr().unwrap();
        assert_eq!(TcpStream::connect(gone).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    });
}

fn address_in_use(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let listener = TcpListener::bind(any()).unwrap();
        let error = TcpListener::bind(listener.local_addr().unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
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

fn flush_waits_for_the_kernel(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut stream, mut peer) = pair().await;
        stream.flush().await.unwrap(); // nothing to wait for
        // Fill the socket until the kernel takes no more.
        let chunk = vec![1; 16 << 10];
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
