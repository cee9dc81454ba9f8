//! The synchronisation primitives between threads, with futures dropped on the way.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use zokio_core::sync::*;

struct Park(thread::Thread);
impl Wake for Park {
    fn wake(self: Arc<Self>) {
        self.0.unpark()
    }
}
fn block_on<F: Future>(f: F) -> F::Output {
    let waker = Waker::from(Arc::new(Park(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut f = pin!(f);
    loop {
        match f.as_mut().poll(&mut cx) {
            Poll::Ready(v) => return v,
            Poll::Pending => {
                let start = std::time::Instant::now();
                thread::park_timeout(std::time::Duration::from_secs(20));
                assert!(start.elapsed().as_secs() < 20, "lost wake");
            }
        }
    }
}
const ROUNDS: usize = if cfg!(miri) { 8 } else { 3000 };
/// polls once or so and drops
fn polls_then_drops<F: Future>(f: F, n: usize) -> Option<F::Output> {
    let waker = Waker::from(Arc::new(Park(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut f = pin!(f);
    for _ in 0..n {
        if let Poll::Ready(v) = f.as_mut().poll(&mut cx) {
            return Some(v);
        }
        thread::yield_now();
    }
    None
}

#[test]
fn rwlock() {
    static L: RwLock<(usize, usize)> = RwLock::new((0, 0));
    thread::scope(|s| {
        for t in 0..3 {
            s.spawn(move || {
                for i in 0..ROUNDS {
                    if i % 5 == 4 {
                        drop(polls_then_drops(L.write(), 2));
                        drop(polls_then_drops(L.read(), 1));
                    }
                    if (i + t) % 3 == 0 {
                        let mut g = block_on(L.write());
                        g.0 += 1;
                        g.1 += 1;
                        if i % 2 == 0 {
                            let r = g.downgrade();
                            assert_eq!(r.0, r.1);
                        }
                    } else {
                        let g = block_on(L.read());
                        assert_eq!(g.0, g.1);
                    }
                }
            });
        }
    });
    assert!(L.try_write().is_some());
}
#[test]
fn semaphore() {
    static S: Semaphore = Semaphore::new(4);
    static USED: AtomicUsize = AtomicUsize::new(0);
    thread::scope(|s| {
        for t in 0..3 {
            s.spawn(move || {
                for i in 0..ROUNDS {
                    let n = 1 + (i + t) % 4;
                    if i % 4 == 1 {
                        drop(polls_then_drops(S.acquire(n), 2));
                    }
                    let p = block_on(S.acquire(n)).unwrap();
                    assert!(USED.fetch_add(n, Ordering::Relaxed) + n <= 4);
                    USED.fetch_sub(n, Ordering::Relaxed);
                    drop(p);
                }
            });
        }
    });
    assert_eq!(S.available(), 4);
}
#[test]
fn barrier() {
    static B: Barrier = Barrier::new(3);
    static LEADERS: AtomicUsize = AtomicUsize::new(0);
    static ARRIVED: AtomicUsize = AtomicUsize::new(0);
    thread::scope(|s| {
        for _ in 0..3 {
            s.spawn(move || {
                for i in 0..ROUNDS {
                    ARRIVED.fetch_add(1, Ordering::Relaxed);
                    let r = block_on(B.wait());
                    assert!(ARRIVED.load(Ordering::Relaxed) >= 3 * (i + 1));
                    LEADERS.fetch_add(usize::from(r.is_leader()), Ordering::Relaxed);
                    block_on(B.wait());
                }
            });
        }
    });
    assert_eq!(LEADERS.load(Ordering::Relaxed), ROUNDS);
}
#[test]
fn once() {
    for i in 0..ROUNDS {
        let c = OnceCell::<Box<usize>>::new();
        thread::scope(|s| {
            for t in 0..2 {
                let c = &c;
                s.spawn(move || {
                    let _ = polls_then_drops(
                        c.get_or_init(async || {
                            zokio_core::future::yield_now().await;
                            Box::new(100)
                        }),
                        t,
                    );
                    let v = **block_on(c.get_or_init(async || {
                        zokio_core::future::yield_now().await;
                        Box::new(t)
                    }));
                    assert!(v < 101);
                });
            }
            let c = &c;
            s.spawn(move || {
                block_on(c.wait());
            });
            if i % 2 == 0 {
                s.spawn(move || {
                    while c.get().is_none() {
                        thread::yield_now()
                    }
                    assert!(**c.get().unwrap() < 101)
                });
            }
        });
    }
}
#[test]
fn oneshot() {
    static O: Oneshot<Box<usize>> = Oneshot::new();
    for i in 0..ROUNDS {
        let (tx, rx) = O.try_split().unwrap();
        thread::scope(|s| {
            s.spawn(move || {
                if i % 3 == 0 {
                    drop(tx)
                } else {
                    let _ = tx.send(Box::new(i));
                }
            });
            s.spawn(move || {
                if i % 4 == 1 {
                    drop(rx)
                } else {
                    match block_on(rx) {
                        Ok(v) => assert_eq!(*v, i),
                        Err(_) => assert_eq!(i % 3, 0),
                    }
                }
            });
        });
    }
}
#[test]
fn broadcast() {
    static B: Broadcast<Arc<usize>, 4> = Broadcast::new();
    let subs: Vec<_> = (0..3).map(|_| B.subscribe()).collect();
    thread::scope(|s| {
        for (t, mut sub) in subs.into_iter().enumerate() {
            s.spawn(move || {
                let mut seen = 0usize;
                loop {
                    if seen % 3 == t
                        && let Some(r) = polls_then_drops(sub.recv(), 1)
                    {
                        match r {
                            Ok(v) => {
                                assert_eq!(*v, seen);
                                seen += 1
                            }
                            Err(BroadcastRecvError::Lagged(n)) => seen += n as usize,
                            Err(_) => break,
                        }
                    }
                    match block_on(sub.recv()) {
                        Ok(v) => {
                            assert_eq!(*v, seen);
                            seen += 1
                        }
                        Err(BroadcastRecvError::Lagged(n)) => seen += n as usize,
                        Err(_) => break,
                    }
                }
                assert_eq!(seen, ROUNDS);
            });
        }
        s.spawn(|| {
            for i in 0..ROUNDS {
                B.send(Arc::new(i)).unwrap();
                if i % 3 == 0 {
                    thread::yield_now()
                }
            }
            B.close();
        });
    });
}
#[test]
fn watch() {
    static W: std::sync::LazyLock<Watch<Arc<usize>>> = std::sync::LazyLock::new(|| Watch::new(Arc::new(0)));
    let ws: Vec<_> = (0..2).map(|_| W.watcher()).collect();
    thread::scope(|s| {
        for mut w in ws {
            s.spawn(move || {
                let mut last = 0;
                loop {
                    drop(polls_then_drops(w.clone().changed(), 1));
                    match block_on(w.changed()) {
                        Ok(v) => {
                            assert!(*v > last);
                            last = *v
                        }
                        Err(_) => break,
                    }
                }
                assert_eq!(last, ROUNDS);
            });
        }
        s.spawn(|| {
            let mut last = 0;
            while last < ROUNDS {
                let v = block_on(W.view(|v| **v));
                assert!(v >= last);
                last = v;
                thread::yield_now()
            }
        });
        s.spawn(|| {
            for i in 1..=ROUNDS {
                W.send(Arc::new(i)).unwrap();
                if i % 3 == 0 {
                    thread::yield_now()
                }
            }
            W.close();
        });
    });
}
#[test]
fn handles() {
    static C: Channel<Box<usize>, 2> = Channel::new();
    for round in 0..(ROUNDS / 100).max(2) {
        let (tx, rx) = C.try_split().unwrap();
        thread::scope(|s| {
            for t in 0..2 {
                let tx = tx.clone();
                s.spawn(move || {
                    for i in 0..20 {
                        if i % 5 == t {
                            drop(polls_then_drops(tx.reserve(), 1));
                        }
                        if block_on(tx.send(Box::new(i))).is_err() {
                            assert_eq!(round % 2, 1);
                            break;
                        }
                    }
                });
            }
            drop(tx);
            s.spawn(move || {
                let mut n = 0;
                while block_on(rx.recv()).is_ok() {
                    n += 1;
                    if round % 2 == 1 && n == 7 {
                        return;
                    }
                }
                assert_eq!(n, if round % 2 == 1 { 7 } else { 40 });
            });
        });
        assert!(C.is_empty());
    }
}
