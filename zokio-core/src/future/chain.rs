//! Two futures, one after the other.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

pin_project_lite::pin_project! {
    /// See [`FutureExt::chain`](super::FutureExt::chain).
    #[must_use = "futures do nothing unless polled"]
    pub struct Chain<A: Future, B> {
        #[pin]
        first: First<A>,
        #[pin]
        second: B,
    }
}

pin_project_lite::pin_project! {
    #[project = FirstProjection]
    #[project_replace = FirstReplaced]
    enum First<A: Future> {
        Running { #[pin] future: A },
        Done { output: A::Output },
        Taken,
    }
}

pub(super) fn new<A: Future, B>(first: A, second: B) -> Chain<A, B> {
    Chain { first: First::Running { future: first }, second }
}

impl<A: Future, B: Future> Future for Chain<A, B> {
    type Output = (A::Output, B::Output);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        match this.first.as_mut().project() {
            FirstProjection::Running { future } => {
                let output = ready!(future.poll(cx));
                // The first is dropped here, before the second begins.
                this.first.set(First::Done { output });
            }
            FirstProjection::Done { .. } => {}
            // Polled again after it was ready.
            FirstProjection::Taken => return Poll::Pending,
        }
        let second = ready!(this.second.poll(cx));
        match this.first.project_replace(First::Taken) {
            FirstReplaced::Done { output } => Poll::Ready((output, second)),
            _ => Poll::Pending,
        }
    }
}
