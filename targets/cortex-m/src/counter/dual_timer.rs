//! The dual timer of Arm's Cortex-M System Design Kit: one half runs free, the other is the alarm.

use core::marker::PhantomData;
use zokio_board::{Counter, Laps};

/// Where a CMSDK dual timer is.
///
/// # Safety
/// *Device register:* a CMSDK dual timer is at `BASE`, and nothing else in the program uses it.
pub unsafe trait DualTimerPlace: Copy + 'static {
    /// The address of its registers.
    const BASE: usize;
    /// The number of its interrupt.
    const INTERRUPT: u16;
    /// Where its laps are counted: a static of the implementor.
    fn laps() -> &'static Laps;
}

/// A CMSDK dual timer as a counter of `BITS` bits, 16 or 32, which counts once in `DIVISOR` (1, 16 or 256) of its clocks.
///
/// The first timer runs free and is never touched again, so the time is exact; the second one is started anew for each deadline.
/// With 32 bits a lap at 25 MHz takes 171 s, and with a divisor of 256 twelve hours: that long the core sleeps at one go.
///
/// ```ignore
/// type Timer = Ticks<mps2_an385::DualTimer<32, 1>, CORE_HZ>;
///
/// zokio_cortex_m::interrupts! {
///     mps2_an385::DualTimer::<32, 1>::INTERRUPT => Timer::on_interrupt(),
/// }
/// ```
pub struct DualTimer<T, const BITS: u32, const DIVISOR: u32>(PhantomData<fn() -> T>);

impl<T, const BITS: u32, const DIVISOR: u32> Copy for DualTimer<T, BITS, DIVISOR> {}

impl<T, const BITS: u32, const DIVISOR: u32> Clone for DualTimer<T, BITS, DIVISOR> {
    fn clone(&self) -> Self {
        *self
    }
}

zokio_board::named! {
    [T, const BITS: u32, const DIVISOR: u32] DualTimer<T, BITS, DIVISOR> = "DualTimer";
}

/// The registers of each half: the first, and the second.
const CLOCK: usize = 0x00;
const ALARM: usize = 0x20;

const LOAD: usize = 0x00;
const VALUE: usize = 0x04;
const CONTROL: usize = 0x08;
const CLEAR: usize = 0x0c;
const RAISED: usize = 0x10;

const ONE_SHOT: u32 = 1 << 0;
const WIDE: u32 = 1 << 1;
const INTERRUPT: u32 = 1 << 5;
const ENABLE: u32 = 1 << 7;

impl<T: DualTimerPlace, const BITS: u32, const DIVISOR: u32> DualTimer<T, BITS, DIVISOR> {
    /// The number of its interrupt.
    pub const INTERRUPT: u16 = T::INTERRUPT;

    const PRESCALE: u32 = match DIVISOR {
        1 => 0 << 2,
        16 => 1 << 2,
        256 => 2 << 2,
        _ => panic!("a dual timer divides its clock by 1, 16 or 256"),
    };

    const WIDTH: u32 = match BITS {
        16 => 0,
        32 => WIDE,
        _ => panic!("a dual timer has 16 or 32 bits"),
    };

    /// Free running, and what it counts with.
    const RUNNING: u32 = ENABLE | INTERRUPT | Self::WIDTH | Self::PRESCALE;

    fn read(register: usize) -> u32 {
        // SAFETY: *Device register:* by `DualTimerPlace`; reading changes nothing.
        unsafe { crate::registers::read(T::BASE, register) }
    }

    fn write(register: usize, value: u32) {
        // SAFETY: *Device register:* by `DualTimerPlace`; the timer reaches no memory.
        unsafe { crate::registers::write(T::BASE, register, value) }
    }
}

impl<T: DualTimerPlace, const BITS: u32, const DIVISOR: u32> Counter for DualTimer<T, BITS, DIVISOR> {
    const BITS: u32 = BITS;

    fn laps() -> &'static Laps {
        T::laps()
    }

    fn start() {
        if Self::read(CLOCK + CONTROL) != Self::RUNNING {
            Self::write(CLOCK + CONTROL, 0);
            Self::write(CLOCK + LOAD, u32::MAX >> (32 - BITS));
            Self::write(CLOCK + CLEAR, 1);
            Self::write(CLOCK + CONTROL, Self::RUNNING);
            crate::enable_interrupt(T::INTERRUPT);
        }
    }

    fn count() -> u32 {
        loop {
            // It counts down. A lap begins with zero, for that is what raises the flag; whether it has is told for certain by
            // the next tick only.
            let left = Self::read(CLOCK + VALUE) & (u32::MAX >> (32 - BITS));
            if left != 0 {
                return left.wrapping_neg() & (u32::MAX >> (32 - BITS));
            }
        }
    }

    fn lapped() -> bool {
        let lapped = Self::read(CLOCK + RAISED) != 0;
        if lapped {
            Self::write(CLOCK + CLEAR, 1);
        }
        lapped
    }

    fn arm(ticks: u32, _: &mut u64) -> bool {
        Self::write(ALARM + CONTROL, 0);
        Self::write(ALARM + CLEAR, 1);
        Self::write(ALARM + LOAD, ticks);
        Self::write(ALARM + CONTROL, ENABLE | INTERRUPT | WIDE | ONE_SHOT | Self::PRESCALE);
        true
    }

    fn acknowledge() {
        Self::write(ALARM + CLEAR, 1);
    }

    fn interrupt_enabled() -> bool {
        crate::interrupt_enabled(T::INTERRUPT)
    }

    #[inline(always)]
    fn wait() {
        cortex_m::asm::wfi();
    }
}
