//! The program on QEMU's RISC-V virt machine.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
mod firmware {
    use zokio_board::host::{exit, println};

    zokio_board::report_panics!();

    configured::configured! {
        machine: zokio_riscv::boards::virt::Board,
        config: Config::new().priority(4).store(StoreChoice::Heap).tasks(16, 128).memory(MemoryChoice::StackFallback, 4096).ram_limit(8192),
        print: println,
    }

    #[zokio_riscv::entry]
    fn main() -> ! {
        let Ok(()) = report();
        exit(true)
    }
}
