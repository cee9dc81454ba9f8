//! A task that measures every ten milliseconds and one that adds up: what the programs in `src/bin` log the events of.
#![cfg_attr(target_os = "none", no_std)]

use core::time::Duration;
use zokio_core::sync::Channel;
use zokio_core::time::Clock;

static READINGS: Channel<u32, 2> = Channel::new();

/// Declares the two tasks, over the board's clock.
#[macro_export]
macro_rules! tasks {
    ($clock:ty) => {
        #[zokio_core::task]
        async fn measure(clock: $clock) {
            $crate::measure(clock).await
        }

        #[zokio_core::task]
        async fn add_up() -> u32 {
            $crate::add_up().await
        }
    };
}

/// Three readings.
pub async fn measure(clock: impl Clock) {
    for reading in [3, 5, 7] {
        clock.sleep(Duration::from_millis(10)).await;
        // The channel is open as long as the program.
        let _ = READINGS.send(reading).await;
    }
}

/// The sum of three readings.
pub async fn add_up() -> u32 {
    let mut sum = 0;
    for _ in 0..3 {
        sum += READINGS.recv().await.unwrap_or(0);
    }
    sum
}
