//! The checks on QEMU's mps2-an385, with 32 bits of the dual timer under the clock instead of SysTick.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board_tests::checked_by_cmsdk_timers;
    use zokio_cortex_m::boards::mps2_an385::long::{INTERRUPT, Timer};
    use zokio_cortex_m::set_priority;

    // A lap takes minutes, which no check waits for. The other interrupt also lands inside the handler of this one.
    checked_by_cmsdk_timers!(mps2_an385, Timer, 32, 0x4000_0000, 8, |_| (), set_priority(INTERRUPT, 0xff), {
        INTERRUPT => Timer::on_interrupt(),
    });
}
