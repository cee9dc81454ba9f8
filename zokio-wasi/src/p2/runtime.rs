//! The component's runtime.

use super::driver::{DriverStats, Reactor};
use crate::p1::{Error, Unparker};
use crate::runtime::RunError;
use core::cell::{OnceCell, RefCell};
use core::time::Duration;
use std::boxed::Box;
use std::vec::Vec;
use zokio_core::executor::{BlockOnError, Executor, Fifo, Ready, Roster};
use zokio_core::task::{JoinHandle, Spawner, TaskArena};
use zokio_core::time::{Clock, Heap, Instant, Interval, Sleep, Timeout, Timers};

/// A task on the heap is a pointer in a slot; its result must fit too.
type Tasks = TaskArena<32, 64>;
type Loop = Executor<&'static Reactor, WasiClock, Fifo, Roster<32>>;

struct Runtime {
    reactor: Reactor,
    timers: Timers<Heap>,
    ready: Ready<Unparker>,
    executor: OnceCell<(Spawner, RefCell<Loop>)>,
    /// Slots for tasks; more are made when all are taken, and kept.
    tasks: RefCell<Vec<&'static Tasks>>,
}

// SAFETY: invariant "one thread": a component whose target has no atomics has neither threads nor interrupts.
unsafe impl Sync for Runtime {}

static RUNTIME: Runtime = Runtime {
    reactor: Reactor::new(),
    timers: Timers::new(),
    ready: Ready::new(),
    executor: OnceCell::new(),
    tasks: RefCell::new(Vec::new()),
};

pub(super) fn reactor() -> &'static Reactor {
    &RUNTIME.reactor
}

/// The component's clock. Zero-sized: a timer costs its node and nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WasiClock;

// SAFETY: "one store": the timers are in a static.
unsafe impl Clock for WasiClock {
    type Store = Heap;

    fn now(&self) -> Instant {
        Instant::from_nanos(wasip2::clocks::monotonic_clock::now())
    }

    fn timers(&self) -> &Timers<Heap> {
        &RUNTIME.timers
    }
}

fn executor() -> &'static (Spawner, RefCell<Loop>) {
    RUNTIME.executor.get_or_init(|| {
        let executor = Executor::new(&RUNTIME.ready, &RUNTIME.reactor, WasiClock).with_observer(Roster::new());
        (executor.spawner(), RefCell::new(executor))
    })
}

/// Runs `future` to its end, and the spawned tasks meanwhile. Tasks that have not ended stay, and go on when this is called
/// again.
///
/// # Errors
/// [`RunError`]: nothing is lost except `future`.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, RunError> {
    let mut executor = executor().1.try_borrow_mut().map_err(|_| RunError::Nested)?;
    executor.block_on(future).map_err(|error| match error {
        BlockOnError::Deadlock(deadlock) => RunError::Deadlock(deadlock),
        _ => RunError::Driver(Error::NothingArmed),
    })
}

/// Spawns tasks that live in statics; see [`spawn_local`] for any other future.
pub fn spawner() -> Spawner {
    executor().0
}

/// Starts `future` as a task of its own; dropping the handle lets it run on.
///
/// It lives on the heap. What it returns may have 64 bytes, or it does not compile; return a box otherwise.
/// O(tasks / 32) for a free slot.
pub fn spawn_local<F: Future + 'static>(future: F) -> JoinHandle<F::Output> {
    let mut future = Box::pin(future);
    let mut tasks = RUNTIME.tasks.borrow_mut();
    let mut number = 0;
    loop {
        if number == tasks.len() {
            tasks.push(Box::leak(Box::new(Tasks::new())));
        }
        match spawner().spawn(tasks[number].task(future)) {
            Ok(handle) => return handle,
            Err(full) => future = full.task.into_inner(),
        }
        number += 1;
    }
}

/// Completes `duration` from now.
pub fn sleep(duration: Duration) -> Sleep<WasiClock> {
    WasiClock.sleep(duration)
}

/// Runs `future` for at most `duration`.
pub fn timeout<F: Future>(duration: Duration, future: F) -> Timeout<F, WasiClock> {
    WasiClock.timeout(duration, future)
}

/// Ticks every `period`.
pub fn interval(period: Duration) -> Interval<WasiClock> {
    WasiClock.interval(period)
}

/// What the driver has done.
pub fn stats() -> DriverStats {
    RUNTIME.reactor.stats()
}
