//! BBC micro:bit, version 1: nRF51822, Cortex-M0, 256 KiB of flash, 16 KiB of RAM, 16 MHz, one UART.
//! QEMU: `-machine microbit`.
//!
//! The real chip has no SysTick; QEMU's has. [`executor`] stands on SysTick so that the smallest core is tested with the
//! clock that most have. On a real micro:bit use [`long::executor`].

use crate::uart::{Nrf51, Nrf51Pins};

/// The rate of the processor, in Hz.
pub const CORE_HZ: u32 = 16_000_000;

counter_board!(crate::SysTick);

/// The board's clock and executor over the chip's own timer 0 ([`Nrf51Timer0`](crate::Nrf51Timer0)): a lap of 16.8 s instead of the
/// 1.05 s that one of SysTick takes, at the end of which the core is woken. For real chips, and for programs that sleep.
///
/// The program binds the timer's interrupt:
///
/// ```ignore
/// use zokio_cortex_m::boards::microbit::long::{INTERRUPT, Timer};
///
/// zokio_cortex_m::interrupts! {
///     INTERRUPT => Timer::on_interrupt(),
/// }
/// ```
pub mod long {
    /// The rate of the timer, in Hz.
    const CORE_HZ: u32 = 1_000_000;

    /// The number of the timer's interrupt, for `interrupts!`.
    pub const INTERRUPT: u16 = crate::Nrf51Timer0::INTERRUPT;

    counter_board!(crate::Nrf51Timer0);
}

/// The UART, on the pins of the board's USB serial line.
pub type Uart0<const BAUD: u32> = Nrf51<UsbPins, BAUD>;

/// The pins that the board's interface chip listens and talks on.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UsbPins;

impl Nrf51Pins for UsbPins {
    const RX: u32 = 25;
    const TX: u32 = 24;
}
