//! What the two harts or cores do: the first sends numbers, the second sends back their squares; both count under one mutex; each
//! sleeps on its own timer, and a notification ends the sleep of the other.
#![no_std]

use core::cell::Cell;
use core::time::Duration;
use zokio_core::sync::{Channel, Mutex, Notify};
use zokio_core::time::Clock;

/// How many numbers are squared.
pub const ROUNDS: u32 = 500;

/// How far each counts: so far that they meet at the mutex.
const COUNTED: u32 = 20_000;

static NUMBERS: Channel<u32, 4> = Channel::new();
static SQUARES: Channel<u64, 4> = Channel::new();
static COUNT: Mutex<u32> = Mutex::new(0);
/// What a critical section keeps whole.
static STEPS: critical_section::Mutex<Cell<u32>> = critical_section::Mutex::new(Cell::new(0));
static DONE: Notify = Notify::new();

/// Counts, and lets go of the mutex in between.
pub async fn count() {
    for _ in 0..COUNTED {
        *COUNT.lock().await += 1;
        critical_section::with(|cs| STEPS.borrow(cs).update(|steps| steps + 1));
        zokio_core::future::yield_now().await;
    }
    DONE.notify_one();
}

/// The second one's: squares what comes, until nothing does. `here` tells on which it runs.
pub async fn square(clock: impl Clock, here: fn() -> usize) {
    while let Ok(number) = NUMBERS.recv().await {
        // Now and then it is asleep when something comes.
        if number % 100 == 0 {
            clock.sleep(Duration::from_millis(2)).await;
        }
        assert!(here() == 1, "the task left its place");
        if SQUARES.send(u64::from(number) * u64::from(number)).await.is_err() {
            return;
        }
    }
    SQUARES.close();
}

/// The first one's: sends, sums what comes back, and waits for both to have counted.
pub async fn sum(clock: impl Clock, here: fn() -> usize) -> (u64, u32) {
    let sends = async {
        for number in 1..=ROUNDS {
            if number % 90 == 0 {
                clock.sleep(Duration::from_millis(1)).await;
            }
            let _ = NUMBERS.send(number).await;
        }
        NUMBERS.close();
    };
    let sums = async {
        let mut sum = 0;
        while let Ok(square) = SQUARES.recv().await {
            assert!(here() == 0, "the task left its place");
            sum += square;
        }
        sum
    };
    let ((), sum) = zokio_core::future::join((sends, sums)).await;
    // Each tells when it has counted; the first to tell may be the second to look.
    while *COUNT.lock().await < 2 * COUNTED {
        DONE.notified().await;
    }
    (sum, *COUNT.lock().await)
}

/// Whether the sum and the count are right.
pub fn right(sum: u64, count: u32) -> bool {
    let expected: u64 = (1..=u64::from(ROUNDS)).map(|number| number * number).sum();
    let steps = critical_section::with(|cs| STEPS.borrow(cs).get());
    sum == expected && steps == 2 * COUNTED && count == 2 * COUNTED
}
