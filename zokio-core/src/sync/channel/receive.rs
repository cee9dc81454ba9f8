//! The receiving side of a channel.

use super::{Channel, RecvError, State, Waits, wake};
use crate::sync::wait::{Look, Waiter, left};
use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};
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
        let look = self.channel.state.with(|state| {
            // SAFETY: "one list", under its lock; pinned, and `Drop` leaves.
            unsafe {
                if let Some(received) = state.take_for(&self.waiter) {
                    return Look::Found(received);
                }
                let open = !state.is_closed();
                match open && self.waiter.enqueue_plain(&mut state.receivers, cx.waker(), ()) {
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

impl<T, const N: usize> State<T, N> {
    /// Takes the value that was promised to `waiter`, or one that is nobody's.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline]
    unsafe fn take_for(&mut self, waiter: &Waiter) -> Option<(T, Option<Waker>)> {
        // A value is free only while nobody waits, so taking one overtakes nobody.
        // SAFETY: the caller's word; "in the ring", as both say that there is a value.
        unsafe { (waiter.take_grant() || self.try_value()).then(|| self.take()) }
    }
}

impl<T, const N: usize> Recv<'_, T, N> {
    /// Waits in the list, unless there is a value by now, or will never be one. A function of its own: what need not clone needs
    /// fewer registers.
    #[inline(never)]
    fn wait(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, RecvError>> {
        let mut waker = Some(cx.waker().clone());
        let waits = self.channel.state.with(|state| {
            // SAFETY: "one list", under its lock; pinned, and `Drop` leaves.
            unsafe {
                if self.waiter.is_granted() {
                    return Waits::No;
                }
                if state.try_value() {
                    self.waiter.grant_itself();
                    return Waits::No;
                }
                if state.is_over() {
                    return Waits::Never;
                }
                self.waiter.enqueue(&mut state.receivers, &mut waker, ());
                Waits::Yes
            }
        });
        match waits {
            Waits::Yes => Poll::Pending,
            // It has a grant, so this comes back here no more.
            Waits::No => self.poll(cx),
            Waits::Never => {
                self.leave();
                Poll::Ready(Err(RecvError))
            }
        }
    }

    #[cold]
    fn leave(&self) {
        let (next, old) = self.channel.state.with(|state| {
            // SAFETY: "one list", under its lock.
            let (granted, old) = unsafe { self.waiter.leave(&mut state.receivers) };
            // A granted value is nobody's again, and whoever waits longest has it. Otherwise it may have been told that all is over.
            (if granted { state.promise_value() } else { state.tell_over() }, old)
        });
        left(old, next);
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
            self.leave();
        }
    }
}
