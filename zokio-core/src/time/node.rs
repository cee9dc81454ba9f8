//! A timer: what a waiting future links into a store.

use super::{Instant, TimerStore};
use crate::loom::UnsafeCell;
use core::mem::ManuallyDrop;
use core::task::Waker;

/// A deadline with its waker, and the store's links while it waits. Guarded by the lock of its
/// [`Timers`](super::Timers).
///
/// On a 32-bit machine sixteen bytes and the links (8 for lists and wheels, 12 for heaps): the deadline is kept as two
/// words, so that it asks for no more alignment. An instant has 63 bits, so there is one to spare.
///
/// *Invariant "armed is the owner's":* the owner alone writes the deadline and its spare bit, and only while the node is
/// not linked or under the lock; so the owner may read them without, and whoever has the lock may read those of linked
/// nodes.
///
/// *Invariant "linked is pinned":* while a node is linked it stays at its address and alive, and no exclusive reference
/// to it exists.
#[doc(hidden)]
pub struct Node<L> {
    pub(super) links: L,
    deadline: [u32; 2],
    /// Taken out by whoever unlinks the node; so a node that is dropped has none, and need not look. A cell, because stores
    /// reach nodes through shared references.
    pub(super) waker: UnsafeCell<ManuallyDrop<Option<Waker>>>,
}

/// The bit of `deadline` that says that the owner has armed the timer since its deadline was set.
const ARMED: u32 = 1 << 31;

impl<L: Links> Node<L> {
    #[inline]
    pub(super) const fn new(deadline: Instant) -> Self {
        let nanos = deadline.as_nanos();
        Self {
            links: L::UNLINKED,
            deadline: [nanos as u32, (nanos >> 32) as u32],
            waker: UnsafeCell::new(ManuallyDrop::new(None)),
        }
    }

    #[inline]
    pub(super) const fn deadline(&self) -> Instant {
        Instant::from_nanos_in_range(((self.deadline[1] & !ARMED) as u64) << 32 | self.deadline[0] as u64)
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

/// How many bytes a timer takes in a store `S`.
pub(crate) const fn timer_bytes<S: TimerStore>() -> usize {
    size_of::<Node<S::Links>>()
}

/// What a store links its nodes with.
#[doc(hidden)]
pub trait Links {
    /// In no store.
    const UNLINKED: Self;
}
