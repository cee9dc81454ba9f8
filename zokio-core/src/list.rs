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

    /// As [`push_back`](Self::push_back), for a node whose links need not be initialised.
    ///
    /// # Safety
    /// As [`insert_before`](Self::insert_before).
    #[inline]
    pub(crate) unsafe fn push_back_new(&mut self, node: NonNull<T>) {
        // SAFETY: the caller's word for `node`; every node of the list is live by "linked is pinned".
        unsafe {
            let (next, prev) = match self.head {
                None => {
                    self.head = Some(node);
                    (node, node)
                }
                Some(head) => {
                    // "Linked both ways".
                    let prev = Self::links(head).prev.replace(Some(node)).unwrap_unchecked();
                    Self::links(prev).next.set(Some(node));
                    (head, prev)
                }
            };
            T::links(node).write(Links { next: Cell::new(Some(next)), prev: Cell::new(Some(prev)) });
        }
    }

    /// Takes `node` out, if it is linked. It may only be linked in this list.
    ///
    /// # Safety
    /// `node` is live and guarded by the caller's lock.
    pub(crate) unsafe fn unlink(&mut self, node: NonNull<T>) {
        // SAFETY: the caller's word for `node`; its neighbours are live by "linked is pinned".
        unsafe {
            let links = Self::links(node);
            let Some(next) = links.next.get() else { return };
            // "Linked both ways".
            let prev = links.prev.get().unwrap_unchecked();
            Self::links(prev).next.set(Some(next));
            Self::links(next).prev.set(Some(prev));
            // Last: a node alone in the list is its own neighbour.
            links.next.set(None);
            if self.head == Some(node) {
                self.head = (next != node).then_some(next);
            }
        }
    }

    /// Takes the first node out.
    #[inline]
    pub(crate) fn pop_front(&mut self) -> Option<NonNull<T>> {
        let node = self.head?;
        // SAFETY: every node of the list is live by "linked is pinned", and has a `next` and a `prev`.
        unsafe {
            let links = Self::links(node);
            let next = links.next.replace(None).unwrap_unchecked();
            if next == node {
                self.head = None;
            } else {
                let prev = links.prev.get().unwrap_unchecked();
                Self::links(prev).next.set(Some(next));
                Self::links(next).prev.set(Some(prev));
                self.head = Some(next);
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    struct Node(Links<Node>, u32);

    // SAFETY: one field, inside the node.
    unsafe impl Linked for Node {
        unsafe fn links(node: NonNull<Self>) -> NonNull<Links<Self>> {
            // SAFETY: live by the caller's word.
            unsafe { NonNull::new_unchecked(&raw mut (*node.as_ptr()).0) }
        }
    }

    /// The numbers in the list, front to back.
    fn numbers(list: &List<Node>) -> Vec<u32> {
        let mut numbers = Vec::new();
        let mut at = list.front();
        while let Some(node) = at {
            // SAFETY: the nodes outlive the list in every test.
            unsafe {
                numbers.push((*node.as_ptr()).1);
                at = list.after(node);
            }
        }
        numbers
    }

    #[test]
    fn what_is_taken_out_is_in_no_list() {
        for length in 1..5u32 {
            for out in 0..length {
                let mut nodes: Vec<Node> = (0..length).map(|number| Node(Links::new(), number)).collect();
                let base = nodes.as_mut_ptr();
                // SAFETY: the nodes stay where they are and outlive the list.
                let node = |number: u32| unsafe { NonNull::new_unchecked(base.add(number as usize)) };
                // SAFETY: as above.
                let is_linked = |number: u32| unsafe { (*node(number).as_ptr()).0.is_linked() };
                let mut list = List::new();
                for number in 0..length {
                    // SAFETY: as above; each is linked once.
                    unsafe { list.push_back(node(number)) };
                }
                // SAFETY: as above.
                unsafe { list.unlink(node(out)) };
                assert!(!is_linked(out));
                assert_eq!(numbers(&list), (0..length).filter(|&number| number != out).collect::<Vec<_>>());
                // Twice is once.
                // SAFETY: as above.
                unsafe { list.unlink(node(out)) };
                assert_eq!(numbers(&list).len() as u32, length - 1);
                // And it can come back, in front of any other or at the end.
                let before = (out + 1 < length).then(|| node(out + 1));
                // SAFETY: as above; it is not linked.
                unsafe { list.insert_before(before, node(out)) };
                assert_eq!(numbers(&list), (0..length).collect::<Vec<_>>());
                while let Some(first) = list.pop_front() {
                    // SAFETY: as above.
                    assert!(unsafe { !(*first.as_ptr()).0.is_linked() });
                }
                assert!(numbers(&list).is_empty());
            }
        }
    }
}
