//! Scoped tasks.

use crate::task::Counted;
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::cell::Cell;
use core::time::Duration;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::task::{JoinError, Scope, scope};
use zokio_core::time::Clock;

pub(crate) fn children_borrow_from_the_parent() -> Outcome {
    let (mut sim, time) = sim!();
    let total = Cell::new(0);
    let numbers = [1, 2, 3];
    let result = sim.block_on(scope(async |s: &Scope<'_, 3, 128>| {
        for number in &numbers {
            let child = s.spawn(async {
                time.sleep(Duration::from_millis(*number)).await;
                total.set(total.get() * 10 + *number);
            });
            if child.is_err() {
                return false;
            }
        }
        true
    }));
    check!(result == Ok(true));
    check!(total.get() == 123);
    Ok(())
}

pub(crate) fn the_scope_waits_for_its_children() -> Outcome {
    let (mut sim, time) = sim!();
    let result = sim.block_on(scope(async |s: &Scope<'_, 2, 96>| {
        let _ = s.spawn(async { time.sleep(Duration::from_millis(9)).await });
        let Ok(four) = s.spawn(async { 4 }) else { return 0 };
        four.join().await.unwrap_or(0)
    }));
    check!(result == Ok(4));
    check!(time.millis() == 9);
    Ok(())
}

pub(crate) fn a_child_can_be_aborted() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    let (mut sim, time) = sim!();
    let result = sim.block_on(scope(async |s: &Scope<'_, 1, 64>| {
        let Ok(child) = s.spawn(async {
            let _counted = Counted(&DROPPED);
            core::future::pending::<()>().await;
        }) else {
            return None;
        };
        time.sleep(Duration::from_millis(1)).await;
        child.abort();
        Some(child.join().await)
    }));
    check!(result == Ok(Some(Err(JoinError::Aborted))));
    check!(DROPPED.load(Ordering::Relaxed) == 1);
    Ok(())
}

pub(crate) fn a_dropped_scope_drops_its_children() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    let (mut sim, time) = sim!();
    let result = sim.block_on(time.timeout(
        Duration::from_millis(2),
        scope(async |s: &Scope<'_, 3, 128>| {
            let _ = s.spawn(async { Counted(&DROPPED) }); // ends; its output waits for nobody
            let _kept = s.spawn(async { Counted(&DROPPED) }); // ends; its output waits for the handle
            let _ = s.spawn(async {
                let _counted = Counted(&DROPPED);
                time.sleep(Duration::from_millis(50)).await;
            });
            core::future::pending::<()>().await;
        }),
    ));
    check!(matches!(result, Ok(Err(_))));
    check!(DROPPED.load(Ordering::Relaxed) == 3);
    check!(sim.next_deadline().is_none());
    Ok(())
}

pub(crate) fn a_full_scope_gives_the_future_back() -> Outcome {
    let (mut sim, _) = sim!();
    let result = sim.block_on(scope(async |s: &Scope<'_, 1, 32>| {
        let make = |number| async move { number };
        let Ok(first) = s.spawn(make(1)) else { return 0 };
        let Err(full) = s.spawn(make(2)) else { return 0 };
        let first = first.join().await.unwrap_or(0);
        let Ok(second) = s.spawn(full.0) else { return 0 };
        first * 10 + second.join().await.unwrap_or(0)
    }));
    check!(result == Ok(12));
    Ok(())
}
