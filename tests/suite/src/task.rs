//! Tasks: results, abort, detach, exhaustion, stale wakers.

use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::future::poll_fn;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::yield_now;
use zokio_core::sync::{Channel, Notify};
use zokio_core::task::{AsyncFn, JoinError, TaskArena};
use zokio_core::time::Clock;

/// Counts how often it was dropped.
pub(crate) struct Counted(pub(crate) &'static AtomicUsize);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[zokio_core::task(pool = 2)]
async fn add(left: u32, right: u32) -> u32 {
    yield_now().await;
    left + right
}

pub(crate) fn a_result_comes_through_the_handle() -> Outcome {
    let (mut sim, _) = sim!();
    let Ok(handle) = sim.spawner().spawn(add(2, 3)) else { return Err("no slot") };
    check!(!handle.is_finished());
    check!(sim.block_on(handle.into_future()) == Ok(Ok(5)));
    // A handle that is awaited after the end.
    let Ok(mut handle) = sim.spawner().spawn(add(4, 5)) else { return Err("no slot") };
    let Ok(_) = sim.run_until_stalled();
    check!(handle.is_finished());
    check!(sim.block_on(handle.join()) == Ok(Ok(9)));
    Ok(())
}

pub(crate) fn a_result_is_taken_once() -> Outcome {
    let (mut sim, _) = sim!();
    let Ok(mut handle) = sim.spawner().spawn(add(1, 1)) else { return Err("no slot") };
    check!(sim.block_on(handle.join()) == Ok(Ok(2)));
    check!(sim.block_on(handle.join()) == Ok(Err(JoinError::Taken)));
    check!(handle.is_finished());
    // Its slot is free again although the handle is still there.
    for _ in 0..2 {
        check!(sim.spawner().spawn(add(1, 1)).is_ok());
    }
    let Ok(_) = sim.run_until_stalled();
    Ok(())
}

pub(crate) fn abort_drops_the_future() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    static ARENA: TaskArena<1, 64> = TaskArena::new();
    let (mut sim, _) = sim!();
    for round in 1..=3 {
        let task = ARENA.task(async {
            let _counted = Counted(&DROPPED);
            core::future::pending::<()>().await;
        });
        let Ok(handle) = sim.spawner().spawn(task) else { return Err("no slot") };
        // The first is aborted before it was ever polled: then nothing was made that could be dropped.
        if round > 1 {
            let Ok(_) = sim.run_until_stalled();
        }
        handle.abort();
        handle.abort();
        check!(sim.block_on(handle.into_future()) == Ok(Err(JoinError::Aborted)));
        check!(DROPPED.load(Ordering::Relaxed) == round - 1);
        check!(sim.spawner().live() == 0);
    }
    Ok(())
}

pub(crate) fn abort_after_the_end_changes_nothing() -> Outcome {
    let (mut sim, _) = sim!();
    let Ok(handle) = sim.spawner().spawn(add(20, 3)) else { return Err("no slot") };
    let Ok(_) = sim.run_until_stalled();
    handle.abort();
    let Ok(turn) = sim.run_until_stalled();
    check!(turn.polled == 0);
    check!(sim.block_on(handle.into_future()) == Ok(Ok(23)));
    Ok(())
}

pub(crate) fn a_dropped_handle_detaches() -> Outcome {
    static DONE: AtomicUsize = AtomicUsize::new(0);
    static ARENA: TaskArena<1, 128> = TaskArena::new();
    let (mut sim, time) = sim!();
    for round in 1..=2 {
        let task = ARENA.task(async move {
            time.sleep(Duration::from_millis(5)).await;
            DONE.fetch_add(1, Ordering::Relaxed);
        });
        let Ok(handle) = sim.spawner().spawn(task) else { return Err("no slot") };
        drop(handle);
        check!(sim.block_on(async { time.sleep(Duration::from_millis(6)).await }).is_ok());
        check!(DONE.load(Ordering::Relaxed) == round);
    }
    Ok(())
}

pub(crate) fn an_output_nobody_wants_is_dropped() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    static ARENA: TaskArena<1, 64> = TaskArena::new();
    let (mut sim, _) = sim!();
    // The handle goes before the end, and after it; each output is dropped once.
    let Ok(handle) = sim.spawner().spawn(ARENA.task(async { Counted(&DROPPED) })) else { return Err("no slot") };
    drop(handle);
    let Ok(_) = sim.run_until_stalled();
    check!(DROPPED.load(Ordering::Relaxed) == 1);
    let Ok(handle) = sim.spawner().spawn(ARENA.task(async { Counted(&DROPPED) })) else { return Err("no slot") };
    let Ok(_) = sim.run_until_stalled();
    check!(DROPPED.load(Ordering::Relaxed) == 1);
    drop(handle);
    check!(DROPPED.load(Ordering::Relaxed) == 2);
    // And the slot is free.
    check!(sim.spawner().spawn(ARENA.task(async { Counted(&DROPPED) })).is_ok());
    let Ok(_) = sim.run_until_stalled();
    check!(DROPPED.load(Ordering::Relaxed) == 3);
    Ok(())
}

