//! The ready queue: intrusive, never full, FIFO, pushed from anywhere, popped by one executor.
//!
//! Producers push onto a stack ([`Inbox`]) with one compare-and-swap; the consumer takes the whole stack with one swap
//! and turns it round into a private [`Batch`]. Everything in a batch was pushed before everything still in the inbox, so
//! the order is first in, first out.
//!
//! **Progress.** Push is lock-free: it fails only if another push succeeds. Take is wait-free. No producer, whatever its
//! priority and wherever it is stopped, can make the consumer wait, and no node is ever half-linked (which is what a
//! queue with a tail pointer cannot say). **Memory:** one word for the inbox, one for the batch, one link per node.
//!
//! *Invariant "queued owns the link":* from the moment a node is pushed until it is popped, its link belongs to the queue.
//! The task's `QUEUED` bit keeps this: who sets it may push, and it is cleared after the pop only.

use crate::loom::{AtomicPtr, Cell, Ordering};
use core::ptr::{self, NonNull};

/// A node with a link for one queue.
///
/// # Safety
/// `next` returns the same cell at every call, and nobody else touches it while "queued owns the link" holds.
pub unsafe trait Link {
    /// The node's link.
    fn next(&self) -> &Cell<*mut Self>;
}

/// The shared end: a stack that anybody pushes onto.
pub struct Inbox<T> {
    top: AtomicPtr<T>,
}

impl<T: Link> Inbox<T> {
    /// An empty one.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { top: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Pushes `node`. Returns whether the inbox was empty: if not, whoever pushed before has told the consumer.
    ///
    /// # Safety
    /// `node` is live until it is popped, and the caller has just acquired "queued owns the link" for it.
    #[inline]
    pub unsafe fn push(&self, node: NonNull<T>) -> bool {
        let mut top = self.top.load(Ordering::Relaxed);
        loop {
            // SAFETY: the node is live, and its link is ours until the exchange below gives it to the queue.
            unsafe { node.as_ref() }.next().set(top);
            // Release: the consumer that takes the node sees the link, and all that the waker wrote before it woke.
            match self.top.compare_exchange_weak(top, node.as_ptr(), Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return top.is_null(),
                Err(now) => top = now,
            }
        }
    }

    /// As [`push`](Self::push), with interrupts masked, where there is one core: plain loads and stores.
    ///
    /// # Safety
    /// As `push`.
    #[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
    #[inline(always)]
    pub unsafe fn push_masked(&self, node: NonNull<T>, _: critical_section::CriticalSection<'_>) -> bool {
        let top = self.top.load(Ordering::Relaxed);
        // SAFETY: the node is live, and its link is ours.
        unsafe { node.as_ref() }.next().set(top);
        self.top.store(node.as_ptr(), Ordering::Release);
        top.is_null()
    }

    /// Whether nothing is waiting. A plain load: no exclusive access that would count as an event on some cores.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.top.load(Ordering::Relaxed).is_null()
    }
}

/// The consumer's end: nodes taken from the inbox, oldest first.
pub struct Batch<T> {
    first: *mut T,
}

impl<T: Link> Batch<T> {
    /// Nothing taken yet.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { first: ptr::null_mut() }
    }

    /// Whether nothing is left of what was taken.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// Takes the oldest node; goes to the inbox when nothing is left of the last batch.
    #[inline]
    pub fn pop(&mut self, inbox: &Inbox<T>) -> Option<NonNull<T>> {
        if self.first.is_null() {
            if inbox.is_empty() {
                return None;
            }
            // Acquire: pairs with the release of every push.
            let mut node = inbox.top.swap(ptr::null_mut(), Ordering::Acquire);
            // SAFETY: nobody but us takes, so it is still not empty. The rest as below.
            unsafe {
                // Most often there is one, which is its own batch.
                let only = NonNull::new_unchecked(node);
                if only.as_ref().next().get().is_null() {
                    return Some(only);
                }
            }
            while let Some(live) = NonNull::new(node) {
                // SAFETY: nodes in the queue are live and their links belong to it: "queued owns the link".
                let link = unsafe { live.as_ref() }.next();
                node = link.replace(self.first);
                self.first = live.as_ptr();
            }
        }
        let node = NonNull::new(self.first)?;
        // SAFETY: as above.
        self.first = unsafe { node.as_ref() }.next().get();
        Some(node)
    }
}

/// A queue of one owner: first in, first out, through the same links.
pub(crate) struct Lane<T> {
    first: *mut T,
    /// Means nothing while `first` is null.
    last: *mut T,
}

impl<T: Link> Lane<T> {
    /// An empty one.
    pub(crate) const fn new() -> Self {
        Self { first: ptr::null_mut(), last: ptr::null_mut() }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// Puts `node` behind the others.
    ///
    /// # Safety
    /// `node` is live until it is popped, and the caller has "queued owns the link" for it, for instance from
    /// [`Batch::pop`].
    #[inline]
    pub(crate) unsafe fn push(&mut self, node: NonNull<T>) {
        // SAFETY: nodes in the queue are live and their links belong to it: "queued owns the link".
        unsafe {
            node.as_ref().next().set(ptr::null_mut());
            match NonNull::new(self.first) {
                None => self.first = node.as_ptr(),
                Some(_) => NonNull::new_unchecked(self.last).as_ref().next().set(node.as_ptr()),
            }
        }
        self.last = node.as_ptr();
    }

    /// Takes the oldest node.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<NonNull<T>> {
        let node = NonNull::new(self.first)?;
        // SAFETY: as in `push`.
        self.first = unsafe { node.as_ref() }.next().get();
        Some(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    struct Node(Cell<*mut Node>, u32);
    // SAFETY: one cell per node, used by the queue only.
    unsafe impl Link for Node {
        fn next(&self) -> &Cell<*mut Self> {
            &self.0
        }
    }

    #[test]
    fn order_is_first_in_first_out_across_batches() {
        let nodes: Vec<Node> = (0..6).map(|number| Node(Cell::new(ptr::null_mut()), number)).collect();
        let (inbox, mut batch) = (Inbox::new(), Batch::new());
        // SAFETY: the nodes live to the end of the test and are pushed once each.
        let push = |number: usize| unsafe { inbox.push(NonNull::from(&nodes[number])) };
        // SAFETY: as above.
        let mut pop = || batch.pop(&inbox).map(|node| unsafe { node.as_ref() }.1);
        assert!(push(0));
        assert!(!push(1));
        assert!(!push(2));
        assert_eq!(pop(), Some(0));
        assert!(push(3), "the inbox was taken");
        push(4);
        assert_eq!((pop(), pop(), pop()), (Some(1), Some(2), Some(3)));
        push(5);
        assert_eq!((pop(), pop(), pop()), (Some(4), Some(5), None));
    }

    #[test]
    fn a_lane_keeps_the_order_and_is_empty_between() {
        let nodes: Vec<Node> = (0..3).map(|number| Node(Cell::new(ptr::null_mut()), number)).collect();
        let mut lane = Lane::new();
        for length in 1..=3 {
            assert!(lane.is_empty());
            for node in &nodes[..length] {
                // SAFETY: the nodes live to the end of the test, and are in no queue.
                unsafe { lane.push(NonNull::from(node)) };
                assert!(!lane.is_empty());
            }
            // SAFETY: as above.
            let popped: Vec<u32> = core::iter::from_fn(|| lane.pop()).map(|node| unsafe { node.as_ref() }.1).collect();
            assert_eq!(popped, (0..length as u32).collect::<Vec<_>>());
        }
    }
}
