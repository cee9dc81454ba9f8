//! Bad use: the second core makes the executor of the first, to spawn there. It is told so.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr", target_os = "none"))]
mod firmware {
    use core::mem::MaybeUninit;
    use static_cell::ConstStaticCell;
    use zokio_cortex_m::boards::mps3_an524::first;
    use zokio_cortex_m::{cortex_m, sse200};

    zokio_cortex_m::interrupts! {
        first::INTERRUPT => first::Timer::on_interrupt(),
    }

    static STACK: ConstStaticCell<[MaybeUninit<u64>; 512]> =
        ConstStaticCell::new([const { MaybeUninit::uninit() }; 512]);

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        sse200::start(STACK.take(), second);
        loop {
            cortex_m::asm::wfi();
        }
    }

    fn second() -> ! {
        let _ = first::executor();
        unreachable!("this is the second core")
    }
}
