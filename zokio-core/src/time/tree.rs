//! A skew heap of timers that have two words for their links.

use super::Instant;
use super::chain::Chained;
use super::node::Node;
use super::timers::{Sealed, TimerStore};
use core::cell::Cell;
use core::ptr::{self, NonNull};

/// A heap whose timers are as large as those of lists and wheels, for a [store that is chosen late](super::AnyStore).
///
/// Insert, remove and taking the first are O(log n) amortised (one may take O(n)), without recursion.
///
/// *Invariant "tree":* nobody is earlier than its parent, and nobody has more than two children. [`down`](Timer::down) is the
/// first child. [`across`](Timer::across) of the first child is the second if there is one, otherwise the parent, as of the
/// second; so with two words everybody finds its relatives. A timer in no heap, and the root, have no `across`.
pub(super) struct Tree {
    root: Cell<*const Timer>,
}

// SAFETY: a heap is a pointer; what it points to is reached under the lock of its `Timers` only.
unsafe impl Send for Tree {}

impl Sealed for Tree {}

type Timer = Node<Chained>;

/// A timer's words, which a chain would use otherwise.
impl Timer {
    fn down(&self) -> *const Self {
        self.next().get()
    }

    fn set_down(&self, child: *const Self) {
        self.next().set(child);
    }

    fn across(&self) -> *const Self {
        self.links().back.get().map_or(ptr::null(), |timer| timer.as_ptr().cast_const().cast())
    }

    fn set_across(&self, timer: *const Self) {
        self.links().back.set(NonNull::new(timer.cast_mut().cast()));
    }
}

/// A timer of the heap, or nothing.
///
/// # Safety
/// `timer` is null or linked, and the heap's lock is held for `'a`: "linked is pinned".
unsafe fn get<'a>(timer: *const Timer) -> Option<&'a Timer> {
    // SAFETY: the caller's word.
    unsafe { timer.as_ref() }
}

/// The children of a linked timer. An only child is the first.
fn children(timer: &Timer) -> (Option<&Timer>, Option<&Timer>) {
    // SAFETY: relatives are linked.
    let first = unsafe { get(timer.down()) };
    // SAFETY: as above.
    let second = first.and_then(|first| unsafe { get(first.across()) }).filter(|second| !ptr::eq(*second, timer));
    (first, second)
}

/// Gives `parent` these children, and nobody else.
fn adopt(parent: &Timer, first: Option<&Timer>, second: Option<&Timer>) {
    let (first, second) = if first.is_some() { (first, second) } else { (second, None) };
    parent.set_down(first.map_or(ptr::null(), ptr::from_ref));
    if let Some(first) = first {
        first.set_across(second.unwrap_or(parent));
    }
    if let Some(second) = second {
        second.set_across(parent);
    }
}

/// Makes one tree of two; its root has no `across` yet.
fn meld<'a>(one: &'a Timer, two: &'a Timer) -> &'a Timer {
    let order = |one: &'a Timer, two: &'a Timer| if two.deadline() < one.deadline() { (two, one) } else { (one, two) };
    let (root, mut rest) = order(one, two);
    let mut parent = root;
    loop {
        // What grows is always the second child, which becomes the first: so it grows by turns.
        let (first, second) = children(parent);
        let Some(second) = second else {
            adopt(parent, Some(rest), first);
            return root;
        };
        let (child, later) = order(second, rest);
        adopt(parent, Some(child), first);
        (parent, rest) = (child, later);
    }
}

/// What is left of a tree without its root.
fn without(root: &Timer) -> Option<&Timer> {
    match children(root) {
        (Some(first), Some(second)) => Some(meld(first, second)),
        (only, _) => only,
    }
}

impl Tree {
    fn set_root(&self, root: Option<&Timer>) {
        self.root.set(root.map_or(ptr::null(), ptr::from_ref));
        if let Some(root) = root {
            root.set_across(ptr::null());
        }
    }
}

// SAFETY: the tree holds exactly what was inserted and not removed.
unsafe impl TimerStore for Tree {
    type Links = Chained;
    const EMPTY: Self = Self { root: Cell::new(ptr::null()) };

    unsafe fn insert(&self, node: NonNull<Timer>) {
        // SAFETY: live and not linked by the caller's word; the root is linked.
        let (node, root) = unsafe {
            Node::set_links(node, Chained::unlinked());
            (node.as_ref(), get(self.root.get()))
        };
        self.set_root(Some(root.map_or(node, |root| meld(root, node))));
    }

    #[cold]
    #[inline(never)]
    unsafe fn remove(&self, node: NonNull<Timer>) {
        // SAFETY: live by the caller's word.
        let node = unsafe { node.as_ref() };
        if ptr::eq(self.root.get(), node) {
            self.set_root(without(node));
            return;
        }
        // SAFETY: relatives are linked.
        let Some(across) = (unsafe { get(node.across()) }) else { return };
        let heir = without(node);
        node.set_across(ptr::null());
        // SAFETY: as above.
        let down = unsafe { get(across.down()) };
        match down {
            // "Tree": the only child of `across`.
            Some(down) if ptr::eq(down, node) => adopt(across, heir, None),
            // The second child.
            Some(down) if ptr::eq(down.across(), node) => adopt(across, Some(down), heir),
            // The first child, and `across` the second.
            _ => {
                // SAFETY: as above.
                if let Some(parent) = unsafe { get(across.across()) } {
                    adopt(parent, heir, Some(across));
                }
            }
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        // SAFETY: the root is linked.
        unsafe { get(self.root.get()) }.map(Timer::deadline)
    }

    fn pop_due(&self, now: Instant) -> Option<NonNull<Timer>> {
        // SAFETY: the root is linked.
        let root = unsafe { get(self.root.get()) }.filter(|root| root.deadline() <= now)?;
        self.set_root(without(root));
        Some(NonNull::from(root))
    }
}
