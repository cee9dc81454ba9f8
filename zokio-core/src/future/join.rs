//! Several futures, all of them.

use core::mem::MaybeUninit;
use core::pin::Pin;
use core::task::{Context, Poll};

mod sealed {
    pub trait Sealed {}
}

/// What [`join`] takes: a tuple of up to eight futures, or an array.
pub trait JoinAll: sealed::Sealed {
    /// The outputs, in the same shape.
    type Output;
    /// The future of them.
    type Future: Future<Output = Self::Output>;
    #[doc(hidden)]
    fn into_join(self) -> Self::Future;
}

/// Runs several futures at once and waits for all of them.
///
/// **Cancel safety:** dropping drops all that have not completed, and the outputs of those that have. **Wake-up:** by
/// any of them; a wake polls all that have not completed. **Memory:** each future, or its output once it has one.
///
/// ```
/// use core::time::Duration;
/// use zokio_core::{future::join, time::Clock};
///
/// async fn both(clock: impl Clock) -> (u8, &'static str) {
///     join((
///         async { 1 },
///         async {
///             clock.sleep(Duration::from_millis(1)).await;
///             "two"
///         },
///     ))
///     .await
/// }
/// ```
pub fn join<J: JoinAll>(futures: J) -> J::Future {
    futures.into_join()
}

pin_project_lite::pin_project! {
    /// A future, or its output.
    #[doc(hidden)]
    #[project = PartProjection]
    #[project_replace = PartReplaced]
    pub enum Part<F: Future> {
        Running { #[pin] future: F },
        Done { output: F::Output },
        Taken,
    }
}

impl<F: Future> Part<F> {
    /// Polls a future that has not completed; says whether there is an output now.
    #[inline]
    fn poll_done(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        match self.as_mut().project() {
            PartProjection::Running { future } => match future.poll(cx) {
                Poll::Ready(output) => {
                    self.set(Self::Done { output });
                    true
                }
                Poll::Pending => false,
            },
            _ => true,
        }
    }

    /// Takes the output out.
    #[inline]
    fn take(self: Pin<&mut Self>) -> Option<F::Output> {
        match self.project_replace(Self::Taken) {
            PartReplaced::Done { output } => Some(output),
            _ => None,
        }
    }
}

/// The future of [`join`]: `J` is a tuple or an array of parts.
///
/// *Invariant "parts are pinned":* with the whole; nothing moves out of one but its output, by `take`.
#[must_use = "futures do nothing unless polled"]
pub struct Join<J>(J);

macro_rules! join_tuples {
    ($($($future:ident $index:tt)*;)*) => {$(
        impl<$($future: Future),*> sealed::Sealed for ($($future,)*) {}
        impl<$($future: Future),*> JoinAll for ($($future,)*) {
            type Output = ($($future::Output,)*);
            type Future = Join<($(Part<$future>,)*)>;
            fn into_join(self) -> Self::Future {
                Join(($(Part::Running { future: self.$index },)*))
            }
        }

        impl<$($future: Future),*> Future for Join<($(Part<$future>,)*)> {
            type Output = ($($future::Output,)*);
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                // SAFETY: "parts are pinned".
                let parts = unsafe { &mut self.get_unchecked_mut().0 };
                let mut done = true;
                // SAFETY: "parts are pinned".
                $(done &= unsafe { Pin::new_unchecked(&mut parts.$index) }.poll_done(cx);)*
                if !done {
                    return Poll::Pending;
                }
                // SAFETY: "parts are pinned".
                match ($(unsafe { Pin::new_unchecked(&mut parts.$index) }.take(),)*) {
                    #[allow(non_snake_case)]
                    ($(Some($future),)*) => Poll::Ready(($($future,)*)),
                    // Polled again after it was ready.
                    _ => Poll::Pending,
                }
            }
        }
    )*};
}

join_tuples! {
    A 0;
    A 0 B 1;
    A 0 B 1 C 2;
    A 0 B 1 C 2 D 3;
    A 0 B 1 C 2 D 3 E 4;
    A 0 B 1 C 2 D 3 E 4 F 5;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
}

impl<F: Future, const N: usize> sealed::Sealed for [F; N] {}
impl<F: Future, const N: usize> JoinAll for [F; N] {
    type Output = [F::Output; N];
    type Future = Join<[Part<F>; N]>;
    fn into_join(self) -> Self::Future {
        Join(self.map(|future| Part::Running { future }))
    }
}

impl<F: Future, const N: usize> Future for Join<[Part<F>; N]> {
    type Output = [F::Output; N];

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: "parts are pinned".
        let parts = unsafe { &mut self.get_unchecked_mut().0 };
        let mut done = true;
        for part in parts.iter_mut() {
            // SAFETY: "parts are pinned".
            done &= unsafe { Pin::new_unchecked(part) }.poll_done(cx);
        }
        if !done || parts.iter().any(|part| matches!(part, Part::Taken)) {
            return Poll::Pending;
        }
        let mut outputs = [const { MaybeUninit::uninit() }; N];
        for (part, place) in parts.iter_mut().zip(&mut outputs) {
            // SAFETY: "parts are pinned".
            if let Some(output) = unsafe { Pin::new_unchecked(part) }.take() {
                place.write(output);
            }
        }
        // SAFETY: every part was `Done`, so every place was written.
        Poll::Ready(outputs.map(|output| unsafe { output.assume_init() }))
    }
}
