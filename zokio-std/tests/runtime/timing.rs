//! Time: order, deadlines, cancelled timers.

use crate::Case;
use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use zokio_std::future::race;
use zokio_std::time::{interval, now, sleep, sleep_until, timeout};
use zokio_std::{Builder, spawn_local};

pub const CASES: &[Case] = &[
    ("timers_fire_in_order", timers_fire_in_order),
    ("never_early", never_early),
    ("timeouts", timeouts),
    ("intervals_do_not_drift", intervals_do_not_drift),
    ("dropped_timers_do_not_fire", dropped_timers_do_not_fire),
];

fn timers_fire_in_order(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let log = Rc::new(RefCell::new(Vec::new()));
        let start = now();
        let order = [7u64, 3, 9, 1, 4, 8, 2, 6, 5, 0];
        let tasks: Vec<_> = order
            .into_iter()
            .map(|millis| {
                let log = log.clone();
                spawn_local(async move {
                    sleep_until(start + Duration::from_millis(millis)).await;
                    log.borrow_mut().push(millis);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*log.borrow(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });
}

fn never_early(builder: Builder) {
    builder.build().unwrap().block_on(async {
        for micros in [0, 1, 50, 300, 999, 1000, 1001, 2500] {
            let duration = Duration::from_micros(micros);
            let before = now();
            sleep(duration).await;
            assert!(now() - before >= duration);
        }
    });
}

fn timeouts(builder: Builder) {
    builder.build().unwrap().block_on(async {
        assert_eq!(timeout(Duration::from_secs(3600), async { 5 }).await, Ok(5));
        assert!(timeout(Duration::from_micros(500), std::future::pending::<()>()).await.is_err());
        let slow = async {
            sleep(Duration::from_millis(2)).await;
            "slow"
        };
        assert_eq!(timeout(Duration::from_secs(3600), slow).await, Ok("slow"));
    });
}

fn intervals_do_not_drift(builder: Builder) {
    builder.build().unwrap().block_on(async {
        let period = Duration::from_micros(700);
        let mut ticks = pin!(interval(period));
        let first = ticks.as_mut().tick().await;
        for tick in 1..8 {
            let at = ticks.as_mut().tick().await;
            assert!(at - first >= period * tick, "tick {tick}");
        }
    });
}

fn dropped_timers_do_not_fire(builder: Builder) {
    builder.build().unwrap().block_on(async {
        for _ in 0..200 {
            // The long one is dropped with the race, again and again.
            let long = async {
                sleep(Duration::from_secs(3600)).await;
                "long"
            };
            let short = async {
                sleep(Duration::from_micros(20)).await;
                "short"
            };
            assert_eq!(race((long, short)).await, "short");
        }
    });
}
