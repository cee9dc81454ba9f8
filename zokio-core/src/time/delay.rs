//! A clock as the delay that device drivers ask for.

use super::Clock;
use core::time::Duration;
use embedded_hal_async::delay::DelayNs;

/// A [`Clock`] for drivers written against `embedded-hal-async`.
///
/// **Cancel safety** and **wake-up** as [`Sleep`](super::Sleep).
///
/// ```
/// use embedded_hal_async::delay::DelayNs;
/// use zokio_core::time::{Clock, Delay};
///
/// async fn reset(delay: &mut impl DelayNs) {
///     delay.delay_us(10).await;
/// }
///
/// async fn start(clock: impl Clock) {
///     reset(&mut Delay(clock)).await;
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Delay<C>(
    /// The clock.
    pub C,
);

impl<C: Clock> DelayNs for Delay<C> {
    async fn delay_ns(&mut self, ns: u32) {
        self.0.sleep(Duration::from_nanos(ns.into())).await;
    }
    async fn delay_us(&mut self, us: u32) {
        self.0.sleep(Duration::from_micros(us.into())).await;
    }
    async fn delay_ms(&mut self, ms: u32) {
        self.0.sleep(Duration::from_millis(ms.into())).await;
    }
}
