//! The list of tasks that wait for a primitive, first come, first served.
//!
//! ```text
//!            (1) enqueue            (2) grant                (3) finish
//!   idle ───────────────► linked ───────────────► granted ───────────────► idle
//!    ▲                    │    │                     │
//!    ├────── (4) drop ────┘    │ (6) dismiss         └── (5) drop: the grant goes to the next
//!    │                         ▼
//!    └─── (7) look again ─── dismissed
//! ```
//!
//! A primitive keeps a [`WaitList`] beside its state, both under one lock. A waiting future owns a [`Waiter`] and, if it
//! is dropped while *granted*, its primitive hands the grant on, so that no wake-up is lost with it.

use crate::list::{Linked, Links, List};
use crate::loom::UnsafeCell;
use crate::task::plain_copy;
use core::cell::Cell;
use core::marker::PhantomPinned;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::task::Waker;

/// A node; guarded by the lock of the primitive that it waits for, but for `used`. `E` says when it came, for primitives that
/// serve all who came before a moment.
///
/// *Invariant "used is the owner's":* only the owner's calls write `used`. While it is `false` the node is in no list, and
/// nothing else of it is initialised; so an owner that never had to wait drops it without taking the lock.
pub(super) struct Node<E = ()> {
    links: MaybeUninit<Links<Node<E>>>,
    waker: MaybeUninit<Option<Waker>>,
    epoch: MaybeUninit<E>,
    granted: MaybeUninit<bool>,
    used: Cell<bool>,
}

// SAFETY: one field, inside the node; it is initialised in a linked node.
unsafe impl<E> Linked for Node<E> {
    #[inline(always)]
    unsafe fn links(node: NonNull<Self>) -> NonNull<Links<Self>> {
        // SAFETY: live by the caller's word.
        unsafe { NonNull::new_unchecked(&raw mut (*node.as_ptr()).links).cast() }
    }
}

/// What came of a look under the lock.
pub(super) enum Look<R> {
    Found(R),
    /// Nothing, and the waiter waits.
    Waits,
    /// Nothing, and the waker has to be cloned.
    Nothing,
}

/// The waiting tasks of a primitive.
pub(super) struct WaitList<E = ()>(List<Node<E>>);

impl<E> WaitList<E> {
    pub(super) const fn new() -> Self {
        Self(List::new())
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.front().is_none()
    }

    /// Transition 2 for the first, if there is one; its waker, which there is then, is to be woken after the lock is released.
    // One function for all primitives: it is the same code.
    #[inline(never)]
    pub(super) fn grant(&mut self) -> Option<Waker> {
        self.take_first(true)
    }

    /// Transition 6 for the first: out of the list without a grant, so that it looks again.
    #[inline(never)]
    pub(super) fn dismiss(&mut self) -> Option<Waker> {
        self.take_first(false)
    }

    #[inline(always)]
    fn take_first(&mut self, granted: bool) -> Option<Waker> {
        let node = self.0.pop_front()?.as_ptr();
        // SAFETY: linked nodes are live, initialised and guarded by the caller's lock; ours until the lock is released.
        unsafe {
            (*node).granted.write(granted);
            (*node).waker.assume_init_mut().take()
        }
    }
}

impl WaitList<u32> {
    /// Transition 6 for the first, if it came before `epoch`: what is for everybody is handed on by
    /// nobody.
    pub(super) fn dismiss_before(&mut self, epoch: u32) -> Option<Waker> {
        let first = self.0.front()?;
        // SAFETY: as above. Wrapping order: nobody waits while two thousand million others come.
        let came = unsafe { first.as_ref().epoch.assume_init() };
        if (came.wrapping_sub(epoch) as i32) < 0 { self.dismiss() } else { None }
    }
}

/// A future's place in the list of one primitive.
///
/// *Invariant "one list":* every call on a waiter is with the list of the same primitive, under its lock, and by the owner;
/// and the owner calls [`leave`](Self::leave) before the waiter goes, unless it is not [used](Self::is_used). With "linked
/// is pinned" this makes every call sound.
pub(super) struct Waiter<E = ()> {
    node: UnsafeCell<Node<E>>,
    _pinned: PhantomPinned,
}

// SAFETY: the node is guarded by the primitive's lock, `used` is the owner's; wakers are `Send`, epochs are numbers.
unsafe impl<E> Send for Waiter<E> {}
// SAFETY: as above; nothing is reached through `&Waiter` but by its owner.
unsafe impl<E> Sync for Waiter<E> {}

impl<E: Copy> Waiter<E> {
    pub(super) const fn new() -> Self {
        Self {
            node: UnsafeCell::new(Node {
                links: MaybeUninit::uninit(),
                waker: MaybeUninit::uninit(),
                epoch: MaybeUninit::uninit(),
                granted: MaybeUninit::uninit(),
                used: Cell::new(false),
            }),
            _pinned: PhantomPinned,
        }
    }

