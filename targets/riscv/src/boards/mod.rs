//! The boards known here.
//!
//! Each module has the board's clock, its executor and its UARTs; the memory map is `boards/NAME/memory.x` of this
//! package, for the build script of the program (see `examples/blink2`).

pub mod virt;
