//! A timer: what a waiting future links into a store.

use super::{Instant, TimerStore};
use crate::loom::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
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
/// *Invariant "armed is initialised":* links and waker are initialised while the node is armed: the waker by [`arm`](Self::arm),
/// the links by the store, which then [gives it some](Self::set_links). Before, they are nothing, so that a future that was not
/// polled yet is two words to be moved.
///
/// *Invariant "linked is pinned":* while a node is linked it stays at its address and alive, and no exclusive reference
/// to it exists.
#[doc(hidden)]
pub struct Node<L> {
    links: MaybeUninit<L>,
    deadline: [u32; 2],
    /// Taken out by whoever unlinks the node; so a node that is dropped has none, and need not look. A cell, because stores
    /// reach nodes through shared references.
    waker: UnsafeCell<MaybeUninit<Option<Waker>>>,
}

/// The bit of `deadline` that says that the owner has armed the timer since its deadline was set.
const ARMED: u32 = 1 << 31;

impl<L> Node<L> {
    #[inline]
    pub(super) const fn new(deadline: Instant) -> Self {
        let nanos = deadline.as_nanos();
        Self {
            links: MaybeUninit::uninit(),
            deadline: [nanos as u32, (nanos >> 32) as u32],
            waker: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }

    /// Arms the timer, which is to be inserted then.
    ///
    /// # Safety
    /// The node is not armed, and it is the caller's.
    #[inline]
    pub(super) unsafe fn arm(&mut self, waker: Waker) {
        self.set_armed(true);
        // SAFETY: ours alone. There is no waker to be dropped: it was not armed.
        unsafe { (*self.waker.get()).write(Some(waker)) };
    }

    /// What a store begins the insertion of `node` with.
    ///
    /// # Safety
    /// The node is live and in no list; under the lock.
    #[inline(always)]
    pub(super) unsafe fn set_links(node: NonNull<Self>, links: L) {
        // SAFETY: the caller's word.
        unsafe { (*node.as_ptr()).links.write(links) };
    }

    /// The links of an armed node.
    #[inline(always)]
    pub(super) const fn links(&self) -> &L {
        // SAFETY: "armed is initialised"; private to the stores, which have armed nodes only.
        unsafe { self.links.assume_init_ref() }
    }

    /// The waker of an armed node.
    ///
    /// # Safety
    /// The node is live and armed; under the lock, and no other reference to the waker is.
    #[inline(always)]
    pub(super) unsafe fn waker<'a>(node: NonNull<Self>) -> &'a mut Option<Waker> {
        // SAFETY: the caller's word; "armed is initialised".
        unsafe { (*node.as_ref().waker.get()).assume_init_mut() }
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
