//! Channels, locks and the like between the tasks of several workers: the work of tokio's `sync_*`, `time_timeout` and
//! `spawn_blocking` benchmarks, and the ring of async-executor's, once for each runtime. Every piece says how long it took, if all of
//! it was done.

pub mod smol;
pub mod tokio;
pub mod zokio;

use crate::workers::Work;

/// The pieces of work, on a runtime: how it spawns from inside and from outside, and its name for each thing. What a lock
/// gives is a guard, or a result with one.
macro_rules! sync_work {
    ($runtime:ty, spawn: $spawn:expr, give_way: $yield:path, outside: $outside:expr, channel: $channel:ident, came: $came:expr,
     semaphore: $semaphore:path, acquire: $acquire:ident($($count:literal)?), rwlock: $rwlock:path, mutex: $mutex:path,
     notify: $notify:expr, told: $told:expr, tell_all: $tell_all:expr, timeout: $timeout:expr, blocking: $blocking:path) => {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicUsize, Ordering};
        use std::time::Duration;
        use $crate::workers::Remaining;

        /// Tasks that use one thing at the same time.
        const SIX: usize = 6;

        /// One task sends 5000 values and takes each.
        pub fn channel_alone(runtime: &$runtime) -> Option<Duration> {
            let (remaining, done) = Remaining::new(1);
            drop($outside(runtime, async move {
                #[allow(unused_mut, reason = "some receivers change")]
                let (sender, mut receiver) = $channel!(1000);
                for value in 0..5000usize {
                    assert!(sender.send(value).await.is_ok() && $came(receiver.recv().await));
                }
                remaining.one_less();
            }));
            done.took()
        }

        /// Five tasks send 1000 values each through a channel with room for a hundred.
        pub fn channel_full(runtime: &$runtime) -> Option<Duration> {
            let (remaining, done) = Remaining::new(1);
            drop($outside(runtime, async move {
                #[allow(unused_mut, reason = "some receivers change")]
                let (sender, mut receiver) = $channel!(100);
                for _ in 0..5 {
                    let sender = sender.clone();
                    drop($spawn(async move {
                        for value in 0..1000usize {
                            let _ = sender.send(value).await;
                        }
                    }));
                }
                for _ in 0..5000 {
                    assert!($came(receiver.recv().await));
                }
                remaining.one_less();
            }));
            done.took()
        }

        /// 300 tasks in a ring, of channels with room for one, pass a value 300 times to the next.
        pub fn ring(runtime: &$runtime) -> Option<Duration> {
            let (remaining, done) = Remaining::new(300);
            drop($outside(runtime, async move {
                let (senders, receivers): (Vec<_>, Vec<_>) = (0..300).map(|_| $channel!(1)).unzip();
                for (number, receiver) in receivers.into_iter().enumerate() {
                    let (sender, remaining) = (senders[(number + 1) % 300].clone(), remaining.clone());
                    drop($spawn(async move {
                        #[allow(unused_mut, reason = "some receivers change")]
                        let mut receiver = receiver;
                        for value in 0..300usize {
                            assert!(sender.send(value).await.is_ok() && $came(receiver.recv().await));
                        }
                        remaining.one_less();
                    }));
                }
            }));
            done.took()
        }

        /// Six tasks do something that many times, each time with `what`.
        fn six<T, F>(runtime: &$runtime, times: usize, what: T, mut with: impl FnMut(usize, usize, Arc<T>) -> F) -> Option<Duration>
        where
            T: Send + Sync + 'static,
            F: Future<Output = ()> + Send + 'static,
        {
            let (remaining, done) = Remaining::new(SIX);
            let what = Arc::new(what);
            for number in 0..SIX {
                let (remaining, used) = (remaining.clone(), with(number, times, what.clone()));
                drop($outside(runtime, async move {
                    used.await;
                    remaining.one_less();
                }));
            }
            done.took()
        }

        async fn take_permits(times: usize, semaphore: Arc<$semaphore>, give_way: bool) {
            for _ in 0..times {
                let _permit = semaphore.$acquire($($count)?).await;
                if give_way {
                    $yield().await;
                }
            }
        }

        /// Six tasks take one of ten permits, 1000 times.
        pub fn semaphore(runtime: &$runtime) -> Option<Duration> {
            six(runtime, 1000, <$semaphore>::new(10), |_, times, semaphore| take_permits(times, semaphore, false))
        }

        /// Six tasks take one of two permits, 200 times, and give way while they have it.
        pub fn semaphore_short(runtime: &$runtime) -> Option<Duration> {
            six(runtime, 200, <$semaphore>::new(2), |_, times, semaphore| take_permits(times, semaphore, true))
        }

        /// Six tasks read what a lock guards, 1000 times.
        pub fn readers(runtime: &$runtime) -> Option<Duration> {
            six(runtime, 1000, <$rwlock>::new(7usize), |_, times, lock| async move {
                for _ in 0..times {
                    assert_eq!(*lock.read().await, 7);
                }
            })
        }

        /// Five tasks read and one writes, 200 times, and give way meanwhile.
        pub fn readers_and_writer(runtime: &$runtime) -> Option<Duration> {
            six(runtime, 200, <$rwlock>::new(7usize), |number, times, lock| async move {
                for _ in 0..times {
                    match number {
                        0 => {
                            let mut value = lock.write().await;
                            *value += 1;
                            $yield().await;
                        }
                        _ => {
                            let value = lock.read().await;
                            assert!(*value >= 7);
                            $yield().await;
                        }
                    }
                }
            })
        }

        /// Six tasks count in what a lock guards, 200 times, and give way while they have it.
        pub fn mutex(runtime: &$runtime) -> Option<Duration> {
            six(runtime, 200, <$mutex>::new(0usize), |_, times, lock| async move {
                for _ in 0..times {
                    let mut value = lock.lock().await;
                    $yield().await;
                    *value += 1;
                }
            })
        }

        /// A hundred tasks wait, and one wakes them all, until 5000 waits are over.
        pub fn notify_all(runtime: &$runtime) -> Option<Duration> {
            const WAITS: usize = 5000;
            let (remaining, done) = Remaining::new(101);
            let (notify, woken) = (Arc::new($notify), Arc::new(AtomicUsize::new(0)));
            for _ in 0..100 {
                let (notify, woken, remaining) = (notify.clone(), woken.clone(), remaining.clone());
                drop($outside(runtime, async move {
                    while woken.load(Ordering::Relaxed) < WAITS {
                        $told(&notify).await;
                        woken.fetch_add(1, Ordering::Relaxed);
                    }
                    remaining.one_less();
                }));
            }
            drop($outside(runtime, async move {
                // Until the last of the hundred, which may have looked just before, is gone.
                while woken.load(Ordering::Relaxed) < WAITS || remaining.left() > 1 {
                    $tell_all(&notify);
                    $yield().await;
                }
                remaining.one_less();
            }));
            done.took()
        }

        /// A bound of a second for what is ready, 10 000 times.
        pub fn timeouts(runtime: &$runtime) -> Option<Duration> {
            let (remaining, done) = Remaining::new(1);
            drop($outside(runtime, async move {
                for number in 0..10_000u64 {
                    assert!($timeout(Duration::from_secs(1), std::hint::black_box(std::future::ready(number))).await);
                }
                remaining.one_less();
            }));
            done.took()
        }

        /// Eight tasks call what blocks, 16 calls at a time, ten times.
        pub fn blocking(runtime: &$runtime) -> Option<Duration> {
            let (remaining, done) = Remaining::new(8);
            for _ in 0..8 {
                let remaining = remaining.clone();
                drop($outside(runtime, async move {
                    for _ in 0..10 {
                        let calls: Vec<_> = (0..16usize).map(|number| $blocking(move || std::hint::black_box(number))).collect();
                        for call in calls {
                            let _ = call.await;
                        }
                    }
                    remaining.one_less();
                }));
            }
            done.took()
        }
    };
}
use sync_work;

