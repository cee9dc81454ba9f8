//! Bad use: an interrupt is enabled and comes, and nobody bound it.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use zokio_board::Pend;

    zokio_cortex_m::interrupts! {
        7 => core::hint::black_box(()),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        zokio_cortex_m::enable_interrupt(5);
        zokio_cortex_m::Nvic::<5>::pend();
        unreachable!("it has no handler")
    }
}
