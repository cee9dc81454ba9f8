//! Time drivers for Embassy on the boards of the benchmarks: tickless, over the same hardware as Zokio's clocks.
#![cfg_attr(target_os = "none", no_std)]

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
mod mtime;
#[cfg(all(target_arch = "arm", target_os = "none"))]
mod systick;

#[cfg(all(target_arch = "riscv32", target_os = "none"))]
pub use mtime::start;
#[cfg(all(target_arch = "arm", target_os = "none"))]
pub use systick::start;

// The critical section of the chip, which nothing else may name.
#[cfg(all(target_arch = "arm", target_os = "none"))]
use cortex_m as _;
#[cfg(all(target_arch = "riscv32", target_os = "none"))]
use riscv as _;
