//! Time again, with timers in each store that the builder takes, and where threads and runtimes change.

use crate::timing;
use crate::{Case, Random};
use std::pin::Pin;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use zokio_std::future::join;
use zokio_std::time::{Instant, Sleep, StoreChoice, now, sleep, sleep_until, timeout};
use zokio_std::{Builder, spawn, spawn_local};

pub const CASES: &[Case] = &[
    ("time_in_every_store", time_in_every_store),
    ("many_timers_in_every_store", many_timers_in_every_store),
    ("timers_cancelled_on_other_threads", timers_cancelled_on_other_threads),
    ("a_sleep_outlives_its_runtime_and_its_store", a_sleep_outlives_its_runtime_and_its_store),
];

const STORES: [StoreChoice; 3] = [StoreChoice::Wheel, StoreChoice::Heap, StoreChoice::SortedList];

fn time_in_every_store(builder: Builder) {
    for store in STORES {
        for (_, case) in timing::CASES {
            case(builder.timers(store));
        }
    }
}

/// Jumps from deadline to deadline: whoever is woken is woken in order, at its time, and none of those that gave up.
fn many_timers_in_every_store(builder: Builder) {
    for store in STORES {
        let runtime = builder.timers(store).virtual_time(true).build().unwrap();
        runtime.block_on(async {
            let mut random = Random(7);
            let begin = now();
            let tasks: Vec<_> = (0..500)
                .map(|_| {
                    let after = Duration::from_micros(random.below(1 << 32) * 2);
                    let patience = Duration::from_micros(random.below(1 << 33));
                    spawn_local(async move {
                        let slept = timeout(patience, sleep(after)).await.is_ok();
                        let passed = now() - begin;
                        let due = after.min(patience);
                        // A wheel is at most a tick late, and turns at the deadlines of others.
                        assert!(
                            passed >= due && passed - due < Duration::from_micros(3),
                            "{store}: {passed:?} {due:?}"
                        );
                        (slept, after <= patience)
                    })
                })
                .collect();
            for task in tasks {
                let (slept, expected) = task.await.unwrap();
                assert_eq!(slept, expected);
            }
        });
    }
}

async fn armed(deadline: Instant) -> Pin<Box<Sleep>> {
    let mut sleep = Box::pin(sleep_until(deadline));
    assert!(crate::poll_once(&mut sleep).await.is_none());
    sleep
}

/// Timers of workers and of the runtime's own thread are given up on a thread that has no runtime, while those left fire.
fn timers_cancelled_on_other_threads(builder: Builder) {
    for store in STORES {
        let runtime = builder.timers(store).workers(2).build().unwrap();
        let (given_up, receiver) = mpsc::channel::<Pin<Box<Sleep>>>();
        let dropper = thread::spawn(move || receiver.into_iter().map(drop).count());
        let keep = |number: u64, given_up: mpsc::Sender<Pin<Box<Sleep>>>| async move {
            let mut random = Random(number + 1);
            for _ in 0..100 {
                let begin = now();
                let far = armed(begin + Duration::from_secs(random.below(3000) + 1)).await;
                let near = armed(begin + Duration::from_micros(random.below(200))).await;
                given_up.send(far).unwrap();
                let deadline = near.deadline();
                near.await;
                assert!(now() >= deadline);
            }
        };
        runtime.block_on(async {
            let shared: Vec<_> = (0..4).map(|number| spawn(keep(number, given_up.clone()))).collect();
            join((keep(9, given_up.clone()), async {
                for task in shared {
                    task.await.unwrap();
                }
            }))
            .await;
        });
        drop(given_up);
        assert_eq!(dropper.join().unwrap(), 500);
    }
}

/// What a runtime leaves in its store stays there: the next one has another store, and they do not meet.
fn a_sleep_outlives_its_runtime_and_its_store(builder: Builder) {
    for (store, next) in [(0, 1), (1, 2), (2, 0)].map(|(one, two)| (STORES[one], STORES[two])) {
        let (far, near) = builder.timers(store).build().unwrap().block_on(async {
            (armed(now() + Duration::from_secs(3600)).await, armed(now() + Duration::from_millis(1)).await)
        });
        let runtime = builder.timers(next).build().unwrap();
        runtime.block_on(async {
            let mine = armed(now() + Duration::from_millis(2)).await;
            drop(far);
            sleep(Duration::from_millis(3)).await;
            mine.await;
        });
        drop(near);
        // Its own store again, with nothing left in it.
        timing::CASES.iter().for_each(|(_, case)| case(builder.timers(store)));
    }
}
