//! Ticks at equal distances.

use super::{Clock, Instant, duration_nanos};
use core::time::Duration;

/// What an [`Interval`] does with ticks that nobody took in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum MissedTicks {
    /// Delivers them at once, one after the other, until it has caught up: the number of ticks is right.
    #[default]
    Burst,
    /// Starts anew from the tick that came late: the distance is never shorter than the period.
    Delay,
    /// Leaves them out: ticks come at multiples of the period only.
    Skip,
}

/// Ticks every period; see [`Clock::interval`].
///
/// ```
/// use core::time::Duration;
/// use zokio_core::time::{Clock, MissedTicks};
///
/// async fn sample(clock: impl Clock, mut read: impl FnMut()) {
///     let mut every = clock.interval(Duration::from_millis(10)).missed(MissedTicks::Skip);
///     for _ in 0..3 {
///         every.tick().await;
///         read();
///     }
/// }
/// ```
pub struct Interval<C> {
    clock: C,
    next: Instant,
    period: Duration,
    missed: MissedTicks,
}

impl<C: Clock> Interval<C> {
    pub(super) fn new(clock: C, period: Duration) -> Self {
        let period = period.max(Duration::from_nanos(1));
        Self { clock, next: clock.now() + period, period, missed: MissedTicks::default() }
    }

    /// Does `missed` with ticks that come too late.
    pub fn missed(self, missed: MissedTicks) -> Self {
        Self { missed, ..self }
    }

    /// Begins anew: the next tick comes one period from now.
    pub fn reset(&mut self) {
        self.next = self.clock.now() + self.period;
    }

    /// Waits for the next tick and tells when it was due.
    ///
    /// **Cancel safety:** a tick that was not delivered is delivered by the next call. **Wake-up:** once, at the tick.
    /// **Complexity:** one [`Sleep`](super::Sleep); with [`MissedTicks::Skip`] one division when a tick comes late.
    pub async fn tick(&mut self) -> Instant {
        self.clock.sleep_until(self.next).await;
        let due = self.next;
        self.next = match self.missed {
            MissedTicks::Burst => due + self.period,
            MissedTicks::Delay => self.clock.now() + self.period,
            MissedTicks::Skip => {
                let next = due + self.period;
                let late = self.clock.now().nanos_since(next);
                match late {
                    0 => next,
                    late => {
                        let period = duration_nanos(self.period);
                        next + Duration::from_nanos(late.div_ceil(period).saturating_mul(period))
                    }
                }
            }
        };
        due
    }
}
