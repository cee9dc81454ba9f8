//! The receiving side of a channel.

use super::{Channel, Place, RecvError, State, Waits, wake};
use crate::loom::UnsafeCell;
use crate::sync::wait::{Look, Waiter};
use core::mem::MaybeUninit;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, Waker};
use futures_core::Stream;

/// Waits for a value, as a future; or for one after the other until the channel is closed and empty, as a stream. See
/// [`Channel::recv`].
#[must_use = "futures do nothing unless polled"]
pub struct Recv<'a, T, const N: usize> {
    channel: &'a Channel<T, N>,
    waiter: Waiter<Place<T>>,
    /// Initialised while the waiter is granted; guarded by the channel's lock.
    value: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: nothing is reached through `&Recv`.
unsafe impl<T: Send, const N: usize> Sync for Recv<'_, T, N> {}

impl<'a, T, const N: usize> Recv<'a, T, N> {
    pub(super) const fn new(channel: &'a Channel<T, N>) -> Self {
        Self { channel, waiter: Waiter::new(), value: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    #[inline(always)]
    fn place(&self) -> Place<T> {
        // SAFETY: a cell's address is not null.
        unsafe { NonNull::new_unchecked(self.value.get()) }
    }
}

impl<T, const N: usize> Future for Recv<'_, T, N> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let look = self.channel.state.with(|state| {
                // SAFETY: "one list", under its lock; pinned, and `Drop` leaves.
                unsafe {
                    if let Some(received) = state.take_for(&self) {
                        return Look::Found(received);
                    }
                    let open = !state.is_closed();
                    match open && self.waiter.enqueue_plain(&mut state.receivers, cx.waker(), self.place()) {
                        true => Look::Waits,
                        false => Look::Nothing,
                    }
                }
            });
            match look {
                Look::Found((value, sender)) => {
                    wake(sender);
                    return Poll::Ready(Ok(value));
                }
                Look::Waits => return Poll::Pending,
                Look::Nothing => {}
            }
            match self.wait(cx) {
                Waits::Yes => return Poll::Pending,
                Waits::No => {}
                Waits::Never => {
                    self.leave();
                    return Poll::Ready(Err(RecvError));
                }
            }
        }
    }
}

impl<T, const N: usize> State<T, N> {
    /// Takes the value that was handed to `receiver`, or one from the ring.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline]
    unsafe fn take_for(&mut self, receiver: &Recv<'_, T, N>) -> Option<(T, Option<Waker>)> {
        // SAFETY: the caller's word. Granted, so a value was handed over; it is read once, because the grant is taken.
        unsafe {
            if receiver.waiter.take_grant() {
                return Some((receiver.place().read().assume_init(), self.free_place()));
            }
        }
        // "Nothing lies while somebody waits", so this overtakes nobody.
        self.take()
    }
}

impl<T, const N: usize> Recv<'_, T, N> {
    /// Waits in the list, unless there is a value by now, or will never be one.
    #[inline(never)]
    fn wait(&self, cx: &mut Context<'_>) -> Waits {
        let mut waker = Some(cx.waker().clone());
        self.channel.state.with(|state| {
            // SAFETY: "one list", under its lock; pinned, and `Drop` leaves.
            unsafe {
                if self.waiter.is_granted() || state.len > 0 {
                    return Waits::No;
                }
                if state.is_over() {
                    return Waits::Never;
                }
                self.waiter.enqueue(&mut state.receivers, &mut waker, self.place());
                Waits::Yes
            }
        })
    }

    #[cold]
    fn leave(&self) {
        let (next, old) = self.channel.state.with(|state| {
            // SAFETY: "one list", under its lock.
            let (granted, old) = unsafe { self.waiter.leave(&mut state.receivers) };
            if !granted {
                // It may have been told that all is over.
                return (state.tell_over(), old);
            }
            // SAFETY: granted, as in `look`.
            let value = unsafe { self.place().read().assume_init() };
            (state.put_back(value), old)
        });
        drop(old);
        wake(next);
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
