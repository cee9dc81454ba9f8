//! The shared suite on QEMU's mps3-an524.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(all(target_arch = "arm", target_os = "none")))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_cortex_m::boards::mps3_an524::executor;

    zokio_board::report_panics!();

    zokio_cortex_m::interrupts! {}

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        suite_firmware::run(executor(), zokio_cortex_m::stack())
    }
}
