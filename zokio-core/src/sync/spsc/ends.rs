//! The two ends of a channel from one to one.

use super::Shared;
use crate::future::Stream;
use crate::queue::{Consumer, Full, Producer};
use crate::sync::{Closed, RecvError, TryRecvError, TryReserveError, TrySendError};
use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};

/// The ends over a ring and what is shared.
pub(super) fn new<'a, T, const N: usize>(
    producer: Producer<'a, T, N>,
    consumer: Consumer<'a, T, N>,
    shared: &'a Shared,
) -> (SpscSender<'a, T, N>, SpscReceiver<'a, T, N>) {
    (SpscSender { ring: producer, shared }, SpscReceiver { ring: consumer, shared })
}

/// The sending end of an [`SpscChannel`](super::SpscChannel). When it goes the channel is closed.
///
/// Everything needs it alone (`&mut`), so at most one send waits at a time.
pub struct SpscSender<'a, T, const N: usize> {
    ring: Producer<'a, T, N>,
    shared: &'a Shared,
}

impl<'a, T, const N: usize> SpscSender<'a, T, N> {
    /// Sends `value` if there is a place. O(1), interrupt-safe.
    ///
    /// # Errors
    /// [`TrySendError`] with the value in it.
    pub fn try_send(&mut self, value: T) -> Result<(), TrySendError<T>> {
        if self.shared.is_closed() {
            return Err(TrySendError::Closed(value));
        }
        self.ring.push(value).map_err(|Full(value)| TrySendError::Full(value))?;
        self.shared.receiver.wake();
        Ok(())
    }

    /// Takes a place if there is one. O(1), interrupt-safe.
    ///
    /// # Errors
    /// [`TryReserveError`].
    pub fn try_reserve(&mut self) -> Result<SpscPermit<'_, 'a, T, N>, TryReserveError> {
        if self.shared.is_closed() {
            return Err(TryReserveError::Closed);
        }
        if self.ring.is_full() {
            return Err(TryReserveError::Full);
        }
        Ok(SpscPermit { sender: self })
    }

    /// Sends `value`, waiting for a place.
    ///
    /// **Cancel safety:** dropping the future before it completes drops the value unsent; to keep it,
    /// [`reserve`](Self::reserve) first. **Wake-up:** once, by a receive or the end of the receiver.
    /// **Complexity:** O(1). **Interrupt-safe.**
    ///
    /// # Errors
    /// [`Closed`] with the value in it.
    pub const fn send(&mut self, value: T) -> SpscSend<'_, 'a, T, N> {
        SpscSend { sender: self, value: Some(value) }
    }

    /// Waits for a place. It stays free until the [`SpscPermit`] is used: nobody else sends.
    ///
    /// **Cancel safety:** changes nothing. **Wake-up:** as [`send`](Self::send). **Complexity:** O(1).
    /// **Interrupt-safe.**
    ///
    /// # Errors
    /// [`Closed`].
    pub async fn reserve(&mut self) -> Result<SpscPermit<'_, 'a, T, N>, Closed<()>> {
        poll_fn(|cx| self.poll_place(cx.waker())).await?;
        Ok(SpscPermit { sender: self })
    }

    /// Registers first, then looks: a receive after the look finds the waker.
    fn poll_place(&mut self, waker: &Waker) -> Poll<Result<(), Closed<()>>> {
        if !self.shared.is_closed() && self.ring.is_full() {
            self.shared.sender.register(waker);
        }
        if self.shared.is_closed() {
            Poll::Ready(Err(Closed(())))
        } else if self.ring.is_full() {
            Poll::Pending
        } else {
            Poll::Ready(Ok(()))
        }
    }

    /// Whether the receiver is gone or has closed the channel.
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }
}

impl<T, const N: usize> Drop for SpscSender<'_, T, N> {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl<T, const N: usize> fmt::Debug for SpscSender<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpscSender").field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}

/// Sends a value; see [`SpscSender::send`], and an [`SpscChannel`](super::SpscChannel)'s example.
#[must_use = "futures do nothing unless polled"]
pub struct SpscSend<'p, 'a, T, const N: usize> {
    sender: &'p mut SpscSender<'a, T, N>,
    /// `None` once it was sent.
    value: Option<T>,
}

// The value is not pinned: nothing hands out a pin to it.
impl<T, const N: usize> Unpin for SpscSend<'_, '_, T, N> {}

