//! The sending side of a channel.

use super::{Channel, Closed, State, Wake};
use crate::sync::wait::Waiter;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Sends a value; see [`Channel::send`].
#[must_use = "futures do nothing unless polled"]
pub struct Send<'a, T, const N: usize> {
    pub(super) reserve: Reserve<'a, T, N>,
    /// `None` once it was sent.
    pub(super) value: Option<T>,
}

impl<T, const N: usize> Future for Send<'_, T, N> {
    type Output = Result<(), Closed<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the waiter stays where it is; the value is not pinned: nothing hands out a pin to it.
        let this = unsafe { self.get_unchecked_mut() };
        let value = &mut this.value;
        let with_place = |state: &mut State<T, N>| Wake::one(value.take().and_then(|value| state.put(value)));
        match this.reserve.poll_place(cx, with_place) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(receiver)) => {
                this.reserve.channel.wake(receiver);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(Closed(()))) => match this.value.take() {
                Some(value) => Poll::Ready(Err(Closed(value))),
                None => Poll::Pending,
            },
        }
    }
}

/// Waits for a place; see [`Channel::reserve`].
#[must_use = "futures do nothing unless polled"]
pub struct Reserve<'a, T, const N: usize> {
    pub(super) channel: &'a Channel<T, N>,
    pub(super) waiter: Waiter,
    pub(super) done: bool,
}

impl<T, const N: usize> Reserve<'_, T, N> {
    /// Waits for a place, and runs `with_place` under the lock as soon as there is one.
    fn poll_place<R>(
        &mut self,
        cx: &mut Context<'_>,
        with_place: impl FnOnce(&mut State<T, N>) -> R,
    ) -> Poll<Result<R, Closed<()>>> {
        if self.done {
            return Poll::Pending;
        }
        let waker = cx.waker().clone();
        let waiter = &self.waiter;
        let (result, old) = self.channel.state.with(|state| {
            // SAFETY: "one list", under its lock; the caller is pinned, and `Drop` leaves.
            unsafe {
                let place = waiter.take_grant() || (!waiter.is_linked() && !state.closed && state.try_place());
                if place {
                    return (Poll::Ready(Ok(with_place(state))), Some(waker));
                }
                if state.closed {
                    // `close` takes everybody out of the list after it says so; leave now rather than be woken again.
                    let (_, old) = waiter.leave(&mut state.senders);
                    return (Poll::Ready(Err(Closed(()))), old.or(Some(waker)));
                }
                (Poll::Pending, waiter.enqueue(&mut state.senders, waker, 0))
            }
        });
        drop(old);
        self.done = result.is_ready();
        result
    }
}

impl<'a, T, const N: usize> Future for Reserve<'a, T, N> {
    type Output = Result<Permit<'a, T, N>, Closed<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // SAFETY: the waiter stays where it is.
        let this = unsafe { self.get_unchecked_mut() };
        let channel = this.channel;
        this.poll_place(cx, |_| ()).map_ok(|()| Permit { channel })
    }
}

impl<T, const N: usize> Drop for Reserve<'_, T, N> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let (wake, old) = self.channel.state.with(|state| {
            // SAFETY: "one list", under its lock.
            let (granted, old) = unsafe { self.waiter.leave(&mut state.senders) };
            (if granted { state.free_place() } else { Wake::default() }, old)
        });
        drop(old);
        self.channel.wake(wake);
    }
}

/// A place in a channel, kept for one value. Dropping it frees the place.
///
/// ```
/// use zokio_core::sync::Channel;
/// let channel = Channel::<u8, 1>::new();
/// let permit = channel.try_reserve().unwrap();
/// channel.close();
/// permit.send(1); // cannot fail any more
/// assert_eq!(channel.try_recv(), Ok(1));
/// ```
#[must_use = "a permit that is dropped frees its place"]
pub struct Permit<'a, T, const N: usize> {
    pub(super) channel: &'a Channel<T, N>,
}

impl<T, const N: usize> Permit<'_, T, N> {
    /// Sends `value`, which cannot fail any more: also if the channel was closed meanwhile, receivers wait for it.
    pub fn send(self, value: T) {
        let channel = self.channel;
        core::mem::forget(self);
        let receiver = channel.state.with(|state| state.put(value));
        channel.wake(Wake::one(receiver));
    }
}

impl<T, const N: usize> Drop for Permit<'_, T, N> {
    fn drop(&mut self) {
        let wake = self.channel.state.with(|state| state.free_place());
        self.channel.wake(wake);
    }
}
