//! A device that interrupts a while after it was asked to: on each board one that no runtime here uses.

#[cfg(target_arch = "riscv32")]
pub use goldfish::{NUMBER, clear_alarm, ring_soon};
#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
pub use gptm::{NUMBER, clear_alarm, ring_soon};
#[cfg(all(target_arch = "arm", not(target_has_atomic = "ptr")))]
pub use nrf51::{NUMBER, clear_alarm, ring_soon};

/// Writes a device register.
fn write(address: usize, value: u32) {
    // SAFETY: *Device register:* by the data sheet or QEMU's source; none of these reaches memory.
    unsafe { (address as *mut u32).write_volatile(value) }
}

/// General-purpose timer 0 of the LM3S6965, one shot.
#[cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]
mod gptm {
    use super::write;

    const BASE: usize = 0x4003_0000;

    /// Its interrupt.
    pub const NUMBER: u16 = 19;

    /// Interrupts in about 160 microseconds.
    pub fn ring_soon() {
        write(0x400f_e104, 1 << 16); // its clock
        write(BASE, 0); // 32 bits
        write(BASE + 0x04, 1); // once
        write(BASE + 0x28, 2_000); // ticks
        write(BASE + 0x18, 1); // interrupt
        write(BASE + 0x0c, 1); // go
    }

    /// Takes the interrupt back.
    #[inline(always)]
    pub fn clear_alarm() {
        write(BASE + 0x24, 1);
    }
}

/// Timer 0 of the nRF51 at 1 MHz.
#[cfg(all(target_arch = "arm", not(target_has_atomic = "ptr")))]
mod nrf51 {
    use super::write;

    const BASE: usize = 0x4000_8000;

    /// Its interrupt.
    pub const NUMBER: u16 = 8;

    /// Interrupts in about 160 microseconds.
    pub fn ring_soon() {
        write(BASE + 0x004, 1); // stop
        write(BASE + 0x00c, 1); // from zero
        write(BASE + 0x510, 4); // 1 MHz
        write(BASE + 0x540, 160);
        write(BASE + 0x304, 1 << 16); // interrupt
        write(BASE, 1); // go
    }

    /// Takes the interrupt back.
    #[inline(always)]
    pub fn clear_alarm() {
        write(BASE + 0x140, 0);
    }
}

/// The real-time clock of QEMU's virt machine.
#[cfg(target_arch = "riscv32")]
mod goldfish {
    use super::write;

    const BASE: usize = 0x0010_1000;

    /// Its source at the interrupt controller.
    pub const NUMBER: u32 = 11;

    /// Interrupts in about 160 microseconds.
    pub fn ring_soon() {
        // SAFETY: *Device register:* reading the time changes nothing; the low word keeps the high one for the next read.
        let now = unsafe {
            let low = (BASE as *const u32).read_volatile();
            ((BASE + 4) as *const u32).read_volatile() as u64 * (1 << 32) + low as u64
        };
        let then = now + 160_000;
        write(BASE + 0x10, 1); // interrupt
        write(BASE + 0x0c, (then >> 32) as u32);
        write(BASE + 0x08, then as u32); // go
    }

    /// Takes the interrupt back.
    #[inline(always)]
    pub fn clear_alarm() {
        write(BASE + 0x1c, 1);
    }
}
