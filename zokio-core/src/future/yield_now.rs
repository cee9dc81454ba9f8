//! Letting the others run.

use crate::task::wake_by_ref;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Gives way once: every task that is ready now is polled before this one goes on.
///
/// **Cancel safety:** changes nothing. **Wake-up:** once, at once. **Complexity:** one wake.
///
/// ```
/// async fn long(work: &mut [u32]) {
///     for chunk in work.chunks_mut(64) {
///         chunk.sort();
///         zokio_core::future::yield_now().await;
///     }
/// }
/// ```
pub const fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// See [`yield_now`].
#[must_use = "futures do nothing unless polled"]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        wake_by_ref(cx.waker());
        Poll::Pending
    }
}
