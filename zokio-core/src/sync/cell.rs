//! The waker of the one task that waits for something, to be woken from an interrupt or another thread.

use crate::lock::Lock;
use crate::task::{Plain, plain, woken_if_plain};
use core::task::Waker;

/// Keeps one waker.
///
/// Register first, then look whether what you wait for has happened, then return `Pending`: whatever happens after the
/// look finds the waker. Where several tasks may wait, use [`Notify`](super::Notify).
///
/// O(1), interrupt-safe.
///
/// ```
/// use core::task::{Context, Poll};
/// use zokio_core::sync::WakerCell;
///
/// static RECEIVED: WakerCell = WakerCell::new();
///
/// fn on_interrupt() {
///     RECEIVED.wake();
/// }
///
/// fn poll_received(cx: &mut Context<'_>, mut take: impl FnMut() -> Option<u8>) -> Poll<u8> {
///     RECEIVED.register(cx.waker());
///     take().map_or(Poll::Pending, Poll::Ready)
/// }
/// # on_interrupt();
/// # assert_eq!(poll_received(&mut Context::from_waker(core::task::Waker::noop()), || Some(1)), Poll::Ready(1));
/// ```
pub struct WakerCell {
    waker: Lock<Option<Waker>>,
}

impl WakerCell {
    /// No waker.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { waker: Lock::new(None) }
    }

    /// Keeps a clone of `waker`, instead of the one before.
    pub fn register(&self, waker: &Waker) {
        let kept = self.waker.with(|old| match old {
            Some(old) => old.will_wake(waker),
            None => {
                *old = plain(waker).map(Plain::waker);
                old.is_some()
            }
        });
        if kept {
            return;
        }
        let waker = waker.clone();
        let old = self.waker.with(|old| old.replace(waker));
        drop(old);
    }

    /// Wakes whoever registered last, once.
    pub fn wake(&self) {
        let waker = self.waker.with(|kept| {
            // SAFETY: under the lock.
            unsafe { woken_if_plain(kept.take()?) }
        });
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes the waker out without waking it.
    pub fn take(&self) -> Option<Waker> {
        self.waker.with(Option::take)
    }
}
