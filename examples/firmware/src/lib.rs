//! What the programs in `src/bin` do, for any board: they only bring the board.
//!
//! | file | program | what it shows |
//! |---|---|---|
//! | `button.rs` | `button` | debouncing over `embedded_hal_async::digital::Wait`, on a pin that bounces |
//! | `sensors.rs` | `sensors` | I2C sensor → channel → UART, over the `embedded-hal` traits |
//! | `echo.rs` | `uart-echo` | lines in, lines out, over the `embedded-io` traits |
//! | `deep_sleep.rs` | `deep-sleep` | ten seconds of sleep, one wake-up |
//! | `hours.rs` | `hours` | four hours of sleeps, some 860 laps of a 24-bit counter, none lost |
//! | `nrf51.rs` | | the clock of the two before |
//! | `watchdog.rs` | `watchdog` | a dog that is fed only while every task is alive |
//! | | `blame-panic`, `blame-fault` | what panics and faults say: which task was running |
#![cfg_attr(target_os = "none", no_std)]
#![cfg(target_os = "none")]

pub mod button;
pub mod deep_sleep;
pub mod echo;
pub mod hours;
#[cfg(all(target_arch = "arm", target_os = "none"))]
pub mod nrf51;
pub mod sensors;
pub mod watchdog;
