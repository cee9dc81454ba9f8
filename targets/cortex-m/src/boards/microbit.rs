//! BBC micro:bit, version 1: nRF51822, Cortex-M0, 256 KiB of flash, 16 KiB of RAM, 16 MHz, one UART.
//! QEMU: `-machine microbit`.
//!
//! The real chip has no SysTick; QEMU's has. [`executor`] stands on SysTick so that the smallest core is tested with the
//! clock that most have. On a real micro:bit use `Ticks<Nrf51Timer0, 1_000_000>` ([`Nrf51Timer0`](crate::Nrf51Timer0)).

use crate::uart::{Nrf51, Nrf51Pins};

/// The rate of the processor, in Hz.
pub const CORE_HZ: u32 = 16_000_000;

counter_board!(crate::SysTick);

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
