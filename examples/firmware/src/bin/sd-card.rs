//! An SD card on the SPI bus of the LM3S6965 evaluation board. QEMU's has one if it is told so:
//!
//! ```text
//! ZOKIO_QEMU_ARGS='-drive if=sd,driver=null-co,size=4194304' \
//!     cargo run --manifest-path targets/Cargo.toml --release -p firmware --target thumbv7m-none-eabi --bin sd-card
//! ```
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use core::convert::Infallible;
    use embedded_hal::digital::{ErrorType, OutputPin};
    use firmware::sd_card::Reader;
    use zokio_board::host::{exit, println};
    use zokio_board::spi::Spi;
    use zokio_cortex_m::boards::lm3s6965evb::{Spi0, executor};

    type Port = Spi0<400_000>;
    static SPI: Spi<Port> = Spi::new();

    zokio_cortex_m::interrupts! {
        Port::INTERRUPT => SPI.on_interrupt(),
    }

    /// Pin 0 of port D, which selects the card.
    struct Select;

    impl Select {
        const PORT: usize = 0x4000_7000;

        fn new() -> Self {
            // The port's clock, the pin's direction, and its digital function.
            for (register, bits) in [(0x400f_e108, 1 << 3), (Self::PORT + 0x400, 1), (Self::PORT + 0x51c, 1)] {
                let register = register as *mut u32;
                // SAFETY: *Device register:* by the chip's data sheet; this program has the port to itself.
                unsafe { register.write_volatile(register.read_volatile() | bits) };
            }
            Self
        }

        fn set(high: bool) {
            // SAFETY: *Device register:* as above; the address says which pins are written.
            unsafe { ((Self::PORT + (1 << 2)) as *mut u32).write_volatile(high.into()) };
        }
    }

    impl ErrorType for Select {
        type Error = Infallible;
    }

    impl OutputPin for Select {
        fn set_low(&mut self) -> Result<(), Infallible> {
            Self::set(false);
            Ok(())
        }

        fn set_high(&mut self) -> Result<(), Infallible> {
            Self::set(true);
            Ok(())
        }
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let mut executor = executor();
        let clock = executor.clock();
        let mut reader = Reader::new(SPI.open().expect("opened once"), Select::new());
        match executor.block_on(reader.identify(clock)) {
            Ok(Ok(card)) => println!("a card named {:?} of {} KiB", card.name(), card.size >> 10),
            Ok(Err(error)) => {
                println!("{error}");
                exit(false)
            }
            Err(_) => exit(false),
        }
        exit(true)
    }
}
