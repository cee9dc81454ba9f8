//! Waiting for the next value.

use super::{Broadcast, BroadcastRecvError, State};
use crate::sync::crowd::Seat;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use futures_core::Stream;

/// Waits for the next value, as a future; or for one after the other until the broadcast is closed, as a stream. See
/// [`Subscriber::recv`](super::Subscriber::recv).
///
/// Used in the example of [`Broadcast`](super::Broadcast).
#[must_use = "futures do nothing unless polled"]
pub struct BroadcastRecv<'a, T, const N: usize> {
    pub(super) seat: Seat<'a, State<T, N>>,
    pub(super) broadcast: &'a Broadcast<T, N>,
    pub(super) next: &'a mut u32,
}

impl<T: Clone, const N: usize> Future for BroadcastRecv<'_, T, N> {
    type Output = Result<T, BroadcastRecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(crate::coop::spend(cx));
        // SAFETY: the seat stays where it is.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let seat = unsafe { Pin::new_unchecked(&mut this.seat) };
        let step = ready!(seat.poll(cx, |state| state.step(this.next)));
        Poll::Ready(step.map(|borrowed| this.broadcast.finish(borrowed)))
    }
}

impl<T: Clone, const N: usize> Stream for BroadcastRecv<'_, T, N> {
    /// [`BroadcastRecvError::Lagged`] is the only error; closed is the end.
    type Item = Result<T, BroadcastRecvError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll(cx).map(|result| (!matches!(result, Err(BroadcastRecvError::Closed))).then_some(result))
    }
}
