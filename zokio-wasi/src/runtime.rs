//! A runtime as one value: reactor, timers, ready queue, executor.

use crate::p1::{DriverStats, Error, Host, Output, Reactor, Stdin, Unparker};
use core::cell::{OnceCell, RefCell};
use core::fmt;
use zokio_core::executor::{BlockOnError, Deadlock, Executor, Fifo, Ready, Roster};
use zokio_core::task::Spawner;
use zokio_core::time::{Clock, Heap, Instant, Timers};

/// Everything that a module's tasks run on. `N - 1` descriptors can be waited for at the same time.
///
/// A module that is content with the default size needs no value of its own and uses the functions of the
/// [crate's root](crate); another one declares a static:
///
/// ```
/// # #[cfg(all(target_os = "wasi", target_env = "p1"))] {
/// use core::time::Duration;
/// use zokio_core::time::Clock;
/// use zokio_wasi::{Runtime, p1::Wasi};
///
/// static RUNTIME: Runtime<Wasi, 64> = Runtime::new(Wasi);
///
/// let clock = &RUNTIME;
/// RUNTIME.block_on(async move { clock.sleep(Duration::from_millis(2)).await }).unwrap();
/// # }
/// ```
///
/// A reference to it is the [`Clock`] of its tasks.
pub struct Runtime<H: Host + 'static, const N: usize> {
    reactor: Reactor<H, N>,
    timers: Timers<Heap>,
    ready: Ready<Unparker>,
    // Made at first use, and kept: tasks that are left over from one `block_on` go on in the next.
    executor: OnceCell<(Spawner, RefCell<Loop<H, N>>)>,
}

/// With a roster, so that a deadlock names those that are stuck.
type Loop<H, const N: usize> = Executor<&'static Reactor<H, N>, &'static Runtime<H, N>, Fifo, Roster<32>>;

// SAFETY: invariant "one thread": a module whose target has no atomics has neither threads nor interrupts, so that nothing is
// ever shared between two of them.
#[cfg(p1_runtime)]
unsafe impl<const N: usize> Sync for Runtime<crate::p1::Wasi, N> {}

impl<H: Host, const N: usize> Runtime<H, N> {
    /// A runtime on `host`.
    pub const fn new(host: H) -> Self {
        Self { reactor: Reactor::new(host), timers: Timers::new(), ready: Ready::new(), executor: OnceCell::new() }
    }

    /// Runs `future` to its end, and the spawned tasks meanwhile. Tasks that have not ended stay, and go on when this is
    /// called again.
    ///
    /// # Errors
    /// [`RunError`]. Nothing is lost except `future`: it may be called again.
    pub fn block_on<F: Future>(&'static self, future: F) -> Result<F::Output, RunError> {
        let (_, executor) = self.executor();
        let mut executor = executor.try_borrow_mut().map_err(|_| RunError::Nested)?;
        executor.block_on(future).map_err(|error| match error {
            BlockOnError::Deadlock(deadlock) => RunError::Deadlock(deadlock),
            BlockOnError::Driver(error) => RunError::Driver(error),
            // `BlockOnError` may grow.
            _ => RunError::Driver(Error::NothingArmed),
        })
    }

    fn executor(&'static self) -> &'static (Spawner, RefCell<Loop<H, N>>) {
        self.executor.get_or_init(|| {
            let executor = Executor::new(&self.ready, &self.reactor, self).with_observer(Roster::new());
            (executor.spawner(), RefCell::new(executor))
        })
    }

    /// Spawns onto this runtime, from inside or outside of [`block_on`](Self::block_on). Spawned tasks run while something
    /// is blocked on.
    pub fn spawner(&'static self) -> Spawner {
        self.executor().0
    }

    /// The driver.
    pub const fn reactor(&self) -> &Reactor<H, N> {
        &self.reactor
    }

    /// The timers of this runtime's clock.
    pub const fn timers(&self) -> &Timers<Heap> {
        &self.timers
    }

    /// What the driver has seen of its host.
    pub fn stats(&self) -> DriverStats {
        self.reactor.stats()
    }

    /// Standard input.
    ///
    /// # Errors
    /// The host gave the module none.
    pub fn stdin(&self) -> Result<Stdin<'_, H, N>, Error> {
        Stdin::new(&self.reactor)
    }

    /// Standard output.
    ///
    /// # Errors
    /// The host gave the module none.
    pub fn stdout(&self) -> Result<Output<'_, H, N>, Error> {
        Output::stdout(&self.reactor)
    }

    /// Standard error.
    ///
    /// # Errors
    /// The host gave the module none.
    pub fn stderr(&self) -> Result<Output<'_, H, N>, Error> {
        Output::stderr(&self.reactor)
    }
}

// SAFETY: "one store": the timers are a field of what a static reference points at.
unsafe impl<H: Host, const N: usize> Clock for &'static Runtime<H, N> {
    type Store = Heap;

    fn now(&self) -> Instant {
        self.reactor.now()
    }

    fn timers(&self) -> &Timers<Heap> {
        &self.timers
    }
}

/// Why [`Runtime::block_on`] came back without a result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum RunError {
    /// It was called by a future that it runs. Await instead.
    Nested,
    /// Nothing can ever wake anything again: no task is ready, no timer is set, no descriptor is waited for, and there is
    /// nobody else. A host that was asked to wait now would hang.
    Deadlock(Deadlock),
    /// The host fails.
    Driver(Error),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nested => f.write_str("block_on was called inside of itself; await the future instead"),
            Self::Deadlock(deadlock) => deadlock.fmt(f),
            Self::Driver(error) => write!(f, "the host failed: {error}"),
        }
    }
}

impl core::error::Error for RunError {}
