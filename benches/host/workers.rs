//! The work of tokio's `rt_multi_threaded` and `remote_spawn` benchmarks, once for each runtime, on several workers. Every piece says
//! how long it took, if all of it was done.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Threads that share the tasks.
pub const WORKERS: usize = 2;

/// Counts down, and says when nothing is left.
pub struct Remaining {
    count: AtomicUsize,
    done: std::sync::mpsc::SyncSender<()>,
}

impl Remaining {
    /// So many are left, from now on, and where it is told that none is.
    pub fn new(count: usize) -> (Arc<Self>, Done) {
        let started = Instant::now();
        let (done, told) = std::sync::mpsc::sync_channel(1);
        (Arc::new(Self { count: AtomicUsize::new(count), done }), Done { started, told })
    }

    /// How many are left.
    pub fn left(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// One of them is done.
    pub fn one_less(&self) {
        if self.count.fetch_sub(1, Ordering::Relaxed) == 1 {
            let _ = self.done.send(());
        }
    }
}

/// Where it is told that nothing is left.
pub struct Done {
    started: Instant,
    told: std::sync::mpsc::Receiver<()>,
}

impl Done {
    /// Waits for that; how long it took. Nothing if it will never be.
    pub fn took(self) -> Option<Duration> {
        let started = self.started;
        self.took_since(started)
    }

    /// As [`took`](Self::took), from a later beginning.
    pub fn took_since(self, started: Instant) -> Option<Duration> {
        self.told.recv().ok().map(|()| started.elapsed())
    }
}

/// The pieces of work, on a runtime: how it spawns from inside, from outside, and by a
/// handle that other threads share, how it gives way, its channel for one value (or a
/// borrowed one, where it has none), its channel for many, and whether a value came out of that.
#[macro_export]
macro_rules! work_of_several {
    ($runtime:ty, spawn: $spawn:expr, give_way: $yield:path, once: $oneshot:path, outside: $spawn_outside:expr,
     handle: $handle:expr, by_handle: $by_handle:expr, many: $mpsc:expr, came: $came:expr) => {
        use std::sync::{Arc, Barrier};
        use std::time::{Duration, Instant};
        use $crate::workers::Remaining;

        /// One task spawns 10 000.
        pub fn spawn_many_local(runtime: &$runtime) -> Option<Duration> {
            let (remaining, done) = Remaining::new(10_000);
            let spawning = $spawn_outside(runtime, async move {
                for _ in 0..10_000 {
                    let remaining = remaining.clone();
                    drop($spawn(async move { remaining.one_less() }));
                }
            });
            let ended = done.took();
            drop(spawning);
            ended
        }

        /// 10 000 tasks from outside.
        pub fn spawn_many_remote(runtime: &$runtime) -> Option<Duration> {
            let (remaining, done) = Remaining::new(10_000);
            for _ in 0..10_000 {
                let remaining = remaining.clone();
                drop($spawn_outside(runtime, async move { remaining.one_less() }));
            }
            done.took()
        }

        /// 200 tasks that give way 1000 times each.
        pub fn yield_many(runtime: &$runtime) -> Option<Duration> {
            let (remaining, done) = Remaining::new(200);
            for _ in 0..200 {
                let remaining = remaining.clone();
                drop($spawn_outside(runtime, async move {
                    for _ in 0..1000 {
                        $yield().await;
                    }
                    remaining.one_less();
                }));
            }
            done.took()
        }

        /// 1000 pairs of tasks that answer each other once.
        pub fn ping_pong(runtime: &$runtime) -> Option<Duration> {
            let (remaining, done) = Remaining::new(1000);
            drop($spawn_outside(runtime, async move {
                for _ in 0..1000 {
                    let remaining = remaining.clone();
                    drop($spawn(async move {
                        let (there, arrives) = $oneshot();
                        let (back, answer) = $oneshot();
                        drop($spawn(async move {
                            if arrives.await.is_ok() {
                                let _ = back.send(());
                            }
                        }));
                        let _ = there.send(());
                        if answer.await.is_ok() {
                            remaining.one_less();
                        }
                    }));
                }
            }));
            done.took()
        }

        /// A task spawns the next, 1000 times.
        pub fn chained_spawn(runtime: &$runtime) -> Option<Duration> {
            fn link(left: usize, remaining: Arc<Remaining>) {
                if left == 0 {
                    return remaining.one_less();
                }
                drop($spawn(async move { link(left - 1, remaining) }));
            }
            let (remaining, done) = Remaining::new(1);
            drop($spawn_outside(runtime, async move { link(1000, remaining) }));
            done.took()
        }

        /// Five tasks send 2000 values each, one takes them all.
        pub fn mpsc(runtime: &$runtime) -> Option<Duration> {
            let (remaining, done) = Remaining::new(1);
            drop($spawn_outside(runtime, async move {
                let (sender, receiver) = $mpsc();
                for _ in 0..5 {
                    let sender = sender.clone();
                    drop($spawn(async move {
                        for value in 0..2000usize {
                            let _ = sender.send(value).await;
                        }
                    }));
                }
                #[allow(unused_mut, reason = "some receivers change")]
                let mut receiver = receiver;
                for _ in 0..10_000 {
                    assert!($came(receiver.recv().await));
                }
                remaining.one_less();
            }));
            done.took()
        }

        fn remote_spawn(runtime: &$runtime, threads: usize) -> Option<Duration> {
            const TASKS: usize = 12_800;
            let (remaining, done) = Remaining::new(TASKS);
            let (handle, barrier) = ($handle(runtime), Barrier::new(threads + 1));
            let started = std::thread::scope(|scope| {
                for _ in 0..threads {
                    let (remaining, handle, barrier) = (remaining.clone(), &handle, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        for _ in 0..TASKS / threads {
                            let remaining = remaining.clone();
                            drop($by_handle(handle, async move { remaining.one_less() }));
                        }
                    });
                }
                let started = Instant::now();
                barrier.wait();
                started
            });
            done.took_since(started)
        }

        /// One thread spawns all tasks.
        pub fn remote_spawn_1(runtime: &$runtime) -> Option<Duration> {
            remote_spawn(runtime, 1)
        }

        /// Eight threads, all at once, spawn an eighth of the tasks each.
        pub fn remote_spawn_8(runtime: &$runtime) -> Option<Duration> {
            remote_spawn(runtime, 8)
        }
    };
}

