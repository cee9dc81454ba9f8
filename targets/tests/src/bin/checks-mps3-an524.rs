//! The checks on one core of QEMU's mps3-an524.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board_tests::{checked_by_cmsdk_timers, systick_interrupts, systick_yields};
    use zokio_cortex_m::boards::mps3_an524::Timer;

    checked_by_cmsdk_timers!(mps3_an524, Timer, 24, 0x5000_0000, 3, systick_interrupts, systick_yields(), {});
}
