//! Two lights of the micro:bit, over the SysTick that QEMU's has: see `boards::microbit`.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_os = "none", not(feature = "trace")))]
use panic_halt as _;
#[cfg(all(target_os = "none", feature = "trace"))]
zokio_board::report_panics!();

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    zokio_cortex_m::interrupts! {}

    blink2::firmware! { machine: zokio_cortex_m::boards::microbit::Board }

    /// The board's lights are between a row, which is high, and a column, which lights when it is low.
    mod port {
        const ROW: u32 = 13;
        const COLUMNS: u8 = 4;
        const OUTPUTS: *mut u32 = 0x5000_0504 as *mut u32;
        const SET: *mut u32 = 0x5000_0508 as *mut u32;
        const DIRECTION_OUT: *mut u32 = 0x5000_0518 as *mut u32;

        pub fn set_up() {
            // SAFETY: *Device register:* by the chip's data sheet; nobody else uses these pins.
            unsafe {
                DIRECTION_OUT.write_volatile(1 << ROW | 0b11 << COLUMNS);
                SET.write_volatile(1 << ROW | 0b11 << COLUMNS);
            }
        }

        pub fn toggle(pin: u8) {
            // SAFETY: *Device register:* as above.
            unsafe { OUTPUTS.write_volatile(OUTPUTS.read_volatile() ^ 1 << (COLUMNS + pin)) }
        }
    }
}
