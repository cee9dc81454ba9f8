//! The timers of one clock: a store behind a lock.

use super::Instant;
use super::node::Node;
use crate::lock::Lock;
use crate::task::{dropped, woken_if_plain};
use core::ptr::NonNull;
use core::task::Waker;

mod sealed {
    pub trait Sealed {}
}
pub(super) use sealed::Sealed;

/// How waiting timers are kept in order. Sealed: the stores are [`SortedList`](super::SortedList),
/// [`Heap`](super::Heap), [`Wheel`](super::Wheel) and [`AnyStore`](super::AnyStore).
///
/// # Safety
/// A store hands out only nodes that were inserted and not removed, and keeps no pointer to a removed one.
pub unsafe trait TimerStore: Sealed + Send {
    /// What it links timers with.
    #[doc(hidden)]
    type Links;

    /// A store without timers.
    #[doc(hidden)]
    const EMPTY: Self;

    /// Whether a program takes it to be small rather than fast.
    #[doc(hidden)]
    const LEAST_CODE: bool = false;

    /// Gives `node` links and links it; it becomes the first if its deadline is the earliest.
    ///
    /// # Safety
    /// `node` is not linked, and pinned until it is removed.
    #[doc(hidden)]
    unsafe fn insert(&self, node: NonNull<Node<Self::Links>>);

    /// Unlinks `node` if it is linked.
    ///
    /// # Safety
    /// `node` is live, and linked nowhere else.
    #[doc(hidden)]
    unsafe fn remove(&self, node: NonNull<Node<Self::Links>>);

    /// When to look again: not later than the earliest deadline, and later than now unless one is due.
    #[doc(hidden)]
    fn next_deadline(&self) -> Option<Instant>;

    /// Unlinks the earliest timer if it is due at `now`.
    #[doc(hidden)]
    fn pop_due(&self, now: Instant) -> Option<NonNull<Node<Self::Links>>>;
}

/// The timers of one clock. `const`-constructible, so a board declares it as a static.
///
/// Interrupt-safe: every operation holds the platform's lock for one step of the store.
///
/// ```
/// use zokio_core::time::{Instant, SortedList, Timers};
///
/// static TIMERS: Timers<SortedList> = Timers::new();
/// assert_eq!(TIMERS.next_deadline(), None);
/// assert_eq!(TIMERS.expire(Instant::from_nanos(1)), 0);
/// ```
pub struct Timers<S> {
    store: Lock<S>,
}

impl<S: TimerStore> Timers<S> {
    /// No timers.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self::with_store(S::EMPTY)
    }

    /// No timers, in a store that was chosen by a value; see [`AnyStore`](super::AnyStore).
    pub const fn with_store(store: S) -> Self {
        Self { store: Lock::new(store) }
    }

    /// The earliest deadline (see [`Wheel`](super::Wheel) for when it may be told too early), or `None` if nobody waits.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.store.with_ref(S::next_deadline)
    }

    /// Wakes every timer whose deadline is not after `now`, earliest first; equal ones as the store says. Returns how many.
    ///
    /// The lock is released between any two of them.
    pub fn expire(&self, now: Instant) -> usize {
        let mut count = 0;
        loop {
            match self.store.with_ref(|store| Self::pop(store, now)) {
                Popped::Nothing => return count,
                Popped::Last => return count + 1,
                Popped::One => count += 1,
                Popped::Foreign(waker) => {
                    waker.wake();
                    count += 1;
                }
            }
        }
    }

    /// Takes out the first timer that is due, and wakes its task if that can be done under the lock.
    #[inline(always)]
    fn pop(store: &S, now: Instant) -> Popped {
        let Some(node) = store.pop_due(now) else { return Popped::Nothing };
        // SAFETY: until the lock is let go the node is live, and its waker guarded; whoever takes that unlinks the node.
        let waker = unsafe { Node::waker(node).take().unwrap_unchecked() };
        if S::LEAST_CODE {
            return Popped::Foreign(waker);
        }
        // SAFETY: under the lock.
        match unsafe { woken_if_plain(waker) } {
            Some(waker) => Popped::Foreign(waker),
            // To look for another is shorter than to take the lock once more.
            None if store.next_deadline().is_some_and(|next| next <= now) => Popped::One,
            None => Popped::Last,
        }
    }

    /// Links `node`.
    ///
    /// # Safety
    /// `node` is pinned and not armed, belongs to this store alone, and its owner calls [`disarm`](Self::disarm) before it
    /// goes.
    #[inline(always)]
    pub(super) unsafe fn arm(&self, node: NonNull<Node<S::Links>>, waker: Waker) {
        // SAFETY: the node is live by the caller's word, and ours: it is not linked, so the lock is not needed yet.
        unsafe { (*node.as_ptr()).arm(waker) };
        // SAFETY: as above.
        self.store.with_ref(|store| unsafe { store.insert(node) });
    }

    /// What has become of an armed `node`.
    ///
    /// # Safety
    /// `node` is live, armed, and belongs to this store alone.
    pub(super) unsafe fn look(&self, node: NonNull<Node<S::Links>>, waker: &Waker) -> Armed {
        // SAFETY: the node is live by the caller's word and guarded by this lock.
        self.store.with_ref(|_| unsafe {
            match Node::waker(node) {
                Some(old) if old.will_wake(waker) => Armed::ForThis,
                Some(_) => Armed::ForAnother,
                None => Armed::Fired,
            }
        })
    }

    /// Unlinks an armed `node`, whether it has fired or not; it is not armed any more.
    ///
    /// # Safety
    /// As [`look`](Self::look).
    // One copy for polls and drops: it is a matter of size, and a call is cheap beside the rest.
    #[inline(never)]
    pub(super) unsafe fn disarm(&self, node: NonNull<Node<S::Links>>) {
        // SAFETY: the caller's word; guarded by this lock.
        let waker = self.store.with_ref(|store| unsafe {
            store.remove(node);
            (*node.as_ptr()).set_armed(false);
            Node::waker(node).take()
        });
        match waker {
            Some(waker) if !S::LEAST_CODE => dropped(waker),
            waker => drop(waker),
        }
    }
}

/// What came of looking for a timer that is due.
enum Popped {
    Nothing,
    /// It is woken by now.
    One,
    /// As `One`, and no other is due.
    Last,
    /// Its waker is to be woken without the lock.
    Foreign(Waker),
}

/// What has become of an armed timer.
pub(super) enum Armed {
    /// It will wake who asks.
    ForThis,
    /// It will wake somebody else.
    ForAnother,
    /// It has fired.
    Fired,
}
