//! What every board of the Zokio async runtime shares, whatever its instruction set.
//!
//! | item | what it is |
//! |---|---|
//! | [`Rate`] | ticks to nanoseconds and back without a division |
//! | [`Ticks`] | a tickless clock over a narrow hardware [`Counter`]; implement that to use your own timer |
//! | [`Chip`], [`Idle`] | the executor's driver: mask, look again, stop the core, unmask |
//! | [`Level`], [`Pend`] | an executor in a software interrupt, which pre-empts those of lower priority |
//! | [`Stack`] | how much of the stack was ever used |
//! | [`uart`] | an interrupt-driven UART with `embedded-io-async` traits, over a [`uart::Port`] of a few functions |
//! | [`spi`] | an interrupt-driven SPI controller with the trait of `embedded-hal-async`, over an [`spi::Port`] |
//! | `host` | printing and exiting through semihosting, for tests |
#![no_std]

#[cfg(test)]
extern crate std;

mod counter;
#[cfg(all(feature = "semihosting", target_os = "none"))]
pub mod host;
mod idle;
mod level;
mod named;
mod rate;
pub mod spi;
mod stack;
mod ticks;
pub mod uart;

pub use counter::{Counter, Laps};
pub use idle::{Alarm, Chip, Idle, Unparker};
pub use level::{Level, Pend, Pended, Pending};
pub use rate::Rate;
pub use stack::{Stack, StackTooSmall, Usage};
pub use ticks::Ticks;
#[doc(hidden)]
pub use zokio_core::named;
