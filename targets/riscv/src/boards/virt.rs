//! QEMU's virt machine, one hart: `-machine virt -bios none`.

use crate::Plic;
use crate::uart::{Ns16550, Ns16550Place};

clint_board!(0x0200_0000, 10_000_000);

/// The machine's interrupt controller.
// SAFETY: *Device register:* by QEMU's memory map.
pub const PLIC: Plic = unsafe { Plic::at(0x0c00_0000) };

/// The machine's only UART.
pub type Uart0<const BAUD: u32> = Ns16550<Place0, BAUD>;

/// Where the UART is.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Place0;

// SAFETY: *Device register:* by QEMU's memory map.
unsafe impl Ns16550Place for Place0 {
    const BASE: usize = 0x1000_0000;
    const INTERRUPT: u32 = 10;
    const CLOCK_HZ: u32 = 3_686_400;
    fn enable_interrupt() {
        PLIC.enable(Self::INTERRUPT);
    }
}
