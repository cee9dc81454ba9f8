//! Tests on the machine's own executor and clock.

use crate::{Outcome, check};
use core::time::Duration;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::{join, yield_now};
use zokio_core::sync::Channel;
use zokio_core::task::{Spawner, TaskArena};
use zokio_core::time::{Clock, Instant};

/// The machine that the tests run on.
#[derive(Clone, Copy)]
pub struct Platform<C> {
    /// Spawns onto the executor that runs the suite.
    pub spawner: Spawner,
    /// The machine's clock.
    pub clock: C,
}

impl<C: Clock> Platform<C> {
    /// Runs a test, but not for ever.
    pub(crate) async fn limited(&self, test: impl Future<Output = Outcome>) -> Outcome {
        let limited = self.clock.timeout(Duration::from_secs(20), test).await;
        limited.unwrap_or(Err("still waiting after 20 s: a wake-up or an alarm was lost"))
    }
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) async fn sleeps_are_never_early<C: Clock>(platform: &Platform<C>) -> Outcome {
    let clock = platform.clock;
    for micros in [1, 50, 100, 999, 1000, 1500, 3000] {
        let start = clock.now();
        clock.sleep(Duration::from_micros(micros)).await;
        check!(clock.now() - start >= Duration::from_micros(micros));
    }
    Ok(())
}

pub(crate) async fn the_clock_never_goes_back<C: Clock>(platform: &Platform<C>) -> Outcome {
    let mut last = Instant::ZERO;
    for _ in 0..2000 {
        let now = platform.clock.now();
        check!(now >= last);
        last = now;
    }
    yield_now().await;
    check!(platform.clock.now() >= last);
    Ok(())
}

pub(crate) async fn short_sleeps_in_order<C: Clock>(platform: &Platform<C>) -> Outcome {
    let clock = platform.clock;
    let order = AtomicUsize::new(0);
    let start = clock.now();
    let after = |millis: u64| {
        let order = &order;
        async move {
            clock.sleep_until(start + ms(millis * 5)).await;
            let seen = order.load(Ordering::Relaxed);
            order.store(seen * 10 + millis as usize, Ordering::Relaxed);
        }
    };
    // Each part asks for its deadline in one turn, and the executor fires them in the order of the deadlines, so also a
    // machine that was stopped in between has them in order.
    join((after(3), after(1), after(4), after(2))).await;
    let order = order.load(Ordering::Relaxed);
    check!(order == 1234 || clock.now() - start > ms(25));
    Ok(())
}

pub(crate) async fn a_timeout_on_the_real_clock<C: Clock>(platform: &Platform<C>) -> Outcome {
    let clock = platform.clock;
    check!(clock.timeout(ms(5), core::future::pending::<()>()).await.is_err());
    check!(clock.timeout(Duration::from_secs(10), clock.sleep(ms(1))).await.is_ok());
    Ok(())
}

pub(crate) async fn spawned_tasks_run_beside_us<C: Clock>(platform: &Platform<C>) -> Outcome {
    #[zokio_core::task(pool = 3)]
    async fn count(to: u32) -> u32 {
        let mut sum = 0;
        for number in 1..=to {
            sum += number;
            yield_now().await;
        }
        sum
    }
    let mut handles = [10, 20, 30].map(|to| platform.spawner.spawn(count(to)));
    for (handle, expected) in handles.iter_mut().zip([55, 210, 465]) {
        match handle {
            Ok(handle) => check!(handle.join().await == Ok(expected)),
            Err(_) => return Err("no slot"),
        }
    }
    Ok(())
}

pub(crate) async fn spawn_from_a_send_spawner<C: Clock + Send + 'static>(platform: &Platform<C>) -> Outcome {
    static ARENA: TaskArena<2, 192> = TaskArena::new();
    let (clock, spawner) = (platform.clock, platform.spawner.send());
    let outer = ARENA.task(async move {
        let inner = ARENA.task(async move {
            clock.sleep(ms(2)).await;
            6
        });
        match spawner.spawn(inner) {
            Ok(handle) => handle.await.map(|value| value * 7),
            Err(_) => Ok(0),
        }
    });
    match spawner.spawn(outer) {
        Ok(handle) => check!(handle.await == Ok(Ok(42))),
        Err(_) => return Err("no slot"),
    }
    Ok(())
}

pub(crate) async fn a_channel_between_tasks<C: Clock>(platform: &Platform<C>) -> Outcome {
    static VALUES: Channel<u32, 2> = Channel::new();
    #[zokio_core::task]
    async fn produce() {
        for number in 0..100 {
            if VALUES.send(number).await.is_err() {
                return;
            }
        }
        VALUES.close();
    }
    check!(platform.spawner.spawn(produce()).is_ok());
    let mut expected = 0;
    while let Ok(number) = VALUES.recv().await {
        check!(number == expected);
        expected += 1;
    }
    check!(expected == 100);
    Ok(())
}

pub(crate) async fn many_timers_at_once<C: Clock>(platform: &Platform<C>) -> Outcome {
    let clock = platform.clock;
    let fired = AtomicUsize::new(0);
    let every = |step: u64| {
        let fired = &fired;
        async move {
            for _ in 0..10 {
                clock.sleep(Duration::from_micros(step)).await;
                fired.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    join([every(100), every(170), every(230), every(330), every(410), every(570), every(690), every(790)]).await;
    check!(fired.load(Ordering::Relaxed) == 80);
    Ok(())
}
