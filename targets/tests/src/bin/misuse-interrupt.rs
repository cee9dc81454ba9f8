//! Bad use: an interrupt beyond the vector table is enabled.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    zokio_cortex_m::interrupts! {
        3 => core::hint::black_box(()),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        zokio_cortex_m::enable_interrupt(3);
        zokio_cortex_m::enable_interrupt(30);
        unreachable!("it has no handler")
    }
}
