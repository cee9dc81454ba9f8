//! What is dropped half way loses nothing and leaves nothing.

use crate::peers::{any, blocking_read, blocking_result, pair};
use crate::{Case, Random, descriptors, poll_once};
use std::future::poll_fn;
use std::io::{ErrorKind, Read, Write};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use zokio_std::Builder;
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::time::{sleep, timeout};

pub const CASES: &[Case] = &[
    ("dropped_reads_lose_nothing", dropped_reads_lose_nothing),
    ("dropped_accepts_lose_no_connection", dropped_accepts_lose_no_connection),
    ("dropped_writes_have_written_nothing", dropped_writes_have_written_nothing),
    ("dropped_connects_leave_nothing", dropped_connects_leave_nothing),
    ("dropped_streams_send_what_they_accepted", dropped_streams_send_what_they_accepted),
    ("dropped_streams_close", dropped_streams_close),
    ("dropped_listeners_close", dropped_listeners_close),
];

/// How often a race has to go the other way. (The timers of Windows are coarse, and wine is slow.)
const FEW: usize = if cfg!(windows) { 1 } else { 100 };

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
        assert!(dropped > FEW, "only {dropped} reads were dropped");
    });
}

fn dropped_accepts_lose_no_connection(builder: Builder) {
    const CONNECTIONS: usize = 60;
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        let mut listener = TcpListener::bind(any()).unwrap();
        let address = listener.local_addr().unwrap();
        // One for certain; those below are dropped where the clients are slower than this.
        assert!(timeout(Duration::from_micros(50), listener.accept()).await.is_err());
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
            // From here on, not from the next turn on.
            let refused = std::net::TcpStream::connect(address).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
            drop(TcpListener::bind(address).unwrap());
        }
    });
    runtime.block_on(async { sleep(Duration::from_millis(1)).await });
    assert_eq!(descriptors(), before);
}
