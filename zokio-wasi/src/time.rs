//! Time, under the names of `zokio_std::time`.

use crate::WasiClock;
use core::time::Duration;

pub use zokio_core::time::{Clock, Instant, MissedTicks, TimedOut};

/// What [`sleep`] returns.
///
/// In use: see the example of [`sleep`].
pub type Sleep = zokio_core::time::Sleep<WasiClock>;
/// What [`timeout`] returns.
///
/// In use: see the example of [`sleep`].
pub type Timeout<F> = zokio_core::time::Timeout<F, WasiClock>;
/// What [`interval`] returns.
///
/// In use: see the example of [`sleep`].
pub type Interval = zokio_core::time::Interval<WasiClock>;

/// The program's clock.
///
/// In use: see [`WasiClock`].
pub fn clock() -> WasiClock {
    WasiClock
}

/// The time now, in nanoseconds of the host's monotonic clock. One call of the host.
///
/// In use: see [`sleep_until`].
pub fn now() -> Instant {
    WasiClock.now()
}

/// Completes `duration` from now.
///
/// Cancel safety, wake-up and costs: as of [`Sleep`](zokio_core::time::Sleep). On the host: three readings of the clock, one wait.
///
/// ```
/// use core::time::Duration;
/// use zokio_wasi::{sleep, timeout};
///
/// zokio_wasi::block_on(async {
///     sleep(Duration::from_millis(1)).await;
///     assert!(timeout(Duration::from_millis(1), sleep(Duration::from_secs(9))).await.is_err());
///     let mut ticks = zokio_wasi::interval(Duration::from_millis(1));
///     ticks.tick().await;
/// })?;
/// # Ok::<(), zokio_wasi::RunError>(())
/// ```
pub fn sleep(duration: Duration) -> Sleep {
    WasiClock.sleep(duration)
}

/// Completes at `deadline`.
///
/// Cancel safety, wake-up and costs: as of [`sleep`].
///
/// ```
/// use core::time::Duration;
/// use zokio_wasi::time::{now, sleep_until};
///
/// let at = now() + Duration::from_millis(2);
/// zokio_wasi::block_on(sleep_until(at))?;
/// assert!(now() >= at);
/// # Ok::<(), zokio_wasi::RunError>(())
/// ```
pub fn sleep_until(deadline: Instant) -> Sleep {
    WasiClock.sleep_until(deadline)
}

/// Runs `future` for at most `duration`.
///
/// In use, with what it costs: see [`sleep`].
pub fn timeout<F: Future>(duration: Duration, future: F) -> Timeout<F> {
    WasiClock.timeout(duration, future)
}

/// Ticks every `period`.
///
/// In use, with what it costs: see [`sleep`].
pub fn interval(period: Duration) -> Interval {
    WasiClock.interval(period)
}
