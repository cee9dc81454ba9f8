//! The work of tokio's `rt_multi_threaded` benchmarks, once for each runtime, on several workers. Every piece returns
//! something that is checked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Threads that share the tasks.
pub const WORKERS: usize = 2;

/// Counts down, and says when nothing is left.
struct Remaining {
    count: AtomicUsize,
    done: std::sync::mpsc::SyncSender<()>,
}

impl Remaining {
    fn new(count: usize) -> (Arc<Self>, std::sync::mpsc::Receiver<()>) {
        let (done, receiver) = std::sync::mpsc::sync_channel(1);
        (Arc::new(Self { count: AtomicUsize::new(count), done }), receiver)
    }

    fn one_less(&self) {
        if self.count.fetch_sub(1, Ordering::Relaxed) == 1 {
            let _ = self.done.send(());
        }
    }
}

macro_rules! work {
    ($runtime:ty, $spawn:path, $yield:path, $oneshot:path, $spawn_outside:expr) => {
        use super::{Arc, Remaining};

        /// One task spawns 10 000.
        pub fn spawn_many_local(runtime: &$runtime) -> bool {
            let (remaining, done) = Remaining::new(10_000);
            let spawning = $spawn_outside(runtime, async move {
                for _ in 0..10_000 {
                    let remaining = remaining.clone();
                    drop($spawn(async move { remaining.one_less() }));
                }
            });
            let ended = done.recv().is_ok();
            drop(spawning);
            ended
        }

        /// 10 000 tasks from outside.
        pub fn spawn_many_remote(runtime: &$runtime) -> bool {
            let (remaining, done) = Remaining::new(10_000);
            for _ in 0..10_000 {
                let remaining = remaining.clone();
                drop($spawn_outside(runtime, async move { remaining.one_less() }));
            }
            done.recv().is_ok()
        }

        /// 200 tasks that give way 1000 times each.
        pub fn yield_many(runtime: &$runtime) -> bool {
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
            done.recv().is_ok()
        }

        /// 1000 pairs of tasks that answer each other once.
        pub fn ping_pong(runtime: &$runtime) -> bool {
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
            done.recv().is_ok()
        }

        /// A task spawns the next, 1000 times.
        pub fn chained_spawn(runtime: &$runtime) -> bool {
            fn link(left: usize, remaining: Arc<Remaining>) {
                if left == 0 {
                    return remaining.one_less();
                }
                drop($spawn(async move { link(left - 1, remaining) }));
            }
            let (remaining, done) = Remaining::new(1);
            drop($spawn_outside(runtime, async move { link(1000, remaining) }));
            done.recv().is_ok()
        }
    };
}

/// On Zokio.
pub mod zokio {
    work!(
        zokio_std::Runtime,
        zokio_std::spawn,
        zokio_std::future::yield_now,
        ::tokio::sync::oneshot::channel,
        |runtime: &zokio_std::Runtime, future| runtime.spawn(future)
    );

    /// A runtime with the workers.
    pub fn runtime() -> zokio_std::Runtime {
        zokio_std::Runtime::builder().workers(super::WORKERS).build().expect("a runtime")
    }
}

/// On tokio.
pub mod tokio {
    work!(
        ::tokio::runtime::Runtime,
        ::tokio::spawn,
        ::tokio::task::yield_now,
        ::tokio::sync::oneshot::channel,
        |runtime: &::tokio::runtime::Runtime, future| runtime.spawn(future)
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
pub type Work<R> = fn(&R) -> bool;

/// All of them, by name.
pub const PIECES: [(&str, Work<zokio_std::Runtime>, Work<::tokio::runtime::Runtime>); 5] = [
    ("spawn_many_local", zokio::spawn_many_local, tokio::spawn_many_local),
    ("spawn_many_remote", zokio::spawn_many_remote, tokio::spawn_many_remote),
    ("yield_many", zokio::yield_many, tokio::yield_many),
    ("ping_pong", zokio::ping_pong, tokio::ping_pong),
    ("chained_spawn", zokio::chained_spawn, tokio::chained_spawn),
];

#[cfg(test)]
mod tests {
    use super::{PIECES, tokio, zokio};

    #[test]
    fn every_piece_of_work_is_done() {
        let (ours, theirs) = (zokio::runtime(), tokio::runtime());
        for (name, on_zokio, on_tokio) in PIECES {
            assert!(on_zokio(&ours) && on_tokio(&theirs), "{name}");
        }
    }
}
