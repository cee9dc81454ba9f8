//! Faults in a test end the emulator and tell where they happened, instead of hanging.

use cortex_m_rt::{ExceptionFrame, exception};
use zokio_board::host::{blame, exit, println};

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    println!("hard fault at {:#010x}, called from {:#010x}", frame.pc(), frame.lr());
    blame();
    exit(false)
}

#[exception]
unsafe fn DefaultHandler(interrupt: i16) {
    println!("interrupt {interrupt} has no handler");
    exit(false)
}
