//! The receiving side of a channel.

use super::state::{Side, Waits};
use super::{Channel, RecvError, wake};
use crate::sync::wait::{Look, Waiter};
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use futures_core::Stream;

/// Waits for a value, as a future; or for one after the other until the channel is closed and empty, as a stream. See
/// [`Channel::recv`].
#[must_use = "futures do nothing unless polled"]
pub struct Recv<'a, T, const N: usize> {
    channel: &'a Channel<T, N>,
    waiter: Waiter,
}

impl<'a, T, const N: usize> Recv<'a, T, N> {
    pub(super) const fn new(channel: &'a Channel<T, N>) -> Self {
        Self { channel, waiter: Waiter::new() }
    }
}

impl<T, const N: usize> Future for Recv<'_, T, N> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(crate::coop::spend(cx));
        let channel = self.channel;
        let look = channel.state.with(|state| {
            // SAFETY: "one list", under its lock; pinned, and `Drop` leaves. A value is free only while nobody waits, so taking one
            // overtakes nobody.
            unsafe {
                if self.waiter.take_grant() || state.try_value() {
                    return Look::Found(channel.take(state));
                }
                let open = !state.is_closed();
                match open && self.waiter.enqueue_plain(state.list(Side::Receivers), cx.waker(), ()) {
                    true => Look::Waits,
                    false => Look::Nothing,
                }
            }
        });
        match look {
            Look::Found((value, sender)) => {
                wake(sender);
                Poll::Ready(Ok(value))
            }
            Look::Waits => Poll::Pending,
            Look::Nothing => self.wait(cx),
        }
    }
}

impl<T, const N: usize> Recv<'_, T, N> {
    /// A function of its own: what need not clone needs fewer registers.
    #[inline(never)]
    fn wait(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        // SAFETY: pinned, and `Drop` leaves.
        match unsafe { self.channel.state.wait(&self.waiter, Side::Receivers, N, cx) } {
            Waits::Yes => Poll::Pending,
            // It has a grant, so this comes here no more.
            Waits::No => self.poll(cx),
            Waits::Never => Poll::Ready(Err(RecvError)),
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
    #[inline]
    fn drop(&mut self) {
        if self.waiter.is_used() {
            // SAFETY: "one list".
            unsafe { self.channel.state.leave(&self.waiter, Side::Receivers) };
        }
    }
}
