//! Two lights on the LM3S6965 evaluation board.
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

    blink2::firmware! { machine: zokio_cortex_m::boards::lm3s6965evb::Board }

    /// Port F: the board's light is on pin 0.
    mod port {
        const CLOCKS_2: *mut u32 = 0x400f_e108 as *mut u32;
        const BASE: usize = 0x4002_5000;
        const DIRECTION: *mut u32 = (BASE + 0x400) as *mut u32;
        const DIGITAL: *mut u32 = (BASE + 0x51c) as *mut u32;

        pub fn set_up() {
            // SAFETY: *Device register:* by the chip's data sheet; nobody else uses port F.
            unsafe {
                CLOCKS_2.write_volatile(1 << 5);
                DIRECTION.write_volatile(0b11);
                DIGITAL.write_volatile(0b11);
            }
        }

        pub fn toggle(pin: u8) {
            let mask = 1usize << pin;
            // The address says which pins are meant.
            let data = (BASE + (mask << 2)) as *mut u32;
            // SAFETY: *Device register:* as above.
            unsafe { data.write_volatile(!data.read_volatile()) }
        }
    }
}
