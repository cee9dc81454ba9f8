//! The component's runtime.

use super::driver::{DriverStats, Reactor};
use crate::p1::{Error, Unparker};
use crate::runtime::RunError;
use core::cell::{OnceCell, RefCell};
use zokio_core::executor::{BlockOnError, Executor, Fifo, Ready, Roster};
use zokio_core::task::Spawner;
use zokio_core::time::{Clock, Heap, Instant, Timers};

type Loop = Executor<&'static Reactor, WasiClock, Fifo, Roster<32>>;

struct Runtime {
    reactor: Reactor,
    timers: Timers<Heap>,
    ready: Ready<Unparker>,
    executor: OnceCell<(Spawner, RefCell<Loop>)>,
}

// SAFETY: invariant "one thread": a component whose target has no atomics has neither threads nor interrupts.
unsafe impl Sync for Runtime {}

static RUNTIME: Runtime =
    Runtime { reactor: Reactor::new(), timers: Timers::new(), ready: Ready::new(), executor: OnceCell::new() };

pub(super) fn reactor() -> &'static Reactor {
    &RUNTIME.reactor
}

/// The component's clock. Zero-sized: a timer costs its node and nothing else.
///
/// ```
/// use core::time::Duration;
/// use zokio_wasi::time::{Clock, clock};
///
/// let start = clock().now();
/// zokio_wasi::block_on(clock().sleep(Duration::from_millis(2)))?;
/// assert!(clock().now() - start >= Duration::from_millis(2));
/// # Ok::<(), zokio_wasi::RunError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WasiClock;

// SAFETY: "one store": the timers are in a static.
unsafe impl Clock for WasiClock {
    type Store = Heap;

    fn now(&self) -> Instant {
        RUNTIME.reactor.now()
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
///
/// ```
/// use core::time::Duration;
/// use zokio_wasi::{RunError, block_on, sleep, spawn_local};
///
/// let sum = block_on(async {
///     let other = spawn_local(async {
///         sleep(Duration::from_millis(1)).await;
///         3
///     });
///     Ok::<_, zokio_core::task::JoinError>(4 + other.await?)
/// })?;
/// assert_eq!(sum, Ok(7));
/// // What can never go on is told.
/// assert!(matches!(block_on(core::future::pending::<()>()), Err(RunError::Deadlock(_))));
/// # Ok::<(), RunError>(())
/// ```
pub fn block_on<F: Future>(future: F) -> Result<F::Output, RunError> {
    let mut executor = executor().1.try_borrow_mut().map_err(|_| RunError::Nested)?;
    executor.block_on(future).map_err(|error| match error {
        BlockOnError::Deadlock(deadlock) => RunError::Deadlock(deadlock),
        _ => RunError::Driver(Error::NothingArmed),
    })
}

/// Spawns tasks that live in statics; see [`spawn_local`](crate::spawn_local) for any other future.
///
/// ```
/// use zokio_core::task::TaskArena;
///
/// static TASKS: TaskArena<2, 64> = TaskArena::new();
///
/// let task = zokio_wasi::spawner().spawn(TASKS.task(async { 3 })).map_err(|_| "no slot is free")?;
/// assert_eq!(zokio_wasi::block_on(async { task.await })??, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn spawner() -> Spawner {
    executor().0
}

/// What the driver has done.
///
/// ```
/// let before = zokio_wasi::stats().host_calls;
/// zokio_wasi::block_on(zokio_wasi::sleep(core::time::Duration::from_millis(2)))?;
/// assert!(zokio_wasi::stats().host_calls > before);
/// # Ok::<(), zokio_wasi::RunError>(())
/// ```
pub fn stats() -> DriverStats {
    RUNTIME.reactor.stats()
}
