//! A future whose panics become its output.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a panic carries.
pub(super) type Payload = Box<dyn Any + Send>;

/// Runs a future, its destructor and that of its output so that no panic gets out. `G` is dropped after the future.
pub(super) struct Catch<F, G> {
    future: Option<F>,
    _guard: G,
}

/// An output whose destructor cannot panic.
pub(super) struct Caught<T>(Option<Result<T, Payload>>);

impl<F, G> Catch<F, G> {
    pub(super) fn new(future: F, guard: G) -> Self {
        Self { future: Some(future), _guard: guard }
    }

    /// Drops the future in its place. What its destructor panics with is lost: there is a result already.
    fn end(self: Pin<&mut Self>) {
        // SAFETY: the future is pinned with `self`, and is dropped in place, not moved.
        let future = unsafe { self.map_unchecked_mut(|this| &mut this.future) };
        let _ = catch_unwind(AssertUnwindSafe(|| { future }.set(None)));
    }
}

impl<F: Future, G> Future for Catch<F, G> {
    type Output = Caught<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the future is pinned with `self`.
        let future = unsafe { self.as_mut().map_unchecked_mut(|this| &mut this.future) };
        // Whatever the panic left half done is dropped and never polled again.
        let polled = catch_unwind(AssertUnwindSafe(|| match future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending,
        }));
        let result = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(payload) => Err(payload),
        };
        self.end();
        Poll::Ready(Caught(Some(result)))
    }
}

impl<F, G> Drop for Catch<F, G> {
    fn drop(&mut self) {
        // SAFETY: `self` is not used afterwards, and never moved again.
        unsafe { Pin::new_unchecked(self) }.end();
    }
}

impl<T> Caught<T> {
    pub(super) fn into_result(mut self) -> Result<T, Payload> {
        match self.0.take() {
            Some(result) => result,
            None => unreachable!("taken in the destructor only"),
        }
    }
}

impl<T> Drop for Caught<T> {
    fn drop(&mut self) {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(self.0.take())));
    }
}
