//! The time driver.

use crate::rate::{begins, tick};
use core::cell::RefCell;
use core::future::Future;
use core::pin::pin;
use core::task::{Poll, Waker};
use critical_section::Mutex;
use embassy_time_driver::Driver;
use embassy_time_queue_utils::queue_generic::ConstGenericQueue;
use zokio_core::sync::Notify;
use zokio_core::time::{Clock, Instant};

/// The time driver of `embassy-time` for a program on Zokio, with room for the wake-ups of `N` tasks.
///
/// Declare it with [`time_driver!`](crate::time_driver), and [`run`](Self::run) it in a task. `N` has to be
/// at least the number of tasks that wait at once: of more, one is woken early, looks at the time and asks again, so
/// nothing is lost, but the chip does not sleep.
///
/// Memory: 16 bytes a place and some 20 more on a 32-bit chip. Interrupt-safe: the time and wake-ups may be asked for
/// anywhere; a critical section goes over the `N` places.
pub struct EmbassyTime<const N: usize> {
    now: fn() -> Instant,
    queue: Mutex<RefCell<ConstGenericQueue<N>>>,
    /// A deadline may have come before the one that `run` waits for.
    earlier: Notify,
}

impl<const N: usize> EmbassyTime<N> {
    /// A driver that reads the time with `now`, which has to be the time of the clock that [`run`](Self::run) gets, and
    /// callable from anywhere: a board's clock that finds itself running is (`|| Clock::start().timer().now()`).
    pub const fn new(now: fn() -> Instant) -> Self {
        const { assert!(N > 0, "a time driver needs room for one wake-up at least") };
        Self { now, queue: Mutex::new(RefCell::new(ConstGenericQueue::new())), earlier: Notify::new() }
    }

    /// Wakes those whose time has come, for ever. Exactly one task of the program calls this; before it runs, nobody who
    /// waits with embassy-time is woken.
    ///
    /// Where executors pre-empt each other it belongs on that of the highest priority, because tasks of any level may
    /// wait; see `zokio_board::Level`.
    ///
    /// **Cancel safety:** nothing is lost; wake-ups wait until somebody calls this again. **Wake-up:** by the earliest
    /// deadline, or when an earlier one is asked for. **Complexity:** O(`N`) a deadline. **Interrupt-safe:** no; it is a
    /// task like others.
    pub async fn run<C: Clock>(&self, clock: C) -> ! {
        loop {
            let next = self.with_queue(|queue| queue.next_expiration(tick((self.now)())));
            let mut earlier = pin!(self.earlier.notified());
            let mut reached = pin!((next != u64::MAX).then(|| clock.sleep_until(begins(next))));
            core::future::poll_fn(|cx| {
                if earlier.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(());
                }
                reached.as_mut().as_pin_mut().map_or(Poll::Pending, |sleep| sleep.poll(cx))
            })
            .await;
        }
    }

    fn with_queue<R>(&self, action: impl FnOnce(&mut ConstGenericQueue<N>) -> R) -> R {
        critical_section::with(|cs| action(&mut self.queue.borrow_ref_mut(cs)))
    }
}

impl<const N: usize> Driver for EmbassyTime<N> {
    fn now(&self) -> u64 {
        tick((self.now)())
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        if self.with_queue(|queue| queue.schedule_wake(at, waker)) {
            self.earlier.notify_one();
        }
    }
}
