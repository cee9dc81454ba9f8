//! A timer: what a waiting future links into a store.

use super::Instant;
use core::cell::Cell;
use core::mem::ManuallyDrop;
use core::ptr::{self, NonNull};
use core::task::Waker;

/// The link that points to a node: the `next` of the node before it, or the first link of a list. Null for no node.
pub(super) type Link = Cell<*const Node>;

/// A deadline with its waker, linked into a store while it waits. Guarded by the lock of its [`Timers`](super::Timers).
///
/// Linked to the next node, and back to whatever link points here: so it can be taken out without knowing its list.
///
/// Twenty-four bytes on a 32-bit machine: the deadline is kept as two words, so that it asks for no more alignment. An instant
/// has 63 bits, so there is one to spare.
///
/// *Invariant "armed is the owner's":* the owner alone writes the deadline and its spare bit, and only while the node is
/// not linked or under the lock; so the owner may read them without, and whoever has the lock may read those of linked
/// nodes.
///
/// *Invariant "linked is pinned":* while a node is linked it stays at its address and alive, and so does the link that
/// points to it.
pub struct Node {
    next: Link,
    /// `None` while it is in no list.
    back: Cell<Option<NonNull<Link>>>,
    deadline: [u32; 2],
    /// Taken out by whoever unlinks the node; so a node that is dropped has none, and need not look.
    pub(super) waker: ManuallyDrop<Option<Waker>>,
}

/// The bit of `deadline` that says that the owner has armed the timer since its deadline was set.
const ARMED: u32 = 1 << 31;

impl Node {
    #[inline]
    pub(super) const fn new(deadline: Instant) -> Self {
        let nanos = deadline.as_nanos();
        Self {
            next: Cell::new(ptr::null()),
            back: Cell::new(None),
            deadline: [nanos as u32, (nanos >> 32) as u32],
            waker: ManuallyDrop::new(None),
        }
    }

    /// The link to the node behind this one.
    #[inline]
    pub(super) const fn next(&self) -> &Link {
        &self.next
    }

    /// Links `node` in front of what `link` points to.
    ///
    /// # Safety
    /// `node` is in no list; "linked is pinned" holds for it, and for `link` as long as it points to a node; the lock of
    /// the list is held. No exclusive reference to either exists until it is unlinked.
    #[inline]
    pub(super) unsafe fn insert(node: NonNull<Self>, link: &Link) {
        // SAFETY: live by the caller's word.
        let this = unsafe { node.as_ref() };
        let next = link.replace(node.as_ptr());
        this.next.set(next);
        this.back.set(Some(NonNull::from(link)));
        // SAFETY: "linked is pinned".
        if let Some(next) = unsafe { next.as_ref() } {
            next.back.set(Some(NonNull::from(&this.next)));
        }
    }

    /// Takes the node out of its list, if it is in one.
    ///
    /// # Safety
    /// The lock of the list is held.
    #[inline]
    pub(super) unsafe fn unlink(&self) {
        if let Some(back) = self.back.take() {
            let next = self.next.get();
            // SAFETY: "linked is pinned", for the link that points here and the node behind.
            unsafe {
                back.as_ref().set(next);
                if let Some(next) = next.as_ref() {
                    next.back.set(Some(back));
                }
            }
        }
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
