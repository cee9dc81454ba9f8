//! The life of a runtime: what it leaves behind, what outlives it.

use crate::tasks::Bell;
use crate::{Case, descriptors, peers, poll_once};
use std::cell::Cell;
use std::future::pending;
use std::io::{ErrorKind, Read, Write};
use std::rc::Rc;
use std::time::Duration;
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::time::sleep;
use zokio_std::{Builder, JoinError, leaked_reactors, spawn_local};

pub const CASES: &[Case] = &[
    ("a_dropped_runtime_drops_its_tasks", a_dropped_runtime_drops_its_tasks),
    ("a_dropped_runtime_sends_what_was_accepted", a_dropped_runtime_sends_what_was_accepted),
    ("streams_may_outlive_the_runtime", streams_may_outlive_the_runtime),
    ("timers_may_outlive_the_runtime", timers_may_outlive_the_runtime),
    ("tasks_spawned_while_the_runtime_ends", tasks_spawned_while_the_runtime_ends),
    ("one_runtime_after_another_leaks_nothing", one_runtime_after_another_leaks_nothing),
    ("runtimes_side_by_side", runtimes_side_by_side),
];

fn a_dropped_runtime_drops_its_tasks(builder: Builder) {
    let dropped = Rc::new(Cell::new(0));
    let before = descriptors();
    let runtime = builder.build().unwrap();
    let mut peers = Vec::new();
    let mut handle = None;
    runtime.block_on(async {
        for _ in 0..20 {
            let (mut stream, peer) = peers::pair().await;
            peers.push(peer);
            let bell = Bell(dropped.clone());
            spawn_local(async move {
                let _bell = bell;
                stream.read(&mut [0; 8]).await.unwrap();
                unreachable!("nobody writes");
            })
            .detach();
        }
        let mut listener = TcpListener::bind(peers::any()).unwrap();
        handle = Some(spawn_local(async move {
            let _ = listener.accept().await;
        }));
        sleep(Duration::from_millis(2)).await;
    });
    drop(runtime);
    let handle = handle.unwrap();
    assert_eq!(dropped.get(), 20);
    assert!(handle.is_finished());
    let other = builder.build().unwrap();
    assert!(matches!(other.block_on(handle), Err(JoinError::Aborted)));
    drop(other);
    for mut peer in peers {
        assert_eq!(peer.read(&mut [0; 8]).unwrap(), 0, "the connection is closed");
    }
    // The eventfd of the second runtime's core may be new; it stays for the next.
    assert!(descriptors() <= before + 1);
    assert_eq!(leaked_reactors(), 0);
}

fn a_dropped_runtime_sends_what_was_accepted(builder: Builder) {
    let runtime = builder.build().unwrap();
    let (stream, mut peer) = runtime.block_on(async {
        let (mut stream, peer) = peers::pair().await;
        stream.write_all(b"last words").await.unwrap();
        (stream, peer)
    });
    drop(runtime);
    let mut all = Vec::new();
    peer.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"last words");
    drop(stream);
}

fn streams_may_outlive_the_runtime(builder: Builder) {
    let before = descriptors();
    let runtime = builder.build().unwrap();
    let (mut stream, mut listener, mut peer) = runtime.block_on(async {
        let (mut stream, peer) = peers::pair().await;
        let mut bytes = [0; 8];
        let mut read = Box::pin(stream.read(&mut bytes));
        assert!(poll_once(&mut read).await.is_none());
        drop(read);
        let mut listener = TcpListener::bind(peers::any()).unwrap();
        let mut accept = Box::pin(listener.accept());
        assert!(poll_once(&mut accept).await.is_none());
        drop(accept);
        (stream, listener, peer)
    });
    drop(runtime);
    assert_eq!(peer.read(&mut [0; 8]).unwrap(), 0, "closed with the runtime");
    // The next runtime takes over what the last one left; the stream must not notice.
    let next = builder.build().unwrap();
    next.block_on(async {
        let (mut other, mut other_peer) = peers::pair().await;
        other_peer.write_all(b"x").unwrap();
        let error = stream.read(&mut [0; 8]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotConnected);
        assert_eq!(stream.write(b"x").await.unwrap_err().kind(), ErrorKind::NotConnected);
        assert_eq!(stream.flush().await.unwrap_err().kind(), ErrorKind::NotConnected);
        assert!(stream.local_addr().is_err() && stream.peer_addr().is_err() && stream.set_nodelay(true).is_err());
        assert_eq!(listener.accept().await.unwrap_err().kind(), ErrorKind::NotConnected);
        drop((stream, listener));
        assert_eq!(other.read(&mut [0; 8]).await.unwrap(), 1, "untouched");
    });
    drop((next, peer));
    assert!(descriptors() <= before + 1);
}

fn timers_may_outlive_the_runtime(builder: Builder) {
    let runtime = builder.build().unwrap();
    let mut kept = None;
    runtime.block_on(async {
        let mut sleeping = Box::pin(sleep(Duration::from_millis(1)));
        assert!(poll_once(&mut sleeping).await.is_none());
        kept = Some(sleeping);
    });
    let mut sleeping = kept.unwrap();
    drop(runtime);
    // It is still linked; the next runtime on the same core fires it.
    let next = builder.build().unwrap();
    next.block_on(async {
        sleep(Duration::from_millis(3)).await;
        assert!(poll_once(&mut sleeping).await.is_some());
    });
    drop(next);
    drop(sleeping);
}

fn tasks_spawned_while_the_runtime_ends(builder: Builder) {
    struct Respawn(u32);
    impl Drop for Respawn {
        fn drop(&mut self) {
            if let Some(left) = self.0.checked_sub(1) {
                let next = Respawn(left);
                spawn_local(async move {
                    let _next = next;
                    pending::<()>().await;
                })
                .detach();
            }
        }
    }
    let runtime = builder.build().unwrap();
    let first = Respawn(5);
    runtime
        .spawn_local(async move {
            let _first = first;
            pending::<()>().await;
        })
        .detach();
    runtime.block_on(async { sleep(Duration::from_micros(100)).await });
    drop(runtime);
}

fn one_runtime_after_another_leaks_nothing(builder: Builder) {
    drop(builder.build().unwrap());
    let before = descriptors();
    for round in 0..40 {
        let runtime = builder.build().unwrap();
        runtime.block_on(async {
            let mut listener = TcpListener::bind(peers::any()).unwrap();
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (mut server, _) = listener.accept().await.unwrap();
            client.write_all(b"hello").await.unwrap();
            assert_eq!(server.read(&mut [0; 16]).await.unwrap(), 5);
            if round % 2 == 0 {
                spawn_local(async move {
                    let _client = client;
                    pending::<()>().await;
                })
                .detach();
            }
        });
    }
    assert_eq!(descriptors(), before);
}

fn runtimes_side_by_side(builder: Builder) {
    let threads: Vec<_> = (0..4)
        .map(|_| {
            std::thread::spawn(move || {
                for _ in 0..5 {
                    let runtime = builder.build().unwrap();
                    let total = runtime.block_on(async {
                        let mut listener = TcpListener::bind(peers::any()).unwrap();
                        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
                        let server = spawn_local(peers::echo(listener.accept().await.unwrap().0));
                        let mut bytes = [0; 100];
                        for _ in 0..50 {
                            client.write_all(&[9; 100]).await.unwrap();
                            let mut seen = 0;
                            while seen < 100 {
                                seen += client.read(&mut bytes).await.unwrap();
                            }
                        }
                        drop(client);
                        server.await.unwrap()
                    });
                    assert_eq!(total, 5000);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
