//! SysTick as a tickless clock: 24 bits of hardware, 64 bits of time, one interrupt per deadline or per lap.

use core::ptr::{read_volatile, write_volatile};
use critical_section::CriticalSection;
use zokio_board::{Chip, Counter, Laps, Rate, longest};
use zokio_core::time::Instant;

/// The SysTick timer, fed by the processor clock at `HZ`.
///
/// Tickless: the counter runs free, and is only restarted where a deadline comes before the end of its lap (2^24 ticks,
/// 1.3 s at 12.5 MHz), so a core with nothing to do is woken once a lap.
///
/// The time it tells is exact while it runs free. A restart takes a few processor cycles that are not counted: with ten
/// deadlines a second at 12.5 MHz the clock falls behind by some 3 parts in 10^6, a tenth of what a crystal is off by.
///
/// A zero-sized handle, and the proof that the counter runs.
#[derive(Clone, Copy, Debug)]
pub struct SysTick<const HZ: u32>(());

const CONTROL: *mut u32 = 0xe000_e010 as *mut u32;
const RELOAD: *mut u32 = 0xe000_e014 as *mut u32;
const CURRENT: *mut u32 = 0xe000_e018 as *mut u32;

const ENABLE: u32 = 1 << 0;
const INTERRUPT: u32 = 1 << 1;
const PROCESSOR_CLOCK: u32 = 1 << 2;
const COUNT_FLAG: u32 = 1 << 16;

const LAP: u32 = 1 << 24;

/// The shortest restart, in processor cycles: the new lap must still run when [`arm`](Counter::arm) sets the length of
/// the next one. It costs at most this much lateness, and only where a deadline is nearer than that.
const SHORTEST: u32 = 64;

static LAPS: Laps = Laps::new();

/// Reads a SysTick register.
fn read(register: *mut u32) -> u32 {
    // SAFETY: *Core peripheral:* the three registers named above exist on every Cortex-M that runs this crate; reading
    // them has no effect but to clear the count flag.
    unsafe { read_volatile(register) }
}

/// Writes a SysTick register.
fn write(register: *mut u32, value: u32) {
    // SAFETY: *Core peripheral:* see `read`; writing them starts and stops a counter and touches no memory.
    unsafe { write_volatile(register, value) }
}

/// The counter below the clock.
struct Hardware;

impl Counter for Hardware {
    const BITS: u32 = 24;

    #[inline(always)]
    fn count() -> u32 {
        loop {
            // It counts down. At zero the lap has ended, but QEMU tells zero also a moment before it raises the count
            // flag; one tick later both agree on the new lap.
            let left = read(CURRENT);
            if left != 0 {
                return LAP - left;
            }
        }
    }

    #[inline(always)]
    fn lapped() -> bool {
        read(CONTROL) & COUNT_FLAG != 0
    }

    #[inline(always)]
    fn arm(ticks: u32, lap_start: &mut u64) -> bool {
        let ticks = ticks.max(SHORTEST);
        let left = read(CURRENT);
        if Self::lapped() {
            // The lap ended since the clock was last read. Its interrupt is pending, which is early enough.
            *lap_start = lap_start.wrapping_add(LAP as u64);
            return true;
        }
        if left <= ticks {
            return true; // the lap ends first
        }
        // One restart: a lap of `ticks`, and full laps after it. What was to end in `left` ticks now ends in `ticks`.
        write(RELOAD, ticks - 1);
        write(CURRENT, 0);
        let mut shift = ticks.cast_signed() - left.cast_signed();
        while read(CURRENT) == 0 {} // until the new lap has taken its length from RELOAD
        write(RELOAD, LAP - 1);
        if Self::lapped() {
            // The short lap is over already (a debugger or an emulator held the core), so nobody knows which length the
            // current one has. Start a full one.
            write(CURRENT, 0);
            shift += LAP.cast_signed();
        }
        *lap_start = lap_start.wrapping_add_signed(shift as i64);
        true
    }
}

impl<const HZ: u32> SysTick<HZ> {
    const RATE: Rate = Rate::from_hz(HZ);

    /// Starts the counter, or finds it running.
    ///
    /// `HZ` must be the rate of the processor clock; where it is not, all durations are off by the ratio. Nothing else
    /// may use SysTick.
    pub fn start() -> Self {
        // Not by the enable bit: reading CONTROL clears the count flag.
        if read(RELOAD) == 0 {
            write(RELOAD, LAP - 1);
            write(CURRENT, 0);
            write(CONTROL, ENABLE | INTERRUPT | PROCESSOR_CLOCK);
        }
        Self(())
    }

    /// Nanoseconds since [`start`](Self::start). Never goes backwards; callable from an interrupt of any priority.
    // One function for all callers, where inlining would put its multiplication into each.
    #[inline(never)]
    pub fn now(&self) -> Instant {
        Instant::from_nanos(Self::RATE.nanos(LAPS.ticks::<Hardware>()))
    }
}

impl<const HZ: u32> Chip for SysTick<HZ> {
    #[inline]
    fn now(&self) -> Instant {
        SysTick::now(self)
    }

    #[inline]
    fn arm(&self, cs: CriticalSection<'_>, at: Instant) -> bool {
        let wait = at.nanos_since(self.now());
        wait > 0 && LAPS.arm::<Hardware>(cs, Self::RATE.ticks_to_wait(wait, longest::<Hardware>()))
    }

    #[inline]
    fn disarm(&self, _: CriticalSection<'_>) {
        // The laps must be counted even if nobody waits.
    }

    #[inline]
    fn wait(&self, _: CriticalSection<'_>) {
        cortex_m::asm::wfi();
    }
}

/// The handler: counts the lap, whoever else does not. Whom the deadline woke is the executor's business after its park.
#[cfg(feature = "systick")]
#[cortex_m_rt::exception]
fn SysTick() {
    LAPS.ticks::<Hardware>();
}
