//! What a task needs of a platform to tell the time and to wait for it.

use super::timers::{TimerStore, Timers};
use super::{Instant, Interval, Sleep, Timeout};
use core::time::Duration;

/// A handle to a clock and to the timers that wait on it.
///
/// A board's clock is a zero-sized type over a static; a hosted runtime's is a pointer. Application code is generic
/// over `Clock` and runs on all of them.
///
/// ```
/// use core::time::Duration;
/// use zokio_core::time::Clock;
///
/// /// Written once, runs on every machine.
/// async fn blink(clock: impl Clock, mut toggle: impl FnMut()) {
///     for _ in 0..3 {
///         toggle();
///         clock.sleep(Duration::from_millis(500)).await;
///     }
/// }
/// ```
///
/// # Safety
/// *Invariant "one store":* `timers` returns the same store at every call on a value and on its copies, for as long as
/// any copy lives. A [`Sleep`] links itself into the store it got first and unlinks itself from the store it gets last.
pub unsafe trait Clock: Copy {
    /// How the timers are kept.
    type Store: TimerStore;

    /// The time now.
    fn now(&self) -> Instant;

    /// The timers that wait on this clock.
    fn timers(&self) -> &Timers<Self::Store>;

    /// Completes `duration` from now.
    ///
    /// See [`Sleep`] for cancel safety and costs.
    #[inline]
    fn sleep(&self, duration: Duration) -> Sleep<Self> {
        Sleep::until(*self, self.now() + duration)
    }

    /// Completes at `deadline`; at the executor's next look at the timers if that has passed.
    ///
    /// See [`Sleep`] for cancel safety and costs.
    #[inline]
    fn sleep_until(&self, deadline: Instant) -> Sleep<Self> {
        Sleep::until(*self, deadline)
    }

    /// Runs `future` for at most `duration`.
    ///
    /// See [`Timeout`] for cancel safety and costs.
    #[inline]
    fn timeout<F: Future>(&self, duration: Duration, future: F) -> Timeout<F, Self> {
        Timeout::new(self.sleep(duration), future)
    }

    /// Ticks every `period`, the first time one period from now.
    #[inline]
    fn interval(&self, period: Duration) -> Interval<Self> {
        Interval::new(*self, period)
    }
}
