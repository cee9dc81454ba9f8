//! Workers that are kept from their work: I/O, timers and the end of the runtime go on.

use crate::Case;
use crate::peers::{any, echo};
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};
use zokio_std::future::yield_now;
use zokio_std::net::{TcpListener, TcpStream};
use zokio_std::sync::Notify;
use zokio_std::time::{sleep, timeout};
use zokio_std::{Builder, Unfinished, spawn, spawn_local};

pub const CASES: &[Case] = &[
    ("io_on_workers", io_on_workers),
    ("a_blocked_worker_does_not_stop_io", a_blocked_worker_does_not_stop_io),
    ("a_computing_worker_does_not_stop_timers", a_computing_worker_does_not_stop_timers),
    ("wakes_without_end_from_a_thread_do_not_stop_io", wakes_without_end_from_a_thread_do_not_stop_io),
    ("shutdown_waits_then_aborts", shutdown_waits_then_aborts),
    ("shutdown_reports_a_blocked_worker", shutdown_reports_a_blocked_worker),
];

/// A thread wakes a task as fast as it can; the task's thread serves a connection and timers none the less.
fn wakes_without_end_from_a_thread_do_not_stop_io(builder: Builder) {
    let runtime = builder.build().unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let polls = Arc::new(AtomicU64::new(0));
    runtime.block_on(async {
        let (noticed, counted) = (over.clone(), polls.clone());
        let woken = spawn_local(poll_fn(move |cx| {
            if counted.fetch_add(1, Ordering::Relaxed) == 0 {
                let (waker, over) = (cx.waker().clone(), noticed.clone());
                thread::spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        waker.wake_by_ref();
                    }
                    waker.wake();
                });
            }
            if noticed.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
        }));
        let mut listener = TcpListener::bind(any()).unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        spawn_local(echo(listener.accept().await.unwrap().0)).detach();
        let mut round = 0u64;
        // The other thread may begin late.
        while round < 200 || polls.load(Ordering::Relaxed) < 1000 {
            round += 1;
            client.write_all(&round.to_ne_bytes()).await.unwrap();
            let mut answer = [0; 8];
            timeout(Duration::from_secs(20), client.read_exact(&mut answer)).await.unwrap().unwrap();
            assert_eq!(u64::from_ne_bytes(answer), round);
            sleep(Duration::from_micros(50)).await;
        }
        over.store(true, Ordering::Relaxed);
        woken.await.unwrap();
    });
}