/// A value goes round to a hundred receivers, a hundred times, on runtimes that have such channels. The next is sent when all have seen
/// the last.
macro_rules! to_all {
    ($name:ident, $runtime:ty, outside: $outside:expr, give_way: $yield:path, new: $new:expr, receiver: $receiver:expr,
     next: $next:expr, send: $send:expr) => {
        /// A value for each of a hundred tasks, a hundred times.
        pub fn $name(runtime: &$runtime) -> Option<Duration> {
            const ALL: usize = 100;
            let (remaining, done) = Remaining::new(ALL + 1);
            let (channel, seen, ready) = (Arc::new($new), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
            for _ in 0..ALL {
                let (channel, seen, ready) = (channel.clone(), seen.clone(), ready.clone());
                let remaining = remaining.clone();
                drop($outside(runtime, async move {
                    let mut receiver = $receiver(&channel);
                    ready.fetch_add(1, Ordering::Relaxed);
                    for _ in 0..100 {
                        assert!($next(&mut receiver).await);
                        seen.fetch_add(1, Ordering::Relaxed);
                    }
                    remaining.one_less();
                }));
            }
            drop($outside(runtime, async move {
                while ready.load(Ordering::Relaxed) < ALL {
                    $yield().await;
                }
                for round in 1..=100usize {
                    $send(&channel, round);
                    while seen.load(Ordering::Relaxed) < round * ALL {
                        $yield().await;
                    }
                }
                remaining.one_less();
            }));
            done.took()
        }
    };
}
use to_all;

/// A piece's name, and its work on each runtime that has what it takes.
pub type Piece =
    (&'static str, Work<zokio_std::Runtime>, Work<::tokio::runtime::Runtime>, Option<Work<crate::workers_smol::Smol>>);

/// All of them.
pub const PIECES: [Piece; 13] = [
    ("channel_alone", zokio::channel_alone, tokio::channel_alone, Some(smol::channel_alone)),
    ("channel_full", zokio::channel_full, tokio::channel_full, Some(smol::channel_full)),
    ("ring", zokio::ring, tokio::ring, Some(smol::ring)),
    ("semaphore", zokio::semaphore, tokio::semaphore, Some(smol::semaphore)),
    ("semaphore_short", zokio::semaphore_short, tokio::semaphore_short, Some(smol::semaphore_short)),
    ("readers", zokio::readers, tokio::readers, Some(smol::readers)),
    ("readers_and_writer", zokio::readers_and_writer, tokio::readers_and_writer, Some(smol::readers_and_writer)),
    ("mutex", zokio::mutex, tokio::mutex, Some(smol::mutex)),
    ("notify_all", zokio::notify_all, tokio::notify_all, Some(smol::notify_all)),
    ("watch", zokio::watch, tokio::watch, None),
    ("broadcast", zokio::broadcast, tokio::broadcast, None),
    ("timeouts", zokio::timeouts, tokio::timeouts, Some(smol::timeouts)),
    ("blocking", zokio::blocking, tokio::blocking, Some(smol::blocking)),
];

#[cfg(test)]
mod tests {
    use super::{PIECES, smol, tokio, zokio};

    #[test]
    fn every_piece_of_work_is_done() {
        let runtimes = (zokio::runtime(), tokio::runtime(), smol::runtime());
        for (name, on_zokio, on_tokio, on_smol) in PIECES {
            assert!(on_zokio(&runtimes.0).is_some() && on_tokio(&runtimes.1).is_some(), "{name}");
            assert!(on_smol.is_none_or(|work| work(&runtimes.2).is_some()), "{name}");
        }
    }
}
