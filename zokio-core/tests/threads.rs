//! The executor with everything around it on other threads: wakes, spawns, aborts, results.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::executor::{Executor, Ready};
use zokio_core::sync::{Channel, Mutex, Notify};
use zokio_core::task::TaskArena;
use zokio_core::time::{Clock, Instant, SortedList, Timers};

#[derive(Clone)]
struct Parked(Thread);

impl Unpark for Parked {
    fn unpark(&self) {
        self.0.unpark();
    }
}

struct Park;

impl Driver for Park {
    type Unparker = Parked;
    type Error = Infallible;
    fn now(&self) -> Instant {
        Instant::ZERO
    }
    fn unparker(&self) -> Parked {
        Parked(thread::current())
    }
    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        match wait {
            Wait::Poll => {}
            // A lost wake-up shows as a test that hangs here; the limit turns it into a failure with a name.
            Wait::Until(_) | Wait::Forever => {
                let start = std::time::Instant::now();
                thread::park_timeout(Duration::from_secs(60));
                assert!(start.elapsed() < Duration::from_secs(60), "nobody woke the executor for a minute");
            }
        }
        Ok(())
    }
}

static TIMERS: Timers<SortedList> = Timers::new();

#[derive(Clone, Copy)]
struct Still;

// SAFETY: "one store": a static.
unsafe impl Clock for Still {
    type Store = SortedList;
    fn now(&self) -> Instant {
        Instant::ZERO
    }
    fn timers(&self) -> &Timers<SortedList> {
        &TIMERS
    }
}

const ROUNDS: usize = if cfg!(miri) { 40 } else { 20_000 };

#[test]
fn wakes_from_other_threads_are_not_lost() {
    static READY: Ready<Parked> = Ready::new();
    static VALUES: Channel<usize, 4> = Channel::new();
    let mut executor = Executor::new(&READY, Park, Still);
    thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                for number in 0..ROUNDS {
                    while VALUES.try_send(number).is_err() {
                        thread::yield_now();
                    }
                }
            });
        }
        let sum = executor.block_on(async {
            let mut sum = 0;
            for _ in 0..3 * ROUNDS {
                sum += VALUES.recv().await.unwrap();
            }
            sum
        });
        assert_eq!(sum.unwrap(), 3 * (ROUNDS * (ROUNDS - 1) / 2));
    });
}

#[test]
fn spawns_from_other_threads_all_run() {
    static READY: Ready<Parked> = Ready::new();
    static ARENA: TaskArena<16, 64> = TaskArena::new();
    static RAN: AtomicUsize = AtomicUsize::new(0);
    static DONE: Notify = Notify::new();
    let mut executor = Executor::new(&READY, Park, Still);
    let spawner = executor.spawner().send();
    thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                for _ in 0..ROUNDS / 4 {
                    let mut task = ARENA.task(async {
                        if RAN.fetch_add(1, Ordering::Relaxed) + 1 == 3 * (ROUNDS / 4) {
                            DONE.notify_one();
                        }
                    });
                    while let Err(full) = spawner.spawn(task) {
                        task = full.task;
                        thread::yield_now();
                    }
                }
            });
        }
        executor.block_on(DONE.notified()).unwrap();
    });
    assert_eq!(RAN.load(Ordering::Relaxed), 3 * (ROUNDS / 4));
    let _ = executor.run_until_stalled().unwrap();
    assert_eq!(executor.spawner().live(), 0);
}

#[test]
fn handles_on_other_threads() {
    static READY: Ready<Parked> = Ready::new();
    static ARENA: TaskArena<2, 96> = TaskArena::new();
    static STOP: Notify = Notify::new();
    let mut executor = Executor::new(&READY, Park, Still);
    let spawner = executor.spawner().send();
    let dropped = Arc::new(());
    let count = dropped.clone();
    thread::scope(|threads| {
        threads.spawn(move || {
            for round in 0..ROUNDS / 8 {
                let payload = count.clone();
                let mut task = ARENA.task(async move {
                    if round % 2 == 0 {
                        core::future::pending::<()>().await;
                    }
                    payload
                });
                // One of the slots may still be on its way back.
                let handle = loop {
                    match spawner.spawn(task) {
                        Ok(handle) => break handle,
                        Err(full) => task = full.task,
                    }
                    thread::yield_now();
                };
                match round % 4 {
                    0 => handle.abort(),
                    1 => {
                        while !handle.is_finished() {
                            thread::yield_now();
                        }
                    }
                    2 => {
                        handle.abort();
                        while !handle.is_finished() {
                            thread::yield_now();
                        }
                    }
                    _ => {}
                }
                drop(handle);
            }
            drop(count);
            STOP.notify_one();
        });
        executor.block_on(STOP.notified()).unwrap();
    });
    let _ = executor.run_until_stalled().unwrap();
    assert_eq!(executor.spawner().live(), 0);
    // Every output was dropped exactly once, by whoever had it last.
    assert_eq!(Arc::strong_count(&dropped), 1);
}

#[test]
fn a_mutex_between_threads() {
    static READY: [Ready<Parked>; 3] = [const { Ready::new() }; 3];
    static TOTAL: Mutex<usize> = Mutex::new(0);
    thread::scope(|threads| {
        for ready in &READY {
            threads.spawn(move || {
                let mut executor = Executor::new(ready, Park, Still);
                executor
                    .block_on(async {
                        for _ in 0..ROUNDS / 4 {
                            let mut total = TOTAL.lock().await;
                            let seen = *total;
                            zokio_core::future::yield_now().await;
                            *total = seen + 1;
                        }
                    })
                    .unwrap();
            });
        }
    });
    assert_eq!(*TOTAL.try_lock().unwrap(), 3 * (ROUNDS / 4));
}

#[test]
#[should_panic(expected = "has or had another executor")]
fn a_queue_has_one_executor() {
    static READY: Ready<Parked> = Ready::new();
    let _one = Executor::new(&READY, Park, Still);
    let _two = Executor::new(&READY, Park, Still);
}
