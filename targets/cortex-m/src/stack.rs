//! Where the stack is.

use zokio_board::Stack;

/// The stack that the program runs on, as the link script has it: all the RAM that statics leave.
pub fn stack() -> Stack {
    unsafe extern "C" {
        static _stack_end: u32;
        static _stack_start: u32;
    }
    // SAFETY: *Own stack:* the link script's symbols, of which only the addresses are meant.
    unsafe { Stack::between((&raw const _stack_end).addr(), (&raw const _stack_start).addr()) }
}