impl<T, const N: usize> Future for SpscSend<'_, '_, T, N> {
    type Output = Result<(), Closed<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(crate::coop::spend(cx));
        let Self { sender, value } = self.get_mut();
        while let Some(unsent) = value.take() {
            match sender.try_send(unsent) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(TrySendError::Closed(unsent)) => return Poll::Ready(Err(Closed(unsent))),
                Err(TrySendError::Full(unsent)) => *value = Some(unsent),
            }
            // Before the last look: a receive after that finds the waker.
            if sender.poll_place(cx.waker()).is_pending() {
                break;
            }
        }
        Poll::Pending
    }
}

/// A place in an [`SpscChannel`](super::SpscChannel) that is free, from [`SpscSender::reserve`]. Dropping it loses
/// nothing.
#[must_use = "a permit that is not used sends nothing"]
pub struct SpscPermit<'p, 'a, T, const N: usize> {
    sender: &'p mut SpscSender<'a, T, N>,
}

impl<T, const N: usize> SpscPermit<'_, '_, T, N> {
    /// Sends `value`, without waiting. If the receiver went meanwhile the value goes with the channel.
    pub fn send(self, value: T) {
        // The place is free: only the sender fills places, and this borrow holds it.
        let pushed = self.sender.ring.push(value);
        debug_assert!(pushed.is_ok());
        self.sender.shared.receiver.wake();
    }
}

impl<T, const N: usize> fmt::Debug for SpscPermit<'_, '_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpscPermit")
    }
}

/// The receiving end of an [`SpscChannel`](super::SpscChannel), and a [`Stream`] of what it receives. When it goes the
/// channel is closed, and what is left in it is dropped.
pub struct SpscReceiver<'a, T, const N: usize> {
    ring: Consumer<'a, T, N>,
    shared: &'a Shared,
}

impl<'a, T, const N: usize> SpscReceiver<'a, T, N> {
    /// Receives a value if there is one. O(1), interrupt-safe.
    ///
    /// # Errors
    /// [`TryRecvError`].
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        // Asked before the ring is looked at: what was sent before the end is there by then.
        let closed = self.shared.is_closed();
        match self.ring.pop() {
            Some(value) => {
                self.shared.sender.wake();
                Ok(value)
            }
            None if closed => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }

    /// Receives the oldest value, waiting for one.
    ///
    /// **Cancel safety:** a value is taken by the poll that returns it; dropping the future loses none.
    /// **Wake-up:** once, by a send or the end of the sender. **Complexity:** O(1). **Interrupt-safe.**
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and empty.
    pub const fn recv(&mut self) -> SpscRecv<'_, 'a, T, N> {
        SpscRecv { receiver: self }
    }

    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Result<T, RecvError>> {
        ready!(crate::coop::spend(cx));
        loop {
            match self.try_recv() {
                Ok(value) => return Poll::Ready(Ok(value)),
                Err(TryRecvError::Closed) => return Poll::Ready(Err(RecvError)),
                Err(TryRecvError::Empty) => {}
            }
            // Before the last look: a send after that finds the waker.
            self.shared.receiver.register(cx.waker());
            if self.ring.is_empty() && !self.shared.is_closed() {
                return Poll::Pending;
            }
        }
    }

    /// Closes the channel: what is in it can still be received, nothing more is sent.
    pub fn close(&mut self) {
        self.shared.close();
    }

    /// How many values are there; at least as many as this can be received.
    pub fn len(&mut self) -> usize {
        self.ring.len()
    }

    /// Whether nothing is there.
    pub fn is_empty(&mut self) -> bool {
        self.ring.is_empty()
    }
}

/// Receives a value; see [`SpscReceiver::recv`], and an [`SpscChannel`](super::SpscChannel)'s example.
#[must_use = "futures do nothing unless polled"]
pub struct SpscRecv<'p, 'a, T, const N: usize> {
    receiver: &'p mut SpscReceiver<'a, T, N>,
}

impl<T, const N: usize> Future for SpscRecv<'_, '_, T, N> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().receiver.poll_recv(cx)
    }
}

impl<T, const N: usize> Unpin for SpscReceiver<'_, T, N> {}

impl<T, const N: usize> Stream for SpscReceiver<'_, T, N> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().poll_recv(cx).map(Result::ok)
    }
}

impl<T, const N: usize> Drop for SpscReceiver<'_, T, N> {
    fn drop(&mut self) {
        self.shared.close();
        while self.ring.pop().is_some() {}
    }
}

impl<T, const N: usize> fmt::Debug for SpscReceiver<'_, T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpscReceiver").field("closed", &self.shared.is_closed()).finish_non_exhaustive()
    }
}
