//! The Zokio async runtime on Arm Cortex-M.
//!
//! | item | what it is |
//! |---|---|
//! | [`SysTick`], [`DualTimer`], [`Lm3sTimers`], [`Nrf51Timer0`] | counters for a tickless clock ([`Ticks`](zokio_board::Ticks)) |
//! | [`interrupts!`] | a vector table exactly as long as the program needs |
//! | `sse200` (feature `sse200`) | an executor on each of two cores |
//! | [`Nvic`] | a software interrupt for an executor of a higher priority |
//! | [`boards`] | the boards known here: clock, executor, UARTs, memory map |
//! | [`uart`], [`spi`] | register access for the UARTs and the SPI controllers on these boards |
//! | `ethernet` (feature `embassy-net`) | drivers that `embassy-net` runs over |
//!
//! On any other target the crate is empty, so that a workspace can name it unconditionally.
#![no_std]
#![cfg(all(target_arch = "arm", target_os = "none"))]

pub mod boards;
mod counter;
#[cfg(feature = "embassy-net")]
pub mod ethernet;
#[cfg(feature = "semihosting")]
mod faults;
#[cfg(feature = "single-core")]
mod masked;
mod registers;
pub mod spi;
#[cfg(feature = "sse200")]
pub mod sse200;
mod stack;
pub mod uart;
mod vectors;

pub use cortex_m;
pub use cortex_m_rt::{self, entry};
#[cfg(feature = "sse200")]
pub use counter::CoreTimer;
pub use counter::{DualTimer, DualTimerPlace, Lm3sTimers, Nrf51Timer0, SysTick};
pub use stack::stack;
#[doc(hidden)]
pub use vectors::{DefaultHandler, table_len};
pub use vectors::{Nvic, Vector, enable_interrupt, interrupt_enabled, interrupt_pending, set_priority};
pub use zokio_board as board;
