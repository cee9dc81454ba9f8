//! The sending side of a channel.

use super::{Channel, Closed, State, Waits, wake};
use crate::sync::wait::{Waiter, left};
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
            unsafe { state.place_for(&this.waiter).then(|| state.put(this.value.take().unwrap_unchecked())) }
        });
        if let Some(receiver) = sent {
            wake(receiver);
            return Poll::Ready(Ok(()));
        }
        // SAFETY: pinned, and `Drop` leaves.
        match unsafe { this.channel.wait_for_place(&this.waiter, cx) } {
            Waits::Yes => Poll::Pending,
            // It has a grant, so this comes here no more.
            // SAFETY: pinned, as it was.
            Waits::No => unsafe { Pin::new_unchecked(this) }.poll(cx),
            // `close` has taken it out of the list, or is about to; or `Drop` will.
            Waits::Never => this.value.take().map_or(Poll::Pending, |value| Poll::Ready(Err(Closed(value)))),
        }
    }
}

impl<T, const N: usize> Drop for Send<'_, T, N> {
    #[inline]
    fn drop(&mut self) {
        if self.waiter.is_used() {
            self.channel.leave_senders(&self.waiter);
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
        if channel.state.with(|state| unsafe { state.place_for(&this.waiter) }) {
            this.channel = None;
            return Poll::Ready(Ok(Permit { channel }));
        }
        // SAFETY: pinned, and `Drop` leaves.
        match unsafe { channel.wait_for_place(&this.waiter, cx) } {
            Waits::Yes => Poll::Pending,
            // As above.
            // SAFETY: pinned, as it was.
            Waits::No => unsafe { Pin::new_unchecked(this) }.poll(cx),
            // As above.
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
            channel.leave_senders(&self.waiter);
        }
    }
}

impl<T, const N: usize> State<T, N> {
    /// Claims the place that was promised to `waiter`, or one that is free.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline]
    unsafe fn place_for(&mut self, waiter: &Waiter) -> bool {
        // A place is free only while nobody waits for one, so one that waits has none.
        // SAFETY: the caller's word.
        unsafe { waiter.take_grant() || self.try_place() }
    }
}

impl<T, const N: usize> Channel<T, N> {
    /// Waits in the list, unless there is a place by now, which is granted to it then, or will be none. A function of its own: what need not clone needs fewer
    /// registers.
    ///
    /// # Safety
    /// "One list"; the waiter is pinned.
    #[inline(never)]
    unsafe fn wait_for_place(&self, waiter: &Waiter, cx: &mut Context<'_>) -> Waits {
        let mut waker = Some(cx.waker().clone());
        self.state.with(|state| {
            // SAFETY: "one list", under its lock; the caller's word.
            unsafe {
                if waiter.is_granted() {
                    return Waits::No;
                }
                if state.is_closed() {
                    return Waits::Never;
                }
                if state.try_place() {
                    waiter.grant_itself();
                    return Waits::No;
                }
                waiter.enqueue(&mut state.senders, &mut waker, ());
                Waits::Yes
            }
        })
    }

    #[cold]
    fn leave_senders(&self, waiter: &Waiter) {
        let (next, old) = self.state.with(|state| {
            // SAFETY: "one list", under its lock.
            let (granted, old) = unsafe { waiter.leave(&mut state.senders) };
            (if granted { state.free_place() } else { None }, old)
        });
        left(old, next);
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
        // SAFETY: the permit was the place, and is used up.
        wake(channel.state.with(|state| unsafe { state.put(value) }));
    }
}

impl<T, const N: usize> Drop for Permit<'_, T, N> {
    fn drop(&mut self) {
        wake(self.channel.state.with(State::free_place));
    }
}
