//! Stellaris LM3S6965 evaluation board: Cortex-M3, 256 KiB of flash, 64 KiB of RAM, 12.5 MHz after reset, three UARTs.
//! QEMU: `-machine lm3s6965evb`.

use crate::uart::{Pl011, Pl011Place};

systick_board!(12_500_000);

/// UART 0, on pins A0 and A1: the board's USB serial line.
pub type Uart0<const BAUD: u32> = Pl011<Place0, BAUD>;
/// UART 1, on pins D2 and D3.
pub type Uart1<const BAUD: u32> = Pl011<Place1, BAUD>;
/// UART 2, on pins G0 and G1.
pub type Uart2<const BAUD: u32> = Pl011<Place2, BAUD>;

/// Where UART 0 is.
pub struct Place0;
/// Where UART 1 is.
pub struct Place1;
/// Where UART 2 is.
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

const GPIO_A: usize = 0x4000_4000;
const GPIO_D: usize = 0x4000_7000;
const GPIO_G: usize = 0x4002_6000;

/// Gives UART `uart` its clock, and `pins` of port number `port` at `gpio` to it.
fn power_on(uart: u32, port: u32, gpio: usize, pins: u32) {
    const CLOCKS_1: usize = 0x400f_e104;
    const CLOCKS_2: usize = 0x400f_e108;
    const ALTERNATE: usize = 0x420;
    const DIGITAL: usize = 0x51c;
    for (register, bits) in
        [(CLOCKS_1, 1 << uart), (CLOCKS_2, 1 << port), (gpio + ALTERNATE, pins), (gpio + DIGITAL, pins)]
    {
        let register = register as *mut u32;
        // SAFETY: *Device register:* clock gates and pin functions by the chip's data sheet; only adds what a UART
        // needs. The read in between is the delay that a fresh clock wants.
        unsafe { register.write_volatile(register.read_volatile() | bits) };
    }
}
