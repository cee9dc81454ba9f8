//! A bounded queue of values, many to many.

mod error;
mod handles;
mod receive;
mod send;

pub use error::{Closed, RecvError, TryRecvError, TryReserveError, TrySendError};
pub use handles::{Receiver, Sender};
pub use receive::Recv;
pub use send::{Permit, Reserve, Send};

use super::wait::{WaitList, Waiter};
use crate::lock::Lock;
use crate::sentence::require;
use core::mem::MaybeUninit;
use core::task::Waker;
use handles::Handles;

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
    state: Lock<State<T, N>>,
}

/// The bit of `taken` that says that the channel was closed; so one comparison says whether there is a place.
const CLOSED: usize = 1 << (usize::BITS - 1);

/// *Invariant "promised":* `taken ≤ N` places are full or promised to senders; of the `len` values, all but `free` belong to
/// receivers that were granted one and have not fetched it. A place beyond these is anybody's, and so is a free value; and
/// while a receiver waits, none is free. Values stay in the ring until they are fetched, so that their order is that in which
/// they were sent, whoever gives up.
///
/// *Invariant "in the ring":* `head < N`, and `len ≤ taken ≤ N`, where a sender that may put a value has its place in `taken`
/// and not yet in `len`.
struct State<T, const N: usize> {
    /// `len` values from `head` on, wrapping.
    ring: [MaybeUninit<T>; N],
    head: usize,
    len: usize,
    /// Values in the ring plus places promised to senders; and [`CLOSED`].
    taken: usize,
    /// Values that are nobody's.
    free: usize,
    handles: Handles,
    senders: WaitList,
    receivers: WaitList,
}

impl<T, const N: usize> State<T, N> {
    /// Puts a value into a place that is the caller's. Returns the receiver to wake.
    ///
    /// # Safety
    /// The caller was granted a place, or took one, and uses it up by this.
    #[inline]
    unsafe fn put(&mut self, value: T) -> Option<Waker> {
        // SAFETY: "in the ring": the place is not in `len`, so that is less than N. (That all indices of one place are 0 is known
        // by this, too.)
        unsafe { core::hint::assert_unchecked(self.head < N && self.len < N) };
        let mut tail = self.head + self.len;
        if tail >= N {
            tail -= N;
        }
        // SAFETY: twice less than N, and once N less.
        unsafe { self.ring.get_unchecked_mut(tail) }.write(value);
        self.len += 1;
        self.promise_value()
    }

    /// Takes the oldest value out and frees its place. Returns whom to wake beside it.
    ///
    /// # Safety
    /// There is a value: the caller was granted one, or took one that was free, and uses it up by this.
    #[inline]
    unsafe fn take(&mut self) -> (T, Option<Waker>) {
        // SAFETY: "in the ring": `len` values from `head` on are initialised, which are some by the caller's word; this one is
        // read once, because `head` moves on.
        let value = unsafe {
            core::hint::assert_unchecked(self.head < N && self.len != 0 && self.len <= N);
            self.ring.get_unchecked(self.head).assume_init_read()
        };
        self.head = if self.head + 1 == N { 0 } else { self.head + 1 };
        self.len -= 1;
        (value, self.free_place())
    }

    /// Takes the right to a value that is nobody's, if there is one.
    #[inline]
    fn try_value(&mut self) -> bool {
        if self.free == 0 {
            return false;
        }
        self.free -= 1;
        true
    }

    /// Promises a value that is in nobody's hands to the receiver that has waited longest; if nobody waits it is free.
    #[inline]
    fn promise_value(&mut self) -> Option<Waker> {
        if self.receivers.is_empty() {
            self.free += 1;
            return None;
        }
        self.receivers.grant()
    }

    /// A full or promised place becomes free, and is promised to the sender that has waited longest. Returns whom to wake.
    #[inline]
    fn free_place(&mut self) -> Option<Waker> {
        // Of a closed channel `close` is taking them out one by one: whoever is left is refused like those before it.
        if !self.senders.is_empty() && !self.is_closed() {
            return self.senders.grant();
        }
        self.taken -= 1;
        self.tell_over()
    }

    /// Whether nothing will ever come again.
    #[inline]
    fn is_over(&self) -> bool {
        self.taken == CLOSED
    }

    /// If nothing will ever come again, takes out the receiver that has waited longest, to be told. It tells the next.
    #[inline]
    fn tell_over(&mut self) -> Option<Waker> {
        if self.is_over() { self.receivers.dismiss() } else { None }
    }

    /// A place for whoever asks, if one is free and the channel is open; nobody waits for one then, or it would not be.
    #[inline]
    fn try_place(&mut self) -> bool {
        if self.taken >= N {
            return false;
        }
        self.taken += 1;
        true
    }

    #[inline(always)]
    fn is_closed(&self) -> bool {
        self.taken & CLOSED != 0
    }
}

impl<T, const N: usize> Drop for State<T, N> {
    fn drop(&mut self) {
        while self.len > 0 {
            // SAFETY: there is one; nobody else can use it any more.
            drop(unsafe { self.take() });
        }
    }
}

impl<T, const N: usize> Channel<T, N> {
    /// An open channel without values.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const { require(N > 0, "a channel needs room for at least one value; for a rendezvous use Signal or Notify") };
        const { require(N < CLOSED, "a channel of so many values does not fit any memory") };
        Self {
            state: Lock::new(State {
                ring: [const { MaybeUninit::uninit() }; N],
                head: 0,
                len: 0,
                taken: 0,
                free: 0,
                handles: Handles::new(),
                senders: WaitList::new(),
                receivers: WaitList::new(),
            }),
        }
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
            if state.try_place() {
                // SAFETY: the place was taken for it.
                Ok(unsafe { state.put(value) })
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
            if state.try_place() {
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
            true => Ok(unsafe { state.take() }),
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
        while let Some(waker) = self.state.with(|state| state.senders.dismiss()) {
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

/// Whether somebody waits who was granted nothing so far.
enum Waits {
    Yes,
    /// What it waits for is there by now.
    No,
    /// It will never be.
    Never,
}
