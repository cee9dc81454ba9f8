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
    use core::time::Duration;
    use runtime::{Clock, executor};
    use zokio_core::time::Clock as _;

    zokio_cortex_m::interrupts! {}

    zokio_core::runtime! {
        /// All that two tasks of the program's own need.
        mod runtime {
            machine: zokio_cortex_m::boards::microbit::Board,
            config: Config::new().budget(64).ram_limit(64),
        }
    }

    /// Toggles a light for ever.
    #[zokio_core::task(pool = 2)]
    async fn blink(clock: Clock, pin: u8, millis: u32) {
        loop {
            clock.sleep(Duration::from_millis(millis.into())).await;
            port::toggle(pin);
            #[cfg(feature = "trace")]
            blink2::trace(pin);
        }
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        port::set_up();
        let Ok(mut executor) = executor();
        let (spawner, clock) = (executor.spawner(), executor.clock());
        for (pin, millis) in [(0, 300), (1, 500)] {
            spawner.spawn(blink(clock, pin, millis)).unwrap().detach();
        }
        match executor.run() {
            Ok(never) | Err(never) => match never {},
        }
    }

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
