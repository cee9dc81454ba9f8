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

/// Does the same with whichever store it is.
macro_rules! each {
    ($self:ident, $store:ident => $do:expr) => {
        match &$self.0 {
            Store::Wheel($store) => $do,
            Store::SortedList($store) => $do,
            Store::Heap($store) => $do,
        }
    };
}

// SAFETY: the stores keep the promises.
unsafe impl TimerStore for AnyStore {
    type Links = Chained;
    #[allow(clippy::declare_interior_mutable_const)]
    const EMPTY: Self = Self::new(StoreChoice::Wheel);

    unsafe fn insert(&self, node: NonNull<Node<Chained>>) {
        // SAFETY: the caller's word.
        unsafe { each!(self, store => store.insert(node)) }
    }

    unsafe fn remove(&self, node: NonNull<Node<Chained>>) {
        // SAFETY: the caller's word.
        unsafe { each!(self, store => store.remove(node)) }
    }

    fn next_deadline(&self) -> Option<Instant> {
        each!(self, store => store.next_deadline())
    }

    fn pop_due(&self, now: Instant) -> Option<NonNull<Node<Chained>>> {
        each!(self, store => store.pop_due(now))
    }
}
