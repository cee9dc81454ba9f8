//! Shared tasks on workers.

use crate::{Case, Random, descriptors};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::Waker;
use std::thread;
use std::time::Duration;
use zokio_std::future::yield_now;
use zokio_std::sync::Channel;
use zokio_std::time::sleep;
use zokio_std::{Builder, GlobalFirst, JoinError, LocalFirst, Placement, RoundRobin, spawn, spawn_local};

pub const CASES: &[Case] = &[
    ("shared_tasks_return", shared_tasks_return),
    ("tasks_are_stolen_under_load", tasks_are_stolen_under_load),
    ("every_strategy_runs_everything", every_strategy_runs_everything),
    ("shared_panics_are_caught", shared_panics_are_caught),
    ("shared_tasks_abort_from_other_threads", shared_tasks_abort_from_other_threads),
    ("wakes_from_everywhere_are_not_lost", wakes_from_everywhere_are_not_lost),
    ("a_dropped_runtime_drops_shared_tasks", a_dropped_runtime_drops_shared_tasks),
    ("wakers_outlive_the_workers", wakers_outlive_the_workers),
    ("spawners_outlive_the_workers", spawners_outlive_the_workers),
    ("local_tasks_stay_on_their_worker", local_tasks_stay_on_their_worker),
];

fn shared_tasks_return(builder: Builder) {
    let runtime = builder.workers(2).build().unwrap();
    let main = thread::current().id();
    let sum = runtime.block_on(async {
        let tasks: Vec<_> = (0..1000u64)
            .map(|number| {
                spawn(async move {
                    assert_ne!(thread::current().id(), main);
                    // One spawns another, from a worker.
                    let inner = spawn(async move { number });
                    yield_now().await;
                    inner.await.unwrap()
                })
            })
            .collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        sum
    });
    assert_eq!(sum, 499_500);
}

