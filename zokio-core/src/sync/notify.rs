//! "Something changed", to one waiter or to all.

use super::wait::{WaitList, Waiter, left};
use crate::lock::Lock;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

/// Tells tasks that something changed; carries no data.
///
/// A [`notify_one`](Self::notify_one) that finds nobody waiting is kept for the next who comes (once). A
/// [`notify_all`](Self::notify_all) reaches those who wait, and nobody else.
///
/// ```
/// use zokio_core::sync::Notify;
///
/// static CHANGED: Notify = Notify::new();
///
/// async fn follow(mut look: impl FnMut() -> bool) {
///     while !look() {
///         CHANGED.notified().await;
///     }
/// }
/// ```
pub struct Notify {
    state: Lock<State>,
}

struct State {
    /// A notification that nobody has taken.
    kept: bool,
    /// Counts `notify_all`, to tell those who came before one from those who came after.
    epoch: u32,
    waiters: WaitList<u32>,
}

impl State {
    fn notify_one(&mut self) -> Option<Waker> {
        self.kept |= self.waiters.is_empty();
        self.waiters.grant()
    }
}

impl Notify {
    /// Nobody waits, nothing is kept.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { state: Lock::new(State { kept: false, epoch: 0, waiters: WaitList::new() }) }
    }

    /// Wakes whoever has waited longest; if nobody waits, the next who comes goes on at once.
    ///
    /// O(1), interrupt-safe.
    pub fn notify_one(&self) {
        if let Some(waker) = self.state.with(State::notify_one) {
            waker.wake();
        }
    }

    /// Wakes everybody who waits now, in order.
    ///
    /// O(waiters); the lock is released between any two.
    pub fn notify_all(&self) {
        let epoch = self.state.with(|state| {
            state.epoch = state.epoch.wrapping_add(1);
            state.epoch
        });
        while let Some(waker) = self.state.with(|state| state.waiters.dismiss_before(epoch)) {
            waker.wake();
        }
    }

    /// Waits for a notification.
    ///
    /// **Cancel safety:** dropping the future loses its place in the queue; a `notify_one` that it was given goes on to
    /// the next. **Wake-up:** once. **Complexity:** O(1). **Interrupt-safe.**
    pub const fn notified(&self) -> Notified<'_> {
        Notified { notify: self, waiter: Waiter::new(), done: false }
    }
}

/// Waits for a [`Notify`]; see [`Notify::notified`].
#[must_use = "futures do nothing unless polled"]
pub struct Notified<'a> {
    notify: &'a Notify,
    waiter: Waiter<u32>,
    done: bool,
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: nothing is moved out of the pin.
        let this = unsafe { self.get_unchecked_mut() };
        if this.done {
            return Poll::Ready(());
        }
        let mut waker = Some(cx.waker().clone());
        this.done = this.notify.state.with(|state| {
            // SAFETY: "one list", under its lock; pinned, and `Drop` leaves.
            unsafe {
                // Dismissed by a `notify_all`.
                if this.waiter.take_grant()
                    || this.waiter.take_dismissal()
                    || (!this.waiter.is_used() && core::mem::take(&mut state.kept))
                {
                    return true;
                }
                this.waiter.enqueue(&mut state.waiters, &mut waker, state.epoch);
                false
            }
        });
        if this.done { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Notified<'_> {
    fn drop(&mut self) {
        if !self.waiter.is_used() {
            return;
        }
        let (next, old) = self.notify.state.with(|state| {
            // SAFETY: "one list", under its lock.
            let (granted, old) = unsafe { self.waiter.leave(&mut state.waiters) };
            (if granted { state.notify_one() } else { None }, old)
        });
        left(old, next);
    }
}
