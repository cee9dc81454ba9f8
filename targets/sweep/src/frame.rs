//! Where a handler interrupted, on Cortex-M.

/// Lets SysTick interrupt at the end of its laps, or not.
pub fn systick_interrupts(yes: bool) {
    // SAFETY: *Core peripheral:* enabled, from the processor clock, with or without its interrupt.
    unsafe { (0xe000_e010 as *mut u32).write_volatile(if yes { 0b111 } else { 0b101 }) };
}

/// Declares `fn $name`, a handler that calls `$handler` with the address of the instruction that was to be executed next.
#[macro_export]
macro_rules! interrupted_at {
    ($name:ident, $handler:path) => {
        #[unsafe(naked)]
        extern "C" fn $name() {
            // The core has pushed eight words; the seventh is the return address. Two more keep the stack aligned to 8.
            core::arch::naked_asm!(
                "mrs r0, msp",
                "ldr r0, [r0, #24]",
                "push {{r4, lr}}",
                "bl {handler}",
                "pop {{r4, pc}}",
                handler = sym $handler,
            )
        }
    };
}
