//! The list of tasks that wait for a primitive, first come, first served.
//!
//! ```text
//!            (1) enqueue            (2) grant                (3) finish
//!   idle ───────────────► linked ───────────────► granted ───────────────► idle
//!    ▲                      │                        │
//!    └────── (4) drop ──────┘                        └── (5) drop: the grant goes to the next
//! ```
//!
//! A primitive keeps a [`WaitList`] beside its state, both under one lock. A waiting future owns a [`Waiter`] and, if it
//! is dropped while *granted*, its primitive hands the grant on, so that no wake-up is lost with it.

use crate::list::{Linked, Links, List};
use crate::loom::UnsafeCell;
use core::marker::PhantomPinned;
use core::ptr::NonNull;
use core::task::Waker;

/// A node; guarded by the lock of the primitive that it waits for.
pub(super) struct Node {
    links: Links<Node>,
    waker: Option<Waker>,
    granted: bool,
    /// When it came, for primitives that serve all who came before a moment.
    epoch: u32,
}

// SAFETY: one field, inside the node.
unsafe impl Linked for Node {
    unsafe fn links(node: NonNull<Self>) -> NonNull<Links<Self>> {
        // SAFETY: live by the caller's word.
        unsafe { NonNull::new_unchecked(&raw mut (*node.as_ptr()).links) }
    }
}

/// The waiting tasks of a primitive.
pub(super) struct WaitList(List<Node>);

impl WaitList {
    pub(super) const fn new() -> Self {
        Self(List::new())
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.front().is_none()
    }

    /// Transition 2 for the first; its waker is to be woken after the lock is released.
    #[inline]
    pub(super) fn grant(&mut self) -> Option<Waker> {
        let node = self.0.pop_front()?;
        // SAFETY: linked nodes are live and guarded by the caller's lock; ours until the lock is released.
        unsafe {
            (*node.as_ptr()).granted = true;
            (*node.as_ptr()).waker.take()
        }
    }

    /// Takes the first out without granting it anything, so that it looks again.
    pub(super) fn dismiss(&mut self) -> Option<Waker> {
        let node = self.0.pop_front()?;
        // SAFETY: as above.
        unsafe { (*node.as_ptr()).waker.take() }
    }

    /// Transition 2 for the first, if it came before `epoch`.
    pub(super) fn grant_before(&mut self, epoch: u32) -> Option<Waker> {
        let first = self.0.front()?;
        // SAFETY: as above. Wrapping order: nobody waits while two thousand million others come.
        if (unsafe { first.as_ref() }.epoch.wrapping_sub(epoch) as i32) < 0 { self.grant() } else { None }
    }
}

/// A future's place in the list of one primitive.
///
/// *Invariant "one list":* every call on a waiter is with the list of the same primitive, under its lock; and the owner
/// calls [`leave`](Self::leave) before the waiter goes. With "linked is pinned" this makes every call sound.
pub(super) struct Waiter {
    node: UnsafeCell<Node>,
    _pinned: PhantomPinned,
}

// SAFETY: the node is guarded by the primitive's lock; wakers are `Send`.
unsafe impl Send for Waiter {}
// SAFETY: as above; nothing is reached through `&Waiter` without that lock.
unsafe impl Sync for Waiter {}

impl Waiter {
    pub(super) const fn new() -> Self {
        let node = Node { links: Links::new(), waker: None, granted: false, epoch: 0 };
        Self { node: UnsafeCell::new(node), _pinned: PhantomPinned }
    }

    #[inline]
    fn node(&self) -> NonNull<Node> {
        // SAFETY: a cell's address is not null.
        unsafe { NonNull::new_unchecked(self.node.get()) }
    }

    /// Whether the node is linked. Only the owner links, so it may ask without the lock whether it ever did.
    ///
    /// # Safety
    /// Under the primitive's lock.
    #[inline]
    pub(super) unsafe fn is_linked(&self) -> bool {
        // SAFETY: guarded.
        unsafe { (*self.node.get()).links.is_linked() }
    }

    /// Transition 1, or another waker for one that waits already. Returns a waker to be dropped after the lock.
    ///
    /// # Safety
    /// "One list"; the waiter is pinned; under the lock.
    #[inline]
    pub(super) unsafe fn enqueue(&self, list: &mut WaitList, waker: Waker, epoch: u32) -> Option<Waker> {
        let node = self.node();
        // SAFETY: guarded, and pinned by the caller's word.
        unsafe {
            if !self.is_linked() {
                (*node.as_ptr()).granted = false;
                (*node.as_ptr()).epoch = epoch;
                list.0.push_back(node);
            }
            (*node.as_ptr()).waker.replace(waker)
        }
    }

    /// Transition 3: takes a grant, if there is one.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline]
    pub(super) unsafe fn take_grant(&self) -> bool {
        // SAFETY: guarded.
        unsafe { core::mem::take(&mut (*self.node.get()).granted) }
    }

    /// Transitions 4 and 5: leaves the list; says whether there was a grant, which must be handed on, and returns a
    /// waker to be dropped after the lock.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline]
    pub(super) unsafe fn leave(&self, list: &mut WaitList) -> (bool, Option<Waker>) {
        let node = self.node();
        // SAFETY: guarded; in no other list.
        unsafe {
            list.0.unlink(node);
            (core::mem::take(&mut (*node.as_ptr()).granted), (*node.as_ptr()).waker.take())
        }
    }
}
