//! The list of tasks that wait for a primitive, first come, first served.
//!
//! ```text
//!            (1) enqueue            (2) grant                (3) take
//!   IDLE ───────────────► LINKED ───────────────► GRANTED ──────────────► IDLE
//!    ▲                    │    │ (2') dismiss       │
//!    ├──── (4) leave ─────┘    └─────► DISMISSED    │
//!    ├──── (4) leave ──────────────────────┘        │
//!    └──── (5) leave: the grant goes to the next ───┘
//! ```
//!
//! A primitive keeps a [`WaitList`] beside its state, both under one lock. A waiting future owns a [`Waiter`] and, if it
//! is dropped while *granted*, its primitive hands the grant on, so that no wake-up is lost with it. One that was dismissed
//! looks again, and may enqueue anew (1). One that finds what it wants just as it is about to enqueue goes from `IDLE` to
//! `GRANTED` by itself (2'').

use crate::list::{Linked, Links, List};
use crate::loom::UnsafeCell;
use crate::task::{Plain, plain};
use core::marker::{PhantomData, PhantomPinned};
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};
use core::task::Waker;

/// In no list, and nothing but the state is initialised. Only the owner goes from here, and only the owner comes here.
const IDLE: u8 = 0;
/// In the list, with a waker.
const LINKED: u8 = 1;
/// In the list, with a waker that is plain data.
const LINKED_PLAIN: u8 = 2;
const GRANTED: u8 = 3;
const DISMISSED: u8 = 4;

/// A waker that is plain data, or any other: which, the state says.
union Kept {
    plain: Plain,
    waker: ManuallyDrop<Waker>,
}

/// A node; guarded by the lock of the primitive that it waits for. The state is also read by the owner without the lock, to
/// see whether it is `IDLE`: an owner that never had to wait is dropped without taking the lock.
#[repr(C)]
struct Node {
    links: MaybeUninit<Links<Node>>,
    /// Initialised while the node is in the list.
    kept: MaybeUninit<Kept>,
    state: AtomicU8,
}

/// A node and what its primitive wants to know of whoever waits, as when it came.
///
/// *Invariant "node and note":* a pointer to a node in a `WaitList<E>` is one to all of a `Noted<E>`, whose first field it is.
#[repr(C)]
struct Noted<E> {
    node: Node,
    note: MaybeUninit<E>,
}

