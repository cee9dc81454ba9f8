//! The shared suite on QEMU's virt.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(all(target_arch = "riscv32", target_os = "none")))]
fn main() {}

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
mod firmware {
    use zokio_riscv::boards::virt::executor;

    zokio_board::report_panics!();

    zokio_riscv::interrupts! {}

    #[zokio_riscv::entry]
    fn main() -> ! {
        suite_firmware::run(executor(), zokio_riscv::stack())
    }
}
