//! A timer: what a waiting future links into a store.

use super::Instant;
use crate::list::{Linked, Links};
use core::ptr::NonNull;
use core::task::Waker;

/// A deadline with its waker, linked into a store while it waits. Guarded by the lock of its [`Timers`](super::Timers).
///
/// Twenty-four bytes on a 32-bit machine: the deadline is kept as two words, so that it asks for no more alignment.
pub struct Node {
    links: Links<Node>,
    deadline: [u32; 2],
    pub(super) waker: Option<Waker>,
}

// SAFETY: one field, inside the node.
unsafe impl Linked for Node {
    #[inline]
    unsafe fn links(node: NonNull<Self>) -> NonNull<Links<Self>> {
        // SAFETY: live by the caller's word.
        unsafe { NonNull::new_unchecked(&raw mut (*node.as_ptr()).links) }
    }
}

impl Node {
    pub(super) const fn new(deadline: Instant) -> Self {
        let mut node = Self { links: Links::new(), deadline: [0; 2], waker: None };
        node.set_deadline(deadline);
        node
    }

    #[inline]
    pub(super) const fn deadline(&self) -> Instant {
        Instant::from_nanos((self.deadline[1] as u64) << 32 | self.deadline[0] as u64)
    }

    #[inline]
    pub(super) const fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = [deadline.as_nanos() as u32, (deadline.as_nanos() >> 32) as u32];
    }

    #[inline]
    pub(super) fn is_linked(&self) -> bool {
        self.links.is_linked()
    }
}
