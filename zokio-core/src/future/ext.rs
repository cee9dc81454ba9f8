//! What can be made of one future.

use super::{Chain, Map, Then, chain, map, then};

/// Combinators as methods of every future.
///
/// ```
/// use zokio_core::future::FutureExt;
///
/// async fn read_sensor() -> u16 {
///     512
/// }
///
/// async fn volts() -> f32 {
///     read_sensor().map(|raw| f32::from(raw) * 3.3 / 1024.0).await
/// }
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert_eq!(core::pin::pin!(volts()).poll(&mut cx), core::task::Poll::Ready(1.65));
/// ```
pub trait FutureExt: Future + Sized + sealed::Sealed {
    /// The same future, with what `f` makes of its output.
    ///
    /// **Cancel safety:** that of the future; `f` runs in the poll that returns, or never. **Wake-up:** that of the
    /// future. **Memory:** the future and `f`.
    fn map<R, F: FnOnce(Self::Output) -> R>(self, f: F) -> Map<Self, F> {
        map::new(self, f)
    }

    /// This future, then the one that `f` makes of its output.
    ///
    /// **Cancel safety:** that of the one that runs. **Wake-up:** likewise. **Memory:** the larger of the first future
    /// with `f`, and the second: the one takes the other's place.
    ///
    /// ```
    /// use zokio_core::{future::FutureExt, sync::Channel};
    ///
    /// async fn forward(from: &Channel<u8, 1>, to: &Channel<u8, 1>) -> bool {
    ///     from.recv().then(async |value| to.send(value.ok()?).await.ok()).await.is_some()
    /// }
    /// # let (from, to) = (Channel::new(), Channel::new());
    /// # from.try_send(7).unwrap();
    /// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
    /// # assert_eq!(core::pin::pin!(forward(&from, &to)).poll(&mut cx), core::task::Poll::Ready(true));
    /// # assert_eq!(to.try_recv(), Ok(7));
    /// ```
    fn then<B: Future, F: FnOnce(Self::Output) -> B>(self, f: F) -> Then<Self, B, F> {
        then::new(self, f)
    }

    /// This future, then `next`; both outputs. To run them at once, [`join`](super::join()) them.
    ///
    /// **Cancel safety:** that of the one that runs; dropping the chain while the second runs drops the first's output.
    /// **Wake-up:** by the one that runs. **Memory:** both futures, and the first's output.
    ///
    /// ```
    /// use core::time::Duration;
    /// use zokio_core::{future::FutureExt, time::Clock};
    ///
    /// async fn blink(clock: impl Clock) {
    ///     clock.sleep(Duration::from_millis(1)).chain(clock.sleep(Duration::from_millis(9))).await;
    /// }
    /// ```
    fn chain<B: Future>(self, next: B) -> Chain<Self, B> {
        chain::new(self, next)
    }
}

impl<F: Future> FutureExt for F {}

mod sealed {
    pub trait Sealed {}
    impl<F: Future> Sealed for F {}
}
