//! A chain of timers: each knows the next, and the link that points to itself.
//!
//! So a timer leaves without anybody looking for its list, and the list is one word.

use super::node::Node;
use core::cell::Cell;
use core::ptr::{self, NonNull};

/// The link that points to a node: the `next` of the node before it, or the first link of a list. Null for no node.
///
/// A link that points to a node stays where it is, too ("linked is pinned").
pub(super) type Link = Cell<*const Node<Chained>>;

/// A link to no node.
pub(super) const fn end() -> Link {
    Cell::new(ptr::null())
}

/// The links of a node in a chain.
#[doc(hidden)]
pub struct Chained {
    next: Link,
    /// `None` while it is in no list.
    pub(super) back: Cell<Option<NonNull<Link>>>,
}

impl Chained {
    /// In no list.
    pub(super) const fn unlinked() -> Self {
        Self { next: end(), back: Cell::new(None) }
    }
}

impl Node<Chained> {
    /// The link to the node behind this one.
    #[inline]
    pub(super) const fn next(&self) -> &Link {
        &self.links().next
    }

    /// Links `node` in front of what `link` points to.
    ///
    /// # Safety
    /// `node` is in no list; "linked is pinned" holds for it and for `link` from here on; the lock of the list is held.
    #[inline]
    pub(super) unsafe fn insert(node: NonNull<Self>, link: &Link) {
        let next = link.replace(node.as_ptr());
        // SAFETY: live and in no list by the caller's word; "linked is pinned".
        unsafe {
            Self::set_links(node, Chained { next: Cell::new(next), back: Cell::new(Some(NonNull::from(link))) });
            if let Some(next) = next.as_ref() {
                next.links().back.set(Some(NonNull::from(node.as_ref().next())));
            }
        }
    }

    /// Takes the node out of its list, if it is in one.
    ///
    /// # Safety
    /// The lock of the list is held.
    #[inline]
    pub(super) unsafe fn unlink(&self) {
        if let Some(back) = self.links().back.take() {
            let next = self.next().get();
            // SAFETY: "linked is pinned", for the link that points here and the node behind.
            unsafe {
                back.as_ref().set(next);
                if let Some(next) = next.as_ref() {
                    next.links().back.set(Some(back));
                }
            }
        }
    }
}
