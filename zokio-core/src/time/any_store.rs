//! A store of timers that a value chooses.

use super::chain::Chained;
use super::node::Node;
use super::timers::{Sealed, TimerStore};
use super::tree::Tree;
use super::{Instant, SortedList, Wheel};
use crate::config::StoreChoice;
use core::ptr::NonNull;

/// Any of the stores, as a value chooses: for a runtime that many programs use, each with its own number of timers. As large as
/// a [`Wheel`]; a timer has two words for its links in each of them.
///
/// Costs are those of the chosen store. The heap is another than [`Heap`](super::Heap), whose timers have a word more: here
/// inserting is O(log n) too.
///
/// ```
/// use zokio_core::config::StoreChoice;
/// use zokio_core::time::{AnyStore, Timers};
///
/// static TIMERS: Timers<AnyStore> = Timers::with_store(AnyStore::new(StoreChoice::Heap));
/// assert_eq!(TIMERS.next_deadline(), None);
/// ```
pub struct AnyStore(Store);

// The wheel is what most want, and what is kept in place for it the others can leave alone.
#[allow(clippy::large_enum_variant)]
enum Store {
    Wheel(Wheel),
    SortedList(SortedList),
    Heap(Tree),
}

impl AnyStore {
    /// An empty store of the kind that is chosen.
    pub const fn new(choice: StoreChoice) -> Self {
        Self(match choice {
            StoreChoice::Wheel => Store::Wheel(Wheel::EMPTY),
            StoreChoice::SortedList => Store::SortedList(SortedList::EMPTY),
            StoreChoice::Heap => Store::Heap(Tree::EMPTY),
        })
    }
}

impl Sealed for AnyStore {}

// The wheel is asked first and in line, so that who has not chosen pays a comparison; the others have a call more.
impl Store {
    #[cold]
    #[inline(never)]
    unsafe fn insert_in_other(&self, node: NonNull<Node<Chained>>) {
        // SAFETY: the caller's word.
        unsafe {
            match self {
                Self::Wheel(_) => {}
                Self::SortedList(list) => list.insert(node),
                Self::Heap(heap) => heap.insert(node),
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn next_of_other(&self) -> Option<Instant> {
        match self {
            Self::Wheel(_) => None,
            Self::SortedList(list) => list.next_deadline(),
            Self::Heap(heap) => heap.next_deadline(),
        }
    }

    #[cold]
    #[inline(never)]
    fn pop_other(&self, now: Instant) -> Option<NonNull<Node<Chained>>> {
        match self {
            Self::Wheel(_) => None,
            Self::SortedList(list) => list.pop_due(now),
            Self::Heap(heap) => heap.pop_due(now),
        }
    }
}

// SAFETY: the stores keep the promises.
unsafe impl TimerStore for AnyStore {
    type Links = Chained;
    #[allow(clippy::declare_interior_mutable_const)]
    const EMPTY: Self = Self::new(StoreChoice::Wheel);

    #[inline]
    unsafe fn insert(&self, node: NonNull<Node<Chained>>) {
        // SAFETY: the caller's word.
        unsafe {
            match &self.0 {
                Store::Wheel(wheel) => wheel.insert(node),
                other => other.insert_in_other(node),
            }
        }
    }

    #[inline]
    unsafe fn remove(&self, node: NonNull<Node<Chained>>) {
        // SAFETY: the caller's word.
        unsafe {
            match &self.0 {
                Store::Heap(heap) => heap.remove(node),
                // Lists and wheels do not look at more than the node.
                _ => node.as_ref().unlink(),
            }
        }
    }

    #[inline]
    fn next_deadline(&self) -> Option<Instant> {
        match &self.0 {
            Store::Wheel(wheel) => wheel.next_deadline(),
            other => other.next_of_other(),
        }
    }

    #[inline]
    fn pop_due(&self, now: Instant) -> Option<NonNull<Node<Chained>>> {
        match &self.0 {
            Store::Wheel(wheel) => wheel.pop_due(now),
            other => other.pop_other(now),
        }
    }
}
