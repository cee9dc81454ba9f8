//! The receiving side of a channel.

use super::{Channel, RecvError, Wake};
use crate::sync::wait::Waiter;
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_core::Stream;

/// Waits for a value, as a future; or for one after the other until the channel is closed and empty, as a stream. See
/// [`Channel::recv`].
#[must_use = "futures do nothing unless polled"]
pub struct Recv<'a, T, const N: usize> {
    pub(super) channel: &'a Channel<T, N>,
    pub(super) waiter: Waiter,
}

impl<T, const N: usize> Future for Recv<'_, T, N> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waker = cx.waker().clone();
        let (taken, old) = self.channel.state.with(|state| {
            // SAFETY: "one list", under its lock; pinned, and `Drop` leaves.
            unsafe {
                let promised = self.waiter.take_grant();
                state.promised -= usize::from(promised);
                // A value is nobody's only while nobody waits, so taking one overtakes nobody.
                if promised || (!self.waiter.is_linked() && state.len > state.promised) {
                    return (state.take().map(Ok), Some(waker));
                }
                if state.is_over() {
                    let (_, old) = self.waiter.leave(&mut state.receivers);
                    return (Some(Err(RecvError)), old.or(Some(waker)));
                }
                (None, self.waiter.enqueue(&mut state.receivers, waker, 0))
            }
        });
        drop(old);
        match taken {
            None => Poll::Pending,
            Some(Err(closed)) => Poll::Ready(Err(closed)),
            Some(Ok((value, sender))) => {
                self.channel.wake(sender);
                Poll::Ready(Ok(value))
            }
        }
    }
}

impl<T, const N: usize> Stream for Recv<'_, T, N> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        // Once it is ready the waiter is in no list, and waits for the next value as if it were new.
        self.poll(cx).map(Result::ok)
    }
}

impl<T, const N: usize> Drop for Recv<'_, T, N> {
    fn drop(&mut self) {
        let (next, old) = self.channel.state.with(|state| {
            // SAFETY: "one list", under its lock.
            let (granted, old) = unsafe { self.waiter.leave(&mut state.receivers) };
            if !granted {
                return (None, old);
            }
            state.promised -= 1;
            (state.promise_value(), old)
        });
        drop(old);
        self.channel.wake(Wake::one(next));
    }
}
