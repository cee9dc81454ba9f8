//! The events of two tasks on the LM3S6965 evaluation board, written with defmt: some bytes each, to be read by
//! `defmt-print`.
//!
//! ```text
//! cargo install defmt-print
//! cargo build --manifest-path targets/Cargo.toml --release -p events --features defmt --bin events-defmt \
//!     --target thumbv7m-none-eabi
//! targets/qemu-run targets/target/thumbv7m-none-eabi/release/events-defmt \
//!     | defmt-print -e targets/target/thumbv7m-none-eabi/release/events-defmt
//! ```
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use defmt_semihosting as _;
    use zokio_board::host::exit;
    use zokio_board::uart::LineError;
    use zokio_core::events::listen;
    use zokio_core::time::Clock as _;
    use zokio_cortex_m::boards::lm3s6965evb::{Clock, executor};
    use zokio_cortex_m::{Nvic, stack};

    events::tasks!(Clock);

    zokio_cortex_m::interrupts! {}

    defmt::timestamp!("{=u64:us}", Clock::start().now().as_nanos() / 1000);

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        stack().paint(4 << 10);
        listen(|event| defmt::println!("{}", event));
        let mut executor = executor();
        let (spawner, clock) = (executor.spawner(), executor.clock());
        let sum = spawner.spawn(add_up()).unwrap();
        spawner.spawn(measure(clock)).unwrap().detach();
        let sum = executor.block_on(sum.into_future());
        defmt::println!("the sum is {}", sum);
        // What the board has to say.
        match stack().usage() {
            Ok(usage) => defmt::println!("{}", usage),
            Err(error) => defmt::println!("{}", error),
        }
        defmt::println!("{} {} {}", clock, Nvic::<3>, LineError::Overrun);
        exit(sum.is_ok())
    }
}
