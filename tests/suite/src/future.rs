//! Combinators.

use crate::task::Counted;
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::cell::Cell;
use core::future::{pending, ready};
use core::time::Duration;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::{Either, join, race, select, select_biased, yield_now};
use zokio_core::time::Clock;

pub(crate) fn join_waits_for_all() -> Outcome {
    let (mut sim, time) = sim!();
    let result = sim.block_on(join((
        async { 1 },
        async {
            time.sleep(Duration::from_millis(3)).await;
            "two"
        },
        time.sleep(Duration::from_millis(2)),
    )));
    check!(result == Ok((1, "two", ())));
    check!(time.millis() == 3);
    Ok(())
}

pub(crate) fn join_takes_arrays() -> Outcome {
    let (mut sim, time) = sim!();
    let after = |millis| async move {
        time.sleep(Duration::from_millis(millis)).await;
        millis
    };
    check!(sim.block_on(join([after(3), after(1), after(2)])) == Ok([3, 1, 2]));
    Ok(())
}

pub(crate) fn race_drops_the_losers() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    let (mut sim, time) = sim!();
    let after = |millis| async move {
        let _counted = Counted(&DROPPED);
        time.sleep(Duration::from_millis(millis)).await;
        millis
    };
    check!(sim.block_on(race((after(3), after(1), after(2)))) == Ok(1));
    check!(DROPPED.load(Ordering::Relaxed) == 3);
    check!(sim.block_on(race([after(6), after(5)])) == Ok(5));
    check!(sim.next_deadline().is_none());
    Ok(())
}

pub(crate) fn select_is_fair() -> Outcome {
    let (mut sim, _) = sim!();
    // Both are always ready, but only from their second poll on: a select that always looked left first would say left.
    let late = || async {
        yield_now().await;
    };
    let wins = sim.block_on(async { select(late(), late()).await });
    check!(wins == Ok(Either::Right(())));
    check!(sim.block_on(select(pending::<()>(), ready(2))) == Ok(Either::Right(2)));
    check!(sim.block_on(select(ready(1), pending::<u8>())) == Ok(Either::Left(1)));
    Ok(())
}

pub(crate) fn select_can_be_biased() -> Outcome {
    let (mut sim, _) = sim!();
    for _ in 0..3 {
        let late = || async { yield_now().await };
        check!(sim.block_on(select_biased(late(), late())) == Ok(Either::Left(())));
    }
    Ok(())
}

pub(crate) fn yield_lets_the_others_run() -> Outcome {
    let (mut sim, _) = sim!();
    let order = Cell::new(0);
    let put = |digit| order.set(order.get() * 10 + digit);
    let result = sim.block_on(join((
        async {
            put(1);
            yield_now().await;
            put(3);
        },
        async {
            put(2);
            yield_now().await;
            put(4);
        },
    )));
    check!(result.is_ok());
    check!(order.get() == 1234);
    Ok(())
}
