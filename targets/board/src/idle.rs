//! Sleeping until there is something to do.

use core::convert::Infallible;
use core::marker::PhantomData;
use core::sync::atomic::{AtomicBool, Ordering};
use critical_section::CriticalSection;
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::time::Instant;

/// What a chip and its clock do for the [`Idle`] driver. Implemented by clocks.
pub trait Chip: Copy + 'static {
    /// The time now; see [`Driver::now`].
    fn now(&self) -> Instant;

    /// Sees to it that an interrupt comes at `at` or earlier; `false` if `at` has passed, so that waiting is needless.
    ///
    /// An alarm that could miss an `at` that passes while it is being set must look at the clock again afterwards. The
    /// interrupt may come any time earlier: the driver is parked again then.
    fn arm(&self, cs: CriticalSection<'_>, at: Instant) -> bool;

    /// As [`arm`](Self::arm), and what is known of the interrupt; `None` if `at` has passed.
    #[inline(always)]
    fn arm_for(&self, cs: CriticalSection<'_>, at: Instant) -> Option<Alarm> {
        self.arm(cs, at).then_some(Alarm::Early)
    }

    /// Whether the interrupt of an [`Alarm::Exact`] was handled. Asked with interrupts unmasked.
    #[inline(always)]
    fn rang(&self, mark: u32) -> bool {
        let _ = mark;
        false
    }

    /// No deadline: interrupts that only tell the time may cease, as far as the clock does without them.
    fn disarm(&self, cs: CriticalSection<'_>);

    /// Whether the alarm's interrupt is enabled, so that it would start a stopped core.
    #[inline(always)]
    fn can_wake(&self) -> bool {
        true
    }

    /// Stops the core until an interrupt is pending, which stays masked: `wfi` inside the critical section.
    ///
    /// Must return at once if one is pending already.
    fn wait(&self, cs: CriticalSection<'_>);
}

/// An alarm that was set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Alarm {
    /// It may ring before the deadline: who wants to know has to ask the clock.
    Early,
    /// It does not ring before the deadline, and [`Chip::rang`] tells, by this mark, whether it did.
    Exact(u32),
}

/// Whether somebody unparked the executor since it last looked.
///
/// One for the program, because one executor runs in the thread of a core. Plain loads and stores: the only
/// read-and-clear is made with interrupts masked, so that an image for a core without compare-and-swap needs none, and
/// one with exclusive monitors does not touch them before it sleeps.
static TOKEN: AtomicBool = AtomicBool::new(false);

/// The [`Driver`] of an executor that runs in a core's thread and sleeps by stopping the core.
///
/// Park masks interrupts, looks at the ready queue and the token, stops the core, and unmasks. An interrupt that comes between the look and
/// the stop is pending when the core stops and starts it again at once, so no wake-up falls in between; its handler runs
/// when interrupts are unmasked.
///
/// A program has one executor over it, since all share the token: a second one could swallow the first one's wake-ups.
///
/// # Panics
/// In `park`, where the core would be stopped while the clock's interrupt is not enabled ([`Chip::can_wake`]).
pub struct Idle<C> {
    chip: C,
    // Parking on one core what runs on another makes no sense.
    _not_send: PhantomData<*const ()>,
}

impl<C: Chip> Idle<C> {
    /// A driver over a clock that was started.
    #[inline]
    pub const fn new(chip: C) -> Self {
        Self { chip, _not_send: PhantomData }
    }
}

/// A core that slept without it would sleep for ever, and nobody could tell why.
const NO_INTERRUPT: &str = "the clock's interrupt is not enabled, so the core would sleep past every deadline: enable it \
                            at the interrupt controller where the counter is started, and bind its handler";

impl<C: Chip> Driver for Idle<C> {
    type Unparker = Unparker;
    type Error = Infallible;

    #[inline]
    fn now(&self) -> Instant {
        self.chip.now()
    }

    #[inline]
    fn unparker(&self) -> Unparker {
        Unparker
    }

    #[inline]
    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        self.park_unless(wait, || false)
    }

    #[inline]
    fn park_unless(&mut self, wait: Wait, ready: impl Fn() -> bool) -> Result<(), Infallible> {
        self.sleep(wait, ready, |chip, cs, at| chip.arm(cs, at).then_some(()));
        Ok(())
    }

    #[inline]
    fn park_telling(&mut self, wait: Wait, ready: impl Fn() -> bool) -> Result<Option<Instant>, Infallible> {
        let alarm = self.sleep(wait, ready, |chip, cs, at| match chip.arm_for(cs, at)? {
            Alarm::Exact(mark) => Some(Some((mark, at))),
            Alarm::Early => Some(None),
        });
        let Some((mark, at)) = alarm.flatten() else { return Ok(None) };
        if self.chip.rang(mark) {
            return Ok(Some(at));
        }
        // Woken by something else, before the deadline: no timer is due.
        core::hint::cold_path();
        Ok(Some(Instant::ZERO))
    }
}

impl<C: Chip> Idle<C> {
    /// Parks; what `arm` made of the deadline, if there was one and it was waited for.
    #[inline(always)]
    fn sleep<A>(
        &mut self,
        wait: Wait,
        ready: impl Fn() -> bool,
        arm: impl FnOnce(&C, CriticalSection<'_>, Instant) -> Option<A>,
    ) -> Option<A> {
        let alarm = critical_section::with(|cs| {
            if TOKEN.load(Ordering::Relaxed) || ready() {
                return None;
            }
            let alarm = match wait {
                Wait::Poll => return None,
                Wait::Until(at) => Some(arm(&self.chip, cs, at)?),
                Wait::Forever => {
                    self.chip.disarm(cs);
                    None
                }
            };
            assert!(self.chip.can_wake(), "{NO_INTERRUPT}");
            self.chip.wait(cs);
            alarm
        });
        // The handler has run by now, or does within an instruction or two. What it gave ends this park and need not end the next
        // one too; if it does, that is one turn for nothing.
        TOKEN.store(false, Ordering::Relaxed);
        alarm
    }
}

/// Ends a park of [`Idle`]. Interrupt-safe: one store.
///
/// It need not start a stopped core: only an interrupt handler can run meanwhile, and the interrupt did.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Unparker;

impl Unpark for Unparker {
    /// The driver looks at the queue with interrupts masked.
    const NEEDED: bool = false;

    #[inline]
    fn unpark(&self) {
        // Relaxed: on one core, program order is the order that an interrupt and the program it interrupts see.
        TOKEN.store(true, Ordering::Relaxed);
    }
}
