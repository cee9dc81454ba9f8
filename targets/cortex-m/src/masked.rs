//! Critical sections on a chip with one core: interrupts are masked.
//!
//! Without the barrier (`isb`) that the crate `cortex-m` ends its own with. That one has an interrupt that became pending meanwhile taken
//! before the very next instruction, where without it the core may execute one or two more; nobody here counts on the
//! former, and it empties the pipeline.

use core::arch::asm;
use critical_section::RawRestoreState;

struct Masked;
critical_section::set_impl!(Masked);

// SAFETY: *One core* (feature `single-core`): while interrupts are masked nobody else runs. The blocks count as ones that may touch
// memory, so nothing moves out of the section.
unsafe impl critical_section::Impl for Masked {
    #[inline(always)]
    unsafe fn acquire() -> RawRestoreState {
        let before;
        // SAFETY: reads a register and masks interrupts.
        unsafe { asm!("mrs {}, PRIMASK", "cpsid i", out(reg) before, options(nostack, preserves_flags)) };
        before
    }

    #[inline(always)]
    unsafe fn release(before: RawRestoreState) {
        // SAFETY: *Put back:* as it was before `acquire`.
        unsafe { asm!("msr PRIMASK, {}", in(reg) before, options(nostack, preserves_flags)) };
    }
}
