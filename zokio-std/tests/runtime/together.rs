//! Sets of tasks, cancellation, values of a task, blocking calls, virtual time, the budget of a poll.

use crate::peers::pair;
use crate::{Case, Random, poll_once};
use std::cell::Cell;
use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use zokio_std::future::yield_now;
use zokio_std::io::duplex;
use zokio_std::sync::{Channel, Mutex, RwLock, Semaphore};
use zokio_std::task::{CancellationToken, JoinError, JoinSet, spawn, spawn_blocking, spawn_local};
use zokio_std::time::{interval, now, sleep, timeout};
use zokio_std::{Builder, Placement};

pub const CASES: &[Case] = &[
    ("a_set_joins_in_the_order_of_the_ends", a_set_joins_in_the_order_of_the_ends),
    ("a_set_of_shared_tasks", a_set_of_shared_tasks),
    ("a_dropped_set_aborts", a_dropped_set_aborts),
    ("cancellation_goes_down_only", cancellation_goes_down_only),
    ("cancellation_from_other_threads", cancellation_from_other_threads),
    ("a_value_follows_its_task", a_value_follows_its_task),
    ("blocking_calls", blocking_calls),
    ("virtual_time_jumps", virtual_time_jumps),
    ("ready_streams_give_way", ready_streams_give_way),
    ("ready_channels_and_locks_give_way", ready_channels_and_locks_give_way),
    ("a_thread_per_core", a_thread_per_core),
];

fn a_set_joins_in_the_order_of_the_ends(builder: Builder) {
    builder.virtual_time(true).build().unwrap().block_on(async {
        let mut set = JoinSet::new();
        for number in [3u64, 1, 2] {
            set.spawn_local(async move {
                sleep(Duration::from_secs(number)).await;
                assert!(number != 2, "as planned");
                number
            });
        }
        assert_eq!(set.join_next().await.unwrap().unwrap(), 1);
        assert!(matches!(set.join_next().await, Some(Err(JoinError::Panicked(_)))));
        assert!(timeout(Duration::from_millis(1), set.join_next()).await.is_err(), "not yet");
        assert_eq!(set.join_next().await.unwrap().unwrap(), 3);
        assert!(set.join_next().await.is_none());
        set.spawn_local(std::future::pending());
        set.shutdown().await;
        assert!(set.is_empty());
    });
}

fn a_set_of_shared_tasks(builder: Builder) {
    builder.workers(2).build().unwrap().block_on(async {
        let mut set = JoinSet::new();
        let (mut sum, mut next) = (0, 0u64);
        while next < 500 || !set.is_empty() {
            while set.len() < 20 && next < 500 {
                let number = next;
                set.spawn(async move {
                    yield_now().await;
                    number
                });
                next += 1;
            }
            sum += set.join_next().await.unwrap().unwrap();
        }
        assert_eq!(sum, 124_750);
    });
}

fn a_dropped_set_aborts(builder: Builder) {
    let guard = Arc::new(());
    builder.workers(1).build().unwrap().block_on(async {
        let mut set = JoinSet::new();
        for _ in 0..10 {
            let guard = guard.clone();
            set.spawn(async move {
                let _guard = guard;
                std::future::pending::<()>().await;
            });
        }
        drop(set);
        while Arc::strong_count(&guard) > 1 {
            sleep(Duration::from_micros(100)).await;
        }
    });
}

fn cancellation_goes_down_only(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let root = CancellationToken::new();
        let (one, two) = (root.child(), root.child());
        let leaf = one.child();
        one.cancel();
        assert!(leaf.is_cancelled() && !two.is_cancelled() && !root.is_cancelled());
        assert!(one.child().is_cancelled(), "born into it");
        assert_eq!(leaf.run(async { 1 }).await, None);
        assert_eq!(two.run(async { 1 }).await, Some(1));
        let mut waiting = Box::pin(two.cancelled());
        assert!(poll_once(&mut waiting).await.is_none());
        {
            let mut given_up = Box::pin(two.cancelled());
            assert!(poll_once(&mut given_up).await.is_none());
        }
        root.cancel();
        root.cancel();
        waiting.await;
    });
}

