//! SysTick: 24 bits, counting down, without a compare register.

use core::arch::asm;
use core::ptr::{read_volatile, write_volatile};
use zokio_board::{Counter, Laps};

/// The SysTick timer, fed by the processor clock. Nothing else may use it.
///
/// The counter runs free and is only restarted where a deadline comes before the end of its lap (2^24 ticks, 1.3 s at
/// 12.5 MHz). The time is exact while it runs free. A restart takes a few processor cycles that are not counted: with ten
/// deadlines a second at 12.5 MHz the clock falls behind by some 3 parts in 10^6, a tenth of what a crystal is off by.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SysTick;

/// The address of the three registers below.
const BASE: usize = 0xe000_e010;
const CONTROL: usize = 0;
const RELOAD: usize = 4;
const CURRENT: usize = 8;

const ENABLE: u32 = 1 << 0;
const INTERRUPT: u32 = 1 << 1;
const PROCESSOR_CLOCK: u32 = 1 << 2;
const COUNT_FLAG: u32 = 1 << 16;

const LAP: u32 = 1 << 24;

/// The shortest restart, in processor cycles: the new lap must still run when [`arm`](Counter::arm) sets the length of
/// the next one. It costs at most this much lateness, and only where a deadline is nearer than that.
const SHORTEST: u32 = 64;

static LAPS: Laps = Laps::new();

/// Reads the register at `base + offset`, where `base` is [`BASE`].
fn read(base: usize, offset: usize) -> u32 {
    // SAFETY: *Core peripheral:* the three registers exist on every Cortex-M that runs this crate; reading them has no
    // effect but to clear the count flag.
    unsafe { read_volatile((base + offset) as *const u32) }
}

/// Writes the register at `base + offset`, where `base` is [`BASE`].
fn write(base: usize, offset: usize, value: u32) {
    // SAFETY: *Core peripheral:* see `read`; writing them starts and stops a counter and touches no memory.
    unsafe { write_volatile((base + offset) as *mut u32, value) }
}

/// Whether a lap ended since this was last asked.
fn lapped(base: usize) -> bool {
    read(base, CONTROL) & COUNT_FLAG != 0
}

/// [`BASE`], in a way that keeps it in a register. A constant that the compiler sees through is put together again at
/// each access, which takes eight bytes of flash a time.
fn base_in_register() -> usize {
    let mut base = BASE;
    // SAFETY: no instruction at all.
    unsafe { asm!("/* {} */", inout(reg) base, options(pure, nomem, nostack, preserves_flags)) };
    base
}

impl Counter for SysTick {
    const BITS: u32 = 24;

    #[inline(always)]
    fn laps() -> &'static Laps {
        &LAPS
    }

    #[inline]
    fn start() {
        // Not by the enable bit: reading CONTROL clears the count flag.
        if read(BASE, RELOAD) == 0 {
            write(BASE, RELOAD, LAP - 1);
            write(BASE, CURRENT, 0);
            write(BASE, CONTROL, ENABLE | INTERRUPT | PROCESSOR_CLOCK);
        }
    }

    #[inline(always)]
    fn count() -> u32 {
        loop {
            // It counts down. At zero the lap has ended, but QEMU tells zero also a moment before it raises the count
            // flag; one tick later both agree on the new lap.
            let left = read(BASE, CURRENT);
            if left != 0 {
                return LAP - left;
            }
        }
    }

    #[inline(always)]
    fn lapped() -> bool {
        lapped(BASE)
    }

    #[inline(always)]
    fn arm(ticks: u32, lap_start: &mut u64) -> bool {
        let base = base_in_register();
        let ticks = ticks.max(SHORTEST);
        let left = read(base, CURRENT);
        if lapped(base) {
            // The lap ended since the clock was last read. Its interrupt is pending, which is early enough.
            *lap_start = lap_start.wrapping_add(LAP as u64);
            return true;
        }
        if left <= ticks {
            return true; // the lap ends first
        }
        // One restart: a lap of `ticks`, and full laps after it. What was to end in `left` ticks now ends in `ticks`.
        write(base, RELOAD, ticks - 1);
        write(base, CURRENT, 0);
        let mut shift = ticks.cast_signed() - left.cast_signed();
        while read(base, CURRENT) == 0 {} // until the new lap has taken its length from RELOAD
        write(base, RELOAD, LAP - 1);
        if lapped(base) {
            core::hint::cold_path();
            // The short lap is over already (a debugger or an emulator held the core), so nobody knows which length the
            // current one has. Start a full one.
            write(base, CURRENT, 0);
            shift += LAP.cast_signed();
        }
        *lap_start = lap_start.wrapping_add_signed(shift as i64);
        true
    }

    /// By its own register only, which nobody else writes to.
    #[inline(always)]
    fn interrupt_enabled() -> bool {
        true
    }

    #[inline(always)]
    fn wait() {
        cortex_m::asm::wfi();
    }

    #[inline(always)]
    fn settle() {
        cortex_m::asm::isb();
    }
}

#[cfg(feature = "systick")]
#[cortex_m_rt::exception]
fn SysTick() {
    // The rate does not matter for counting laps.
    zokio_board::Ticks::<self::SysTick, 1>::on_interrupt();
}
