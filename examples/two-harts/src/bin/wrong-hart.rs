//! Bad use: the second hart makes the executor of the first, to spawn there. It is told so.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "riscv32", target_has_atomic = "ptr", target_os = "none"))]
mod firmware {
    use zokio_riscv::harts::{self, HartIdle};

    const CLINT: usize = 0x0200_0000;
    const HZ: u32 = 10_000_000;

    #[zokio_riscv::entry]
    fn main(hart: usize) -> ! {
        // SAFETY: *Device register:* by QEMU's memory map; only one of the two harts comes behind this.
        let first = || unsafe { HartIdle::<CLINT, HZ, 0>::new() };
        if hart == 0 {
            first();
            // SAFETY: *Device register:* as above, and the machine has two harts.
            unsafe { harts::start::<CLINT>(1) };
            loop {
                zokio_riscv::riscv::asm::wfi();
            }
        }
        first();
        unreachable!("this is the second hart")
    }
}
