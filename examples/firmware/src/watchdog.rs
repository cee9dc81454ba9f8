//! A watchdog that is fed only while every task is alive: each reports in its own time, and one that stops doing so stops
//! the feeding.

use core::cell::Cell;
use core::time::Duration;
use critical_section::Mutex;
use zokio_core::time::Clock;

/// Who has reported since the last feeding: a bit for each of `N` tasks.
pub struct Roll<const N: usize>(Mutex<Cell<u32>>);

impl<const N: usize> Roll<N> {
    /// Nobody has.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const { assert!(N <= 32, "one bit for each task") };
        Self(Mutex::new(Cell::new(0)))
    }

    /// Task `number` is alive. Interrupt-safe.
    pub fn report(&self, number: usize) {
        critical_section::with(|cs| {
            let roll = self.0.borrow(cs);
            roll.set(roll.get() | 1 << number);
        });
    }

    /// Whether all have reported since this was last true.
    fn all(&self) -> bool {
        let all = u32::MAX >> (32 - N as u32);
        critical_section::with(|cs| {
            let roll = self.0.borrow(cs);
            let alive = roll.get() & all == all;
            if alive {
                roll.set(0);
            }
            alive
        })
    }
}

/// Feeds the dog whenever all have reported.
pub async fn feed<const N: usize>(clock: impl Clock, roll: &Roll<N>, mut feed: impl FnMut()) -> ! {
    loop {
        if roll.all() {
            feed();
        }
        clock.sleep(Duration::from_millis(5)).await;
    }
}
