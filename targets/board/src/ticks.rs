//! A clock over a counter.

use crate::counter::Armed;
use crate::{Alarm, Chip, Counter, Rate};
use core::marker::PhantomData;
use critical_section::CriticalSection;
use zokio_core::time::Instant;

/// A clock over the [`Counter`] `C`, which counts at `HZ`.
///
/// Tickless: the counter runs free, the alarm is set for the next deadline only, and a core with nothing to do is woken
/// once a lap.
///
/// A zero-sized handle, and the proof that the counter runs.
#[derive(Clone, Copy, Debug)]
pub struct Ticks<C, const HZ: u32>(PhantomData<C>);

/// By hand, because a counter of one's own need not have it.
#[cfg(feature = "defmt")]
impl<C, const HZ: u32> defmt::Format for Ticks<C, HZ> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Ticks({=u32} Hz)", HZ);
    }
}

impl<C: Counter, const HZ: u32> Ticks<C, HZ> {
    const RATE: Rate = Rate::from_hz(HZ);

    /// The last tick of a lap.
    const LONGEST: u32 = {
        assert!(C::BITS >= 8 && C::BITS <= 32, "a counter must have 8 to 32 bits");
        (u32::MAX as u64 >> (32 - C::BITS)) as u32
    };

    /// Starts the counter, or finds it running.
    ///
    /// `HZ` must be its rate; where it is not, all durations are off by the ratio.
    #[inline]
    pub fn start() -> Self {
        C::start();
        Self(PhantomData)
    }

    /// Nanoseconds since [`start`](Self::start). Never goes backwards.
    ///
    /// Callable from the program and from an interrupt of any priority, also while the end of a lap waits to be handled
    /// or is just being handled: the overflow flag belongs to whoever sees it first, not to the handler. O(1), one
    /// critical section.
    // One function for all callers, where inlining would put its multiplication into each.
    #[inline(never)]
    pub fn now(&self) -> Instant {
        Instant::from_nanos_in_range(Self::RATE.nanos(C::laps().ticks::<C>()))
    }

    /// What the counter's interrupt handler calls: counts the lap, whoever else does not. Whom the deadline woke is the
    /// executor's business after its park.
    #[inline]
    pub fn on_interrupt() {
        C::acknowledge();
        C::laps().count::<C>();
    }
}

impl<C: Counter, const HZ: u32> Ticks<C, HZ> {
    /// Sets the alarm to `at`, unless that has passed; it is `now`.
    #[inline(always)]
    fn set(self, cs: CriticalSection<'_>, at: Instant, now: u64) -> Option<Armed> {
        // Instants have 63 bits, so the difference has a sign.
        let wait = at.as_nanos().wrapping_sub(now).cast_signed();
        if wait <= 0 {
            return None;
        }
        let armed = C::laps().arm::<C>(cs, Self::RATE.ticks_to_wait(wait.cast_unsigned(), Self::LONGEST));
        // The deadline may have passed while the alarm was set, too late for the alarm to notice.
        let passed = matches!(armed, Armed::Unsure) && self.now() >= at;
        (!passed).then_some(armed)
    }
}

impl<C: Counter, const HZ: u32> Chip for Ticks<C, HZ> {
    #[inline]
    fn now(&self) -> Instant {
        Ticks::now(self)
    }

    #[inline]
    fn arm(&self, cs: CriticalSection<'_>, at: Instant) -> bool {
        // The function that others call, too: less code.
        self.set(cs, at, self.now().as_nanos()).is_some()
    }

    #[inline]
    fn arm_for(&self, cs: CriticalSection<'_>, at: Instant) -> Option<Alarm> {
        // Without a call, and without masking interrupts once more.
        match self.set(cs, at, Self::RATE.nanos(C::laps().ticks_masked::<C>(cs)))? {
            Armed::Restarted(mark) if Self::RATE.tells_all(Self::LONGEST) => Some(Alarm::Exact(mark)),
            _ => Some(Alarm::Early),
        }
    }

    #[inline]
    fn rang(&self, mark: u32) -> bool {
        C::settle();
        C::laps().counted_since(mark)
    }

    #[inline]
    fn disarm(&self, _: CriticalSection<'_>) {
        // The laps must be counted even if nobody waits.
    }

    #[inline(always)]
    fn can_wake(&self) -> bool {
        C::interrupt_enabled()
    }

    #[inline]
    fn wait(&self, _: CriticalSection<'_>) {
        C::wait();
    }
}
