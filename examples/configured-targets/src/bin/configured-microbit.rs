//! The program on the micro:bit, with the smallest of cores.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board::host::{exit, println};

    zokio_board::report_panics!();
    zokio_cortex_m::interrupts! {}

    configured::configured! {
        machine: zokio_cortex_m::boards::microbit::Board,
        config: Config::new().tasks(3, 96).memory(MemoryChoice::Arena, 256).budget(8).ram_limit(1024),
        print: println,
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let Ok(()) = report();
        exit(true)
    }
}
