//! Much at once: files, and buffers of the program's, over a stream.

use crate::peers::pair;
use crate::{Case, poll_once};
use std::io::{Read, Write};
use std::net::TcpStream as Peer;
use std::path::PathBuf;
use std::time::Duration;
use zokio_std::fs::File;
use zokio_std::io::BufferPool;
use zokio_std::time::sleep;
use zokio_std::{Builder, fs};

pub const CASES: &[Case] = &[
    ("a_buffer_is_sent_from_where_it_is", |builder| a_buffer_is_sent(builder)),
    ("a_buffer_is_sent_without_a_copy", |builder| a_buffer_is_sent(builder.zero_copy_from(1))),
    ("a_dropped_owned_send_keeps_the_order", |builder| a_dropped_owned_send(builder, false)),
    ("a_dropped_send_without_a_copy_keeps_the_order", |builder| a_dropped_owned_send(builder.zero_copy_from(1), false)),
    ("a_forgotten_owned_send_keeps_the_order", |builder| a_dropped_owned_send(builder.zero_copy_from(1), true)),
    ("an_owned_send_outlives_its_stream_and_runtime", an_owned_send_outlives_its_stream_and_runtime),
    ("an_owned_send_to_a_peer_that_is_gone", an_owned_send_to_a_peer_that_is_gone),
    ("a_file_is_sent_to_a_slow_reader", a_file_is_sent_to_a_slow_reader),
    ("a_file_is_sent_while_the_stream_receives", a_file_is_sent_while_the_stream_receives),
    ("a_file_to_a_peer_that_is_gone", a_file_to_a_peer_that_is_gone),
];

/// More than the sockets of a connection have room for.
const LARGE: usize = 24 << 20;

/// Bytes that are nowhere the same as some bytes before.
fn bytes(len: usize) -> Vec<u8> {
    (0..len as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn path(builder: &Builder, name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("zokio-{name}-{}-{}", std::process::id(), std::ptr::from_ref(builder).addr()))
}

/// What comes until the end, read with pauses at first.
fn slowly(mut peer: Peer) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        let mut chunk = vec![0; 1 << 20];
        loop {
            if all.len() < 4 << 20 {
                std::thread::sleep(Duration::from_millis(5));
            }
            match peer.read(&mut chunk).unwrap() {
                0 => return all,
                len => all.extend_from_slice(&chunk[..len]),
            }
        }
    })
}

fn a_file_is_sent_to_a_slow_reader(builder: Builder) {
    let path = path(&builder, "sent");
    builder.build().unwrap().block_on(async {
        let contents = bytes(LARGE);
        fs::write(&path, contents.clone()).await.unwrap();
        let file = File::open(&path).await.unwrap();
        let (mut stream, peer) = pair().await;
        let reader = slowly(peer);
        stream.write_all(b"head").await.unwrap();
        let (from, len) = (3, LARGE as u64 - 10);
        assert_eq!(stream.send_file(&file, from, len).await.unwrap(), len);
        // The rest, and what a file is too short for.
        assert_eq!(stream.send_file(&file, from + len, u64::MAX).await.unwrap(), 7);
        assert_eq!(stream.send_file(&file, LARGE as u64 + 1, 5).await.unwrap(), 0);
        assert_eq!(stream.send_file(&file, 0, 0).await.unwrap(), 0);
        stream.write_all(b"tail").await.unwrap();
        stream.shutdown().await.unwrap();
        let all = reader.join().unwrap();
        assert!(all == [b"head", &contents[3..], b"tail"].concat());
        fs::remove_file(&path).await.unwrap();
    });
}

/// The socket's mode is another one from the first file on, and receives go on through it.
fn a_file_is_sent_while_the_stream_receives(builder: Builder) {
    let path = path(&builder, "both");
    builder.build().unwrap().block_on(async {
        let contents = bytes(1 << 20);
        fs::write(&path, contents.clone()).await.unwrap();
        let file = File::open(&path).await.unwrap();
        let (stream, mut peer) = pair().await;
        let (mut from, mut to) = stream.into_split();
        let receiver = zokio_std::spawn_local(async move {
            let mut all = vec![0; 3000];
            from.read_exact(&mut all).await.unwrap();
            all
        });
        // The receive is armed before the first file.
        sleep(Duration::from_millis(1)).await;
        let other_end = std::thread::spawn(move || {
            let mut all = vec![0; 3 << 20];
            for third in all.chunks_mut(1 << 20) {
                peer.read_exact(third).unwrap();
                peer.write_all(&[7; 1000]).unwrap();
            }
            all
        });
        for _ in 0..3 {
            assert_eq!(to.send_file(&file, 0, u64::MAX).await.unwrap(), 1 << 20);
        }
        assert!(other_end.join().unwrap() == contents.repeat(3));
        assert_eq!(receiver.await.unwrap(), vec![7; 3000]);
        fs::remove_file(&path).await.unwrap();
    });
}

