//! An intrusive, doubly linked list: one word for the list, O(1) push, pop and unlink.
//!
//! Nodes live wherever their owner pins them (inside a future, in a static); the list never allocates and is never full.
//!
//! *Invariant "linked is pinned":* from `push` to `unlink`/`pop` a node stays at its address and alive, and its
//! links are touched only under the lock that guards the list. Owners keep it by linking only after they are pinned and
//! by unlinking in `Drop`.

use core::cell::Cell;
use core::ptr::NonNull;

/// The links of a node; `prev` is null while it is in no list.
///
/// *Invariant "open at the end":* in a list every node has a `prev`: of the first it is the last. The last has no `next`, so
/// that taking out a node that is alone, which most are, asks for no neighbours.
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
        self.prev.get().is_some()
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

    /// Links `node` as the last. Its links need not be initialised.
    ///
    /// # Safety
    /// "Linked is pinned" holds for `node` from here on; it is in no list.
    #[inline]
    pub(crate) unsafe fn push_back(&mut self, node: NonNull<T>) {
        // SAFETY: the caller's word for `node`; every node of the list is live by "linked is pinned".
        unsafe {
            let prev = match self.head {
                None => {
                    self.head = Some(node);
                    node
                }
                Some(head) => {
                    // "Open at the end".
                    let last = Self::links(head).prev.replace(Some(node)).unwrap_unchecked();
                    Self::links(last).next.set(Some(node));
                    last
                }
            };
            T::links(node).write(Links { next: Cell::new(None), prev: Cell::new(Some(prev)) });
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
            let Some(prev) = links.prev.take() else { return };
            let next = links.next.get();
            if self.head == Some(node) {
                self.head = next;
            } else {
                Self::links(prev).next.set(next);
            }
            // Whoever comes after it has its `prev` now; if nobody does, that is the last, as the first knows.
            if let Some(knows) = next.or(self.head) {
                Self::links(knows).prev.set(Some(prev));
            }
        }
    }

    /// Takes the first node out.
    #[inline]
    pub(crate) fn pop_front(&mut self) -> Option<NonNull<T>> {
        let node = self.head?;
        // SAFETY: every node of the list is live by "linked is pinned"; it is the first.
        unsafe {
            self.pop_unmarked(node);
            Self::links(node).prev.set(None);
        }
        Some(node)
    }

    /// Takes the first node out, for an owner who knows by other means that it is in no list: its links still say that it is.
    ///
    /// # Safety
    /// `first` is the first.
    #[inline(always)]
    pub(crate) unsafe fn pop_unmarked(&mut self, first: NonNull<T>) {
        // SAFETY: every node of the list is live by "linked is pinned".
        unsafe {
            let links = Self::links(first);
            let next = links.next.get();
            self.head = next;
            if let Some(next) = next {
                Self::links(next).prev.set(links.prev.get());
            }
        }
    }

    /// The node after `node`, or `None` after the last.
    ///
    /// # Safety
    /// `node` is in this list.
    #[inline]
    pub(crate) unsafe fn after(&self, node: NonNull<T>) -> Option<NonNull<T>> {
        // SAFETY: live by "linked is pinned".
        unsafe { Self::links(node) }.next.get()
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
                // And it can come back, behind the others.
                // SAFETY: as above; it is not linked.
                unsafe { list.push_back(node(out)) };
                let order: Vec<u32> = (0..length).filter(|&number| number != out).chain([out]).collect();
                assert_eq!(numbers(&list), order);
                for number in order {
                    let first = list.pop_front().unwrap();
                    // SAFETY: as above.
                    assert_eq!(unsafe { (*first.as_ptr()).1 }, number);
                    assert!(!is_linked(number));
                }
                assert!(list.pop_front().is_none());
            }
        }
    }
}
