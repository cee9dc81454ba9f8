//! Faults in a test end the emulator and tell where they happened, instead of hanging.

use riscv::register::{mcause, mepc};
use zokio_board::host::{blame, exit, println};

// SAFETY: *Trap table:* the name that riscv-rt calls on an exception; what it passes is not looked at.
#[unsafe(no_mangle)]
extern "C" fn ExceptionHandler() -> ! {
    println!("exception {} at {:#010x}", mcause::read().code(), mepc::read());
    blame();
    exit(false)
}

// SAFETY: *Trap table:* the name that riscv-rt calls on an interrupt that nobody bound.
#[unsafe(no_mangle)]
extern "C" fn DefaultHandler() -> ! {
    println!("interrupt {} has no handler", mcause::read().code());
    exit(false)
}