fn tasks_are_stolen_under_load(builder: Builder) {
    let runtime = builder.workers(3).build().unwrap();
    let threads = Arc::new(Mutex::new(std::collections::HashSet::new()));
    let counted = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        let (threads, counted) = (threads.clone(), counted.clone());
        // All are spawned by one worker, more than its ring has room for.
        spawn(async move {
            let tasks: Vec<_> = (0..2000)
                .map(|_| {
                    let (threads, counted) = (threads.clone(), counted.clone());
                    spawn(async move {
                        for _ in 0..10 {
                            thread::sleep(Duration::from_micros(5));
                            yield_now().await;
                        }
                        threads.lock().unwrap().insert(thread::current().id());
                        counted.fetch_add(1, Ordering::Relaxed);
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        })
        .await
        .unwrap();
    });
    assert_eq!(counted.load(Ordering::Relaxed), 2000);
    assert_eq!(threads.lock().unwrap().len(), 3, "every worker took part");
    let metrics = runtime.metrics();
    assert!(metrics.workers.iter().map(|worker| worker.steals).sum::<u64>() > 0, "{metrics:?}");
    assert!(metrics.workers.iter().map(|worker| worker.overflows).sum::<u64>() > 0, "{metrics:?}");
}

fn every_strategy_runs_everything(builder: Builder) {
    let builders = [
        builder.strategy::<LocalFirst>(),
        builder.strategy::<GlobalFirst>().placement(Placement::Pinned),
        builder.strategy::<RoundRobin>().placement(Placement::Nodes),
    ];
    for builder in builders {
        let runtime = builder.workers(2).thread_name("strategy").build().unwrap();
        let rounds = runtime.block_on(async {
            let tasks: Vec<_> = (0..300)
                .map(|_| {
                    spawn(async {
                        assert!(thread::current().name().unwrap().starts_with("strategy-"));
                        let mut rounds = 0;
                        for _ in 0..20 {
                            rounds += spawn(async { 1 }).await.unwrap();
                            yield_now().await;
                        }
                        rounds
                    })
                })
                .collect();
            let mut rounds = 0;
            for task in tasks {
                rounds += task.await.unwrap();
            }
            rounds
        });
        assert_eq!(rounds, 6000);
    }
}

fn shared_panics_are_caught(builder: Builder) {
    let runtime = builder.workers(1).build().unwrap();
    runtime.block_on(async {
        for _ in 0..3 {
            let task = spawn(async {
                yield_now().await;
                if true {
                    panic!("as planned");
                }
            });
            let Err(JoinError::Panicked(panic)) = task.await else { panic!("it did not") };
            assert_eq!(panic.message(), "as planned");
        }
        assert_eq!(spawn(async { 7 }).await.unwrap(), 7);
    });
}

fn shared_tasks_abort_from_other_threads(builder: Builder) {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let runtime = builder.workers(2).build().unwrap();
    let spawner = runtime.spawner().unwrap();
    let threads: Vec<_> = (0..3u64)
        .map(|seed| {
            let dropped = dropped.clone();
            thread::spawn(move || {
                let mut random = Random(seed * 991 + 5);
                let mut handles = Vec::new();
                for _ in 0..200 {
                    let guard = Dropped(dropped.clone());
                    let spins = random.below(4);
                    let handle = spawner.spawn(async move {
                        let _guard = guard;
                        for _ in 0..spins {
                            yield_now().await;
                        }
                        if spins > 1 {
                            std::future::pending::<()>().await;
                        }
                    });
                    if random.below(2) == 0 {
                        thread::yield_now();
                    }
                    handle.abort();
                    handles.push(handle);
                }
                handles
            })
        })
        .collect();
    let handles: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    runtime.block_on(async {
        for handle in handles {
            assert!(matches!(handle.await, Ok(()) | Err(JoinError::Aborted)));
        }
    });
    assert_eq!(dropped.load(Ordering::Relaxed), 600);
}

fn wakes_from_everywhere_are_not_lost(builder: Builder) {
    const ROUNDS: u64 = 2000;
    let runtime = builder.workers(2).build().unwrap();
    // A ring of channels through shared tasks, a local task and a foreign thread.
    let there: Arc<Channel<u64, 1>> = Arc::new(Channel::new());
    let middle: Arc<Channel<u64, 1>> = Arc::new(Channel::new());
    let back: Arc<Channel<u64, 1>> = Arc::new(Channel::new());
    let (sender, receiver) = mpsc::channel::<(Arc<AtomicBool>, Waker)>();
    let waking = thread::spawn(move || {
        for (flag, waker) in receiver {
            flag.store(true, Ordering::Release);
            waker.wake();
        }
    });
    runtime.block_on(async {
        let relay = |from: Arc<Channel<u64, 1>>, to: Arc<Channel<u64, 1>>| async move {
            for _ in 0..ROUNDS {
                let number = from.recv().await.unwrap();
                to.send(number + 1).await.unwrap();
            }
        };
        let one = spawn(relay(there.clone(), middle.clone()));
        let two = spawn_local(relay(middle.clone(), back.clone()));
        let foreign = spawn(async move {
            for _ in 0..ROUNDS {
                let flag = Arc::new(AtomicBool::new(false));
                let mut sent = false;
                std::future::poll_fn(|cx| {
                    if flag.load(Ordering::Acquire) {
                        return std::task::Poll::Ready(());
                    }
                    if !std::mem::replace(&mut sent, true) {
                        sender.send((flag.clone(), cx.waker().clone())).unwrap();
                    }
                    std::task::Poll::Pending
                })
                .await;
            }
        });
        for number in 0..ROUNDS {
            there.send(number).await.unwrap();
            assert_eq!(back.recv().await.unwrap(), number + 2);
        }
        for task in [one, two, foreign] {
            task.await.unwrap();
        }
    });
    waking.join().unwrap();
}

fn a_dropped_runtime_drops_shared_tasks(builder: Builder) {
    let before = descriptors();
    let alive = Arc::new(());
    for _ in 0..5 {
        let runtime = builder.workers(2).build().unwrap();
        for number in 0..200 {
            let guard = alive.clone();
            runtime
                .spawn(async move {
                    let _guard = guard.clone();
                    if number % 3 == 0 {
                        sleep(Duration::from_secs(1000)).await;
                    } else if number % 3 == 1 {
                        loop {
                            yield_now().await;
                        }
                    }
                    // What is spawned while the runtime ends is dropped too.
                    spawn(async move {
                        let _guard = guard;
                        std::future::pending::<()>().await;
                    })
                    .detach();
                    std::future::pending::<()>().await;
                })
                .detach();
        }
        thread::sleep(Duration::from_millis(1));
        drop(runtime);
        assert_eq!(Arc::strong_count(&alive), 1);
    }
    // Three cores keep their eventfds, for the runtimes to come.
    assert!(descriptors() <= before + 6, "{} descriptors were left open", descriptors() - before);
}

fn wakers_outlive_the_workers(builder: Builder) {
    let wakers = Arc::new(Mutex::new(Vec::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let waking = {
        let (wakers, stop) = (wakers.clone(), stop.clone());
        thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let all: Vec<Waker> = wakers.lock().unwrap().clone();
                all.iter().for_each(Waker::wake_by_ref);
                thread::yield_now();
            }
        })
    };
    for _ in 0..10 {
        let runtime = builder.workers(2).build().unwrap();
        for _ in 0..20 {
            let wakers = wakers.clone();
            runtime
                .spawn(std::future::poll_fn(move |cx| {
                    wakers.lock().unwrap().push(cx.waker().clone());
                    std::task::Poll::<()>::Pending
                }))
                .detach();
        }
        thread::sleep(Duration::from_micros(500));
        drop(runtime);
        let late: Vec<Waker> = std::mem::take(&mut *wakers.lock().unwrap());
        late.into_iter().for_each(Waker::wake);
    }
    stop.store(true, Ordering::Relaxed);
    waking.join().unwrap();
}

fn spawners_outlive_the_workers(builder: Builder) {
    let runtime = builder.workers(1).build().unwrap();
    let spawner = runtime.spawner().unwrap();
    drop(runtime);
    let guard = Arc::new(());
    let held = guard.clone();
    let task = spawner.spawn(async move { drop(held) });
    assert!(task.is_finished());
    assert_eq!(Arc::strong_count(&guard), 1);
    // The next runtime has the same pool, but is not the one that the spawner means.
    let next = builder.workers(1).build().unwrap();
    assert!(spawner.spawn(async {}).is_finished());
    next.block_on(async {
        assert!(matches!(task.await, Err(JoinError::Aborted)));
        assert_eq!(spawn(async { 3 }).await.unwrap(), 3);
    });
}

fn local_tasks_stay_on_their_worker(builder: Builder) {
    let runtime = builder.workers(2).build().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                spawn(async {
                    let here = thread::current().id();
                    let local = {
                        let shared = std::rc::Rc::new(0);
                        spawn_local(async move {
                            for _ in 0..20 {
                                assert_eq!(thread::current().id(), here);
                                yield_now().await;
                            }
                            assert_eq!(*shared, 0);
                        })
                    };
                    local.await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}
