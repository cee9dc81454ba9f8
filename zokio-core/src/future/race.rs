//! Several futures with the same output, whichever completes first.

use core::pin::Pin;
use core::task::{Context, Poll};

mod sealed {
    pub trait Sealed {}
}

/// What [`race`] takes: a tuple of up to eight futures with the same output, or an array.
pub trait RaceAll: sealed::Sealed {
    /// The output of each.
    type Output;
    #[doc(hidden)]
    fn poll_any(self: Pin<&mut Self>, cx: &mut Context<'_>, first: usize) -> Poll<Self::Output>;
    #[doc(hidden)]
    const COUNT: usize;
}

/// Runs several futures at once until one completes, and drops the others. Fair: each poll begins with another one.
///
/// **Cancel safety:** as that of all of them; those that lose are dropped with the race. **Wake-up:** by any of them; a
/// wake polls all. **Complexity:** O(futures) a poll. **Memory:** all of them, and a word.
///
/// ```
/// use core::time::Duration;
/// use zokio_core::{future::race, time::Clock};
///
/// async fn first(clock: impl Clock) -> u8 {
///     race((
///         async { 1 },
///         async {
///             clock.sleep(Duration::from_millis(1)).await;
///             2
///         },
///     ))
///     .await
/// }
/// ```
pub fn race<R: RaceAll>(futures: R) -> Race<R> {
    Race { futures, first: 0 }
}

pin_project_lite::pin_project! {
    /// See [`race`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Race<R> {
        #[pin]
        futures: R,
        first: usize,
    }
}

impl<R: RaceAll> Future for Race<R> {
    type Output = R::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R::Output> {
        let this = self.project();
        let first = *this.first;
        *this.first = if first + 1 < R::COUNT { first + 1 } else { 0 };
        this.futures.poll_any(cx, first)
    }
}

macro_rules! race_tuples {
    ($($count:literal: $($future:ident $index:tt)*;)*) => {$(
        impl<T, $($future: Future<Output = T>),*> sealed::Sealed for ($($future,)*) {}
        impl<T, $($future: Future<Output = T>),*> RaceAll for ($($future,)*) {
            type Output = T;
            const COUNT: usize = $count;
            fn poll_any(self: Pin<&mut Self>, cx: &mut Context<'_>, first: usize) -> Poll<T> {
                // SAFETY: the fields are pinned with the tuple; none is moved.
                let this = unsafe { self.get_unchecked_mut() };
                for step in 0..$count {
                    let at = if first + step < $count { first + step } else { first + step - $count };
                    $(if at == $index
                        // SAFETY: as above.
                        && let Poll::Ready(output) = unsafe { Pin::new_unchecked(&mut this.$index) }.poll(cx)
                    {
                        return Poll::Ready(output);
                    })*
                }
                Poll::Pending
            }
        }
    )*};
}

race_tuples! {
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
    6: A 0 B 1 C 2 D 3 E 4 F 5;
    7: A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
}

impl<F: Future, const N: usize> sealed::Sealed for [F; N] {}
impl<F: Future, const N: usize> RaceAll for [F; N] {
    type Output = F::Output;
    const COUNT: usize = N;
    fn poll_any(self: Pin<&mut Self>, cx: &mut Context<'_>, first: usize) -> Poll<F::Output> {
        // SAFETY: the elements are pinned with the array; none is moved.
        let futures = unsafe { self.get_unchecked_mut() };
        let (before, from) = futures.split_at_mut(first.min(N));
        for future in from.iter_mut().chain(before) {
            // SAFETY: as above.
            if let Poll::Ready(output) = unsafe { Pin::new_unchecked(future) }.poll(cx) {
                return Poll::Ready(output);
            }
        }
        Poll::Pending
    }
}
