//! The Zokio async runtime on bare RISC-V, in machine mode.
//!
//! | item | what it is |
//! |---|---|
//! | [`Clint`] | the clock that a core-local interruptor has, tickless, without an interrupt of its own |
//! | [`interrupts!`] | binds the sources of a platform-level interrupt controller to expressions |
//! | [`SoftInterrupt`], [`software_interrupt!`] | an executor that pre-empts the thread |
//! | `harts` | an executor on each of several harts, by the feature `multi-hart` |
//! | [`boards`] | the boards known here: clock, executor, UARTs, memory map |
//! | [`uart`] | register access for the UARTs on these boards |
//!
//! On any other target the crate is empty, so that a workspace can name it unconditionally.
#![no_std]
#![cfg(all(target_arch = "riscv32", target_os = "none"))]

pub mod boards;
mod clock;
#[cfg(feature = "semihosting")]
mod faults;
#[cfg(all(feature = "multi-hart", target_has_atomic = "ptr"))]
pub mod harts;
#[cfg(feature = "single-hart")]
mod masked;
mod plic;
mod soft;
mod stack;
pub mod uart;

pub use clock::{Clint, interrupt_pending};
pub use plic::Plic;
pub use riscv;
pub use riscv_rt::{self, entry};
pub use soft::SoftInterrupt;
pub use stack::stack;
pub use zokio_board as board;
