//! Stellaris LM3S6965 evaluation board: Cortex-M3, 256 KiB of flash, 64 KiB of RAM, 12.5 MHz after reset, three UARTs,
//! Ethernet.
//! QEMU: `-machine lm3s6965evb`, with `-nic user` for the network.

use crate::spi::{Pl022, Pl022Place};
use crate::uart::{Pl011, Pl011Place};

/// The rate of the processor, in Hz.
pub const CORE_HZ: u32 = 12_500_000;

counter_board!(crate::SysTick);

/// The board's clock and executor over two timers of 32 bits ([`Lm3sTimers`](crate::Lm3sTimers)): a lap of 343 s. For programs that sleep for longer than the 1.3 s that a lap of
/// SysTick takes, at the end of which the core is woken.
///
/// The program binds the timer's interrupt:
///
/// ```ignore
/// use zokio_cortex_m::boards::lm3s6965evb::long::{INTERRUPT, Timer};
///
/// zokio_cortex_m::interrupts! {
///     INTERRUPT => Timer::on_interrupt(),
/// }
/// ```
pub mod long {
    use super::CORE_HZ;

    /// The number of the timer's interrupt, for `interrupts!`.
    pub const INTERRUPT: u16 = crate::Lm3sTimers::INTERRUPT;

    counter_board!(crate::Lm3sTimers);
}

/// UART 0, on pins A0 and A1: the board's USB serial line.
pub type Uart0<const BAUD: u32> = Pl011<Place0, BAUD>;
/// UART 1, on pins D2 and D3.
pub type Uart1<const BAUD: u32> = Pl011<Place1, BAUD>;
/// UART 2, on pins G0 and G1.
pub type Uart2<const BAUD: u32> = Pl011<Place2, BAUD>;

/// Where UART 0 is.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Place0;
/// Where UART 1 is.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Place1;
/// Where UART 2 is.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Place2;

// SAFETY: *Device register:* by the chip's data sheet.
unsafe impl Pl011Place for Place0 {
    const BASE: usize = 0x4000_c000;
    const INTERRUPT: u16 = 5;
    const CLOCK_HZ: u32 = CORE_HZ;
    fn power_on() {
        power_on(0, 0, GPIO_A, 0b11);
    }
}

// SAFETY: *Device register:* by the chip's data sheet.
unsafe impl Pl011Place for Place1 {
    const BASE: usize = 0x4000_d000;
    const INTERRUPT: u16 = 6;
    const CLOCK_HZ: u32 = CORE_HZ;
    fn power_on() {
        power_on(1, 3, GPIO_D, 0b1100);
    }
}

// SAFETY: *Device register:* by the chip's data sheet.
unsafe impl Pl011Place for Place2 {
    const BASE: usize = 0x4000_e000;
    const INTERRUPT: u16 = 33;
    const CLOCK_HZ: u32 = CORE_HZ;
    fn power_on() {
        power_on(2, 6, GPIO_G, 0b11);
    }
}

/// SPI controller 0, on pins A2 to A5; the card on the board is selected by pin D0.
pub type Spi0<const HZ: u32> = Pl022<SpiPlace0, HZ>;

/// Where SPI controller 0 is.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct SpiPlace0;

// SAFETY: *Device register:* by the chip's data sheet.
unsafe impl Pl022Place for SpiPlace0 {
    const BASE: usize = 0x4000_8000;
    const INTERRUPT: u16 = 7;
    const CLOCK_HZ: u32 = CORE_HZ;
    fn power_on() {
        add(CLOCKS_1, 1 << 4);
        give_pins(0, GPIO_A, 0b11_1100);
    }
}

const GPIO_A: usize = 0x4000_4000;
const GPIO_D: usize = 0x4000_7000;
const GPIO_G: usize = 0x4002_6000;

/// Gives UART `uart` its clock, and `pins` of port number `port` at `gpio` to it.
fn power_on(uart: u32, port: u32, gpio: usize, pins: u32) {
    add(CLOCKS_1, 1 << uart);
    give_pins(port, gpio, pins);
}

/// Gives `pins` of port number `port` at `gpio` their clock, and to the device that they are for.
fn give_pins(port: u32, gpio: usize, pins: u32) {
    const ALTERNATE: usize = 0x420;
    const DIGITAL: usize = 0x51c;
    add(CLOCKS_2, 1 << port);
    add(gpio + ALTERNATE, pins);
    add(gpio + DIGITAL, pins);
}

const CLOCKS_1: usize = 0x400f_e104;
const CLOCKS_2: usize = 0x400f_e108;

/// Sets bits in a clock gate or a pin function, beside those that are.
fn add(register: usize, bits: u32) {
    let register = register as *mut u32;
    // SAFETY: *Device register:* clock gates and pin functions by the chip's data sheet; only adds what a device of this
    // module needs. The read in between is the delay that a fresh clock wants.
    unsafe { register.write_volatile(register.read_volatile() | bits) };
}

/// The number of the Ethernet controller's interrupt, for `interrupts!`.
#[cfg(feature = "embassy-net")]
pub const ETHERNET_INTERRUPT: u16 = 42;

/// Gives the Ethernet controller and its transceiver their clocks, and starts it with the address `mac`.
///
/// The chip reaches 100 Mbit/s with a processor clock of 20 MHz or more; after reset it has 12.5, which does for 10 Mbit/s.
///
/// # Panics
/// If it was called before.
#[cfg(feature = "embassy-net")]
pub fn ethernet(controller: &'static crate::ethernet::Stellaris, mac: [u8; 6]) -> crate::ethernet::StellarisDevice {
    add(CLOCKS_2, 1 << 28 | 1 << 30);
    // SAFETY: *Device register:* by the chip's data sheet; `open` panics the second time.
    unsafe { controller.open(0x4004_8000, ETHERNET_INTERRUPT, mac) }
}
