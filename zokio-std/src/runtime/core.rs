//! The part of a runtime that handles point to: never freed, used by one runtime after another.
//!
//! Clocks, wakers, streams and join handles may outlive their runtime, so what they point to must too. Instead of a
//! reference count in each of them there is one [`Core`] per runtime that was ever alive at a time, leaked, and given
//! from a runtime that ends to the next that begins.
//!
//! *Invariant "owner's thread":* the reactor and the tasks of a core are touched only on the thread of the runtime that
//! has it, as is the executor. Handles to them are not `Send`, and carry the *epoch* that they were made in; when a runtime ends the epoch
//! changes. So a handle whose epoch is current is on the thread of a runtime that lives; any other gets
//! [`Fault::Gone`] without touching anything. The ready queue, the timers and the eventfd may be reached from anywhere.

use super::clock::Clock;
use super::park::LoopDriver;
use super::tasks::TaskList;
use crate::driver::Wake;
use crate::reactor::{Fault, Reactor};
use std::cell::{Cell, RefCell};
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use zokio_core::driver::Unpark;
use zokio_core::executor::Executor;
use zokio_core::task::Ready;
use zokio_core::task::raw::ReadyRef;
use zokio_core::time::{Timers, Wheel};

/// See the module's documentation.
pub(crate) struct Core {
    epoch: AtomicU32,
    pub(super) ready: Ready<LoopUnparker>,
    pub(super) timers: Timers<Wheel>,
    pub(super) wake: Arc<Wake>,
    pub(super) reactor: RefCell<Option<Reactor>>,
    pub(super) tasks: TaskList,
    /// Made once: wakers of a root future that ended long ago may still mark its queue.
    pub(super) executor: RefCell<Option<Executor<LoopDriver, Clock>>>,
    pub(super) spawner: Cell<Option<ReadyRef>>,
}

// SAFETY: "owner's thread" for `reactor`, `tasks`, `executor` and `spawner`; the rest is `Sync` itself.
unsafe impl Sync for Core {}
// SAFETY: as above. A core without a runtime has no reactor and no tasks.
unsafe impl Send for Core {}

/// Cores without a runtime.
static FREE: Mutex<Vec<&'static Core>> = Mutex::new(Vec::new());

impl Core {
    /// A core for a new runtime.
    pub(super) fn take() -> io::Result<&'static Self> {
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(core) = free {
            return Ok(core);
        }
        let core: &'static Self = Box::leak(Box::new(Self {
            epoch: AtomicU32::new(0),
            ready: Ready::new(),
            timers: Timers::new(),
            wake: Wake::new()?,
            reactor: RefCell::new(None),
            tasks: TaskList::new(),
            executor: RefCell::new(None),
            spawner: Cell::new(None),
        }));
        let executor = Executor::new(&core.ready, LoopDriver::new(core), Clock::of(Handle::new(core)));
        core.spawner.set(Some(executor.spawner().raw()));
        *core.executor.borrow_mut() = Some(executor);
        Ok(core)
    }

    /// Makes all handles stale.
    pub(super) fn expire(&self) {
        self.epoch.fetch_add(1, Ordering::Release);
    }

    /// Gives the core to the next runtime. Nothing of the last one is left in it.
    pub(super) fn give_back(&'static self) {
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(self);
    }
}

/// Ends the park of a runtime's loop.
#[derive(Clone)]
pub(crate) struct LoopUnparker(pub(super) &'static Core);

impl Unpark for LoopUnparker {
    /// Costs nothing on the loop's own thread: the loop looks at its queue again before it sleeps.
    fn unpark(&self) {
        let own = LOOP.try_with(|current| std::ptr::eq(current.get(), self.0)).unwrap_or(false);
        if !own {
            self.0.wake.unpark();
        }
    }
}

thread_local! {
    /// The core whose loop runs on this thread now.
    static LOOP: Cell<*const Core> = const { Cell::new(std::ptr::null()) };
    /// The runtime that free functions mean.
    static CURRENT: Cell<Option<Handle>> = const { Cell::new(None) };
}

/// A runtime as streams and free functions know it. See "owner's thread".
#[derive(Clone, Copy)]
pub(crate) struct Handle {
    core: &'static Core,
    epoch: u32,
    _not_send: PhantomData<*const ()>,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").field("lives", &self.core().is_some()).finish()
    }
}

impl Handle {
    pub(super) fn new(core: &'static Core) -> Self {
        Self { core, epoch: core.epoch.load(Ordering::Relaxed), _not_send: PhantomData }
    }

    /// The runtime that runs on this thread.
    pub(crate) fn try_current() -> Option<Self> {
        CURRENT.get()
    }

    /// The runtime that runs on this thread.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub(crate) fn current() -> Self {
        match CURRENT.get() {
            Some(handle) => handle,
            None => panic!("no Zokio runtime runs on this thread; call this from inside `Runtime::block_on`"),
        }
    }

    /// The core, if the runtime still lives.
    pub(super) fn core(self) -> Option<&'static Core> {
        // Only this thread changes the epoch while the runtime lives, so what is current now stays so.
        (self.core.epoch.load(Ordering::Relaxed) == self.epoch).then_some(self.core)
    }

    /// The timers, which may be used whether the runtime lives or not.
    pub(crate) fn timers(self) -> &'static Timers<Wheel> {
        &self.core.timers
    }

    /// Runs `f` on the reactor. `f` runs no foreign code, so it does not come back here.
    #[inline]
    pub(crate) fn with<R>(self, f: impl FnOnce(&mut Reactor) -> R) -> Result<R, Fault> {
        let core = self.core().ok_or(Fault::Gone)?;
        core.reactor.borrow_mut().as_mut().map(f).ok_or(Fault::Gone)
    }
}

/// While this lives, the runtime behind it is what runs on this thread.
pub(super) struct Entered {
    outer_loop: *const Core,
    outer: Option<Handle>,
}

impl Entered {
    pub(super) fn new(handle: Handle) -> Self {
        Self { outer_loop: LOOP.replace(handle.core), outer: CURRENT.replace(Some(handle)) }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        LOOP.set(self.outer_loop);
        CURRENT.set(self.outer);
    }
}
