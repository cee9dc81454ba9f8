//! A task written once, for every machine that has a clock.
#![no_std]

use core::time::Duration;
use zokio_core::time::Clock;

/// Calls `beat` three times, 100 ms apart.
pub async fn heartbeat(clock: impl Clock, mut beat: impl FnMut(u32)) {
    let mut every = clock.interval(Duration::from_millis(100));
    for number in 1..=3 {
        every.tick().await;
        beat(number);
    }
}
