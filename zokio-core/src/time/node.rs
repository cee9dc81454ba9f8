//! A timer: what a waiting future links into a store.

use super::Instant;
use crate::list::{Linked, Links};
use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use core::task::Waker;

/// A deadline with its waker, linked into a store while it waits. Guarded by the lock of its [`Timers`](super::Timers).
///
/// Twenty-four bytes on a 32-bit machine: the deadline is kept as two words, so that it asks for no more alignment, and has
/// 63 bits (292 years), so that there is one to spare.
///
/// *Invariant "armed is the owner's":* the owner alone writes the deadline and its spare bit, and only while the node is
/// not linked or under the lock; so the owner may read them without, and whoever has the lock may read those of linked
/// nodes.
pub struct Node {
    links: Links<Node>,
    deadline: [u32; 2],
    /// Taken out by whoever unlinks the node; so a node that is dropped has none, and need not look.
    pub(super) waker: ManuallyDrop<Option<Waker>>,
}

// SAFETY: one field, inside the node.
unsafe impl Linked for Node {
    #[inline]
    unsafe fn links(node: NonNull<Self>) -> NonNull<Links<Self>> {
        // SAFETY: live by the caller's word.
        unsafe { NonNull::new_unchecked(&raw mut (*node.as_ptr()).links) }
    }
}

/// The bit of `deadline` that says that the owner has armed the timer since its deadline was set.
const ARMED: u32 = 1 << 31;

impl Node {
    pub(super) const fn new(deadline: Instant) -> Self {
        let nanos = deadline.as_nanos();
        let nanos = if nanos > i64::MAX as u64 { i64::MAX as u64 } else { nanos };
        Self { links: Links::new(), deadline: [nanos as u32, (nanos >> 32) as u32], waker: ManuallyDrop::new(None) }
    }

    #[inline]
    pub(super) const fn deadline(&self) -> Instant {
        Instant::from_nanos(((self.deadline[1] & !ARMED) as u64) << 32 | self.deadline[0] as u64)
    }

    /// Whether it was armed. It may have fired since.
    #[inline]
    pub(super) const fn is_armed(&self) -> bool {
        self.deadline[1] & ARMED != 0
    }

    /// Only while it is not linked, or under the lock.
    #[inline]
    pub(super) const fn set_armed(&mut self, armed: bool) {
        self.deadline[1] = self.deadline[1] & !ARMED | if armed { ARMED } else { 0 };
    }
}
