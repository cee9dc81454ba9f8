//! A pairing heap of timers: for any number of them on a board.

use super::Instant;
use super::node::Node;
use super::timers::{Sealed, TimerStore};
use core::cell::Cell;
use core::ptr::{self, NonNull};

/// A heap of timers: one word of memory and three in each timer.
///
/// Insert is O(1); taking the first, or any other, is O(log n) amortised (one may take O(n), and makes the next ones
/// short), without recursion. Timers with equal deadlines fire in any order.
///
/// ```
/// use zokio_core::time::{Heap, Timers};
///
/// static TIMERS: Timers<Heap> = Timers::new();
/// ```
pub struct Heap {
    root: Cell<*const Timer>,
}

// SAFETY: a heap is a pointer; what it points to is reached under the lock of its `Timers` only.
unsafe impl Send for Heap {}

impl Sealed for Heap {}

type Timer = Node<Links>;

/// The links of a timer in a heap: a tree in which nobody is earlier than its parent.
///
/// *Invariant "tree":* `child` is the first child; `next` the next sibling; `back` the previous sibling or, for the first,
/// the parent. The root has no `back` and no `next`; it is told from a timer in no heap by the heap's `root`.
#[doc(hidden)]
pub struct Links {
    child: Cell<*const Timer>,
    next: Cell<*const Timer>,
    back: Cell<*const Timer>,
}

/// A timer of the heap, or nothing.
///
/// # Safety
/// `timer` is null or linked, and the heap's lock is held for `'a`: "linked is pinned".
unsafe fn get<'a>(timer: *const Timer) -> Option<&'a Timer> {
    // SAFETY: the caller's word.
    unsafe { timer.as_ref() }
}

/// Makes one tree of two roots: the later becomes the first child of the earlier.
fn meld<'a>(one: &'a Timer, two: &'a Timer) -> &'a Timer {
    let (parent, child) = if two.deadline() < one.deadline() { (two, one) } else { (one, two) };
    let second = parent.links().child.replace(child);
    child.links().next.set(second);
    child.links().back.set(parent);
    // SAFETY: children are linked.
    if let Some(second) = unsafe { get(second) } {
        second.links().back.set(child);
    }
    parent
}

/// Makes one tree of a list of siblings.
#[inline(always)]
fn meld_all(first: &Timer) -> *const Timer {
    // Most often there is one.
    if first.links().next.get().is_null() {
        first.links().back.set(ptr::null());
        return first;
    }
    meld_pairs(first)
}

/// Makes one tree of a list of siblings: pairs from left to right, then all pairs from right to left.
#[inline(never)]
fn meld_pairs(first: &Timer) -> *const Timer {
    // The pairs, last first, linked by `next`.
    let mut pairs: *const Timer = ptr::null();
    let mut rest = ptr::from_ref(first);
    // SAFETY: siblings are linked.
    while let Some(one) = unsafe { get(rest) } {
        let two = one.links().next.replace(ptr::null());
        // SAFETY: as above.
        let pair = match unsafe { get(two) } {
            Some(two) => {
                rest = two.links().next.replace(ptr::null());
                meld(one, two)
            }
            None => {
                rest = ptr::null();
                one
            }
        };
        pair.links().next.set(pairs);
        pairs = pair;
    }
    // SAFETY: as above.
    let Some(mut root) = (unsafe { get(pairs) }) else { return ptr::null() };
    let mut rest = root.links().next.replace(ptr::null());
    // SAFETY: as above.
    while let Some(pair) = unsafe { get(rest) } {
        rest = pair.links().next.replace(ptr::null());
        root = meld(root, pair);
    }
    root.links().back.set(ptr::null());
    root
}

// SAFETY: the tree holds exactly what was inserted and not removed.
unsafe impl TimerStore for Heap {
    type Links = Links;
    const EMPTY: Self = Self { root: Cell::new(ptr::null()) };

    unsafe fn insert(&self, node: NonNull<Timer>) {
        // As `meld`, for a node that has no children: each link is written once.
        let (null, place) = (ptr::null(), node.as_ptr().cast_const());
        let links = |child, next, back| {
            let links = Links { child: Cell::new(child), next: Cell::new(next), back: Cell::new(back) };
            // SAFETY: live and not linked by the caller's word.
            unsafe { Node::set_links(node, links) };
        };
        // SAFETY: the root is linked.
        let Some(root) = (unsafe { get(self.root.get()) }) else {
            links(null, null, null);
            self.root.set(place);
            return;
        };
        // SAFETY: live by the caller's word.
        if unsafe { node.as_ref() }.deadline() < root.deadline() {
            links(root, null, null);
            root.links().back.set(place);
            self.root.set(place);
            return;
        }
        let second = root.links().child.replace(place);
        links(null, second, root);
        // SAFETY: children are linked.
        if let Some(second) = unsafe { get(second) } {
            second.links().back.set(place);
        }
    }

    unsafe fn remove(&self, node: NonNull<Timer>) {
        // SAFETY: live by the caller's word.
        let node = unsafe { node.as_ref() };
        // SAFETY: children are linked.
        let children = unsafe { get(node.links().child.replace(ptr::null())) };
        if ptr::eq(self.root.get(), node) {
            self.root.set(children.map_or(ptr::null(), meld_all));
            return;
        }
        // SAFETY: relatives are linked.
        let Some(back) = (unsafe { get(node.links().back.replace(ptr::null())) }) else { return };
        let next = node.links().next.replace(ptr::null());
        // SAFETY: as above.
        if let Some(next) = unsafe { get(next) } {
            next.links().back.set(back);
        }
        if ptr::eq(back.links().child.get(), node) {
            back.links().child.set(next);
        } else {
            back.links().next.set(next);
        }
        // Most often nothing is under it: most timers are dropped long before they are due.
        let Some(children) = children else { return };
        // SAFETY: what was under the node is linked, and so is the root, which the node was not.
        if let (Some(tree), Some(root)) = unsafe { (get(meld_all(children)), get(self.root.get())) } {
            let root = meld(root, tree);
            root.links().back.set(ptr::null());
            self.root.set(root);
        }
    }

    #[inline]
    fn next_deadline(&self) -> Option<Instant> {
        // SAFETY: the root is linked.
        unsafe { get(self.root.get()) }.map(Node::deadline)
    }

    fn pop_due(&self, now: Instant) -> Option<NonNull<Timer>> {
        // SAFETY: the root is linked.
        let root = unsafe { get(self.root.get()) }.filter(|root| root.deadline() <= now)?;
        // SAFETY: children are linked.
        self.root.set(unsafe { get(root.links().child.replace(ptr::null())) }.map_or(ptr::null(), meld_all));
        Some(NonNull::from(root))
    }
}
