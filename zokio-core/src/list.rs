//! An intrusive, doubly linked, circular list: one word for the list, O(1) push, pop and unlink.
//!
//! Nodes live wherever their owner pins them (inside a future, in a static); the list never allocates and is never full.
//!
//! *Invariant "linked is pinned":* from `push`/`insert` to `unlink`/`pop` a node stays at its address and alive, and its
//! links are touched only under the lock that guards the list. Owners keep it by linking only after they are pinned and
//! by unlinking in `Drop`.

use core::cell::Cell;
use core::ptr::NonNull;

/// The links of a node; `next` is null while it is in no list.
///
/// *Invariant "linked both ways":* a node with a `next` has a `prev`.
pub(crate) struct Links<T> {
    next: Cell<Option<NonNull<T>>>,
    prev: Cell<Option<NonNull<T>>>,
}

impl<T> Links<T> {
    pub(crate) const fn new() -> Self {
        Self { next: Cell::new(None), prev: Cell::new(None) }
    }

    /// Whether the node is in a list.
    #[inline]
    pub(crate) fn is_linked(&self) -> bool {
        self.next.get().is_some()
    }
}

/// A type with links inside.
///
/// # Safety
/// `links` returns the address of the same field at every call, inside the allocation of `node`.
pub(crate) unsafe trait Linked: Sized {
    /// The address of the node's links.
    ///
    /// # Safety
    /// `node` points to a live node.
    unsafe fn links(node: NonNull<Self>) -> NonNull<Links<Self>>;
}

/// The list: a pointer to its first node, whose `prev` is the last.
pub(crate) struct List<T> {
    head: Option<NonNull<T>>,
}

// SAFETY: a list is a pointer; every use of what it points to is `unsafe` and answers to "linked is pinned".
unsafe impl<T> Send for List<T> {}

impl<T: Linked> List<T> {
    pub(crate) const fn new() -> Self {
        Self { head: None }
    }

    /// The first node.
    #[inline]
    pub(crate) fn front(&self) -> Option<NonNull<T>> {
        self.head
    }

    /// The links of `node`.
    ///
    /// # Safety
    /// `node` is live, and its links are guarded by the caller's lock, for `'a`.
    #[inline]
    unsafe fn links<'a>(node: NonNull<T>) -> &'a Links<T> {
        // SAFETY: live by the caller's word; `Linked` promises a field inside the node.
        unsafe { T::links(node).as_ref() }
    }

    /// Links `node` in front of `at`, or as the last node where `at` is `None`.
    ///
    /// # Safety
    /// "Linked is pinned" holds for `node` from here on; it is in no list; `at` is in this one.
    pub(crate) unsafe fn insert_before(&mut self, at: Option<NonNull<T>>, node: NonNull<T>) {
        // SAFETY: the caller's word for `node`; every node of the list is live by "linked is pinned".
        unsafe {
            let Some(head) = self.head else {
                let links = Self::links(node);
                links.next.set(Some(node));
                links.prev.set(Some(node));
                self.head = Some(node);
                return;
            };
            let next = at.unwrap_or(head);
            let next_links = Self::links(next);
            // "Linked both ways".
            let prev = next_links.prev.get().unwrap_unchecked();
            let links = Self::links(node);
            links.next.set(Some(next));
            links.prev.set(Some(prev));
            Self::links(prev).next.set(Some(node));
            next_links.prev.set(Some(node));
            if at == Some(head) {
                self.head = Some(node);
            }
        }
    }

    /// Links `node` as the last.
    ///
    /// # Safety
    /// As [`insert_before`](Self::insert_before).
    #[inline]
    pub(crate) unsafe fn push_back(&mut self, node: NonNull<T>) {
        // SAFETY: the caller's word.
        unsafe { self.insert_before(None, node) }
    }

    /// Takes `node` out, if it is linked. It may only be linked in this list.
    ///
    /// # Safety
    /// `node` is live and guarded by the caller's lock.
    pub(crate) unsafe fn unlink(&mut self, node: NonNull<T>) {
        // SAFETY: the caller's word for `node`; its neighbours are live by "linked is pinned".
        unsafe {
            let links = Self::links(node);
            let Some(next) = links.next.take() else { return };
            // "Linked both ways".
            let prev = links.prev.get().unwrap_unchecked();
            Self::links(prev).next.set(Some(next));
            Self::links(next).prev.set(Some(prev));
            if self.head == Some(node) {
                self.head = (next != node).then_some(next);
            }
        }
    }

    /// Takes the first node out.
    #[inline]
    pub(crate) fn pop_front(&mut self) -> Option<NonNull<T>> {
        let node = self.head?;
        // SAFETY: every node of the list is live by "linked is pinned".
        unsafe { self.unlink(node) };
        Some(node)
    }

    /// The node after `node`, or `None` after the last.
    ///
    /// # Safety
    /// `node` is in this list.
    #[inline]
    pub(crate) unsafe fn after(&self, node: NonNull<T>) -> Option<NonNull<T>> {
        // SAFETY: live by "linked is pinned".
        unsafe { Self::links(node) }.next.get().filter(|&next| Some(next) != self.head)
    }
}
