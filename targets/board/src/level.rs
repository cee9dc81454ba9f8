//! Executors that run in a software interrupt: pre-emptive between each other, cooperative within.

use crate::{Chip, idle};
use core::cell::UnsafeCell;
use core::convert::Infallible;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, Ordering};
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::executor::{Executor, Ready};
use zokio_core::task::SendSpawner;
use zokio_core::time::{Clock, Instant};

/// An interrupt that software can raise: any that no device of the chip uses, at the priority that its executor is to have.
///
/// `zokio_cortex_m::Nvic<NUMBER>` and `zokio_riscv::SoftInterrupt` are ones on a chip with one core,
/// `zokio_cortex_m::sse200::CoreInterrupt<CORE, NUMBER>` on one with two.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no interrupt that an executor could run in",
    note = "in a program for several cores it could be raised on the wrong one: with the feature `sse200` name the core, \
            `sse200::CoreInterrupt<CORE, NUMBER>`; with `multi-hart` use an executor in the thread of each hart"
)]
pub trait Pend: 'static {
    /// Raises it: its handler runs at once, or as soon as nothing of its priority or a higher one does. Interrupt-safe.
    fn pend();

    /// Whether the interrupt is enabled, so that raising it does something.
    fn enabled() -> bool;

    /// Ends the park of the executor in the thread of the same core, or keeps the next one from sleeping. Interrupt-safe.
    #[inline]
    fn unpark_thread() {
        idle::Unparker.unpark();
    }
}

/// An executor in the interrupt `I`: its tasks pre-empt everything of a lower priority, between any two instructions, and
/// nothing of their own level.
///
/// Declare it as a static, [`start`](Self::start) it once, and call [`on_interrupt`](Self::on_interrupt) from the handler of
/// `I`. Tasks of different levels share channels, mutexes and all else of `zokio_core::sync`; what is handed over when a task
/// is spawned from another level must be `Send`.
///
/// **Timers.** All levels of a core share the clock `K` and its timers. So that a deadline is kept while a lower level is
/// busy, the alarm's interrupt has to [`pend`](Pend::pend) the highest level, whose turn wakes whom it concerns; see
/// `examples/priorities`. Where nothing does, deadlines of tasks here are kept only while the thread sleeps.
///
/// **Costs.** The ready queue and the executor are static, some 50 bytes; an entry into the handler and a turn is what a wake
/// from a lower level costs.
pub struct Level<I: Pend, C: Chip, K: Clock> {
    ready: Ready<Pending<I>>,
    executor: UnsafeCell<Option<Executor<Pended<I, C>, K>>>,
    /// Whether a turn is under way.
    running: AtomicBool,
}

// SAFETY: *Invariant "one core":* `start` and `on_interrupt` are called on one core (the caller of `start` answers for it).
// There `running` keeps a turn alone: an interrupt that comes between the look at the flag and its setting is over, turn and
// all, before the program goes on.
unsafe impl<I: Pend, C: Chip, K: Clock> Sync for Level<I, C, K> {}

impl<I: Pend, C: Chip, K: Clock> Level<I, C, K> {
    /// A level that has not started.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { ready: Ready::new(), executor: UnsafeCell::new(None), running: AtomicBool::new(false) }
    }

    /// Starts the executor, over a clock that was started, and says how to spawn onto it. The interrupt must be enabled, and
    /// have its priority.
    ///
    /// # Safety
    /// *"One core":* this is the core on which `I` is handled, and the only one that calls
    /// [`on_interrupt`](Self::on_interrupt).
    ///
    /// # Panics
    /// If it was started before, or the interrupt is not enabled: its tasks would never run.
    #[track_caller]
    pub unsafe fn start(&'static self, chip: C, clock: K) -> SendSpawner {
        assert!(I::enabled(), "the software interrupt of this level is not enabled, so its tasks would never run");
        // `new` panics if it was started, before anything is overwritten.
        let executor = Executor::new(&self.ready, Pended { chip, interrupt: PhantomData }, clock);
        let spawner = executor.spawner().send();
        self.running.store(true, Ordering::Relaxed);
        // SAFETY: "one core": `running` keeps handlers out.
        unsafe { *self.executor.get() = Some(executor) };
        self.running.store(false, Ordering::Release);
        I::pend(); // what was raised meanwhile was turned away
        spawner
    }

    /// What the handler of `I` calls: runs the tasks that are ready, until none is or the budget of a turn is used up; then
    /// the interrupt is raised anew, so that others of its priority get their turn.
    ///
    /// Does nothing before [`start`](Self::start), and if called while it is under way.
    pub fn on_interrupt(&self) {
        if self.running.load(Ordering::Acquire) {
            return;
        }
        self.running.store(true, Ordering::Relaxed);
        // SAFETY: "one core": nobody else is in here.
        if let Some(executor) = unsafe { (*self.executor.get()).as_mut() } {
            // Not to wait: the driver only sets the alarm.
            let Ok(turn) = executor.turn(Wait::Forever);
            if turn.remaining {
                I::pend();
            }
        }
        self.running.store(false, Ordering::Release);
    }

    /// Lets the executor look at its timers: for the alarm's interrupt.
    #[inline]
    pub fn pend(&self) {
        I::pend();
    }
}

/// The driver of a [`Level`]: never sleeps, because its interrupt returns instead.
pub struct Pended<I, C> {
    chip: C,
    interrupt: PhantomData<fn() -> I>,
}

impl<I: Pend, C: Chip> Driver for Pended<I, C> {
    type Unparker = Pending<I>;
    type Error = Infallible;

    fn now(&self) -> Instant {
        self.chip.now()
    }

    fn unparker(&self) -> Pending<I> {
        Pending(PhantomData)
    }

    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        if let Wait::Until(at) = wait {
            if !critical_section::with(|cs| self.chip.arm(cs, at)) {
                I::pend();
            }
            // The thread may be about to set the alarm for a later deadline, or to switch it off: it has to look again.
            I::unpark_thread();
        }
        Ok(())
    }
}

/// Wakes a [`Level`] by raising its interrupt. Interrupt-safe.
pub struct Pending<I>(PhantomData<fn() -> I>);

impl<I> Clone for Pending<I> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<I: Pend> Unpark for Pending<I> {
    #[inline]
    fn unpark(&self) {
        I::pend();
    }
}
