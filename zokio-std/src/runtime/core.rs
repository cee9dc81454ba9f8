//! The part of a runtime that handles point to: never freed, used by one runtime after another.
//!
//! Clocks, wakers, streams and join handles may outlive their runtime, so what they point to must too. Instead of a
//! reference count in each of them there is one [`Core`] per runtime that was ever alive at a time, leaked, and given
//! from a runtime that ends to the next that begins.
//!
//! *Invariant "owner's thread":* the tasks and the executor of a core are touched only on the thread of the runtime that
//! has it. *Invariant "epoch under the lock":* the reactor is touched under its lock, from anywhere. Handles carry the
//! *epoch* that they were made in, which changes, under that lock, when the runtime ends: so whoever has the lock and finds
//! its epoch has a reactor that lives as long as the lock is held; any other gets [`Fault::Gone`] without touching anything.
//! The ready queue, the timers and the eventfd may be reached from anywhere.

use super::clock::Clock;
use super::list::TaskList;
use super::park::LoopDriver;
use super::workers::Pool;
use crate::driver::{PATIENCE, Wake};
use crate::reactor::{Fault, Reactor, Waiter};
use std::cell::{Cell, RefCell};
use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use zokio_core::config::StoreChoice;
use zokio_core::coop;
use zokio_core::driver::{Unpark, Wait};
use zokio_core::executor::Executor;
use zokio_core::task::Ready;
use zokio_core::task::raw::{Header, ReadyRef};
use zokio_core::time::{AnyStore, Instant, Timers};

/// See the module's documentation.
pub(crate) struct Core {
    epoch: AtomicU32,
    pub(super) ready: Ready<LoopUnparker>,
    pub(super) timers: Timers<AnyStore>,
    /// What they are kept in: sleeps that outlive a runtime stay in there, so it never changes.
    store: StoreChoice,
    pub(super) wake: Arc<Wake>,
    reactor: Mutex<Option<Reactor>>,
    pub(super) tasks: TaskList,
    /// Made once: wakers of a root future that ended long ago may still mark its queue.
    pub(super) executor: RefCell<Option<Executor<LoopDriver, Clock>>>,
    pub(super) spawner: Cell<Option<ReadyRef>>,
    /// The time, in nanoseconds, where it is virtual; 0 where it is the system's.
    virtual_now: AtomicU64,
}

// SAFETY: "owner's thread" for `tasks`, `executor` and `spawner`; the rest is `Sync` itself.
unsafe impl Sync for Core {}
// SAFETY: as above. A core without a runtime has no reactor and no tasks.
unsafe impl Send for Core {}

/// Cores without a runtime.
static FREE: Mutex<Vec<&'static Core>> = Mutex::new(Vec::new());

impl Core {
    /// A core for a new runtime, with timers in such a store.
    ///
    /// One with virtual time only had such before, and its time goes on from there: a wheel never turns back.
    pub(super) fn take(store: StoreChoice, virtual_time: bool) -> io::Result<&'static Self> {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |core: &&Self| core.store() == store && core.is_virtual() == virtual_time;
        let known = free.iter().rposition(fits).map(|at| free.swap_remove(at));
        drop(free);
        if let Some(core) = known {
            return Ok(core);
        }
        let core: &'static Self = Box::leak(Box::new(Self {
            epoch: AtomicU32::new(0),
            ready: Ready::new(),
            timers: Timers::with_store(AnyStore::new(store)),
            store,
            wake: Wake::new()?,
            reactor: Mutex::new(None),
            tasks: TaskList::new(),
            executor: RefCell::new(None),
            spawner: Cell::new(None),
            virtual_now: AtomicU64::new(if virtual_time { crate::driver::now().as_nanos().max(1) } else { 0 }),
        }));
        let executor = Executor::new(&core.ready, LoopDriver::new(core), Clock::of(Handle::new(core)));
        core.spawner.set(Some(executor.spawner().raw()));
        *core.executor.borrow_mut() = Some(executor);
        Ok(core)
    }

    /// What timers are kept in.
    pub(super) fn store(&self) -> StoreChoice {
        self.store
    }

    /// The core of a local task.
    ///
    /// # Safety
    /// `header` is one of a local task that was started and is not freed.
    #[inline]
    pub(super) unsafe fn of(header: NonNull<Header>) -> &'static Self {
        // SAFETY: local tasks are started on the queue of a core, which was taken with this unparker.
        unsafe { header.as_ref().ready().unparker::<LoopUnparker>() }.0
    }

    /// Whether no local task is left. Owner's thread.
    pub(super) fn tasks_ended(&self) -> bool {
        self.tasks.has_none()
    }

    /// The time now.
    #[inline]
    pub(crate) fn now(&self) -> Instant {
        match self.virtual_now.load(Ordering::Relaxed) {
            0 => crate::driver::now(),
            now => Instant::from_nanos(now),
        }
    }

    /// Whether time stands still but for [`jump`](Self::jump).
    pub(super) fn is_virtual(&self) -> bool {
        self.virtual_now.load(Ordering::Relaxed) != 0
    }

    /// Puts virtual time forward.
    pub(super) fn jump(&self, to: Instant) {
        self.virtual_now.fetch_max(to.as_nanos(), Ordering::Relaxed);
    }

    /// The reactor, locked. Nothing is ever half done in there, so a panic under the lock does no harm.
    #[inline]
    pub(super) fn reactor(&self) -> MutexGuard<'_, Option<Reactor>> {
        self.reactor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes all handles stale, and takes the reactor out.
    pub(super) fn expire(&self) -> Option<Reactor> {
        let mut reactor = self.reactor();
        self.epoch.fetch_add(1, Ordering::Release);
        reactor.take()
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
    /// Its workers, if it has any.
    static POOL: Cell<Option<&'static Pool>> = const { Cell::new(None) };
}

