//! The loop: order, fairness, budget, deadlock.

use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::pin::pin;
use core::time::Duration;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::driver::Wait;
use zokio_core::executor::BlockOnError;
use zokio_core::future::yield_now;
use zokio_core::sync::Notify;
use zokio_core::task::{TaskArena, scope};
use zokio_core::time::Clock;

pub(crate) fn order_is_first_in_first_out() -> Outcome {
    static SEEN: AtomicUsize = AtomicUsize::new(0);
    #[zokio_core::task(pool = 4)]
    async fn digit(number: usize) {
        for _ in 0..2 {
            let seen = SEEN.load(Ordering::Relaxed);
            SEEN.store(seen * 10 + number, Ordering::Relaxed);
            yield_now().await;
        }
    }
    let (mut sim, _) = sim!();
    for number in 1..=4 {
        check!(sim.spawner().spawn(digit(number)).is_ok());
    }
    let Ok(_) = sim.run_until_stalled();
    check!(SEEN.load(Ordering::Relaxed) == 12_341_234);
    Ok(())
}

pub(crate) fn a_self_waking_task_starves_nobody() -> Outcome {
    static SPINS: AtomicUsize = AtomicUsize::new(0);
    static ARENA: TaskArena<1, 64> = TaskArena::new();
    let (mut sim, time) = sim!();
    let spin = ARENA.task(async {
        loop {
            SPINS.fetch_add(1, Ordering::Relaxed);
            yield_now().await;
        }
    });
    check!(sim.spawner().spawn(spin).is_ok());
    // The spinning task never lets the clock rest, so time passes only because we say so: a timer is still noticed.
    let result = sim.block_on(async {
        for _ in 0..3 {
            time.pass(5);
            time.sleep(Duration::ZERO).await;
            yield_now().await;
        }
        let sleep = time.sleep(Duration::from_millis(1));
        time.pass(2);
        sleep.await;
    });
    check!(result.is_ok());
    check!(SPINS.load(Ordering::Relaxed) > 2);
    Ok(())
}

pub(crate) fn a_self_waking_root_starves_nobody() -> Outcome {
    static SPINS: AtomicUsize = AtomicUsize::new(0);
    static ARENA: TaskArena<1, 64> = TaskArena::new();
    let (mut sim, time) = sim!();
    for (budget, spins) in [(1, false), (5, false), (1, true), (5, true)] {
        sim.set_budget(budget);
        if spins && SPINS.load(Ordering::Relaxed) == 0 {
            let spin = ARENA.task(async {
                loop {
                    SPINS.fetch_add(1, Ordering::Relaxed);
                    yield_now().await;
                }
            });
            check!(sim.spawner().spawn(spin).is_ok());
        }
        let before = SPINS.load(Ordering::Relaxed);
        let mut polls = 0;
        let mut sleep = pin!(time.sleep(Duration::from_millis(1)));
        // Ready again at once, always: the driver is looked at, and the timer fires, all the same.
        let awake = poll_fn(|cx| {
            polls += 1;
            time.pass(1);
            cx.waker().wake_by_ref();
            sleep.as_mut().poll(cx)
        });
        check!(sim.block_on(awake).is_ok());
        check!(polls <= budget + 1);
        check!(!spins || SPINS.load(Ordering::Relaxed) > before);
    }
    Ok(())
}

pub(crate) fn the_budget_bounds_a_turn() -> Outcome {
    static ARENA: TaskArena<5, 16> = TaskArena::new();
    let (mut sim, _) = sim!();
    sim.set_budget(2);
    for _ in 0..5 {
        check!(sim.spawner().spawn(ARENA.task(async {})).is_ok());
    }
    let polled = [2, 2, 1, 0].map(|_| sim.turn(Wait::Poll).map(|turn| (turn.polled, turn.remaining)));
    check!(polled == [Ok((2, true)), Ok((2, true)), Ok((1, false)), Ok((0, false))]);
    Ok(())
}

pub(crate) fn turns_are_counted() -> Outcome {
    static ARENA: TaskArena<2, 128> = TaskArena::new();
    let (mut sim, time) = sim!();
    check!(sim.spawner().spawn(ARENA.task(async {})).is_ok());
    check!(sim.spawner().spawn(ARENA.task(async move { time.sleep(Duration::from_millis(1)).await })).is_ok());
    check!(sim.spawner().live() == 2);
    let Ok(turn) = sim.turn(Wait::Poll);
    check!((turn.polled, turn.completed, turn.fired, turn.remaining) == (2, 1, 0, false));
    check!(sim.spawner().live() == 1);
    let Ok(turn) = sim.turn(Wait::Forever);
    check!((turn.polled, turn.completed, turn.fired, turn.remaining) == (0, 0, 1, true));
    let Ok(turn) = sim.turn(Wait::Poll);
    check!((turn.polled, turn.completed, turn.fired, turn.remaining) == (1, 1, 0, false));
    check!(sim.spawner().live() == 0);
    Ok(())
}

pub(crate) fn a_deadlock_is_an_error() -> Outcome {
    static NEVER: Notify = Notify::new();
    static ARENA: TaskArena<2, 72> = TaskArena::new();
    let (mut sim, time) = sim!();
    check!(sim.spawner().spawn(ARENA.task(async { NEVER.notified().await })).is_ok());
    match sim.block_on(core::future::pending::<()>()) {
        Err(BlockOnError::Deadlock(deadlock)) => check!(deadlock.tasks == 1),
        _ => return Err("a deadlock was not noticed"),
    }
    // The executor is as good as before.
    NEVER.notify_one();
    check!(sim.block_on(async { time.sleep(Duration::from_millis(1)).await }).is_ok());
    check!(sim.spawner().live() == 0);
    Ok(())
}

pub(crate) fn the_root_future_may_borrow() -> Outcome {
    let (mut sim, time) = sim!();
    let text = RefCell::new([0u8; 3]);
    let at = Cell::new(0);
    let put = |byte| {
        text.borrow_mut()[at.get()] = byte;
        at.set(at.get() + 1);
    };
    let result = sim.block_on(scope(async |s: &zokio_core::task::Scope<'_, 1, 128>| {
        let later = s.spawn(async {
            time.sleep(Duration::from_millis(1)).await;
            put(b'b');
        });
        put(b'a');
        if let Ok(later) = later {
            let _ = later.join().await;
        }
        put(b'c');
    }));
    check!(result.is_ok());
    check!(&text.into_inner() == b"abc");
    Ok(())
}
