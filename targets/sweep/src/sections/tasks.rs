//! Claim and release: the slots of tasks.

use super::cancel::Place;
use super::{Section, ensure};
use crate::machine::Machine;
use crate::stage::{Stage, spawner};
use crate::witness::{WOKEN, log, logged};
use core::cmp::Reverse;
use core::future::{pending, poll_fn};
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::Poll;
use zokio_core::task::{Join, JoinHandle, TaskArena};

/// Slots in the arena, and in the pool.
const SLOTS: usize = 3;

static ARENA: TaskArena<SLOTS, 16> = TaskArena::new();

#[zokio_core::task(pool = SLOTS)]
async fn pooled(id: u8) {
    log(id);
}

/// Writes down that it was dropped.
struct Dropped(u8);

impl Drop for Dropped {
    fn drop(&mut self) {
        log(self.0);
    }
}

/// Where the task that was started last lies.
static ADDRESS: AtomicUsize = AtomicUsize::new(0);

/// Never ends.
async fn say_where() -> u8 {
    poll_fn(|cx| {
        ADDRESS.store(cx.waker().data().addr(), Ordering::Relaxed);
        Poll::Pending
    })
    .await
}

async fn in_arena(id: u8) -> u8 {
    log(id);
    id
}

/// Starts a task in the arena and one in the pool, from the interrupt.
fn spawn_both() {
    if let Ok(handle) = spawner().spawn(ARENA.task(in_arena(11))) {
        handle.detach();
    }
    if let Ok(handle) = spawner().spawn(pooled(12)) {
        handle.detach();
    }
}

/// Whether all tasks have ended and all slots can be had once more. Leaves the arena's slots to be handed out in the order of
/// their addresses: finding a slot's number takes a Cortex-M0 a division, whose steps depend on it.
fn all_slots_are_free<M: Machine>(stage: &mut Stage<M>) -> Result<(), &'static str> {
    ensure(stage.live() == 0, "tasks are counted that have ended, or not counted")?;
    let mut tasks = [const { None::<(usize, JoinHandle<u8>)> }; SLOTS];
    for task in &mut tasks {
        let Ok(handle) = stage.spawner().spawn(ARENA.task(say_where())) else {
            return Err("a slot of the arena was lost");
        };
        stage.settle()?;
        *task = Some((ADDRESS.load(Ordering::Relaxed), handle));
    }
    ensure(stage.spawner().spawn(ARENA.task(say_where())).is_err(), "a slot of the arena was handed out twice")?;
    ensure(stage.live() == SLOTS, "tasks are not counted right")?;
    tasks.sort_unstable_by_key(|task| Reverse(task.as_ref().map(|(address, _)| *address)));
    for (_, handle) in tasks.into_iter().flatten() {
        handle.abort();
        drop(handle);
        stage.settle()?;
    }
    for _ in 0..SLOTS {
        stage.spawner().spawn(pooled(0)).map_err(|_| "a slot of the pool was lost")?.detach();
    }
    ensure(stage.spawner().spawn(pooled(0)).is_err(), "a slot of the pool was handed out twice")?;
    stage.settle()?;
    ensure(stage.live() == 0, "a task never ended")
}

/// A task is spawned into an arena, and one into a pool; the interrupt does the same.
pub(super) const fn claim<M: Machine>() -> Section<M> {
    Section {
        name: "spawn: claim a slot",
        prepare: |stage| stage.clear(),
        run: |stage| {
            if let Ok(handle) = stage.spawner().spawn(ARENA.task(in_arena(1))) {
                handle.detach();
            }
            if let Ok(handle) = stage.spawner().spawn(pooled(2)) {
                handle.detach();
            }
        },
        interrupt: spawn_both,
        check: |stage, landed| {
            stage.settle()?;
            let log = logged();
            ensure(log.once_in_order(&[1, 2]), "a spawned task did not run once, in order")?;
            ensure(landed.is_none() || log.once_in_order(&[11, 12]), "the interrupt's task did not run once")?;
            all_slots_are_free(stage)
        },
    }
}

/// Two tasks run to their end, and one of them has a handle that is dropped; the interrupt spawns two others.
pub(super) const fn end<M: Machine>() -> Section<M> {
    Section {
        name: "end: release a slot",
        prepare: |stage| {
            stage.clear();
            stage.handle = stage.spawner().spawn(ARENA.task(in_arena(1))).ok();
            if let Ok(handle) = stage.spawner().spawn(pooled(2)) {
                handle.detach();
            }
        },
        run: |stage| {
            stage.turn();
            stage.handle = None;
        },
        interrupt: spawn_both,
        check: |stage, landed| {
            stage.settle()?;
            let log = logged();
            ensure(log.once_in_order(&[1, 2]), "a task did not run once, in order")?;
            ensure(landed.is_none() || log.once_in_order(&[11, 12]), "the interrupt's task did not run once")?;
            all_slots_are_free(stage)
        },
    }
}