fn io_on_workers(builder: Builder) {
    const CLIENTS: usize = 40;
    let runtime = builder.workers(3).build().unwrap();
    runtime.block_on(async {
        let mut listener = TcpListener::bind(any()).unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn(async move {
            for _ in 0..CLIENTS {
                let (stream, _) = listener.accept().await.unwrap();
                spawn(echo(stream)).detach();
            }
        });
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                spawn(async move {
                    let mut stream = TcpStream::connect(address).await.unwrap();
                    let bytes = vec![number as u8; 3000];
                    for _ in 0..20 {
                        stream.write_all(&bytes).await.unwrap();
                        let mut seen = 0;
                        while seen < bytes.len() {
                            let mut answer = [0; 1000];
                            let read = timeout(Duration::from_secs(20), stream.read(&mut answer));
                            let len = read.await.unwrap().unwrap();
                            assert!(len > 0 && answer[..len].iter().all(|byte| *byte == number as u8));
                            seen += len;
                        }
                        // Sometimes the task changes its worker between two operations.
                        yield_now().await;
                    }
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
        server.await.unwrap();
    });
}

/// Two workers; streams at home on both. One worker is blocked; every echo must still come back.
fn a_blocked_worker_does_not_stop_io(builder: Builder) {
    const BLOCKED: Duration = Duration::from_millis(300);
    let runtime = builder.workers(2).build().unwrap();
    runtime.block_on(async {
        let mut streams = Vec::new();
        let mut listener = TcpListener::bind(any()).unwrap();
        let address = listener.local_addr().unwrap();
        let servers = Arc::new(Notify::new());
        // Connected by shared tasks until both workers have some; the peers are ordinary sockets.
        let mut peers = Vec::new();
        for _ in 0..16 {
            let connect = spawn(async move {
                let stream = TcpStream::connect(address).await.unwrap();
                thread::sleep(Duration::from_micros(200));
                (stream, thread::current().id())
            });
            let (peer, _) = listener.accept().await.unwrap();
            let (stream, home) = connect.await.unwrap();
            streams.push((stream, home));
            peers.push(peer);
        }
        let mut tasks = Vec::new();
        for (stream, _) in streams {
            tasks.push(spawn(async move { echo(stream).await }));
        }
        // Every echo is waiting now; then one worker blocks, with whatever is at home there.
        sleep(Duration::from_millis(5)).await;
        let blocked = Arc::new(AtomicBool::new(false));
        let blocker = {
            let blocked = blocked.clone();
            spawn(async move {
                blocked.store(true, Ordering::SeqCst);
                thread::sleep(BLOCKED);
                blocked.store(false, Ordering::SeqCst);
            })
        };
        while !blocked.load(Ordering::SeqCst) {
            sleep(Duration::from_micros(100)).await;
        }
        let started = Instant::now();
        let mut answered = 0;
        for peer in &mut peers {
            peer.write_all(b"hello").await.unwrap();
            let mut bytes = [0; 5];
            let mut seen = 0;
            while seen < 5 {
                seen += peer.read(&mut bytes[seen..]).await.unwrap();
            }
            answered += usize::from(blocked.load(Ordering::SeqCst));
        }
        // On a loaded machine the last ones may be late; without hand-off those at home on the blocked worker all would be.
        assert!(answered >= 12, "{answered} of 16 while a worker was blocked, in {:?}", started.elapsed());
        blocker.await.unwrap();
        servers.notify_one();
        drop(peers);
        for task in tasks {
            assert_eq!(task.await.unwrap(), 5);
        }
    });
    let metrics = runtime.metrics();
    assert!(metrics.workers.iter().map(|worker| worker.handed_off).sum::<u64>() > 0, "{metrics:?}");
}

fn a_computing_worker_does_not_stop_timers(builder: Builder) {
    let runtime = builder.workers(2).build().unwrap();
    runtime.block_on(async {
        let ticks = Arc::new(AtomicU64::new(0));
        let tickers: Vec<_> = (0..8)
            .map(|_| {
                let ticks = ticks.clone();
                spawn(async move {
                    loop {
                        sleep(Duration::from_millis(2)).await;
                        ticks.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        sleep(Duration::from_millis(10)).await;
        let computed = spawn({
            let ticks = ticks.clone();
            async move {
                let before = ticks.load(Ordering::SeqCst);
                let end = Instant::now() + Duration::from_millis(300);
                while Instant::now() < end {
                    std::hint::black_box(0);
                }
                ticks.load(Ordering::SeqCst) - before
            }
        });
        assert!(computed.await.unwrap() >= 32, "all eight went on, on one worker");
        tickers.iter().for_each(|ticker| ticker.abort());
    });
}

fn shutdown_waits_then_aborts(builder: Builder) {
    let ended = Arc::new(AtomicUsize::new(0));
    let runtime = builder.workers(2).build().unwrap();
    for number in 0..20 {
        let ended = ended.clone();
        let work = async move {
            match number % 2 {
                0 => sleep(Duration::from_millis(5)).await,
                _ => std::future::pending().await,
            }
            ended.fetch_add(1, Ordering::Relaxed);
        };
        runtime.spawn(work).detach();
    }
    // Half of them never end by themselves, so this takes as long as it may.
    assert_eq!(runtime.shutdown(Duration::from_millis(500)), Ok(()));
    assert_eq!(ended.load(Ordering::Relaxed), 10);
}

fn shutdown_reports_a_blocked_worker(builder: Builder) {
    let runtime = builder.workers(1).build().unwrap();
    let (sender, receiver) = mpsc::channel::<()>();
    let (started, start) = mpsc::channel();
    runtime
        .spawn(async move {
            started.send(()).unwrap();
            let _ = receiver.recv();
        })
        .detach();
    start.recv().unwrap();
    assert_eq!(runtime.shutdown(Duration::from_millis(1)), Err(Unfinished));
    drop(sender);
}
