//! What the programs on RTIC stand on: the chip as RTIC wants it named, and a tickless clock over SysTick.
//!
//! The clock that comes with RTIC for SysTick interrupts a thousand times a second. This one is over the same counter as
//! the one that the programs on Embassy have.
#![cfg_attr(target_os = "none", no_std)]
#![cfg(all(target_arch = "arm", target_has_atomic = "ptr"))]

mod blink2;
mod chip;
mod clock;

pub use chip::{Interrupt, NVIC_PRIO_BITS, interrupt};
pub use clock::{Mono, on_systick};

/// Sleeps until the next interrupt, for ever. RTIC without an idle task waits awake.
pub fn sleep() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}
