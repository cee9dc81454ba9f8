//! Talking to the machine that runs the emulator or the debugger, for tests.
//!
//! Semihosting: an instruction that stops the core until the host has done what it asks. Without a host the core faults.

use crate::Stack;
use core::panic::PanicInfo;
use zokio_core::executor::Running;

pub use semihosting::{print, println};

/// Ends the emulator, with status 0 or 1.
pub fn exit(success: bool) -> ! {
    semihosting::process::exit(if success { 0 } else { 1 })
}

/// The task that is being polled, for what panic and fault handlers print: give executors
/// `.with_observer(RUNNING.teller())`.
pub static RUNNING: Running = Running::new();

/// Prints which task was being polled, as far as executors told [`RUNNING`]; and that the stack is too small, if it was painted and
/// is.
pub fn blame() {
    match RUNNING.task() {
        Some(name) => println!("while task `{name}` was running"),
        None => println!("outside any task that is known"),
    }
    if let Some(error) = Stack::overrun() {
        println!("{error}");
    }
}

/// What a panic handler does in a test: prints the message and the running task, and ends the emulator with status 1.
pub fn panicked(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    blame();
    exit(false)
}

/// Makes a panic print its message and end the emulator with status 1. Once in a test program.
#[macro_export]
macro_rules! report_panics {
    () => {
        #[panic_handler]
        fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
            $crate::host::panicked(info)
        }
    };
}
