//! The clock of all drivers here: nanoseconds of `CLOCK_MONOTONIC`, so instants of two runtimes can be compared.

#[cfg(has_epoll)]
use rustix::time::Timespec;
use rustix::time::{ClockId, clock_gettime};
#[cfg(has_epoll)]
use std::time::Duration;
use zokio_core::time::Instant;

/// The time now. A vDSO call, no system call.
#[inline]
pub(crate) fn now() -> Instant {
    let now = clock_gettime(ClockId::Monotonic);
    Instant::from_nanos((now.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(now.tv_nsec as u64))
}

/// `duration` as the kernel writes it.
#[cfg(has_epoll)]
pub(super) fn timespec(duration: Duration) -> Timespec {
    // Longer than the kernel can count is for ever.
    Timespec { tv_sec: duration.as_secs().min(i64::MAX as u64) as i64, tv_nsec: duration.subsec_nanos() as _ }
}
