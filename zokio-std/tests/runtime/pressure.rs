//! Many connections, few buffers, few operations.

use crate::{Case, descriptors, peers, poll_once};
use std::io::{ErrorKind, Read, Write};
use std::time::Duration;
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::time::{sleep, timeout};
use zokio_std::{Builder, spawn_local};

pub const CASES: &[Case] = &[
    ("many_connections", many_connections),
    ("few_buffers", few_buffers),
    ("unread_bytes_do_not_starve_others", unread_bytes_do_not_starve_others),
    ("slow_readers_do_not_starve_others", slow_readers_do_not_starve_others),
    ("operations_are_bounded", operations_are_bounded),
    ("connections_come_and_go", connections_come_and_go),
    ("a_flooded_stream_loses_nothing", a_flooded_stream_loses_nothing),
    ("connections_that_nobody_accepts_wait", connections_that_nobody_accepts_wait),
    ("a_listener_takes_its_connections_with_it", a_listener_takes_its_connections_with_it),
];

/// `count` connections at once, each echoing `rounds` messages; all bytes come back.
async fn crowd(count: usize, rounds: usize) {
    let mut listener = TcpListener::bind(peers::any()).unwrap();
    let address = listener.local_addr().unwrap();
    let server = spawn_local(async move {
        let mut echoes = Vec::new();
        for _ in 0..count {
            echoes.push(spawn_local(peers::echo(listener.accept().await.unwrap().0)));
        }
        let mut total = 0;
        for echo in echoes {
            total += echo.await.unwrap();
        }
        total
    });
    let mut clients = Vec::new();
    for number in 0..count {
        clients.push(spawn_local(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            for round in 0..rounds {
                let message = [(number ^ round) as u8; 300];
                stream.write_all(&message).await.unwrap();
                let (mut bytes, mut seen) = ([0; 300], 0);
                while seen < 300 {
                    let len = stream.read(&mut bytes[seen..]).await.unwrap();
                    assert!(len > 0);
                    seen += len;
                }
                assert_eq!(bytes, message);
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    assert_eq!(server.await.unwrap(), count * rounds * 300);
}

fn many_connections(builder: Builder) {
    builder.build().unwrap().block_on(crowd(300, 20));
}

fn few_buffers(builder: Builder) {
    builder.receive_buffers(2, 128).send_buffers(1, 64).build().unwrap().block_on(crowd(60, 10));
}

fn unread_bytes_do_not_starve_others(builder: Builder) {
    builder.receive_buffers(2, 4096).build().unwrap().block_on(async {
        // Their bytes take all buffers, and nobody reads them.
        let mut holders = Vec::new();
        for _ in 0..6 {
            let (mut stream, mut peer) = peers::pair().await;
            let mut bytes = [0; 8];
            let mut read = Box::pin(stream.read(&mut bytes));
            assert!(poll_once(&mut read).await.is_none());
            drop(read);
            peer.write_all(b"unread").unwrap();
            holders.push((stream, peer));
        }
        sleep(Duration::from_millis(2)).await;
        crowd(5, 20).await;
        for (stream, _) in &mut holders {
            let mut bytes = [0; 8];
            assert_eq!(stream.read(&mut bytes).await.unwrap(), 6);
            assert_eq!(&bytes[..6], b"unread");
        }
    });
}

fn slow_readers_do_not_starve_others(builder: Builder) {
    builder.send_buffers(2, 4096).build().unwrap().block_on(async {
        let mut holders = Vec::new();
        let chunk = vec![5; 64 << 10];
        for _ in 0..4 {
            let (mut stream, peer) = peers::pair().await;
            let mut sent = 0;
            while let Ok(len) = timeout(Duration::from_millis(20), stream.write(&chunk)).await {
                sent += len.unwrap();
            }
            holders.push((stream, peer, sent));
        }
        crowd(5, 20).await;
        for (stream, mut peer, sent) in holders {
            drop(stream);
            let reader = std::thread::spawn(move || {
                let mut all = Vec::new();
                peer.read_to_end(&mut all).unwrap();
                all.len()
            });
            while !reader.is_finished() {
                sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(reader.join().unwrap(), sent, "everything that was accepted arrives");
        }
    });
}

fn operations_are_bounded(builder: Builder) {
    builder.operations(8).build().unwrap().block_on(async {
        let mut open = Vec::new();
        for _ in 0..6 {
            let (mut stream, peer) = peers::pair().await;
            let mut bytes = [0; 8];
            let mut read = Box::pin(stream.read(&mut bytes));
            assert!(poll_once(&mut read).await.is_none());
            drop(read);
            open.push((stream, peer));
        }
        // There is room for more, but not for many more; the refusal is an error, and goes away with its cause.
        let refusal = async {
            loop {
                let mut listener = TcpListener::bind(peers::any())?;
                let peer = std::net::TcpStream::connect(listener.local_addr()?)?;
                let (mut stream, _) = listener.accept().await?;
                let mut bytes = [0; 8];
                if let Some(result) = poll_once(&mut Box::pin(stream.read(&mut bytes))).await {
                    result?;
                }
                open.push((stream, peer));
                assert!(open.len() <= 8);
            }
            #[allow(unreachable_code)]
            std::io::Result::Ok(())
        };
        let error = refusal.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::QuotaExceeded, "{error}");
        open.clear();
        sleep(Duration::from_millis(2)).await;
        crowd(1, 5).await;
    });
}

fn connections_come_and_go(builder: Builder) {
    let runtime = builder.build().unwrap();
    let before = crate::descriptors();
    runtime.block_on(async {
        for _ in 0..10 {
            crowd(30, 2).await;
        }
        sleep(Duration::from_millis(2)).await;
    });
    assert_eq!(crate::descriptors(), before);
}

/// A peer sends far more than may be unread; others go on meanwhile, and all of it arrives.
fn a_flooded_stream_loses_nothing(builder: Builder) {
    builder.receive_buffers(64, 512).build().unwrap().block_on(async {
        let (mut stream, mut peer) = peers::pair().await;
        for round in 0..3u8 {
            let mut byte = [0; 1];
            let mut read = Box::pin(stream.read(&mut byte));
            let early = poll_once(&mut read).await;
            assert!(early.is_none());
            drop(read);
            let flood: Vec<u8> = (0..200_000u32).map(|at| (at >> 4) as u8 ^ round).collect();
            let sent = flood.clone();
            let writer = std::thread::spawn(move || {
                peer.write_all(&sent).unwrap();
                peer
            });
            sleep(Duration::from_millis(3)).await;
            crowd(5, 10).await;
            let (mut seen, mut at) = (vec![0; flood.len()], 0);
            while at < seen.len() {
                let len = stream.read(&mut seen[at..]).await.unwrap();
                assert!(len > 0, "the stream ended after {at} bytes");
                at += len;
            }
            assert!(seen == flood, "round {round}");
            peer = writer.join().unwrap();
        }
    });
}

/// More come than are accepted ahead; whoever asks later has them all.
fn connections_that_nobody_accepts_wait(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let mut listener = TcpListener::bind(peers::any()).unwrap();
        for round in 0..2 {
            assert!(poll_once(&mut Box::pin(listener.accept())).await.is_none(), "round {round}");
            let at = listener.local_addr().unwrap();
            let mut waiting: Vec<_> = (0..100).map(|_| std::net::TcpStream::connect(at).unwrap()).collect();
            for (number, peer) in waiting.iter_mut().enumerate() {
                peer.write_all(&[number as u8]).unwrap();
            }
            sleep(Duration::from_millis(2)).await;
            let mut seen = Vec::new();
            for _ in 0..waiting.len() {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut byte = [0; 1];
                assert_eq!(stream.read(&mut byte).await.unwrap(), 1);
                seen.push(byte[0]);
            }
            seen.sort_unstable();
            assert_eq!(seen, (0..100).collect::<Vec<u8>>());
        }
    });
}

fn a_listener_takes_its_connections_with_it(builder: Builder) {
    let runtime = builder.build().unwrap();
    let before = descriptors();
    runtime.block_on(async {
        let mut listener = TcpListener::bind(peers::any()).unwrap();
        assert!(poll_once(&mut Box::pin(listener.accept())).await.is_none());
        let at = listener.local_addr().unwrap();
        let waiting: Vec<_> = (0..40).map(|_| std::net::TcpStream::connect(at).unwrap()).collect();
        sleep(Duration::from_millis(2)).await;
        drop(listener);
        sleep(Duration::from_millis(2)).await;
        for mut peer in waiting {
            peer.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            let end = peer.read(&mut [0; 1]);
            assert!(matches!(end, Ok(0)) || end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
        }
    });
    assert_eq!(descriptors(), before);
}