fn a_file_to_a_peer_that_is_gone(builder: Builder) {
    let path = path(&builder, "gone");
    builder.build().unwrap().block_on(async {
        fs::write(&path, bytes(LARGE)).await.unwrap();
        let file = File::open(&path).await.unwrap();
        let (mut stream, peer) = pair().await;
        drop(peer);
        assert!(stream.send_file(&file, 0, u64::MAX).await.is_err());
        drop(stream);
        fs::remove_file(&path).await.unwrap();
    });
}

fn a_buffer_is_sent(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let contents = bytes(LARGE);
        let (mut stream, peer) = pair().await;
        let reader = slowly(peer);
        stream.write_all(b"head").await.unwrap();
        let at = contents.as_ptr();
        let (sent, contents) = stream.write_all_owned(contents).await;
        sent.unwrap();
        assert_eq!((contents.as_ptr(), contents.len()), (at, LARGE));
        stream.write_all(b"between").await.unwrap();
        let (sent, nothing) = stream.write_all_owned(Vec::new()).await;
        sent.unwrap();
        assert!(nothing.is_empty());
        let (_, mut to) = stream.into_split();
        let (sent, short) = to.write_all_owned(b"short".as_slice()).await;
        sent.unwrap();
        assert_eq!(short, b"short");
        to.shutdown().await.unwrap();
        assert!(reader.join().unwrap() == [b"head", &contents[..], b"between", b"short"].concat());
    });
}

/// What came of it is a beginning; what is written afterwards stands behind that.
fn a_dropped_owned_send(builder: Builder, forgotten: bool) {
    builder.build().unwrap().block_on(async {
        let pool = BufferPool::new(1, LARGE as u32).unwrap();
        let contents = bytes(LARGE);
        let (mut stream, peer) = pair().await;
        let mut buffer = pool.take().unwrap();
        assert_eq!(buffer.extend(&contents), LARGE);
        let mut send = Box::pin(stream.write_all_owned(buffer));
        // It does not fit, and nobody reads.
        assert!(poll_once(&mut send).await.is_none());
        sleep(Duration::from_millis(1)).await;
        assert!(poll_once(&mut send).await.is_none());
        if forgotten {
            std::mem::forget(send);
        } else {
            drop(send);
        }
        let reader = slowly(peer);
        stream.write_all(b"after").await.unwrap();
        stream.flush().await.unwrap();
        assert!(pool.take().is_some(), "the buffer was not given back");
        let (sent, _) = stream.write_all_owned(b"wards".as_slice()).await;
        sent.unwrap();
        stream.shutdown().await.unwrap();
        let all = reader.join().unwrap();
        let beginning = all.strip_suffix(b"afterwards").expect("the order");
        assert!(beginning.len() < LARGE || forgotten);
        assert!(contents.starts_with(beginning));
    });
}

fn an_owned_send_outlives_its_stream_and_runtime(builder: Builder) {
    let runtime = builder.zero_copy_from(1).build().unwrap();
    let (send, peer) = runtime.block_on(async {
        let (stream, peer) = pair().await;
        let mut send = Box::pin(async move {
            let mut stream = stream;
            stream.write_all_owned(bytes(LARGE)).await
        });
        assert!(poll_once(&mut send).await.is_none());
        let (mut other, other_peer) = pair().await;
        let mut dropped = Box::pin(async move { other.write_all_owned(bytes(LARGE)).await });
        assert!(poll_once(&mut dropped).await.is_none());
        sleep(Duration::from_millis(1)).await;
        // The stream, and what is in flight on it.
        drop(dropped);
        (send, (peer, other_peer))
    });
    drop(runtime);
    // The peers have not acknowledged what the kernel has, and will not.
    assert_eq!(zokio_std::leaked_reactors(), 0);
    let waker = std::task::Waker::noop();
    let mut send = send;
    let over = send.as_mut().poll(&mut std::task::Context::from_waker(waker));
    let std::task::Poll::Ready((sent, buffer)) = over else { panic!("it waits for a runtime that is gone") };
    assert!(sent.is_err());
    assert!(buffer.is_empty() || buffer.len() == LARGE);
    drop(peer);
}

fn an_owned_send_to_a_peer_that_is_gone(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut stream, peer) = pair().await;
        drop(peer);
        let (sent, buffer) = stream.write_all_owned(bytes(LARGE)).await;
        assert!(sent.is_err());
        assert_eq!(buffer.len(), LARGE);
    });
}
