//! A sorted list of timers: for up to about eight at a time.

use super::node::Node;
use super::timers::{Sealed, TimerStore};
use crate::list::List;
use core::ptr::NonNull;

/// A list of timers in the order of their deadlines: one word of memory and the least code.
///
/// Insert is O(n) from the end (a later deadline than all others costs one step), everything else O(1).
pub struct SortedList(List<Node>);

impl Sealed for SortedList {}

// SAFETY: the list holds exactly what was inserted and not removed.
unsafe impl TimerStore for SortedList {
    const EMPTY: Self = Self(List::new());

    unsafe fn insert(&mut self, node: NonNull<Node>) {
        // SAFETY: linked nodes are live ("linked is pinned"), and the caller's word for `node`.
        unsafe {
            let deadline = node.as_ref().deadline();
            // Look for the last node that is not later, from the end; ours goes behind it, so equal deadlines keep
            // their order.
            let mut later = None;
            let mut at = self.0.back();
            while let Some(other) = at
                && other.as_ref().deadline() > deadline
            {
                later = Some(other);
                at = self.0.before(other);
            }
            self.0.insert_before(later, node);
        }
    }

    #[inline]
    unsafe fn remove(&mut self, node: NonNull<Node>) {
        // SAFETY: the caller's word.
        unsafe { self.0.unlink(node) }
    }

    #[inline]
    fn first(&self) -> Option<NonNull<Node>> {
        self.0.front()
    }
}
