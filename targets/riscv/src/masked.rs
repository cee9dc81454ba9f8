//! Critical sections on a chip with one hart: interrupts are masked. As the crate `riscv` has them, but without a branch.

use core::arch::asm;
use critical_section::RawRestoreState;

/// The bit of `mstatus` that lets interrupts through.
const ENABLED: usize = 1 << 3;

struct Masked;
critical_section::set_impl!(Masked);

// SAFETY: *One hart* (feature `single-hart`): while interrupts are masked nobody else runs. The blocks count as ones that may touch
// memory, so nothing moves out of the section.
unsafe impl critical_section::Impl for Masked {
    #[inline(always)]
    unsafe fn acquire() -> RawRestoreState {
        let before: usize;
        // SAFETY: reads a register and masks interrupts.
        unsafe { asm!("csrrci {}, mstatus, {}", out(reg) before, const ENABLED, options(nostack)) };
        before & ENABLED != 0
    }

    #[inline(always)]
    unsafe fn release(before: RawRestoreState) {
        // SAFETY: *Put back:* as it was before `acquire`.
        unsafe { asm!("csrs mstatus, {}", in(reg) usize::from(before) * ENABLED, options(nostack)) };
    }
}
