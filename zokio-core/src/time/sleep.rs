//! A future that waits for an instant.

use super::node::Node;
use super::timers::Waits;
use super::{Clock, Instant};
use crate::loom::UnsafeCell;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

/// Completes at its deadline; see [`Clock::sleep`].
///
/// **Cancel safety:** dropping unlinks the timer; nothing is lost, nothing fires later.
/// **Wake-up:** once, by whoever turns the clock's executor, at the first turn after the deadline. Works with any waker.
/// **Complexity:** create O(1) and touching nothing shared; first poll one insert of the store; drop O(1).
/// **Interrupt-safe:** may be polled and dropped at any priority.
///
/// ```
/// use core::time::Duration;
/// use zokio_core::time::{Clock, Instant};
///
/// async fn twice(clock: impl Clock) -> Instant {
///     let first = clock.sleep(Duration::from_millis(5));
///     let deadline = first.deadline();
///     first.await;
///     clock.sleep_until(deadline + Duration::from_millis(5)).await; // no drift
///     clock.now()
/// }
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct Sleep<C: Clock> {
    node: UnsafeCell<Node>,
    clock: C,
    _pinned: PhantomPinned,
}

// SAFETY: the node is guarded by the lock of its timers; wakers are `Send`.
unsafe impl<C: Clock + Send> Send for Sleep<C> {}
// SAFETY: `&Sleep` reads the deadline only, which changes under `&mut` only.
unsafe impl<C: Clock + Sync> Sync for Sleep<C> {}

impl<C: Clock> Sleep<C> {
    pub(super) fn until(clock: C, deadline: Instant) -> Self {
        Self { node: UnsafeCell::new(Node::new(deadline)), clock, _pinned: PhantomPinned }
    }

    /// When it completes.
    pub fn deadline(&self) -> Instant {
        // SAFETY: the deadline is written under `&mut` only.
        unsafe { (*self.node.get()).deadline() }
    }

    /// Waits for `deadline` from here on instead, whether the old one has passed or not.
    ///
    /// O(1) plus an insert at the next poll.
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.unlink();
        // SAFETY: unlinked, so nobody else looks at the node.
        unsafe { (*self.node.get()).set_deadline(deadline) };
    }

    #[inline]
    fn node(&self) -> NonNull<Node> {
        // SAFETY: a cell's address is not null.
        unsafe { NonNull::new_unchecked(self.node.get()) }
    }

    fn unlink(&self) {
        // SAFETY: the node is ours, linked with our clock's timers if at all ("one store").
        drop(unsafe { self.clock.timers().remove(self.node()) });
    }
}

impl<C: Clock> Future for Sleep<C> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let timers = self.clock.timers();
        // SAFETY: the node is ours and belongs to these timers ("one store").
        match unsafe { timers.waits(self.node(), cx.waker()) } {
            Waits::ForThis => return Poll::Pending,
            Waits::ForAnother => {}
            // Either it was never armed, or it has fired and then the deadline has passed on the same clock.
            Waits::No if self.clock.now() >= self.deadline() => return Poll::Ready(()),
            Waits::No => {}
        }
        // Cloned outside the lock: a foreign waker may do anything.
        let waker = cx.waker().clone();
        // SAFETY: pinned, and `Drop` unlinks; if it fired in between, it is armed again and fires at once.
        drop(unsafe { timers.arm(self.node(), waker) });
        Poll::Pending
    }
}

impl<C: Clock> Drop for Sleep<C> {
    fn drop(&mut self) {
        self.unlink();
    }
}