// SAFETY: one field, inside the node; it is initialised in a linked node.
unsafe impl Linked for Node {
    #[inline(always)]
    unsafe fn links(node: NonNull<Self>) -> NonNull<Links<Self>> {
        // SAFETY: live by the caller's word.
        unsafe { NonNull::new_unchecked(&raw mut (*node.as_ptr()).links) }.cast()
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

/// What follows a [`leave`](Waiter::leave) once the lock is released: drops the waker of whoever left, wakes whom the grant went to.
// One function for all primitives: it is the same code.
#[inline(never)]
pub(super) fn left(old: Option<Waker>, next: Option<Waker>) {
    drop(old);
    if let Some(waker) = next {
        waker.wake();
    }
}

/// The waiting tasks of a primitive.
pub(super) struct WaitList<E = ()> {
    nodes: List<Node>,
    _notes: PhantomData<fn() -> E>,
}

impl<E> WaitList<E> {
    pub(super) const fn new() -> Self {
        Self { nodes: List::new(), _notes: PhantomData }
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.front().is_none()
    }

    /// Transition 2 for the first, if there is one. Its waker, if there is one then, is to be woken after the lock is released.
    #[inline(always)]
    pub(super) fn grant(&mut self) -> Option<Waker> {
        let first = self.nodes.front()?;
        // SAFETY: it is the first.
        unsafe { take_first(&mut self.nodes, first, GRANTED) }
    }

    /// As [`grant`](Self::grant), without a call, for a caller that then makes none.
    #[inline(always)]
    pub(super) fn grant_inline(&mut self) -> Option<Waker> {
        let first = self.nodes.front()?;
        // SAFETY: it is the first.
        unsafe { take(&mut self.nodes, first, GRANTED) }
    }

    /// Transition 2': takes the first out without granting it anything, so that it looks again.
    #[inline(always)]
    pub(super) fn dismiss(&mut self) -> Option<Waker> {
        let first = self.nodes.front()?;
        // SAFETY: it is the first.
        unsafe { take_first(&mut self.nodes, first, DISMISSED) }
    }

    /// What the first noted.
    #[inline(always)]
    pub(super) fn first_note(&self) -> Option<E>
    where
        E: Copy,
    {
        let first = self.nodes.front()?.cast::<Noted<E>>().as_ptr();
        // SAFETY: linked nodes are live, initialised and guarded by the caller's lock; "node and note".
        Some(unsafe { (*first).note.assume_init() })
    }
}

/// What was kept in a node that was `before`: a waker to be woken or dropped after the lock, or a plain one.
///
/// # Safety
/// The node was in the list until now, under the lock; what it kept is taken once.
#[inline(always)]
unsafe fn kept(node: *mut Node, before: u8) -> Result<Waker, Plain> {
    // SAFETY: it was in the list, so it is initialised; which of the two, the state said.
    unsafe {
        let kept = (*node).kept.as_ptr();
        if before == LINKED_PLAIN {
            Err((*kept).plain)
        } else {
            Ok(ManuallyDrop::into_inner(core::ptr::read(&raw const (*kept).waker)))
        }
    }
}

/// As [`take`]: one function for all primitives, because it is the same code.
///
/// # Safety
/// As there.
#[inline(never)]
unsafe fn take_first(nodes: &mut List<Node>, first: NonNull<Node>, state: u8) -> Option<Waker> {
    // SAFETY: the caller's word.
    unsafe { take(nodes, first, state) }
}

/// Takes the first node out; its waker, unless that could be woken at once.
///
/// # Safety
/// `first` is the first in `nodes`, under their lock.
#[inline(always)]
unsafe fn take(nodes: &mut List<Node>, first: NonNull<Node>, state: u8) -> Option<Waker> {
    let node = first.as_ptr();
    // SAFETY: linked nodes are live, initialised and guarded by the caller's lock; ours until the lock is released.
    unsafe {
        // The state says that it is in no list.
        nodes.pop_unmarked(first);
        let before = (*node).state.load(Relaxed);
        (*node).state.store(state, Relaxed);
        match kept(node, before) {
            Ok(waker) => Some(waker),
            Err(plain) => {
                plain.wake_locked();
                None
            }
        }
    }
}

impl WaitList<u32> {
    /// Transition 2' for the first, if it came before `epoch`: what is for everybody is handed on by nobody.
    pub(super) fn dismiss_before(&mut self, epoch: u32) -> Option<Waker> {
        // Wrapping order: nobody waits while two thousand million others come.
        if (self.first_note()?.wrapping_sub(epoch) as i32) < 0 { self.dismiss() } else { None }
    }
}

/// A future's place in the list of one primitive.
///
/// *Invariant "one list":* every call on a waiter is with the list of the same primitive, under its lock, and by the owner;
/// and the owner calls [`leave`](Self::leave) before the waiter goes, unless it is not [used](Self::is_used). With "linked
/// is pinned" this makes every call sound.
pub(super) struct Waiter<E = ()> {
    node: UnsafeCell<Noted<E>>,
    _pinned: PhantomPinned,
}

// SAFETY: the node is guarded by the primitive's lock, its state is atomic; wakers are `Send`, and notes are plain data, which
// answers for itself where it is used.
unsafe impl<E> Send for Waiter<E> {}
// SAFETY: as above; nothing is reached through `&Waiter` but by its owner.
unsafe impl<E> Sync for Waiter<E> {}

impl<E: Copy> Waiter<E> {
    pub(super) const fn new() -> Self {
        Self {
            node: UnsafeCell::new(Noted {
                node: Node { links: MaybeUninit::uninit(), kept: MaybeUninit::uninit(), state: AtomicU8::new(IDLE) },
                note: MaybeUninit::uninit(),
            }),
            _pinned: PhantomPinned,
        }
    }

    #[inline(always)]
    fn node(&self) -> NonNull<Node> {
        // SAFETY: a cell's address is not null.
        unsafe { NonNull::new_unchecked(self.node.get()) }.cast()
    }

    #[inline(always)]
    fn state(&self) -> &AtomicU8 {
        // SAFETY: nobody has an exclusive reference to this field.
        unsafe { &(*self.node().as_ptr()).state }
    }

    /// The state, under the lock: nobody writes it meanwhile, so several questions are one load.
    #[inline(always)]
    fn state_now(&self) -> u8 {
        // SAFETY: written under the lock only, which the caller holds ("one list").
        unsafe { (*self.node().as_ptr()).state.as_ptr().read() }
    }

    /// Whether the node may be linked, granted something, or hold a waker. The owner may ask without the lock.
    #[inline(always)]
    pub(super) fn is_used(&self) -> bool {
        self.state().load(Relaxed) != IDLE
    }

    /// Transition 1 where it costs no more than this: for a waiter that does not wait yet, with a waker that can be cloned under
    /// the lock. Otherwise the waker is to be cloned first, outside the lock, and then [enqueued](Self::enqueue).
    ///
    /// # Safety
    /// "One list"; the waiter is pinned; under the lock.
    #[inline(always)]
    pub(super) unsafe fn enqueue_plain(&self, list: &mut WaitList<E>, waker: &Waker, note: E) -> bool {
        match plain(waker) {
            Some(plain) if self.state_now() == IDLE => {
                // SAFETY: guarded, and pinned by the caller's word; it is idle.
                unsafe {
                    let node = self.node.get();
                    (*node).note.write(note);
                    (*node).node.kept.write(Kept { plain });
                    link(&mut list.nodes, self.node(), LINKED_PLAIN);
                }
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
    #[inline(always)]
    pub(super) unsafe fn enqueue(&self, list: &mut WaitList<E>, waker: &mut Option<Waker>, note: E) {
        // SAFETY: guarded, and pinned by the caller's word.
        unsafe {
            // One that waits already keeps what it noted when it came.
            if !matches!(self.state_now(), LINKED | LINKED_PLAIN) {
                (*self.node.get()).note.write(note);
            }
            enqueue(&mut list.nodes, self.node(), waker);
        }
    }

    /// Whether there is a grant to take. Asked under the lock.
    #[inline(always)]
    pub(super) fn is_granted(&self) -> bool {
        self.state_now() == GRANTED
    }

    /// Transition 2'' for an owner who found under this lock what it was about to wait for, and claimed it: it looks once more,
    /// and is sure to find it.
    ///
    /// The waiter is in no list. That holds wherever there is something to find: while somebody waits, nothing is free.
    #[inline(always)]
    pub(super) fn grant_itself(&self) {
        self.state().store(GRANTED, Relaxed);
    }

    /// Transition 3: takes a grant, if there is one.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline(always)]
    pub(super) unsafe fn take_grant(&self) -> bool {
        let granted = self.is_granted();
        if granted {
            // Whoever granted took what was kept, and the node out of the list.
            self.state().store(IDLE, Relaxed);
        }
        granted
    }

    /// Transition 4, for a primitive that dismisses only those who need not look again: whether it was dismissed. Asked under
    /// the lock.
    #[inline(always)]
    pub(super) fn take_dismissal(&self) -> bool {
        let dismissed = self.state_now() == DISMISSED;
        if dismissed {
            self.state().store(IDLE, Relaxed);
        }
        dismissed
    }

    /// Transitions 4 and 5: leaves the list; says whether there was a grant, which must be handed on, and returns a
    /// waker to be dropped after the lock.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline(always)]
    pub(super) unsafe fn leave(&self, list: &mut WaitList<E>) -> (bool, Option<Waker>) {
        // SAFETY: the caller's word.
        unsafe { leave(&mut list.nodes, self.node()) }
    }
}

/// # Safety
/// As [`Waiter::enqueue`]; the node is not linked, and keeps what `state` says.
#[inline(always)]
unsafe fn link(nodes: &mut List<Node>, node: NonNull<Node>, state: u8) {
    // SAFETY: guarded, and pinned by the caller's word.
    unsafe {
        (*node.as_ptr()).state.store(state, Relaxed);
        nodes.push_back(node);
    }
}

/// # Safety
/// As [`Waiter::enqueue`].
// One function for all primitives: it is the same code.
#[inline(never)]
unsafe fn enqueue(nodes: &mut List<Node>, node: NonNull<Node>, waker: &mut Option<Waker>) {
    let Some(new) = waker.take() else { return };
    // SAFETY: guarded, and pinned by the caller's word; in no other list.
    unsafe {
        let before = (*node.as_ptr()).state.load(Relaxed);
        let linked = matches!(before, LINKED | LINKED_PLAIN);
        if linked {
            *waker = kept(node.as_ptr(), before).ok();
        }
        (*node.as_ptr()).kept.write(Kept { waker: ManuallyDrop::new(new) });
        if linked {
            (*node.as_ptr()).state.store(LINKED, Relaxed);
        } else {
            link(nodes, node, LINKED);
        }
    }
}

/// # Safety
/// As [`Waiter::leave`].
// One function for all primitives: it is the same code.
#[inline(never)]
unsafe fn leave(nodes: &mut List<Node>, node: NonNull<Node>) -> (bool, Option<Waker>) {
    // SAFETY: guarded; a linked node is initialised, and in no other list.
    unsafe {
        let state = &(*node.as_ptr()).state;
        let before = state.load(Relaxed);
        state.store(IDLE, Relaxed);
        if !matches!(before, LINKED | LINKED_PLAIN) {
            // Whoever took it out took its waker.
            return (before == GRANTED, None);
        }
        nodes.unlink(node);
        (false, kept(node.as_ptr(), before).ok())
    }
}
