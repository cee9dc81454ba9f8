//! Ticks at equal distances.

use super::{Clock, Instant, Sleep, duration_nanos};
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use futures_core::Stream;

/// What an [`Interval`] does with ticks that nobody took in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
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

    /// Waits for the next tick and tells when it was due. The future is a stream, too: of all ticks from here on.
    ///
    /// See [`Tick`] for cancel safety and costs.
    pub fn tick(&mut self) -> Tick<'_, C> {
        let sleep = self.clock.sleep_until(self.next);
        Tick { interval: self, sleep }
    }

    /// Takes the tick that was due; the next one is what [`MissedTicks`] says.
    fn advance(&mut self) -> Instant {
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

pin_project_lite::pin_project! {
    /// Waits for the next tick of an [`Interval`] and tells when it was due; as a stream, for one tick after the other.
    ///
    /// **Cancel safety:** a tick that was not delivered is delivered by the next call. **Wake-up:** once a tick, when it is
    /// due. **Complexity:** one [`Sleep`]; with [`MissedTicks::Skip`] one division when a tick comes late.
    /// **Interrupt-safe:** as a [`Sleep`] is.
    ///
    /// ```
    /// use core::pin::pin;
    /// use core::time::Duration;
    /// use futures_core::Stream;
    /// use zokio_core::time::{Clock, Instant};
    ///
    /// async fn every_second(clock: impl Clock, mut act: impl FnMut(Instant)) {
    ///     let mut interval = clock.interval(Duration::from_secs(1));
    ///     act(interval.tick().await);
    ///     // As a stream, with whatever combinators a program uses:
    ///     let mut ticks = pin!(interval.tick());
    ///     while let Some(due) = core::future::poll_fn(|cx| ticks.as_mut().poll_next(cx)).await {
    ///         act(due);
    ///     }
    /// }
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Tick<'interval, C: Clock> {
        interval: &'interval mut Interval<C>,
        #[pin]
        sleep: Sleep<C>,
    }
}

impl<C: Clock> Future for Tick<'_, C> {
    type Output = Instant;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Instant> {
        let this = self.project();
        this.sleep.poll(cx).map(|()| this.interval.advance())
    }
}

impl<C: Clock> Stream for Tick<'_, C> {
    type Item = Instant;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Instant>> {
        let tick = self.as_mut().poll(cx);
        if tick.is_ready() {
            let this = self.project();
            this.sleep.reset(this.interval.next);
        }
        tick.map(Some)
    }
}
