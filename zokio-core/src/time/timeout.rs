//! A future with a limit on its time.

use super::{Clock, Sleep};
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

pin_project_lite::pin_project! {
    /// Runs a future until it completes or its time is up; see [`Clock::timeout`].
    ///
    /// The future is polled first, so one that is ready wins however late it is.
    ///
    /// **Cancel safety:** as the inner future's; when the time is up the inner future has not been dropped yet, it is
    /// with the `Timeout`. **Wake-up:** by the inner future or the timer. **Complexity:** one [`Sleep`], whose timer is
    /// armed only if the inner future is not ready at once. **Interrupt-safe** where the inner future is.
    ///
    /// ```
    /// use core::time::Duration;
    /// use zokio_core::time::{Clock, TimedOut};
    ///
    /// async fn answer(clock: impl Clock, question: impl Future<Output = u32>) -> Result<u32, TimedOut> {
    ///     clock.timeout(Duration::from_millis(100), question).await
    /// }
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct Timeout<F, C: Clock> {
        #[pin]
        future: F,
        #[pin]
        sleep: Sleep<C>,
    }
}

impl<F, C: Clock> Timeout<F, C> {
    pub(super) fn new(sleep: Sleep<C>, future: F) -> Self {
        Self { future, sleep }
    }
}

impl<F: Future, C: Clock> Future for Timeout<F, C> {
    type Output = Result<F::Output, TimedOut>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        this.sleep.poll(cx).map(|()| Err(TimedOut))
    }
}

/// The time was up.
///
/// Told from a result in the example of [`Timeout`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time was up before the future completed")
    }
}

impl core::error::Error for TimedOut {}