/// A waiting task is aborted through its handle, and the handle dropped; the interrupt spawns two others.
pub(super) const fn abort<M: Machine>() -> Section<M> {
    Section {
        name: "abort and detach",
        prepare: |stage| {
            stage.clear();
            stage.handle = stage
                .spawner()
                .spawn(ARENA.task(async {
                    let _dropped = Dropped(1);
                    pending::<u8>().await
                }))
                .ok();
            stage.clear();
        },
        run: |stage| {
            if let Some(handle) = stage.handle.take() {
                handle.abort();
            }
            stage.turn();
        },
        interrupt: spawn_both,
        check: |stage, landed| {
            stage.settle()?;
            let log = logged();
            ensure(log.count(1) == 1, "the aborted task was not dropped once")?;
            ensure(landed.is_none() || log.once_in_order(&[11, 12]), "the interrupt's task did not run once")?;
            all_slots_are_free(stage)
        },
    }
}

/// The handle of a task, for the interrupt.
static KEPT: Place<JoinHandle<u8>> = Place::new();

/// Aborts the task, if that was not done.
fn abort_kept() {
    if let Some(handle) = KEPT.take() {
        handle.abort();
    }
}

/// A task is polled, gives way, is polled again and ends; the interrupt aborts it and drops the handle.
pub(super) const fn abort_from_the_interrupt<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: a task that runs and ends",
        prepare: |stage| {
            stage.clear();
            let dropped = Dropped(1);
            let task = ARENA.task(async move {
                let _dropped = dropped; // also of a task that is never polled
                log(2);
                zokio_core::future::yield_now().await;
                log(3);
                0
            });
            if let Ok(handle) = stage.spawner().spawn(task) {
                KEPT.put(handle);
            }
        },
        run: |stage| {
            stage.turn();
            stage.turn();
        },
        interrupt: abort_kept,
        check: |stage, landed| {
            // In peace the task has ended, and this takes its output.
            abort_kept();
            stage.settle()?;
            let log = logged();
            ensure(log.count(1) == 1, "the task was not dropped once")?;
            ensure(log.last() == Some(1), "the task ran on after it was dropped")?;
            ensure(log.count(2) <= 1 && log.count(3) <= log.count(2), "the task was polled out of order")?;
            ensure(landed.is_some() || log.count(3) == 1, "nobody aborted it, and it did not end")?;
            all_slots_are_free(stage)
        },
    }
}

/// Who await a task each.
static AWAITED: [Place<Join<u8, JoinHandle<u8>>>; SLOTS] = [const { Place::new() }; SLOTS];

/// Tasks that end when they are polled, each awaited by somebody.
fn await_all<M: Machine>(stage: &mut Stage<M>) {
    stage.clear();
    for (id, place) in AWAITED.iter().enumerate() {
        if let Ok(handle) = stage.spawner().spawn(ARENA.task(in_arena(1 + id as u8))) {
            place.put(handle.into_future());
            let _ = place.poll(id);
        }
        WOKEN[id].store(false, Ordering::Relaxed);
    }
}

/// The first two are gone; the last one is told of the end that it waits for.
fn the_last_is_told<M: Machine>(stage: &mut Stage<M>) -> Result<(), &'static str> {
    let [first, second, last] = &AWAITED;
    first.clear();
    second.clear();
    stage.settle()?;
    ensure(logged().once_in_order(&[1, 2, 3]), "a task did not run once, in order")?;
    ensure(WOKEN[2].load(Ordering::Relaxed), "the one that waits for a task sleeps on")?;
    ensure(matches!(last.poll(2), Poll::Ready(Ok(3))), "the end of a task was lost")?;
    last.clear();
    all_slots_are_free(stage)
}

/// Somebody who awaits a task gives up; the interrupt drops another one.
pub(super) const fn give_up_on<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: a wait for a task",
        prepare: await_all,
        run: |_| AWAITED[0].clear(),
        interrupt: || AWAITED[1].clear(),
        check: |stage, _| the_last_is_told(stage),
    }
}

/// Awaited tasks end; the interrupt drops who awaits the first.
pub(super) const fn give_up_on_what_ends<M: Machine>() -> Section<M> {
    Section {
        name: "cancel: while the task ends that is waited for",
        prepare: await_all,
        run: |stage| stage.turn(),
        interrupt: || AWAITED[0].clear(),
        check: |stage, _| the_last_is_told(stage),
    }
}
