//! The sending side of a channel.

use super::state::{Side, State, Waits};
use super::{Channel, Closed, wake};
use crate::sync::wait::Waiter;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

/// Sends a value; see [`Channel::send`].
#[must_use = "futures do nothing unless polled"]
pub struct Send<'a, T, const N: usize> {
    pub(super) channel: &'a Channel<T, N>,
    pub(super) waiter: Waiter,
    /// `None` once it was sent.
    pub(super) value: Option<T>,
}

impl<T, const N: usize> Future for Send<'_, T, N> {
    type Output = Result<(), Closed<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(crate::coop::spend(cx));
        // SAFETY: the waiter stays where it is; the value is not pinned: nothing hands out a pin to it.
        let this = unsafe { self.get_unchecked_mut() };
        if this.value.is_none() {
            return Poll::Pending;
        }
        let sent = this.channel.state.with(|state| {
            // SAFETY: "one list", under its lock; the place is used up. The value is there, as was asked above.
            unsafe {
                place_for(state, &this.waiter, N).then(|| this.channel.put(state, this.value.take().unwrap_unchecked()))
            }
        });
        if let Some(receiver) = sent {
            wake(receiver);
            return Poll::Ready(Ok(()));
        }
        // SAFETY: pinned, and `Drop` leaves.
        match unsafe { this.channel.state.wait(&this.waiter, Side::Senders, N, cx) } {
            Waits::Yes => Poll::Pending,
            // It has a grant, so this comes here no more.
            // SAFETY: pinned, as it was.
            Waits::No => unsafe { Pin::new_unchecked(this) }.poll(cx),
            Waits::Never => this.value.take().map_or(Poll::Pending, |value| Poll::Ready(Err(Closed(value)))),
        }
    }
}

impl<T, const N: usize> Drop for Send<'_, T, N> {
    #[inline]
    fn drop(&mut self) {
        if self.waiter.is_used() {
            // SAFETY: "one list".
            unsafe { self.channel.state.leave(&self.waiter, Side::Senders) };
        }
    }
}

/// Waits for a place; see [`Channel::reserve`].
#[must_use = "futures do nothing unless polled"]
pub struct Reserve<'a, T, const N: usize> {
    /// `None` once a place was handed out.
    pub(super) channel: Option<&'a Channel<T, N>>,
    pub(super) waiter: Waiter,
}

impl<'a, T, const N: usize> Future for Reserve<'a, T, N> {
    type Output = Result<Permit<'a, T, N>, Closed<()>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(crate::coop::spend(cx));
        // SAFETY: the waiter stays where it is.
        let this = unsafe { self.get_unchecked_mut() };
        let Some(channel) = this.channel else { return Poll::Pending };
        // SAFETY: "one list", under its lock.
        if channel.state.with(|state| unsafe { place_for(state, &this.waiter, N) }) {
            this.channel = None;
            return Poll::Ready(Ok(Permit { channel }));
        }
        // SAFETY: pinned, and `Drop` leaves.
        match unsafe { channel.state.wait(&this.waiter, Side::Senders, N, cx) } {
            Waits::Yes => Poll::Pending,
            // As above.
            // SAFETY: pinned, as it was.
            Waits::No => unsafe { Pin::new_unchecked(this) }.poll(cx),
            Waits::Never => Poll::Ready(Err(Closed(()))),
        }
    }
}

impl<T, const N: usize> Drop for Reserve<'_, T, N> {
    #[inline]
    fn drop(&mut self) {
        if let Some(channel) = self.channel
            && self.waiter.is_used()
        {
            // SAFETY: "one list".
            unsafe { channel.state.leave(&self.waiter, Side::Senders) };
        }
    }
}

/// Claims the place that was promised to `waiter`, or one that is free.
///
/// # Safety
/// "One list", under the lock; `capacity` is that of the channel.
#[inline]
unsafe fn place_for(state: &mut State, waiter: &Waiter, capacity: usize) -> bool {
    // A place is free only while nobody waits for one, so one that waits has none.
    // SAFETY: the caller's word.
    unsafe { waiter.take_grant() || state.try_place(capacity) }
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
        // SAFETY: the permit was the place, and is used up.
        wake(channel.state.with(|state| unsafe { channel.put(state, value) }));
    }
}

impl<T, const N: usize> Drop for Permit<'_, T, N> {
    fn drop(&mut self) {
        wake(self.channel.state.with(State::free_place));
    }
}
