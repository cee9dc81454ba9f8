//! A sorted list of timers: for up to about eight at a time.

use super::Instant;
use super::chain::{Chained, Link, end};
use super::node::Node;
use super::timers::{Sealed, TimerStore};
use core::ptr::NonNull;

/// A list of timers in the order of their deadlines: one word of memory and the least code.
///
/// Insert is O(n) (an earlier deadline than all others costs one step), everything else O(1).
///
/// ```
/// use zokio_core::time::{SortedList, Timers};
///
/// static TIMERS: Timers<SortedList> = Timers::new();
/// ```
pub struct SortedList(Link);

// SAFETY: a list is a pointer; what it points to is reached under the lock of its `Timers` only.
unsafe impl Send for SortedList {}

impl Sealed for SortedList {}

// SAFETY: the list holds exactly what was inserted and not removed.
unsafe impl TimerStore for SortedList {
    type Links = Chained;
    const EMPTY: Self = Self(end());
    const LEAST_CODE: bool = true;

    unsafe fn insert(&self, node: NonNull<Node<Chained>>) {
        // SAFETY: live by the caller's word.
        let deadline = unsafe { node.as_ref() }.deadline();
        let mut link = &self.0;
        // Behind all that are not later, so that equal deadlines keep their order.
        // SAFETY: linked nodes are live ("linked is pinned").
        while let Some(other) = unsafe { link.get().as_ref() }
            && other.deadline() <= deadline
        {
            link = other.next();
        }
        // SAFETY: the caller's word.
        unsafe { Node::insert(node, link) };
    }

    #[inline]
    unsafe fn remove(&self, node: NonNull<Node<Chained>>) {
        // SAFETY: the caller's word.
        unsafe { node.as_ref().unlink() };
    }

    #[inline]
    fn next_deadline(&self) -> Option<Instant> {
        // SAFETY: linked nodes are live.
        unsafe { self.0.get().as_ref() }.map(Node::deadline)
    }

    #[inline]
    fn pop_due(&self, now: Instant) -> Option<NonNull<Node<Chained>>> {
        // SAFETY: linked nodes are live; the lock is held.
        unsafe {
            let first = self.0.get().as_ref().filter(|first| first.deadline() <= now)?;
            first.unlink();
            Some(NonNull::from(first))
        }
    }
}
