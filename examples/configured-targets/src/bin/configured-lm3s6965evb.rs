//! The program on the LM3S6965 evaluation board.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board::host::{exit, println};

    zokio_board::report_panics!();
    zokio_cortex_m::interrupts! {}

    configured::configured! {
        machine: zokio_cortex_m::boards::lm3s6965evb::Board,
        config: Config::new().tasks(4, 128).memory(MemoryChoice::General, 1024).ram_limit(4096),
        print: println,
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let Ok(()) = report();
        exit(true)
    }
}
