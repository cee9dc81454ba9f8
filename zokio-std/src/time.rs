//! Time on the runtime of this thread.
//!
//! Everything here is what [`zokio_core::time`] has, on the clock of the runtime that runs on this thread. Code that
//! shall run on other machines too takes a clock instead: any [`zokio_core::time::Clock`], of which [`clock`] is one.

use crate::runtime::{Clock, Handle};
use std::time::Duration;
use zokio_core::time::Clock as _;

pub use zokio_core::config::StoreChoice;
pub use zokio_core::time::{Instant, MissedTicks, TimedOut};

/// The clock of the runtime that runs on this thread.
///
/// ```
/// # use std::time::Duration;
/// # zokio_std::Runtime::new()?.block_on(async {
/// use zokio_core::time::Clock as _;
/// let clock = zokio_std::time::clock();
/// // For code that takes any clock, on boards too.
/// clock.sleep(Duration::from_millis(1)).await;
/// # }); std::io::Result::Ok(())
/// ```
///
/// # Panics
/// If there is none.
#[track_caller]
pub fn clock() -> Clock {
    Clock::of(Handle::current())
}

/// The time now, in nanoseconds of the system's monotonic clock: the same for all runtimes, but for one with
/// [virtual time](crate::Builder::virtual_time).
///
/// ```
/// # zokio_std::Runtime::new()?.block_on(async {
/// let start = zokio_std::time::now();
/// // … work
/// assert!(zokio_std::time::now() >= start);
/// # }); std::io::Result::Ok(())
/// ```
pub fn now() -> Instant {
    Handle::try_current().map_or_else(crate::driver::now, |handle| handle.any_core().now())
}

/// Waits for `duration`.
///
/// **Cancel safety:** dropping it changes nothing. **Wake-up:** at the first turn after the deadline. No allocation.
///
/// ```
/// # zokio_std::Runtime::new()?.block_on(async {
/// use std::time::Duration;
/// zokio_std::time::sleep(Duration::from_millis(2)).await;
/// # }); std::io::Result::Ok(())
/// ```
///
/// # Panics
/// If no runtime runs on this thread.
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    clock().sleep(duration)
}

/// Waits for `deadline`.
///
/// ```
/// # zokio_std::Runtime::new()?.block_on(async {
/// use std::time::Duration;
/// use zokio_std::time::{now, sleep_until};
/// let at = now() + Duration::from_millis(2);
/// sleep_until(at).await;
/// assert!(now() >= at);
/// # }); std::io::Result::Ok(())
/// ```
///
/// # Panics
/// If no runtime runs on this thread.
#[track_caller]
pub fn sleep_until(deadline: Instant) -> Sleep {
    clock().sleep_until(deadline)
}

/// Runs `future` for at most `duration`.
///
/// ```
/// use std::time::Duration;
/// use zokio_std::{Runtime, time::timeout};
///
/// let late = async { std::future::pending::<()>().await };
/// let runtime = Runtime::new()?;
/// assert!(runtime.block_on(async { timeout(Duration::from_millis(2), late).await }).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
/// If no runtime runs on this thread.
#[track_caller]
pub fn timeout<F: Future>(duration: Duration, future: F) -> Timeout<F> {
    clock().timeout(duration, future)
}

/// Ticks every `period`, the first time one period from now.
///
/// ```
/// # zokio_std::Runtime::new()?.block_on(async {
/// use std::time::Duration;
/// let mut every = zokio_std::time::interval(Duration::from_millis(1));
/// for _ in 0..3 {
///     every.tick().await;
/// }
/// # }); std::io::Result::Ok(())
/// ```
///
/// # Panics
/// If no runtime runs on this thread.
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    clock().interval(period)
}

/// What [`sleep`] returns.
///
/// In use: see the example of [`sleep`].
pub type Sleep = zokio_core::time::Sleep<Clock>;
/// What [`timeout`] returns.
pub type Timeout<F> = zokio_core::time::Timeout<F, Clock>;
/// What [`interval`] returns.
///
/// In use: see the example of [`interval`].
pub type Interval = zokio_core::time::Interval<Clock>;