pub(crate) fn a_full_pool_gives_the_task_back() -> Outcome {
    static GO: Notify = Notify::new();
    #[zokio_core::task(pool = 2)]
    async fn wait(counted: Counted) {
        GO.notified().await;
        drop(counted);
    }
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    let (mut sim, _) = sim!();
    check!(sim.spawner().spawn(wait(Counted(&DROPPED))).is_ok());
    check!(sim.spawner().spawn(wait(Counted(&DROPPED))).is_ok());
    let Err(full) = sim.spawner().spawn(wait(Counted(&DROPPED))) else { return Err("three in a pool of two") };
    check!(DROPPED.load(Ordering::Relaxed) == 0);
    let Ok(_) = sim.run_until_stalled();
    GO.notify_one();
    let Ok(_) = sim.run_until_stalled();
    check!(DROPPED.load(Ordering::Relaxed) == 1);
    // What came back can be spawned now, arguments and all.
    check!(sim.spawner().spawn(full.task).is_ok());
    let Ok(_) = sim.run_until_stalled();
    GO.notify_all();
    let Ok(_) = sim.run_until_stalled();
    check!(DROPPED.load(Ordering::Relaxed) == 3);
    Ok(())
}

pub(crate) fn a_full_arena_gives_the_task_back() -> Outcome {
    static ARENA: TaskArena<2, 32> = TaskArena::new();
    let (mut sim, _) = sim!();
    let task = |number: u32| ARENA.task(async move { number });
    let (Ok(one), Ok(two)) = (sim.spawner().spawn(task(1)), sim.spawner().spawn(task(2))) else {
        return Err("no slot in an empty arena");
    };
    let Err(full) = sim.spawner().spawn(task(3)) else { return Err("three in an arena of two") };
    check!(sim.block_on(one.into_future()) == Ok(Ok(1)));
    let Ok(three) = sim.spawner().spawn(full.task) else { return Err("the slot was not released") };
    check!(sim.block_on(two.into_future()) == Ok(Ok(2)));
    check!(sim.block_on(three.into_future()) == Ok(Ok(3)));
    Ok(())
}

pub(crate) fn arena_slots_are_used_again() -> Outcome {
    static ARENA: TaskArena<3, 64> = TaskArena::new();
    let (mut sim, _) = sim!();
    let mut sum = 0;
    for number in 0..100u32 {
        let (left, right) = (ARENA.task(async move { number }), ARENA.task(async { yield_now().await }));
        let (Ok(left), Ok(right)) = (sim.spawner().spawn(left), sim.spawner().spawn(right)) else {
            return Err("a slot was lost");
        };
        match sim.block_on(left.into_future()) {
            Ok(Ok(value)) => sum += value,
            _ => return Err("a result was lost"),
        }
        drop(right);
        let Ok(_) = sim.run_until_stalled();
    }
    check!(sum == 4950);
    Ok(())
}

static LEFT_BEHIND: Channel<Waker, 1> = Channel::new();

/// Leaves its waker behind and ends.
async fn leave_waker() {
    poll_fn(|cx| {
        let _ = LEFT_BEHIND.try_send(cx.waker().clone());
        Poll::Ready(())
    })
    .await;
}

pub(crate) fn a_stale_waker_is_harmless() -> Outcome {
    static ARENA: TaskArena<1, 72> = TaskArena::new();
    static GO: Notify = Notify::new();
    let (mut sim, _) = sim!();
    check!(sim.spawner().spawn(ARENA.task(leave_waker())).is_ok());
    let Ok(_) = sim.run_until_stalled();
    let Ok(stale) = LEFT_BEHIND.try_recv() else { return Err("no waker") };
    stale.wake_by_ref();
    let Ok(turn) = sim.run_until_stalled();
    check!(turn.polled == 0);
    // Somebody else lives there now: the worst is a spurious poll.
    let Ok(handle) = sim.spawner().spawn(ARENA.task(async { GO.notified().await })) else {
        return Err("the slot was not released");
    };
    let Ok(_) = sim.run_until_stalled();
    stale.wake();
    let Ok(turn) = sim.run_until_stalled();
    check!(turn.polled == 1 && !handle.is_finished());
    GO.notify_one();
    check!(sim.block_on(handle.into_future()) == Ok(Ok(())));
    Ok(())
}

