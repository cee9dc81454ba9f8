//! Streams and listeners on other threads than that of their runtime.

use crate::peers::{any, echo};
use crate::{Case, descriptors};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::sync::Notify;
use zokio_std::time::{sleep, timeout};
use zokio_std::{Builder, Runtime, spawn_local};

pub const CASES: &[Case] = &[
    ("a_stream_is_used_on_another_thread", a_stream_is_used_on_another_thread),
    ("many_streams_on_another_thread", many_streams_on_another_thread),
    ("a_listener_is_used_on_another_thread", a_listener_is_used_on_another_thread),
    ("a_stream_dropped_on_another_thread_is_closed", a_stream_dropped_on_another_thread_is_closed),
    ("a_runtime_ends_under_its_users", a_runtime_ends_under_its_users),
];

const _: () = {
    const fn crosses_threads<T: Send + Sync>() {}
    crosses_threads::<TcpStream>();
    crosses_threads::<TcpListener>();
};

/// Runs `home` on a thread of its own until `work` on this one has ended.
fn beside<T>(builder: Builder, home: impl FnOnce() -> T + Send + 'static, work: impl AsyncFnOnce(T))
where
    T: Send + 'static,
{
    let done = std::sync::Arc::new(Notify::new());
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = {
        let done = done.clone();
        thread::spawn(move || {
            builder.build().unwrap().block_on(async {
                sender.send(home()).unwrap();
                done.notified().await;
            });
        })
    };
    // Whatever it waits with, it has nothing in its own reactor.
    let other = Runtime::new().unwrap();
    other.block_on(work(receiver.recv().unwrap()));
    done.notify_one();
    thread.join().unwrap();
}

fn a_stream_is_used_on_another_thread(builder: Builder) {
    beside(
        builder,
        || {
            let mut listener = TcpListener::bind(any()).unwrap();
            let (sender, receiver) = std::sync::mpsc::channel();
            spawn_local(async move {
                let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
                client.set_nodelay(true).unwrap();
                sender.send(client).unwrap();
                echo(listener.accept().await.unwrap().0).await;
            })
            .detach();
            receiver
        },
        async |client| {
            let mut client = client.recv().unwrap();
            // The home sleeps whenever we come, because it has nothing else to do.
            for round in 0..200u32 {
                client.write_all(&round.to_ne_bytes()).await.unwrap();
                let mut answer = [0; 4];
                let mut seen = 0;
                while seen < 4 {
                    seen += client.read(&mut answer[seen..]).await.unwrap();
                }
                assert_eq!(u32::from_ne_bytes(answer), round);
            }
            client.shutdown().await.unwrap();
            assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
        },
    );
}

fn many_streams_on_another_thread(builder: Builder) {
    const STREAMS: usize = 50;
    beside(
        builder,
        || {
            let mut listener = TcpListener::bind(any()).unwrap();
            let (sender, receiver) = std::sync::mpsc::channel();
            spawn_local(async move {
                for _ in 0..STREAMS {
                    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
                    spawn_local(echo(listener.accept().await.unwrap().0)).detach();
                    sender.send(client).unwrap();
                }
            })
            .detach();
            receiver
        },
        async |clients| {
            // More operations at once than a small ring has room for, and nobody here may enter it.
            let tasks: Vec<_> = (0..STREAMS)
                .map(|number| {
                    let mut client = clients.recv().unwrap();
                    spawn_local(async move {
                        let bytes = vec![number as u8; 20_000];
                        for _ in 0..5 {
                            client.write_all(&bytes).await.unwrap();
                            let mut seen = 0;
                            while seen < bytes.len() {
                                let mut answer = [0; 4096];
                                let len = client.read(&mut answer).await.unwrap();
                                assert!(len > 0 && answer[..len].iter().all(|byte| *byte == number as u8));
                                seen += len;
                            }
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        },
    );
}

fn a_listener_is_used_on_another_thread(builder: Builder) {
    beside(
        builder,
        || TcpListener::bind(any()).unwrap(),
        async |mut listener| {
            for _ in 0..5 {
                assert!(timeout(Duration::from_millis(1), listener.accept()).await.is_err());
                let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
                let (_, address) = listener.accept().await.unwrap();
                assert_eq!(address, peer.local_addr().unwrap());
            }
        },
    );
}

fn a_stream_dropped_on_another_thread_is_closed(builder: Builder) {
    beside(
        builder,
        || {
            let mut listener = TcpListener::bind(any()).unwrap();
            let (sender, receiver) = std::sync::mpsc::channel();
            spawn_local(async move {
                let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
                sender.send((listener.accept().await.unwrap().0, peer)).unwrap();
                std::future::pending::<()>().await;
            })
            .detach();
            receiver
        },
        async |pair| {
            let (mut stream, mut peer) = pair.recv().unwrap();
            // A read in flight that must be cancelled by the sleeping home.
            assert!(timeout(Duration::from_millis(1), stream.read(&mut [0])).await.is_err());
            stream.write_all(b"last words").await.unwrap();
            drop(stream);
            let reader = thread::spawn(move || {
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut peer, &mut bytes).unwrap();
                bytes
            });
            while !reader.is_finished() {
                sleep(Duration::from_micros(200)).await;
            }
            assert_eq!(reader.join().unwrap(), b"last words");
        },
    );
}

fn a_runtime_ends_under_its_users(builder: Builder) {
    let before = descriptors();
    for round in 0..10 {
        let home = builder.build().unwrap();
        let (stream, peer) = home.block_on(async {
            let mut listener = TcpListener::bind(any()).unwrap();
            let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            (listener.accept().await.unwrap().0, peer)
        });
        let started = std::sync::Arc::new(AtomicBool::new(false));
        let user = {
            let started = started.clone();
            thread::spawn(move || {
                let mut stream = stream;
                Runtime::new().unwrap().block_on(async move {
                    let mut written = 0u64;
                    loop {
                        started.store(true, Ordering::Relaxed);
                        match timeout(Duration::from_millis(100), stream.write(&[7; 100])).await {
                            Ok(Ok(len)) => written += len as u64,
                            Ok(Err(error)) => {
                                assert_eq!(error.kind(), std::io::ErrorKind::NotConnected);
                                assert!(stream.set_nodelay(true).is_err());
                                return written;
                            }
                            // Nobody reads; what waited when the runtime ended is woken by its end.
                            Err(_) => continue,
                        }
                    }
                })
            })
        };
        while !started.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        if round % 2 == 0 {
            home.block_on(async { sleep(Duration::from_millis(1)).await });
        }
        drop(home);
        assert!(user.join().unwrap() > 0 || round % 2 == 1);
        drop(peer);
    }
    // A core that was made for the first time keeps its eventfd, for the runtimes to come.
    assert!(descriptors() <= before + 2, "{} descriptors were left open", descriptors() - before);
}
