//! Eight tasks, a channel and a mutex on QEMU's RISC-V virt machine.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_os = "none", not(feature = "trace")))]
use panic_halt as _;
#[cfg(all(target_os = "none", feature = "trace"))]
zokio_board::report_panics!();

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
mod firmware {
    tasks8::firmware! { board: zokio_riscv::boards::virt, entry: zokio_riscv::entry }
}