fn cancellation_from_other_threads(builder: Builder) {
    let runtime = builder.workers(2).build().unwrap();
    for seed in 1..20 {
        let token = CancellationToken::new();
        let canceling = {
            let (token, mut random) = (token.clone(), Random(seed));
            std::thread::spawn(move || {
                (0..random.below(2000)).for_each(|_| std::hint::spin_loop());
                token.cancel();
            })
        };
        runtime.block_on(async {
            let tasks: Vec<_> = (0..20)
                .map(|number| {
                    let token = if number % 2 == 0 { token.child() } else { token.clone() };
                    spawn(async move { token.cancelled().await })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        canceling.join().unwrap();
    }
}

fn a_value_follows_its_task(builder: Builder) {
    zokio_std::task_local! {
        static NUMBER: u32;
    }
    builder.workers(2).build().unwrap().block_on(async {
        let tasks: Vec<_> = (0..50u32)
            .map(|number| {
                spawn(NUMBER.scope(number, async move {
                    for _ in 0..20 {
                        NUMBER.with(|value| assert_eq!(*value, number));
                        yield_now().await;
                    }
                    let inner = NUMBER.scope(1000, async { NUMBER.with(|value| *value) }).await;
                    inner + NUMBER.with(|value| *value)
                }))
            })
            .collect();
        for (number, task) in (0..).zip(tasks) {
            assert_eq!(task.await.unwrap(), 1000 + number);
        }
        assert!(NUMBER.try_with(|_| ()).is_none());
    });
}

fn blocking_calls(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let ticks = Rc::new(Cell::new(0));
        let ticking = spawn_local({
            let ticks = ticks.clone();
            async move {
                loop {
                    sleep(Duration::from_micros(500)).await;
                    ticks.set(ticks.get() + 1);
                }
            }
        });
        let call = spawn_blocking(|| {
            std::thread::sleep(Duration::from_millis(20));
            7
        });
        assert_eq!(call.await.unwrap(), 7);
        assert!(ticks.get() > 2, "the others went on");
        ticking.abort();
        let panicked = spawn_blocking(|| assert!(false_at_run_time(), "as planned")).await;
        assert!(matches!(panicked, Err(JoinError::Panicked(panic)) if panic.message() == "as planned"));
    });
}

fn false_at_run_time() -> bool {
    std::hint::black_box(false)
}

fn virtual_time_jumps(builder: Builder) {
    let started = Instant::now();
    let runtime = builder.virtual_time(true).build().unwrap();
    runtime.block_on(async {
        let begin = now();
        let mut ticks = interval(Duration::from_secs(3600));
        let other = spawn_local(async {
            sleep(Duration::from_secs(5000)).await;
            now()
        });
        for _ in 0..100 {
            ticks.tick().await;
        }
        // The wheel's tick is a microsecond.
        let woke = other.await.unwrap() - begin;
        assert!(woke >= Duration::from_secs(5000) && woke < Duration::from_secs(5001), "{woke:?}");
        assert!(now() - begin >= Duration::from_secs(360_000));
        assert!(timeout(Duration::from_secs(1), std::future::pending::<()>()).await.is_err());
    });
    drop(runtime);
    assert!(started.elapsed() < Duration::from_secs(60));
    assert!(builder.virtual_time(true).workers(1).build().is_err());
    // The next runtime on this thread has the system's time again.
    builder.virtual_time(false).build().unwrap().block_on(async {
        let begin = Instant::now();
        sleep(Duration::from_millis(2)).await;
        assert!(begin.elapsed() >= Duration::from_millis(2));
    });
}

/// What never waits must not keep the others from running, in a task or in the root future. Each of these loops ends only if
/// another task gets its turn.
fn ready_channels_and_locks_give_way(builder: Builder) {
    use embedded_io_async::Write as _;
    async fn until_told(kind: usize, told: Rc<Cell<bool>>) {
        let (channel, mutex, semaphore, lock) =
            (Channel::<u8, 4>::new(), Mutex::new(0), Semaphore::new(1), RwLock::new(0));
        let (mut one, mut other) = duplex(64);
        while !told.get() {
            match kind {
                0 => {
                    channel.send(1).await.unwrap();
                    channel.recv().await.unwrap();
                }
                1 => *mutex.lock().await += 1,
                2 => drop(semaphore.acquire(1).await.unwrap()),
                3 => assert_eq!(*lock.read().await, 0),
                _ => {
                    one.write_all(b"x").await.unwrap();
                    assert_eq!(other.read(&mut [0]).await.unwrap(), 1);
                }
            }
        }
    }
    let runtime = builder.build().unwrap();
    for kind in 0..5 {
        for root in [true, false] {
            runtime.block_on(async {
                let told = Rc::new(Cell::new(false));
                let work = until_told(kind, told.clone());
                let worker = if root { None } else { Some(spawn_local(until_told(kind, told.clone()))) };
                let teller = spawn_local(async move { told.set(true) });
                if root {
                    work.await;
                }
                teller.await.unwrap();
                if let Some(worker) = worker {
                    worker.await.unwrap();
                }
            });
        }
    }
}

fn ready_streams_give_way(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let (mut stream, mut peer) = pair().await;
        let chunk = vec![1u8; 8000];
        peer.write_all(&chunk).unwrap();
        sleep(Duration::from_millis(2)).await;
        let turns = Rc::new(Cell::new(0));
        let other = spawn_local({
            let turns = turns.clone();
            async move {
                loop {
                    turns.set(turns.get() + 1);
                    yield_now().await;
                }
            }
        });
        // One byte at a time from a buffer that is full: nothing ever waits.
        let reader = spawn_local(async move {
            for _ in 0..4000 {
                assert_eq!(stream.read(&mut [0]).await.unwrap(), 1);
            }
        });
        reader.await.unwrap();
        assert!(turns.get() >= 4000 / 128 - 2, "{} turns", turns.get());
        other.abort();
    });
}

fn a_thread_per_core(builder: Builder) {
    let total = AtomicUsize::new(0);
    let numbers = builder
        .placement(Placement::Pinned)
        .run_on_each_core(3, async |number| {
            let shared = Rc::new(Cell::new(0));
            let tasks: Vec<_> = (0..100)
                .map(|_| {
                    let shared = shared.clone();
                    spawn_local(async move {
                        yield_now().await;
                        shared.set(shared.get() + 1);
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
            total.fetch_add(shared.get(), Ordering::Relaxed);
            number
        })
        .unwrap();
    assert_eq!(numbers, [0, 1, 2]);
    assert_eq!(total.load(Ordering::Relaxed), 300);
}
