//! The runtime: an executor, a reactor and a clock on one thread.

mod builder;
mod catch;
mod clock;
mod core;
mod join;
mod park;
mod tasks;

pub use builder::Builder;
pub use clock::Clock;
pub use join::{JoinError, JoinHandle, Panic};

pub(crate) use self::core::Handle;

use self::core::{Core, Entered};
use crate::driver::{AnyDriver, DriverKind, DriverOptions, PATIENCE};
use crate::reactor::{Reactor, SendBuffers};
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use zokio_core::driver::Wait;

/// A runtime on the thread that made it: tasks need not be `Send`, and nothing is locked on the way of a byte.
///
/// ```
/// use zokio_std::Runtime;
///
/// let runtime = Runtime::new()?;
/// let sum = runtime.block_on(async {
///     let one = zokio_std::spawn_local(async { 1 });
///     let two = zokio_std::spawn_local(async { 2 });
///     one.await.unwrap() + two.await.unwrap()
/// });
/// assert_eq!(sum, 3);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// **Dropping** it aborts all tasks, sends what streams have accepted (for at most [`PATIENCE`]), and ends all
/// operations in flight. Where the kernel does not let go of one in time, the memory that it names is leaked rather than
/// freed; [`leaked_reactors`] counts that. Handles that outlive the runtime report errors.
pub struct Runtime {
    core: &'static Core,
    _not_send: PhantomData<*const ()>,
}

/// How many runtimes ended while the kernel held on to their memory.
static LEAKED: AtomicUsize = AtomicUsize::new(0);

/// How many runtimes of this process ended while the kernel held on to an operation, so that their buffers were leaked.
/// Never seen with sockets.
pub fn leaked_reactors() -> usize {
    LEAKED.load(Ordering::Relaxed)
}

impl Runtime {
    /// A runtime with everything as it is by default.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn new() -> io::Result<Self> {
        Builder::new().build()
    }

    /// To choose the driver and the sizes.
    pub fn builder() -> Builder {
        Builder::new()
    }

    fn start(kind: DriverKind, options: &DriverOptions, send: SendBuffers) -> io::Result<Self> {
        let core = Core::take()?;
        let reactor =
            AnyDriver::with_wake(kind, options, &core.wake).and_then(|driver| Reactor::new(driver, options, send));
        match reactor {
            Ok(reactor) => {
                *core.reactor() = Some(reactor);
                Ok(Self { core, _not_send: PhantomData })
            }
            Err(error) => {
                core.give_back();
                Err(error)
            }
        }
    }

    /// Polls at most `tasks` tasks between two looks at the driver.
    fn set_budget(&self, tasks: usize) {
        if let Some(executor) = self.core.executor.borrow_mut().as_mut() {
            executor.set_budget(tasks);
        }
    }

    /// Which driver is in use; never [`DriverKind::Auto`].
    pub fn driver_kind(&self) -> DriverKind {
        self.core.reactor().as_ref().map_or(DriverKind::Auto, Reactor::driver_kind)
    }

    /// Runs `future` to its end, and spawned tasks meanwhile. Tasks that have not ended by then wait for the next call.
    ///
    /// # Panics
    /// If called from inside itself, if `future` panics, or if the kernel refuses to wait (which no program can cause).
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let Ok(mut executor) = self.core.executor.try_borrow_mut() else {
            panic!("the runtime is running already: `block_on` inside of `block_on`");
        };
        let Some(executor) = executor.as_mut() else { unreachable!("made with the core") };
        let _entered = Entered::new(Handle::new(self.core));
        match executor.block_on(future) {
            Ok(output) => output,
            Err(error) => panic!("{error}"),
        }
    }

    /// Spawns onto this runtime; the task is polled for the first time by the next [`block_on`](Self::block_on).
    pub fn spawn_local<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        // SAFETY: a runtime does not leave its thread.
        unsafe { tasks::spawn(self.core, future) }
    }
}

/// Spawns onto the runtime that runs on this thread. The future need not be `Send`: it stays here.
///
/// One allocation. A panic in the task becomes [`JoinError::Panicked`].
///
/// # Panics
/// If no runtime runs on this thread.
#[track_caller]
pub fn spawn_local<F: Future + 'static>(future: F) -> JoinHandle<F::Output> {
    match Handle::current().core() {
        // SAFETY: the current runtime is on this thread.
        Some(core) => unsafe { tasks::spawn(core, future) },
        None => unreachable!("the runtime that runs now has not ended"),
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        let core = self.core;
        if let Some(executor) = core.executor.borrow_mut().as_mut() {
            let _entered = Entered::new(Handle::new(core));
            // What a task spawns while it is dropped is aborted in the next round.
            while core.tasks.abort_all() {
                let _ = executor.turn(Wait::Poll);
            }
            let until = crate::driver::now() + PATIENCE;
            while crate::driver::now() < until && has_unsent(core) && executor.turn(Wait::Until(until)).is_ok() {}
        }
        let mut reactor = core.expire();
        if let Some(open) = &mut reactor {
            let mut woken = Vec::new();
            if open.drain(crate::driver::now() + PATIENCE, &mut woken).is_err() {
                // "The reactor holds on": the kernel still uses what operations name.
                std::mem::forget(reactor.take());
                LEAKED.fetch_add(1, Ordering::Relaxed);
            }
            woken.into_iter().for_each(std::task::Waker::wake);
        }
        drop(reactor);
        core.give_back();
    }
}

fn has_unsent(core: &Core) -> bool {
    core.reactor().as_mut().is_some_and(Reactor::has_unsent)
}
