//! A future with another output.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

pin_project_lite::pin_project! {
    /// See [`FutureExt::map`](super::FutureExt::map).
    #[must_use = "futures do nothing unless polled"]
    pub struct Map<A, F> {
        #[pin]
        future: A,
        // `None` once it ran.
        f: Option<F>,
    }
}

pub(super) fn new<A, F>(future: A, f: F) -> Map<A, F> {
    Map { future, f: Some(f) }
}

impl<A: Future, R, F: FnOnce(A::Output) -> R> Future for Map<A, F> {
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        if this.f.is_none() {
            return Poll::Pending;
        }
        let output = ready!(this.future.poll(cx));
        match this.f.take() {
            Some(f) => Poll::Ready(f(output)),
            None => Poll::Pending,
        }
    }
}
