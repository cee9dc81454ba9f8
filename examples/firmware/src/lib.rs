//! What the programs in `src/bin` do, for any board: they only bring the board.
//!
//! | file | program | what it shows |
//! |---|---|---|
//! | `button.rs` | `button` | debouncing over `embedded_hal_async::digital::Wait`, on a pin that bounces |
//! | `sensors.rs` | `sensors` | I2C sensor → channel → UART, over the `embedded-hal` traits |
//! | `sd_card.rs` | `sd-card` | who an SD card is and how large, over `embedded_hal_async::spi::SpiBus` |
//! | `echo.rs` | `uart-echo` | lines in, lines out, over the `embedded-io` traits |
//! | `deep_sleep.rs` | `deep-sleep-*` | ten seconds of sleep, one wake-up, on each kind of board |
//! | `hours.rs` | `hours-*` | hours of sleeps over counters of 16, 24 and 32 bits: no lap is lost, and no alarm |
//! | `cmsdk_timer.rs` | | what two of them are checked by |
//! | `own_timer.rs` | | the clock of `hours-*`, over any timer |
//! | `watchdog.rs` | `watchdog` | a dog that is fed only while every task is alive |
//! | | `blame-panic`, `blame-fault` | what panics and faults say: which task was running |
#![cfg_attr(target_os = "none", no_std)]
#![cfg(target_os = "none")]

pub mod button;
#[cfg(target_arch = "arm")]
pub mod cmsdk_timer;
pub mod deep_sleep;
pub mod echo;
pub mod hours;
pub mod own_timer;
pub mod sd_card;
pub mod sensors;
pub mod watchdog;
