//! Two futures of different types, whichever completes first.

use core::pin::Pin;
use core::task::{Context, Poll};

/// One of two.
///
/// ```
/// use zokio_core::future::Either;
/// let number: Either<u8, &str> = Either::Left(7);
/// assert!(matches!(number, Either::Left(7)));
/// assert_eq!(Either::<u8, u8>::Right(3).into_inner(), 3);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Either<A, B> {
    /// The first.
    Left(A),
    /// The second.
    Right(B),
}

impl<T> Either<T, T> {
    /// The value, whichever it is.
    pub fn into_inner(self) -> T {
        match self {
            Self::Left(value) | Self::Right(value) => value,
        }
    }
}

/// Waits for `a` or `b`, and drops the other. Fair: which of them is polled first changes from poll to poll, so neither
/// can starve the other in a loop around one select.
///
/// **Cancel safety:** as that of both futures; the one that loses is dropped with the select. **Wake-up:** by either.
/// **Complexity:** O(1) beside the polls. **Memory:** both futures, and two flags.
///
/// ```
/// use core::time::Duration;
/// use zokio_core::future::{Either, select};
/// use zokio_core::{sync::Notify, time::Clock};
///
/// async fn pressed_in_time(clock: impl Clock, button: &Notify) -> bool {
///     matches!(select(button.notified(), clock.sleep(Duration::from_secs(1))).await, Either::Left(()))
/// }
/// ```
pub fn select<A: Future, B: Future>(a: A, b: B) -> Select<A, B> {
    Select { a, b, turn: true, fair: true }
}

/// As [`select`], but `a` is always polled first: it wins when both are ready.
pub fn select_biased<A: Future, B: Future>(a: A, b: B) -> Select<A, B> {
    Select { a, b, turn: true, fair: false }
}

pin_project_lite::pin_project! {
    /// See [`select`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Select<A, B> {
        #[pin]
        a: A,
        #[pin]
        b: B,
        turn: bool,
        fair: bool,
    }
}

impl<A: Future, B: Future> Future for Select<A, B> {
    type Output = Either<A::Output, B::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let first = *this.turn;
        if *this.fair {
            *this.turn = !first;
        }
        if first && let Poll::Ready(output) = this.a.as_mut().poll(cx) {
            return Poll::Ready(Either::Left(output));
        }
        if let Poll::Ready(output) = this.b.poll(cx) {
            return Poll::Ready(Either::Right(output));
        }
        if !first && let Poll::Ready(output) = this.a.poll(cx) {
            return Poll::Ready(Either::Left(output));
        }
        Poll::Pending
    }
}