/// On Zokio.
pub mod zokio {
    work_of_several!(
        zokio_std::Runtime,
        spawn: zokio_std::spawn,
        give_way: zokio_std::future::yield_now,
        once: ::tokio::sync::oneshot::channel,
        outside: |runtime: &zokio_std::Runtime, future| runtime.spawn(future),
        handle: |runtime: &zokio_std::Runtime| runtime.spawner().expect("workers"),
        by_handle: |spawner: &zokio_std::Spawner, future| spawner.spawn(future),
        many: || {
            let channel = Arc::new(zokio_core::sync::Channel::<usize, 1000>::new());
            (channel.clone(), channel)
        },
        came: |value: Result<usize, _>| value.is_ok()
    );

    /// A runtime with the workers.
    pub fn runtime() -> zokio_std::Runtime {
        zokio_std::Runtime::builder().workers(super::WORKERS).build().expect("a runtime")
    }
}

/// On tokio.
pub mod tokio {
    work_of_several!(
        ::tokio::runtime::Runtime,
        spawn: ::tokio::spawn,
        give_way: ::tokio::task::yield_now,
        once: ::tokio::sync::oneshot::channel,
        outside: |runtime: &::tokio::runtime::Runtime, future| runtime.spawn(future),
        handle: |runtime: &::tokio::runtime::Runtime| runtime.handle().clone(),
        by_handle: |handle: &::tokio::runtime::Handle, future| handle.spawn(future),
        many: || ::tokio::sync::mpsc::channel::<usize>(1000),
        came: |value: Option<usize>| value.is_some()
    );

    /// A runtime with the workers.
    pub fn runtime() -> ::tokio::runtime::Runtime {
        ::tokio::runtime::Builder::new_multi_thread()
            .worker_threads(super::WORKERS)
            .enable_all()
            .build()
            .expect("a runtime")
    }
}

/// A piece of work on a runtime of kind `R`.
pub type Work<R> = fn(&R) -> Option<Duration>;

/// Does a piece of work again and again; how long that took.
///
/// # Panics
/// If not all of it was done.
pub fn again<R>(work: Work<R>, runtime: &R, times: u64) -> Duration {
    (0..times).map(|_| work(runtime).expect("all of it is done")).sum()
}

/// All of them, by name.
pub const PIECES: [(&str, Work<zokio_std::Runtime>, Work<::tokio::runtime::Runtime>); 8] = [
    ("spawn_many_local", zokio::spawn_many_local, tokio::spawn_many_local),
    ("spawn_many_remote", zokio::spawn_many_remote, tokio::spawn_many_remote),
    ("yield_many", zokio::yield_many, tokio::yield_many),
    ("ping_pong", zokio::ping_pong, tokio::ping_pong),
    ("chained_spawn", zokio::chained_spawn, tokio::chained_spawn),
    ("mpsc", zokio::mpsc, tokio::mpsc),
    ("remote_spawn_1", zokio::remote_spawn_1, tokio::remote_spawn_1),
    ("remote_spawn_8", zokio::remote_spawn_8, tokio::remote_spawn_8),
];

#[cfg(test)]
mod tests {
    use super::{PIECES, tokio, zokio};

    #[test]
    fn every_piece_of_work_is_done() {
        let (ours, theirs) = (zokio::runtime(), tokio::runtime());
        for (name, on_zokio, on_tokio) in PIECES {
            assert!(on_zokio(&ours).is_some() && on_tokio(&theirs).is_some(), "{name}");
        }
    }
}
