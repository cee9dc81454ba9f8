//! Lets `embassy-time`, and what is built on it, run on the Zokio async runtime: Embassy's chip crates, `embassy-net`,
//! `embassy-usb`, sensor drivers.
//!
//! Such a crate asks a global time driver for the time and for wake-ups. [`EmbassyTime`] is that driver. It needs no timer
//! of its own: its wake-ups are one timer of a Zokio clock, so the chip sleeps until the earliest of Embassy's deadlines
//! and Zokio's own.
//!
//! ```
//! use core::time::Duration;
//! use zokio_embassy_time::{EmbassyTime, embassy_time_driver, time_driver};
//! # use std::time::Instant as Host;
//! # static START: std::sync::OnceLock<Host> = std::sync::OnceLock::new();
//! # fn board_time() -> zokio_core::time::Instant {
//! #     zokio_core::time::Instant::from_nanos(START.get_or_init(Host::now).elapsed().as_nanos() as u64)
//! # }
//!
//! // Once in the program. On a board: `|| Clock::start().timer().now()`.
//! time_driver!(static TIME: EmbassyTime<16> = EmbassyTime::new(board_time));
//!
//! /// Spawned before anything waits with embassy-time, on the executor of the highest priority.
//! async fn embassy_time(clock: impl zokio_core::time::Clock) {
//!     TIME.run(clock).await;
//! }
//!
//! assert!(embassy_time_driver::now() < embassy_time_driver::TICK_HZ * 3600);
//! ```
//!
//! The rate of embassy-time is chosen in the program's manifest, by a feature of `embassy-time` (`tick-hz-1_000_000` and
//! so on); 1 MHz and 32 768 Hz are exact here.
#![no_std]

mod driver;
mod rate;

pub use driver::EmbassyTime;
pub use embassy_time_driver;

/// Declares the program's time driver: a static [`EmbassyTime`]. Once in a program.
///
/// In use: see the [crate](crate)'s example. A second one is an error of the linker.
#[macro_export]
macro_rules! time_driver {
    (static $name:ident: $type:ty = $value:expr) => {
        $crate::embassy_time_driver::time_driver_impl!(static $name: $type = $value);
    };
}
