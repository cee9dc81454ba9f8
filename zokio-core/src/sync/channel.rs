//! A bounded queue of values, many to many.

mod error;
mod handles;
mod receive;
mod send;
mod state;

pub use error::{Closed, RecvError, TryRecvError, TryReserveError, TrySendError};
pub use handles::{Receiver, Sender};
pub use receive::Recv;
pub use send::{Permit, Reserve, Send};

use super::wait::Waiter;
use crate::lock::Lock;
use crate::loom::Watched;
use crate::sentence::require;
use core::mem::MaybeUninit;
use core::task::Waker;
use state::{CLOSED, Side, State};

/// Up to `N` values on their way from any number of senders to any number of receivers, in order.
///
/// Both sides are fair: a place, or a value, goes to whoever has waited longest. Senders and receivers borrow the
/// channel; make it a static where tasks share it. [`close`](Self::close) ends it: what was sent is still received,
/// then receivers get [`RecvError`], and senders get their value back. [`split`](Self::split) it for ends that close it
/// when they are dropped: a sender that can be cloned, and one receiver.
///
/// ```
/// use zokio_core::sync::Channel;
///
/// static READINGS: Channel<u16, 8> = Channel::new();
///
/// async fn sensor(value: u16) {
///     READINGS.send(value).await.unwrap();
/// }
///
/// async fn display() {
///     while let Ok(value) = READINGS.recv().await {
///         // show it
/// #       let _ = value;
///     }
/// }
/// # READINGS.try_send(3).unwrap();
/// # assert_eq!(READINGS.try_recv(), Ok(3));
/// ```
pub struct Channel<T, const N: usize> {
    state: Lock<State>,
    /// Places for values, guarded by the lock of `state`. Beside it, so that what waits and leaves is the same code for all types.
    ring: [Watched<MaybeUninit<T>>; N],
}

// SAFETY: "in the ring": values go in and come out under the lock of `state`, each once.
unsafe impl<T: core::marker::Send, const N: usize> Sync for Channel<T, N> {}

impl<T, const N: usize> Channel<T, N> {
    /// Puts a value into a place that is the caller's. Returns the receiver to wake.
    ///
    /// # Safety
    /// Under the lock of this channel's `state`. The caller was granted a place, or took one, and uses it up by this.
    #[inline]
    unsafe fn put(&self, state: &mut State, value: T) -> Option<Waker> {
        // SAFETY: "in the ring": the place is not in `len`, so that is less than N. (That all indices of one place are 0 is known
        // by this, too.)
        unsafe { core::hint::assert_unchecked(state.head < N && state.len < N) };
        let mut tail = state.head + state.len;
        if tail >= N {
            tail -= N;
        }
        // SAFETY: twice less than N, and once N less; the place is the caller's, under the lock.
        unsafe { self.ring.get_unchecked(tail).with_mut(|place| (*place).write(value)) };
        state.len += 1;
        state.promise_value()
    }

    /// Takes the oldest value out and frees its place. Returns whom to wake beside it.
    ///
    /// # Safety
    /// Under the lock of this channel's `state`. There is a value: the caller was granted one, or took one that was free, and
    /// uses it up by this.
    #[inline]
    unsafe fn take(&self, state: &mut State) -> (T, Option<Waker>) {
        // SAFETY: "in the ring": `len` values from `head` on are initialised, which are some by the caller's word; this one is
        // read once, because `head` moves on.
        let value = unsafe {
            core::hint::assert_unchecked(state.head < N && state.len != 0 && state.len <= N);
            self.ring.get_unchecked(state.head).with_mut(|place| (*place).assume_init_read())
        };
        state.head = if state.head + 1 == N { 0 } else { state.head + 1 };
        state.len -= 1;
        (value, state.free_place())
    }
}

impl<T, const N: usize> Drop for Channel<T, N> {
    fn drop(&mut self) {
        // SAFETY: while `len` says that there is one; nobody else can use it any more.
        while let Some((value, _)) = self.state.with(|state| (state.len > 0).then(|| unsafe { self.take(state) })) {
            drop(value);
        }
    }
}