    #[inline(always)]
    fn node(&self) -> NonNull<Node<E>> {
        // SAFETY: a cell's address is not null.
        unsafe { NonNull::new_unchecked(self.node.get()) }
    }

    #[inline(always)]
    fn used(&self) -> &Cell<bool> {
        // SAFETY: nobody has an exclusive reference to this field, and only the owner reaches it.
        unsafe { &(*self.node.get()).used }
    }

    /// Whether the node may be linked, granted something, or hold a waker. The owner may ask without the lock.
    #[inline(always)]
    pub(super) fn is_used(&self) -> bool {
        self.used().get()
    }

    /// Whether the node is linked.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline(always)]
    pub(super) unsafe fn is_linked(&self) -> bool {
        // SAFETY: guarded, and initialised if it is used.
        self.is_used() && unsafe { Node::links(self.node()).as_ref() }.is_linked()
    }

    /// Transition 1 where it costs no more than this: for a waiter that does not wait yet, with a waker that can be cloned under
    /// the lock. Otherwise the waker is to be cloned first, outside the lock, and then [enqueued](Self::enqueue).
    ///
    /// # Safety
    /// "One list"; the waiter is pinned; under the lock.
    #[inline(always)]
    pub(super) unsafe fn enqueue_plain(&self, list: &mut WaitList<E>, waker: &Waker, epoch: E) -> bool {
        match plain_copy(waker) {
            Some(waker) if !self.is_used() => {
                // SAFETY: the caller's word; it is not used, so not linked.
                unsafe { self.link(list, waker, epoch) };
                true
            }
            _ => false,
        }
    }

    /// Transition 1, or another waker for one that waits already. Takes the waker and leaves one in its place that is to be
    /// dropped after the lock, or none.
    ///
    /// # Safety
    /// "One list"; the waiter is pinned; under the lock.
    #[inline]
    pub(super) unsafe fn enqueue(&self, list: &mut WaitList<E>, waker: &mut Option<Waker>, epoch: E) {
        // SAFETY: guarded, and pinned by the caller's word.
        unsafe {
            if self.is_linked() {
                core::mem::swap((*self.node.get()).waker.assume_init_mut(), waker);
            } else if let Some(waker) = waker.take() {
                self.link(list, waker, epoch);
            }
        }
    }

    /// # Safety
    /// As [`enqueue`](Self::enqueue); it is not linked.
    // One function for all primitives: it is the same code.
    #[inline(never)]
    unsafe fn link(&self, list: &mut WaitList<E>, waker: Waker, epoch: E) {
        let node = self.node().as_ptr();
        // SAFETY: guarded, and pinned by the caller's word. Whoever took it out took its waker, so nothing is overwritten that
        // would have to be dropped.
        unsafe {
            (*node).waker.write(Some(waker));
            (*node).links.write(Links::new());
            (*node).epoch.write(epoch);
            (*node).granted.write(false);
            self.used().set(true);
            list.0.push_back(self.node());
        }
    }

    /// Whether there is a grant to take.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline(always)]
    pub(super) unsafe fn is_granted(&self) -> bool {
        // SAFETY: guarded, and initialised if it is used.
        self.is_used() && unsafe { (*self.node.get()).granted.assume_init() }
    }

    /// Transition 3: takes a grant, if there is one.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline(always)]
    pub(super) unsafe fn take_grant(&self) -> bool {
        // SAFETY: the caller's word. Whoever granted took the waker, and the node out of the list.
        let granted = unsafe { self.is_granted() };
        if granted {
            self.used().set(false);
        }
        granted
    }

    /// Transition 7, for a primitive that dismisses only those who need not look again: whether it was dismissed.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline(always)]
    pub(super) unsafe fn take_dismissal(&self) -> bool {
        // SAFETY: the caller's word. Whoever took it out of the list took the waker.
        let dismissed = unsafe { self.is_used() && !self.is_linked() && !self.is_granted() };
        if dismissed {
            self.used().set(false);
        }
        dismissed
    }

    /// Transitions 4, 5 and 7: leaves the list; says whether there was a grant, which must be handed on, and returns a
    /// waker to be dropped after the lock.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline]
    pub(super) unsafe fn leave(&self, list: &mut WaitList<E>) -> (bool, Option<Waker>) {
        if !self.used().replace(false) {
            return (false, None);
        }
        let node = self.node().as_ptr();
        // SAFETY: guarded, initialised because it was used; in no other list.
        unsafe {
            list.0.unlink(self.node());
            ((*node).granted.assume_init(), (*node).waker.assume_init_mut().take())
        }
    }
}
