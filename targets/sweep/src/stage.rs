//! The executor and the timers that sections play with.

use crate::machine::{Board, Machine};
use crate::witness::{self, Fixed, logging_waker};
use core::cell::UnsafeCell;
use core::pin::Pin;
use core::sync::atomic::{AtomicPtr, Ordering};
use core::task::{Context, Waker};
use zokio_core::driver::Wait;
use zokio_core::task::{JoinHandle, SendSpawner, Spawner};
use zokio_core::time::{Clock, Instant, Sleep};

/// More turns than anything here needs to come to rest.
const TURNS: usize = 16;

/// What sections play on.
pub(crate) struct Stage<M: Machine> {
    executor: Board<M>,
    /// Of the task under test, where a section has one.
    pub handle: Option<JoinHandle<u8>>,
    /// What a section took out during its run.
    pub taken: [Option<u32>; 2],
    sleeps: Sleeps<M::Clock>,
    /// Tasks that never end.
    permanent: usize,
}

/// Timers for both sides. *Invariant "one side":* in one run a place is used by the thread alone or by the interrupt alone.
pub(crate) struct Sleeps<C: Clock>([UnsafeCell<Option<Sleep<C>>>; 4]);

static SPAWNER: Fixed<SendSpawner> = Fixed::new();
static SLEEPS: AtomicPtr<()> = AtomicPtr::new(core::ptr::null_mut());

/// The spawner, for interrupts.
pub(crate) fn spawner() -> SendSpawner {
    *SPAWNER.get()
}

/// The timers, for interrupts.
pub(crate) fn sleeps<M: Machine>() -> &'static Sleeps<M::Clock> {
    // SAFETY: `open` put them there before the first shot; the stage is never dropped or moved afterwards, because `run`
    // owns it and does not return.
    unsafe { &*SLEEPS.load(Ordering::Relaxed).cast() }
}

impl<M: Machine> Stage<M> {
    pub fn new(executor: Board<M>) -> Self {
        let sleeps = Sleeps([const { UnsafeCell::new(None) }; 4]);
        Self { executor, handle: None, taken: [None; 2], sleeps, permanent: 0 }
    }

    /// Starts the tasks that never end, and shows interrupts where everything is. Not to be moved from here on.
    pub fn open(&mut self) {
        SLEEPS.store((&raw mut self.sleeps).cast(), Ordering::Relaxed);
        SPAWNER.set(self.spawner().send());
        for id in 0..witness::WITNESSES as u8 {
            self.start(witness::witness(id));
        }
        crate::sections::start_receivers(self);
        assert!(self.settle().is_ok(), "the first turns");
        self.permanent = self.spawner().live();
    }

    /// Starts a task that never ends.
    pub fn start<S: zokio_core::task::Spawn<Handle = JoinHandle<()>>>(&mut self, task: S) {
        match self.spawner().spawn(task) {
            Ok(handle) => handle.detach(),
            Err(full) => panic!("{full}"),
        }
    }

    pub fn spawner(&self) -> Spawner {
        self.executor.spawner()
    }

    /// One turn: pops and polls what is ready.
    #[inline(never)]
    pub fn turn(&mut self) {
        let Ok(_) = self.executor.turn(Wait::Poll);
    }

    /// Turns until nothing is ready.
    ///
    /// # Errors
    /// If it never comes to rest.
    pub fn settle(&mut self) -> Result<(), &'static str> {
        for _ in 0..TURNS {
            let Ok(turn) = self.executor.turn(Wait::Poll);
            if !turn.remaining {
                return Ok(());
            }
        }
        Err("the executor does not come to rest")
    }

    /// Comes to rest, forgets what was written down, and hands the stage to the next run.
    pub fn clear(&mut self) {
        let settled = self.settle();
        assert!(settled.is_ok(), "the turns between two runs");
        self.taken = [None; 2];
        witness::clear_log();
    }

    /// Tasks that were started and have not ended, beside those that never do.
    pub fn live(&self) -> usize {
        self.spawner().live().wrapping_sub(self.permanent)
    }

    /// The timers of this side.
    pub fn sleeps(&self) -> &Sleeps<M::Clock> {
        &self.sleeps
    }

    /// Wakes whose time has come at `nanos`.
    #[inline(never)]
    pub fn expire(&self, nanos: u64) {
        M::clock().timers().expire(Instant::from_nanos(nanos));
    }

    /// When the next timer is due.
    pub fn next_deadline(&self) -> Option<Instant> {
        M::clock().timers().next_deadline()
    }
}

impl<C: Clock> Sleeps<C> {
    /// Sets the timer at `place` for `nanos`; it then writes `id` down.
    #[inline(never)]
    pub fn arm(&self, clock: C, place: usize, nanos: u64, id: u8) {
        let waker: Waker = logging_waker(id);
        // SAFETY: "one side". The place never moves ("not to be moved from here on"), and an old timer in it is dropped
        // there.
        unsafe {
            let sleep = (*self.0[place].get()).insert(clock.sleep_until(Instant::from_nanos(nanos)));
            let _ = Pin::new_unchecked(sleep).poll(&mut Context::from_waker(&waker));
        }
    }

    /// Drops the timer at `place`.
    #[inline(never)]
    pub fn cancel(&self, place: usize) {
        // SAFETY: "one side".
        unsafe { *self.0[place].get() = None };
    }
}
