//! The UARTs on the boards known here, for [`zokio_board::uart::Uart`].

mod cmsdk;
mod nrf51;
mod pl011;

pub use cmsdk::{Cmsdk, CmsdkPlace};
pub use nrf51::{Nrf51, Nrf51Pins};
pub use pl011::{Pl011, Pl011Place};

/// Reads the register at `base + offset`.
///
/// # Safety
/// *Device register:* the chip has a register there, and what reading it does to the device belongs to the caller.
unsafe fn read(base: usize, offset: usize) -> u32 {
    // SAFETY: the caller's word.
    unsafe { ((base + offset) as *const u32).read_volatile() }
}

/// Writes the register at `base + offset`.
///
/// # Safety
/// *Device register:* as [`read`]; the device reaches no memory.
unsafe fn write(base: usize, offset: usize, value: u32) {
    // SAFETY: the caller's word.
    unsafe { ((base + offset) as *mut u32).write_volatile(value) }
}
