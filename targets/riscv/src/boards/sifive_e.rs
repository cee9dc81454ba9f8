//! SiFive E (HiFive1, FE310): RV32IMAC, flash, 16 KiB of RAM. QEMU: `-machine sifive_e`.
//!
//! QEMU 7.2's CLINT counts at 10 MHz. The chip's counts at 32 768 Hz, and so does a newer QEMU's: there build the clock
//! yourself over `Clint<0x0200_0000, 32_768>`.

use crate::Plic;
use crate::uart::{SiFive, SiFivePlace};

clint_board!(0x0200_0000, 10_000_000);

/// The machine's interrupt controller.
// SAFETY: *Device register:* by the chip's manual.
pub const PLIC: Plic = unsafe { Plic::at(0x0c00_0000) };

/// UART 0.
pub type Uart0<const BAUD: u32> = SiFive<Place0, BAUD>;

/// Where UART 0 is.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Place0;

// SAFETY: *Device register:* by the chip's manual.
unsafe impl SiFivePlace for Place0 {
    const BASE: usize = 0x1001_3000;
    const INTERRUPT: u32 = 3;
    /// What the chip runs at after reset, nearly; QEMU does not care.
    const CLOCK_HZ: u32 = 16_000_000;
    fn enable_interrupt() {
        PLIC.enable(Self::INTERRUPT);
    }
}
