//! SysTick, tickless, extended to 64 bits: the counter below the clocks of the peers that bring none of that kind.
#![cfg_attr(target_os = "none", no_std)]
#![cfg(all(target_arch = "arm", target_os = "none"))]

const CONTROL: *mut u32 = 0xe000_e010 as *mut u32;
const RELOAD: *mut u32 = 0xe000_e014 as *mut u32;
const CURRENT: *mut u32 = 0xe000_e018 as *mut u32;

const LAP: u32 = 1 << 24;
/// The shortest restart.
const SHORTEST: u32 = 64;

fn read(register: *mut u32) -> u32 {
    // SAFETY: *Core peripheral:* one of the three above.
    unsafe { register.read_volatile() }
}

fn write(register: *mut u32, value: u32) {
    // SAFETY: *Core peripheral:* one of the three above; they reach no memory.
    unsafe { register.write_volatile(value) }
}

/// What the hardware does not know of the time. One in a program, touched in critical sections only.
pub struct SysTick {
    /// The time at which the counter was or would have been full.
    lap_start: u64,
}

impl SysTick {
    /// Before [`start`].
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { lap_start: 0 }
    }

    /// The ticks of the processor's clock so far.
    pub fn now(&mut self) -> u64 {
        loop {
            let left = read(CURRENT);
            if left == 0 {
                continue;
            }
            if read(CONTROL) & 1 << 16 == 0 {
                return self.lap_start + (LAP - left) as u64;
            }
            self.lap_start += LAP as u64;
        }
    }

    /// Interrupts at the time `at`, which comes after `now`, or at the end of the lap if that is earlier.
    pub fn interrupt_at(&mut self, at: u64, now: u64) {
        let ticks = (at - now).min(LAP as u64) as u32;
        let ticks = ticks.max(SHORTEST);
        let left = read(CURRENT);
        if left <= ticks {
            return; // the lap ends first
        }
        // One restart: a lap of `ticks`, and full laps after it.
        write(RELOAD, ticks - 1);
        write(CURRENT, 0);
        while read(CURRENT) == 0 {}
        write(RELOAD, LAP - 1);
        self.lap_start = self.lap_start.wrapping_add_signed((ticks.cast_signed() - left.cast_signed()) as i64);
    }
}

/// Starts the counter.
pub fn start() {
    write(RELOAD, LAP - 1);
    write(CURRENT, 0);
    write(CONTROL, 0b111);
}
