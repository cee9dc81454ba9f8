//! A point in time: nanoseconds since the driver's start.

use core::ops::{Add, AddAssign, Sub};
use core::time::Duration;

/// A point on a driver's monotonic clock, in nanoseconds since that clock's start.
///
/// Sixty-three bits of nanoseconds last 292 years, so an `Instant` never wraps in practice, and all arithmetic
/// saturates instead of panicking: a deadline too far away is "never", not a crash.
/// Instants of two different clocks must not be compared; nothing can check that for you.
///
/// ```
/// use core::time::Duration;
/// use zokio_core::time::Instant;
///
/// let start = Instant::from_nanos(5);
/// let later = start + Duration::from_millis(1);
/// assert_eq!(later.as_nanos(), 1_000_005);
/// assert_eq!(later - start, Duration::from_millis(1));
/// assert_eq!(start - later, Duration::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Instant(u64);

impl Instant {
    /// The clock's start.
    pub const ZERO: Self = Self(0);
    /// The last instant that can be told; used as "never".
    pub const MAX: Self = Self(i64::MAX as u64);

    /// The instant `nanos` nanoseconds after the clock's start, saturating at [`MAX`](Self::MAX).
    #[inline]
    pub const fn from_nanos(nanos: u64) -> Self {
        if nanos > Self::MAX.0 { Self::MAX } else { Self(nanos) }
    }

    /// The instant `nanos` nanoseconds after the clock's start, which the caller knows to be at most [`MAX`](Self::MAX): what a
    /// hardware clock tells, for its first 292 years. Of a larger number the highest bit is lost.
    #[doc(hidden)]
    #[inline]
    pub const fn from_nanos_in_range(nanos: u64) -> Self {
        debug_assert!(nanos <= Self::MAX.0);
        Self(nanos & Self::MAX.0)
    }

    /// The instant `millis` milliseconds after the clock's start, saturating.
    #[inline]
    pub const fn from_millis(millis: u64) -> Self {
        Self::from_nanos(millis.saturating_mul(1_000_000))
    }

    /// Nanoseconds since the clock's start.
    #[inline]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// This instant plus `duration`, or [`Instant::MAX`] where that cannot be told.
    #[inline]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        let nanos = duration_nanos(duration);
        if cfg!(target_pointer_width = "32") {
            // Word by word: of a sum of 64 bits the compiler would ask whether it is too large before it adds, which is longer.
            let (low, carry) = (self.0 as u32).overflowing_add(nanos as u32);
            let high = (self.0 >> 32) as u32 + (nanos >> 32) as u32 + carry as u32;
            if high > (Self::MAX.0 >> 32) as u32 {
                core::hint::cold_path();
                return Self::MAX;
            }
            return Self((high as u64) << 32 | low as u64);
        }
        // Less than 2^63 and at most 2^62: the sum cannot overflow.
        Self::from_nanos(self.0 + nanos)
    }

    /// The time from `earlier` to `self`, or zero if `earlier` is later.
    ///
    /// Costs a division by a constant; where only nanoseconds are wanted, [`nanos_since`](Self::nanos_since) does not.
    #[inline]
    pub const fn saturating_duration_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.nanos_since(earlier))
    }

    /// Nanoseconds from `earlier` to `self`, or zero if `earlier` is later.
    #[inline]
    pub const fn nanos_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// `duration` in nanoseconds, saturating at 2^62 (146 years) from 2^32 seconds (136 years) on.
///
/// One multiplication of 32 bits and an addition; for a constant duration the whole of it folds into one literal.
///
/// ```
/// use core::time::Duration;
/// use zokio_core::time::duration_nanos;
/// assert_eq!(duration_nanos(Duration::from_micros(3)), 3000);
/// assert_eq!(duration_nanos(Duration::MAX), 1 << 62);
/// ```
#[inline]
pub const fn duration_nanos(duration: Duration) -> u64 {
    let secs = duration.as_secs();
    if secs > u32::MAX as u64 {
        return 1 << 62;
    }
    (secs as u32 as u64) * 1_000_000_000 + duration.subsec_nanos() as u64
}

impl Add<Duration> for Instant {
    type Output = Self;
    #[inline]
    fn add(self, duration: Duration) -> Self {
        self.saturating_add(duration)
    }
}

impl AddAssign<Duration> for Instant {
    #[inline]
    fn add_assign(&mut self, duration: Duration) {
        *self = self.saturating_add(duration);
    }
}

impl Sub for Instant {
    type Output = Duration;
    #[inline]
    fn sub(self, earlier: Self) -> Duration {
        self.saturating_duration_since(earlier)
    }
}
