//! The checks on QEMU's mps2-an385.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board_tests::{checked_by_cmsdk_timers, systick_interrupts, systick_yields};
    use zokio_cortex_m::boards::mps2_an385::Timer;

    checked_by_cmsdk_timers!(mps2_an385, Timer, 24, 0x4000_0000, 8, systick_interrupts, systick_yields(), {});
}