pub(crate) fn a_stale_waker_in_the_queue_keeps_the_slot() -> Outcome {
    static ARENA: TaskArena<1, 64> = TaskArena::new();
    let (mut sim, _) = sim!();
    // The task wakes itself and ends in the same poll: its header is queued while its slot would be free.
    let ends_woken = || {
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::Ready(())
        })
    };
    for _ in 0..3 {
        let Ok(handle) = sim.spawner().spawn(ARENA.task(ends_woken())) else { return Err("the slot was lost") };
        drop(handle);
        sim.set_budget(1);
        let Ok(turn) = sim.turn(zokio_core::driver::Wait::Poll);
        check!(turn.completed == 1 && turn.remaining);
        check!(sim.spawner().spawn(ARENA.task(ends_woken())).is_err());
        let Ok(_) = sim.run_until_stalled();
    }
    Ok(())
}

pub(crate) fn tasks_have_names() -> Outcome {
    static ARENA: TaskArena<1, 64> = TaskArena::new();
    let (mut sim, _) = sim!();
    let Ok(handle) = sim.spawner().spawn(add(1, 2)) else { return Err("no slot") };
    check!(handle.name() == "add");
    let Ok(named) = sim.spawner().spawn(ARENA.task(async {})) else { return Err("no slot") };
    check!(named.name() == "arena task");
    let Ok(_) = sim.run_until_stalled();
    drop((handle, named));
    Ok(())
}

pub(crate) fn a_task_may_end_while_it_is_woken() -> Outcome {
    let (mut sim, _) = sim!();
    static ARENA: TaskArena<2, 96> = TaskArena::new();
    static BOTH: Notify = Notify::new();
    let task = || {
        ARENA.task(async {
            BOTH.notified().await;
            BOTH.notify_all();
        })
    };
    let (Ok(one), Ok(two)) = (sim.spawner().spawn(task()), sim.spawner().spawn(task())) else { return Err("no slot") };
    let Ok(_) = sim.run_until_stalled();
    BOTH.notify_one();
    let Ok(_) = sim.run_until_stalled();
    check!(one.is_finished() && two.is_finished());
    Ok(())
}

pub(crate) fn joins_can_be_dropped() -> Outcome {
    static GO: Notify = Notify::new();
    static ARENA: TaskArena<1, 96> = TaskArena::new();
    let (mut sim, time) = sim!();
    let task = ARENA.task(async {
        GO.notified().await;
        11
    });
    let Ok(mut handle) = sim.spawner().spawn(task) else { return Err("no slot") };
    let result = sim.block_on(async {
        for _ in 0..3 {
            if time.timeout(Duration::from_millis(1), handle.join()).await.is_ok() {
                return None;
            }
        }
        GO.notify_one();
        handle.join().await.ok()
    });
    check!(result == Ok(Some(11)));
    Ok(())
}

pub(crate) fn a_function_can_be_started_again() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    let (mut sim, time) = sim!();
    let attempts = core::cell::Cell::new(0);
    let mut step = pin!(AsyncFn::new(|| async {
        let _counted = Counted(&DROPPED);
        attempts.set(attempts.get() + 1);
        time.sleep(Duration::from_millis(3)).await;
        if attempts.get() < 3 { Err(attempts.get()) } else { Ok("done") }
    }));
    check!(!step.is_running() && !step.is_completed() && !step.is_failed());
    check!(sim.block_on(step.as_mut().run()) == Ok(Err(&1)));
    check!(step.is_failed() && step.error() == Some(&1) && step.output().is_none());
    // It has ended, so nothing happens until it is reset.
    check!(sim.block_on(step.as_mut().run()) == Ok(Err(&1)) && attempts.get() == 1);
    step.as_mut().reset();
    // Given up half way, it goes on where it was.
    check!(sim.block_on(time.timeout(Duration::from_millis(1), step.as_mut().run())).is_ok_and(|run| run.is_err()));
    check!(step.is_running() && attempts.get() == 2 && DROPPED.load(Ordering::Relaxed) == 1);
    check!(sim.block_on(step.as_mut().run()) == Ok(Err(&2)));
    step.as_mut().reset();
    check!(sim.block_on(step.as_mut().run()) == Ok(Ok(&"done")));
    check!(step.is_completed() && step.output() == Some(&"done") && attempts.get() == 3 && time.millis() == 9);
    // A reset in the middle drops what was going on.
    step.as_mut().reset();
    check!(step.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    step.as_mut().reset();
    check!(DROPPED.load(Ordering::Relaxed) == 4 && sim.next_deadline().is_none());
    Ok(())
}
