//! A timer of the MPS2 to check another one by.

use crate::hours::Watch;

const BASE: *mut u32 = 0x4000_0000 as *mut u32;

fn write(register: usize, value: u32) {
    // SAFETY: *Device register:* this timer belongs to the program that starts it alone.
    unsafe { BASE.add(register).write_volatile(value) }
}

fn ticks() -> u32 {
    // SAFETY: *Device register:* as above. It counts down.
    !unsafe { BASE.add(1).read_volatile() }
}

/// Starts CMSDK timer 0, free running, at 25 MHz. On that board only.
pub fn start() -> Watch {
    write(2, u32::MAX);
    write(1, u32::MAX);
    write(0, 1);
    Watch { ticks, per_micro: 25 }
}