/// A runtime as streams and free functions know it.
#[derive(Clone, Copy)]
pub(crate) struct Handle {
    core: &'static Core,
    epoch: u32,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").field("lives", &self.lives()).finish()
    }
}

impl Handle {
    pub(super) fn new(core: &'static Core) -> Self {
        Self { core, epoch: core.epoch.load(Ordering::Relaxed) }
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

    /// Whether the runtime has not ended. On its own thread the answer stays true until that thread ends it.
    fn lives(self) -> bool {
        self.core.epoch.load(Ordering::Relaxed) == self.epoch
    }

    /// The core, for the thread of the runtime; `None` if that has ended.
    pub(super) fn core(self) -> Option<&'static Core> {
        self.lives().then_some(self.core)
    }

    /// The core, whether the runtime lives or not, for what may be used in either case: its timers and its clock.
    pub(crate) fn any_core(self) -> &'static Core {
        self.core
    }

    /// Runs `f` on the reactor, under its lock. `f` runs no foreign code, so it does not come back here.
    #[inline]
    pub(crate) fn with<R>(self, f: impl FnOnce(&mut Reactor) -> R) -> Result<R, Fault> {
        let mut guard = self.core.reactor();
        // "Epoch under the lock".
        let reactor = guard.as_mut().filter(|_| self.lives()).ok_or(Fault::Gone)?;
        let result = f(reactor);
        // "Home waits unlocked": only from another thread can the home be asleep.
        if self.core.wake.is_asleep() && reactor.wants_turn() {
            drop(guard);
            self.core.wake.unpark();
        }
        Ok(result)
    }

    /// Turns the reactor once, without waiting, where this is its own thread: what was given up just now is over after it.
    pub(crate) fn settle(self) {
        if LOOP.try_with(|current| std::ptr::eq(current.get(), self.core)).unwrap_or(false) {
            let mut woken = Vec::new();
            if let Some(reactor) = self.core.reactor().as_mut() {
                reactor.turn_for_another(&mut woken);
            }
            woken.into_iter().for_each(Waker::wake);
        }
    }

    /// As [`with`](Self::with), for an operation that a task waits for.
    #[inline]
    pub(crate) fn poll<R>(
        self,
        cx: &mut Context<'_>,
        f: impl FnOnce(&mut Reactor, &mut Waiter<'_>) -> Poll<Result<R, Fault>>,
    ) -> Poll<Result<R, Fault>> {
        // Where its I/O is always ready the others come first, once.
        ready!(coop::spend(cx));
        // Outlives the lock: what it displaces is dropped where foreign code may run.
        let mut waiter = Waiter::new(cx.waker());
        let polled = self.with(|reactor| match f(reactor, &mut waiter) {
            Poll::Ready(Err(Fault::Crowded)) => {
                reactor.wait_for_turn(&waiter);
                Poll::Pending
            }
            polled => polled,
        });
        polled.unwrap_or_else(|gone| Poll::Ready(Err(gone)))
    }
}

/// The workers of the runtime that runs on this thread.
#[inline]
pub(super) fn current_pool() -> Option<&'static Pool> {
    POOL.get()
}

/// Ends the runtime of a core, on its thread: aborts all local tasks, sends what streams have accepted, and waits until
/// the kernel has let go of everything.
pub(super) fn end(core: &'static Core) {
    let _entered = Entered::new(Handle::new(core), None);
    if let Some(executor) = core.executor.borrow_mut().as_mut() {
        // What a task spawns while it is dropped is aborted in the next round.
        loop {
            let mut left = core.tasks.abort_all();
            if left == 0 {
                break;
            }
            while left > 0 {
                let Ok(turn) = executor.turn(Wait::Poll) else { break };
                left = if turn.remaining { left.saturating_sub(turn.polled.max(1)) } else { 0 };
            }
        }
        let has_unsent = || core.reactor().as_mut().is_some_and(Reactor::has_unsent);
        let until = crate::driver::now() + PATIENCE;
        while crate::driver::now() < until && has_unsent() && executor.turn(Wait::Until(until)).is_ok() {}
    }
    let mut reactor = core.expire();
    if let Some(open) = &mut reactor {
        let mut woken = Vec::new();
        if open.drain(crate::driver::now() + PATIENCE, &mut woken).is_err() {
            // "The reactor holds on": the kernel still uses what operations name.
            std::mem::forget(reactor.take());
            LEAKED.fetch_add(1, Ordering::Relaxed);
        }
        woken.into_iter().for_each(Waker::wake);
    }
}

/// How many runtimes ended while the kernel held on to their memory.
pub(super) static LEAKED: AtomicUsize = AtomicUsize::new(0);

/// While this lives, the runtime behind it is what runs on this thread.
pub(super) struct Entered {
    outer_loop: *const Core,
    outer: Option<Handle>,
    outer_pool: Option<&'static Pool>,
}

impl Entered {
    pub(super) fn new(handle: Handle, pool: Option<&'static Pool>) -> Self {
        Self {
            outer_loop: LOOP.replace(handle.core),
            outer: CURRENT.replace(Some(handle)),
            outer_pool: POOL.replace(pool),
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        LOOP.set(self.outer_loop);
        CURRENT.set(self.outer);
        POOL.set(self.outer_pool);
        if self.outer.is_none() {
            coop::lift();
        }
    }
}
