//! A future, and the next one that is made of its output.

use core::pin::Pin;
use core::task::{Context, Poll, ready};

pin_project_lite::pin_project! {
    /// See [`FutureExt::then`](super::FutureExt::then).
    #[must_use = "futures do nothing unless polled"]
    pub struct Then<A, B, F> {
        #[pin]
        stage: Stage<A, B, F>,
    }
}

pin_project_lite::pin_project! {
    #[project = StageProjection]
    enum Stage<A, B, F> {
        First { #[pin] future: A, f: Option<F> },
        Second { #[pin] future: B },
        Done,
    }
}

pub(super) fn new<A, B, F>(future: A, f: F) -> Then<A, B, F> {
    Then { stage: Stage::First { future, f: Some(f) } }
}

impl<A: Future, B: Future, F: FnOnce(A::Output) -> B> Future for Then<A, B, F> {
    type Output = B::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<B::Output> {
        let mut stage = self.project().stage;
        loop {
            match stage.as_mut().project() {
                StageProjection::First { future, f } => {
                    let output = ready!(future.poll(cx));
                    let next = f.take().map_or(Stage::Done, |f| Stage::Second { future: f(output) });
                    stage.set(next);
                }
                StageProjection::Second { future } => {
                    let output = ready!(future.poll(cx));
                    stage.set(Stage::Done);
                    return Poll::Ready(output);
                }
                // Polled again after it was ready.
                StageProjection::Done => return Poll::Pending,
            }
        }
    }
}
