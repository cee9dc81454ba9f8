//! The CLINT's timer as a tickless clock.

use critical_section::CriticalSection;
use riscv::register::{mie, mip};
use zokio_board::{Chip, Rate};
use zokio_core::time::Instant;

/// The machine timer of a core-local interruptor at `BASE`, counting at `HZ`, with the comparator of hart `HART`.
///
/// Sixty-four bits wide in hardware and compared absolutely: the core is woken at deadlines and for nothing else. No
/// interrupt is taken for it, since the timer only ends a `wfi` with interrupts masked, unless the program has a
/// [`Level`](zokio_board::Level).
///
/// A zero-sized handle.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Clint<const BASE: usize, const HZ: u32, const HART: usize = 0>(());

impl<const BASE: usize, const HZ: u32, const HART: usize> Clint<BASE, HZ, HART> {
    const RATE: Rate = Rate::from_hz(HZ);

    /// A handle to the timer, which counts from reset.
    ///
    /// # Safety
    /// *Device register:* a CLINT is at `BASE`, and nothing else in the program uses that comparator.
    #[inline]
    pub const unsafe fn new() -> Self {
        Self(())
    }

    /// Ticks since reset.
    fn ticks() -> u64 {
        let low = (BASE + 0xbff8) as *const u32;
        let high = (BASE + 0xbffc) as *const u32;
        loop {
            // SAFETY: *Device register:* by `new`; reading the time changes nothing.
            let (before, ticks, after) = unsafe { (high.read_volatile(), low.read_volatile(), high.read_volatile()) };
            if before == after {
                return (before as u64) << 32 | ticks as u64;
            }
        }
    }

    /// Sets the time in ticks from which on the timer interrupt is pending.
    fn compare(ticks: u64) {
        let low = (BASE + 0x4000 + 8 * HART) as *mut u32;
        let high = (BASE + 0x4004 + 8 * HART) as *mut u32;
        // SAFETY: *Device register:* by `new`. Never earlier than both the old and the new time on the way.
        unsafe {
            high.write_volatile(u32::MAX);
            low.write_volatile(ticks as u32);
            high.write_volatile((ticks >> 32) as u32);
        }
    }

    /// Takes the alarm back, so that its interrupt ends. Whoever waits for a deadline has to set it anew.
    pub fn silence(&self) {
        Self::compare(u64::MAX);
    }

    /// Sets the alarm; `false` if `at` has passed. For whoever has the comparator to itself.
    #[inline]
    pub(crate) fn set(&self, at: Instant) -> bool {
        let now = Self::ticks();
        let wait = at.as_nanos().saturating_sub(Self::RATE.nanos(now));
        // The hardware compares times, not equality, so a deadline that passes meanwhile is pending at once. After some
        // minutes the core is woken in any case, so that the sum cannot wrap.
        Self::compare(now + Self::RATE.ticks_to_wait(wait, u32::MAX) as u64);
        wait > 0
    }

    /// Nanoseconds since reset. Never goes backwards; callable from anywhere.
    // One function for all callers, where inlining would put its multiplication into each.
    #[inline(never)]
    pub fn now(&self) -> Instant {
        Instant::from_nanos_in_range(Self::RATE.nanos(Self::ticks()))
    }
}

impl<const BASE: usize, const HZ: u32, const HART: usize> Chip for Clint<BASE, HZ, HART> {
    #[inline]
    fn now(&self) -> Instant {
        Clint::now(self)
    }

    fn arm(&self, _: CriticalSection<'_>, at: Instant) -> bool {
        self.set(at)
    }

    #[inline]
    fn disarm(&self, _: CriticalSection<'_>) {
        Self::compare(u64::MAX);
    }

    #[inline]
    fn wait(&self, _: CriticalSection<'_>) {
        let taken = mie::read().mtimer();
        // SAFETY: *Masked timer:* interrupts are masked here and the timer's is disabled again before they are not, so
        // it is never taken; except where the program takes it anyway, for an executor in the software interrupt.
        unsafe { mie::set_mtimer() };
        riscv::asm::wfi();
        if !taken {
            // SAFETY: as above.
            unsafe { mie::clear_mtimer() };
        }
    }
}

/// Whether the timer or any enabled interrupt is pending: whether [`Chip::wait`] would return at once.
pub fn interrupt_pending() -> bool {
    mip::read().mtimer() || mip::read().bits() & mie::read().bits() != 0
}