impl<T, const N: usize> Channel<T, N> {
    /// An open channel without values.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const { require(N > 0, "a channel needs room for at least one value; for a rendezvous use Signal or Notify") };
        const { require(N < CLOSED, "a channel of so many values does not fit any memory") };
        Self { state: Lock::new(State::new()), ring: [const { Watched::new(MaybeUninit::uninit()) }; N] }
    }

    /// Sends `value`, waiting for a place.
    ///
    /// **Cancel safety:** dropping the future before it completes drops the value unsent; to keep it,
    /// [`reserve`](Self::reserve) first. **Wake-up:** once. **Complexity:** O(1). **Interrupt-safe.**
    ///
    /// # Errors
    /// [`Closed`] with the value in it.
    pub const fn send(&self, value: T) -> Send<'_, T, N> {
        Send { channel: self, waiter: Waiter::new(), value: Some(value) }
    }

    /// Waits for a place, and keeps it until the [`Permit`] is used or dropped.
    ///
    /// **Cancel safety:** dropping the future loses its place in the queue only. **Wake-up:** once. **Complexity:** O(1).
    /// **Interrupt-safe.**
    ///
    /// # Errors
    /// [`Closed`].
    pub const fn reserve(&self) -> Reserve<'_, T, N> {
        Reserve { channel: Some(self), waiter: Waiter::new() }
    }

    /// Sends `value` if there is a place that nobody waits for.
    ///
    /// O(1), interrupt-safe.
    ///
    /// # Errors
    /// [`TrySendError`] with the value in it.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let receiver = self.state.with(|state| {
            if state.try_place(N) {
                // SAFETY: the place was taken for it.
                Ok(unsafe { self.put(state, value) })
            } else if state.is_closed() {
                Err(TrySendError::Closed(value))
            } else {
                Err(TrySendError::Full(value))
            }
        })?;
        wake(receiver);
        Ok(())
    }

    /// A place, if there is one that nobody waits for.
    ///
    /// # Errors
    /// [`TryReserveError`].
    pub fn try_reserve(&self) -> Result<Permit<'_, T, N>, TryReserveError> {
        self.state.with(|state| {
            if state.try_place(N) {
                Ok(Permit { channel: self })
            } else if state.is_closed() {
                Err(TryReserveError::Closed)
            } else {
                Err(TryReserveError::Full)
            }
        })
    }

    /// Waits for the next value.
    ///
    /// **Cancel safety:** a value is taken by the poll that returns it; a value promised to a dropped future goes to the
    /// next receiver. **Wake-up:** once. **Complexity:** O(1). **Interrupt-safe.**
    ///
    /// # Errors
    /// [`RecvError`] once the channel is closed and empty.
    pub const fn recv(&self) -> Recv<'_, T, N> {
        Recv::new(self)
    }

    /// The next value, if there is one that is not promised to a waiting receiver.
    ///
    /// # Errors
    /// [`TryRecvError`].
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        let (value, sender) = self.state.with(|state| match state.try_value() {
            // SAFETY: it was taken for this.
            true => Ok(unsafe { self.take(state) }),
            false => Err(if state.is_over() { TryRecvError::Closed } else { TryRecvError::Empty }),
        })?;
        wake(sender);
        Ok(value)
    }

    /// Ends the channel: no new place is given out; what was sent, or has a permit, can still be received.
    ///
    /// O(waiters); the lock is released between any two.
    pub fn close(&self) {
        self.state.with(|state| state.taken |= CLOSED);
        self.wake_closed();
    }

    /// Tells those who wait that the channel was closed: senders now, receivers one by one once nothing can come any more.
    fn wake_closed(&self) {
        while let Some(waker) = self.state.with(|state| state.list(Side::Senders).dismiss()) {
            waker.wake();
        }
        wake(self.state.with(State::tell_over));
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.state.with(|state| state.is_closed())
    }

    /// How many values are in it.
    pub fn len(&self) -> usize {
        self.state.with(|state| state.len)
    }

    /// Whether no value is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values fit.
    pub const fn capacity(&self) -> usize {
        N
    }
}

/// Wakes, outside the lock.
#[inline]
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
