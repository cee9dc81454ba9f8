//! A future that waits for an instant.

use super::node::Node;
use super::timers::{Armed, TimerStore};
use super::{Clock, Instant};
use crate::loom::UnsafeCell;
use crate::task::cloned;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};

/// Completes at its deadline; see [`Clock::sleep`]. Gives way at least once: a deadline that has passed already is met at
/// the executor's next look at the timers, so that a loop of late sleeps starves nobody.
///
/// **Cancel safety:** dropping unlinks the timer; nothing is lost, nothing fires later.
/// **Wake-up:** once, by whoever turns the clock's executor, at the first turn after the deadline. Works with any waker.
/// **Complexity:** create O(1); first poll one insert of the store; drop O(1), and free if it was never polled or is over.
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
    node: UnsafeCell<Node<Links<C>>>,
    clock: C,
    _pinned: PhantomPinned,
}

/// What the clock's timers are linked with.
type Links<C> = <<C as Clock>::Store as TimerStore>::Links;

// SAFETY: the node is guarded by the lock of its timers; wakers are `Send`.
unsafe impl<C: Clock + Send> Send for Sleep<C> {}
// SAFETY: `&Sleep` reads the deadline only, which changes under `&mut` only.
unsafe impl<C: Clock + Sync> Sync for Sleep<C> {}

impl<C: Clock> Sleep<C> {
    #[inline]
    pub(super) fn until(clock: C, deadline: Instant) -> Self {
        Self { node: UnsafeCell::new(Node::new(deadline)), clock, _pinned: PhantomPinned }
    }

    /// When it completes.
    pub fn deadline(&self) -> Instant {
        // SAFETY: "armed is the owner's".
        unsafe { (*self.node.get()).deadline() }
    }

    /// Waits for `deadline` from here on instead, whether the old one has passed or not.
    ///
    /// O(1) plus an insert at the next poll.
    pub fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.disarm();
        // SAFETY: "armed is the owner's", and it is not linked. The old waker went with `disarm`.
        unsafe { *self.node.get() = Node::new(deadline) };
    }

    #[inline]
    fn node(&self) -> NonNull<Node<Links<C>>> {
        // SAFETY: a cell's address is not null.
        unsafe { NonNull::new_unchecked(self.node.get()) }
    }

    #[inline]
    fn is_armed(&self) -> bool {
        // SAFETY: "armed is the owner's".
        unsafe { (*self.node.get()).is_armed() }
    }

    #[inline]
    fn disarm(&self) {
        if self.is_armed() {
            // SAFETY: the node is ours, and belongs to our clock's timers ("one store").
            unsafe { self.clock.timers().disarm(self.node()) };
        }
    }
}

impl<C: Clock> Future for Sleep<C> {
    type Output = ();

    // Where it is seen whose waker that is, it is short.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let timers = self.clock.timers();
        if self.is_armed() {
            // SAFETY: armed, and it belongs to these timers ("one store").
            match unsafe { timers.look(self.node(), cx.waker()) } {
                Armed::ForThis => return Poll::Pending,
                Armed::Fired => {
                    // SAFETY: "armed is the owner's"; it has fired, so it is not linked.
                    unsafe { (*self.node.get()).set_armed(false) };
                    return Poll::Ready(());
                }
                // Rare: begin anew. If it fires in between it fires again.
                Armed::ForAnother => self.disarm(),
            }
        }
        // Without asking whether the deadline has passed: that is rare, and the next turn sees to it.
        // SAFETY: not armed; pinned, and `Drop` disarms; it belongs to these timers ("one store").
        unsafe { timers.arm(self.node(), cloned(cx.waker())) };
        Poll::Pending
    }
}

impl<C: Clock> Drop for Sleep<C> {
    #[inline]
    fn drop(&mut self) {
        self.disarm();
    }
}
