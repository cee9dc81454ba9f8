//! The header in front of every task's future: sixteen bytes on a 32-bit machine.

use super::label::Label;
use super::ready::ReadyRef;
use super::state::{ALIVE, DONE, HANDLE, NOTIFYING, QUEUED, RUNNING};
#[cfg(feature = "events")]
use crate::events::{Event, TaskId};
use crate::loom::{AtomicPtr, AtomicUsize, Cell, Ordering};
use crate::queue::Link;
use core::ptr::NonNull;
#[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
use core::sync::atomic::{AtomicU8, Ordering::Relaxed, Ordering::SeqCst, compiler_fence};

/// What the executor does with a task, and what it is called.
///
/// A task has one of two: the first polls the future. To abort, the handle puts the other in its place, which drops it. So
/// polling asks no question about aborts, and a program that never aborts a kind of task has no code for it.
#[doc(hidden)]
pub struct Vtable {
    /// Acts on the task; says whether it ended.
    pub run: unsafe fn(NonNull<Header>) -> bool,
    /// Gives the slot back; `None` where a zero state word is all that a free slot needs.
    pub release: Option<unsafe fn(NonNull<Header>)>,
    /// The task's name and urgency.
    pub name: Label,
}

/// What a handle needs of a kind of task.
#[doc(hidden)]
pub struct Ending {
    /// Drops the future instead of polling it.
    pub abort: Vtable,
    /// Where the output begins, in bytes from the header.
    pub body: usize,
}

/// A task's header. Aligned to eight, so that a pointer to it has three bits to spare for the numbers of sub-wakers.
///
/// *Invariant "claimed writes alone":* `ready` and the body are written between the claim (1) and the start (2), and nobody
/// reads them then: wakers of a former task see that the slot is not `ALIVE`, and it is in no queue.
#[repr(C, align(8))]
#[doc(hidden)]
pub struct Header {
    state: AtomicUsize,
    next: Cell<*mut Header>,
    ready: Cell<Option<ReadyRef>>,
    vtable: AtomicPtr<Vtable>,
}

const _: () = assert!(cfg!(loom) || size_of::<Header>() == 4 * size_of::<usize>(), "a header is four words");

// SAFETY: `state` and `vtable` are atomic; `next` answers to "queued owns the link", `ready` to "claimed writes alone".
unsafe impl Sync for Header {}
// SAFETY: as above; nothing in a header belongs to a thread.
unsafe impl Send for Header {}

// SAFETY: one cell per header, and the `QUEUED` bit keeps "queued owns the link".
unsafe impl Link for Header {
    #[inline]
    fn next(&self) -> &Cell<*mut Self> {
        &self.next
    }
}

impl Header {
    /// A free slot's header; all zero, so that a static pool costs no flash.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self::in_state(0)
    }

    const fn in_state(state: usize) -> Self {
        Self {
            state: AtomicUsize::new(state),
            next: Cell::new(core::ptr::null_mut()),
            ready: Cell::new(None),
            vtable: AtomicPtr::new(core::ptr::null_mut()),
        }
    }

    /// The header of a slot that nobody has seen, as after [`claim`](Self::claim).
    pub const fn claimed() -> Self {
        Self::in_state(HANDLE)
    }

    /// The state word; see [`state`](super::state).
    #[inline]
    pub fn state(&self) -> &AtomicUsize {
        &self.state
    }

    /// Transition 1. On `true` the caller alone may write the slot, and owes a [`start`](Self::start).
    #[inline]
    pub fn claim(&self) -> bool {
        // Acquire: pairs with the release of (8), so that the last owner's writes to the slot are over.
        self.state.compare_exchange(0, HANDLE, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Ends a claim: from here on the executor behind `ready` runs the task.
    ///
    /// # Safety
    /// `header` was just [claimed](Self::claim), and its body holds a future that `vtable` knows how to act on, at an
    /// address that lives until the state word is 0 again. `header` may be used for the whole slot. `vtable` is static.
    #[inline]
    pub unsafe fn start(header: NonNull<Self>, ready: ReadyRef, vtable: *const Vtable) {
        ready.spawned();
        // SAFETY: the caller's word.
        unsafe { Self::start_uncounted(header, ready, vtable) }
    }

    /// As [`start`](Self::start), for a task that its executor is not told of.
    ///
    /// # Safety
    /// As there. It ends by [`end_uncounted`](Self::end_uncounted).
    #[inline]
    pub unsafe fn start_uncounted(header: NonNull<Self>, ready: ReadyRef, vtable: *const Vtable) {
        // SAFETY: live by the caller's word.
        let this = unsafe { header.as_ref() };
        this.set_ready(ready);
        this.set_vtable(vtable);
        #[cfg(feature = "events")]
        this.tell(|task, name| Event::Spawned { task, name });
        // SAFETY: started by this. Release, inside: whoever sees `ALIVE` sees the rest.
        unsafe { this.wake_first(header, ready) };
    }

    /// The vtable of the task in the slot.
    ///
    /// # Safety
    /// The slot was [started](Self::start) and is not free.
    #[inline]
    pub unsafe fn vtable(&self) -> &'static Vtable {
        // SAFETY: set by `start`, never cleared, and only ever to a static.
        unsafe { &*self.table() }
    }

    /// The pointer that [`start`](Self::start) or [`abort`](Self::abort) was given: good for all that lies behind the vtable.
    #[inline]
    pub fn table(&self) -> *const Vtable {
        self.vtable.load(Ordering::Relaxed)
    }

    pub(super) fn set_ready(&self, ready: ReadyRef) {
        self.ready.set(Some(ready));
    }

    pub(super) fn set_vtable(&self, vtable: *const Vtable) {
        // Relaxed: what follows, a push or a wake, publishes it; and a table is constant.
        self.vtable.store(vtable.cast_mut(), Ordering::Relaxed);
    }

    /// The queue that the task is run from.
    ///
    /// # Safety
    /// As [`vtable`](Self::vtable).
    #[inline]
    pub unsafe fn ready(&self) -> ReadyRef {
        // SAFETY: set by `start`, never cleared.
        unsafe { self.ready.get().unwrap_unchecked() }
    }

    /// Transition 3.
    ///
    /// # Safety
    /// `header` points to a live header that was started at least once.
    #[inline(always)]
    pub unsafe fn wake(header: NonNull<Self>) {
        // SAFETY: the caller's word.
        unsafe { Self::wake_pointer(header.as_ptr().cast_const().cast()) }
    }

    /// [`wake`](Self::wake) in the form that a waker's table wants.
    ///
    /// # Safety
    /// `pointer` is a header's, as for `wake`.
    #[cfg(not(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none")))]
    pub(super) unsafe fn wake_pointer(pointer: *const ()) {
        // SAFETY: the caller's word.
        let header = unsafe { NonNull::new_unchecked(pointer.cast_mut().cast::<Self>()) };
        // SAFETY: live by the caller's word.
        let this = unsafe { header.as_ref() };
        if this.queue() {
            // SAFETY: `ALIVE` said started; we set `QUEUED`, so the link is ours to give.
            unsafe { this.ready().push(header) }
        }
    }

    /// (2), and (3) in the same step: nobody else writes the word of a claimed slot.
    ///
    /// # Safety
    /// As [`start`](Self::start), of `self` and `header`, whose queue is `ready`.
    #[cfg(not(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none")))]
    #[inline]
    unsafe fn wake_first(&self, header: NonNull<Self>, ready: ReadyRef) {
        #[cfg(feature = "events")]
        self.tell(|task, name| Event::Woken { task, name });
        self.state.store(ALIVE | HANDLE | QUEUED, Ordering::Release);
        // SAFETY: we set `QUEUED`, so the link is ours to give.
        unsafe { ready.push(header) }
    }

    /// (2), then (3), which is short where there is one core.
    ///
    /// # Safety
    /// As [`start`](Self::start), of `self` and `header`.
    #[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
    #[inline]
    unsafe fn wake_first(&self, header: NonNull<Self>, _ready: ReadyRef) {
        self.state.store(ALIVE | HANDLE, Ordering::Release);
        // SAFETY: started.
        unsafe { Self::wake(header) };
    }

    /// Transition 3 without the push. On `true` the caller owes one, to any queue that the task may be run from.
    #[inline]
    pub fn queue(&self) -> bool {
        let mut state = self.state.load(Ordering::Relaxed);
        while state & ALIVE != 0 {
            // Release: the poll to come sees what the caller wrote, also when the task is queued already.
            // Acquire: `ready` was written before the state that we saw.
            match self.state.compare_exchange_weak(state, state | QUEUED, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => {
                    let ours = state & (QUEUED | RUNNING) == 0;
                    #[cfg(feature = "events")]
                    if ours {
                        self.tell(|task, name| Event::Woken { task, name });
                    }
                    return ours;
                }
                Err(now) => state = now,
            }
        }
        false
    }

    /// [`wake`](Self::wake) where there is one core: in one critical section, which is shorter than two loops of exclusive
    /// accesses. (3) need not write the word of a task that is queued already: nobody can be reading it meanwhile.
    ///
    /// # Safety
    /// `pointer` is a header's, as for `wake`.
    #[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
    pub(super) unsafe fn wake_pointer(pointer: *const ()) {
        // SAFETY: the caller's word.
        let header = unsafe { NonNull::new_unchecked(pointer.cast_mut().cast::<Self>()) };
        // SAFETY: live by the caller's word.
        let this = unsafe { header.as_ref() };
        // SAFETY: the caller's word.
        critical_section::with(|masked| unsafe { this.wake_masked(header, masked) });
    }

    /// [`wake`](Self::wake) with interrupts masked, which may be done under a lock.
    ///
    /// # Safety
    /// As there; `self` is `header`'s.
    #[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
    #[inline(always)]
    pub(super) unsafe fn wake_masked(&self, header: NonNull<Self>, masked: critical_section::CriticalSection<'_>) {
        let state = self.state.lower().load(Relaxed);
        if state == ALIVE as u16 {
            #[cfg(feature = "events")]
            self.tell(|task, name| Event::Woken { task, name });
            // One, for `QUEUED`; it is in a register.
            self.queued().store(state as u8, Relaxed);
            // SAFETY: `ALIVE` says started; we set `QUEUED`, so the link is ours to give.
            unsafe {
                let ready = self.ready();
                let was_empty = ready.inbox().push_masked(header, masked);
                ready.unpark_if(was_empty);
            }
        }
    }

    /// Asks the executor to drop the future, by the table that does. Does nothing once the task has ended.
    ///
    /// # Safety
    /// As [`wake`](Self::wake); the caller has the handle, and `abort` is the table, static, for this kind of task.
    pub unsafe fn abort(header: NonNull<Self>, abort: *const Vtable) {
        // SAFETY: live by the caller's word; `HANDLE` keeps the slot from being used again.
        unsafe {
            header.as_ref().set_vtable(abort);
            Self::wake(header);
        }
    }

    /// Transition 4 and what follows from it: what the executor does with a header that it popped.
    ///
    /// # Safety
    /// `header` was popped from its queue just now, by the one executor of that queue, on that executor's thread.
    #[inline]
    pub unsafe fn run(header: NonNull<Self>) -> Ran {
        // SAFETY: queued headers are live.
        let this = unsafe { header.as_ref() };
        // SAFETY: popped just now.
        if !unsafe { Self::unqueue(header) } {
            return Ran::Stale;
        }
        #[cfg(feature = "events")]
        let polled = this.polling();
        // SAFETY: `ALIVE` says started, and that the body holds the future, which only the executor touches.
        let ended = unsafe { (this.vtable().run)(header) };
        #[cfg(feature = "events")]
        polled(ended);
        if ended { Ran::Ended } else { Ran::Pending }
    }

    /// Clears `QUEUED`; says whether the task is `ALIVE`. If it is not, the header is not used afterwards.
    ///
    /// # Safety
    /// As [`run`](Self::run).
    #[cfg(not(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none")))]
    #[inline]
    unsafe fn unqueue(header: NonNull<Self>) -> bool {
        // SAFETY: queued headers are live. Acquire: what wakers wrote, and which table an abort put there. Release: a waker that
        // sees the bit cleared sees the link given back.
        let state = unsafe { header.as_ref() }.state.fetch_and(!QUEUED, Ordering::AcqRel);
        if state == QUEUED {
            // SAFETY: we brought the word to 0 (8).
            unsafe { Self::free(header) };
        }
        state & ALIVE != 0
    }

    /// As above, in one store: what is `ALIVE` stays so until its executor ends it, which is us.
    ///
    /// # Safety
    /// As there.
    #[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
    #[inline(always)]
    unsafe fn unqueue(header: NonNull<Self>) -> bool {
        // SAFETY: queued headers are live.
        let this = unsafe { header.as_ref() };
        if this.state.load(Ordering::Relaxed) & ALIVE == 0 {
            // SAFETY: the bit is ours, because we popped the header.
            unsafe { Self::clear(header, QUEUED) };
            return false;
        }
        this.queued().store(0, core::sync::atomic::Ordering::Relaxed);
        // No instruction. What wakers wrote, and which table an abort put there, is read behind the store.
        compiler_fence(SeqCst);
        true
    }

    /// The byte of the state word that has `QUEUED` in it, and nothing else.
    #[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
    #[inline(always)]
    fn queued(&self) -> &AtomicU8 {
        self.state.byte::<{ QUEUED.ilog2() / u8::BITS }>()
    }

    /// Tells the program's listener what a task did.
    ///
    /// *Invariant "told while it lives":* called between the start and the end of a task, so there is a table.
    #[cfg(feature = "events")]
    pub(super) fn tell(&self, event: impl FnOnce(TaskId, &'static str) -> Event) {
        crate::events::tell(|| {
            let task = TaskId(core::ptr::from_ref(self).addr());
            // SAFETY: "told while it lives".
            event(task, unsafe { self.vtable() }.name.name())
        });
    }

    /// Tells that the task is about to be polled; the result tells that it was, when there may be no task any more.
    #[cfg(feature = "events")]
    pub(super) fn polling(&self) -> impl FnOnce(bool) + use<> {
        self.tell(|task, name| Event::Polling { task, name });
        let task = TaskId(core::ptr::from_ref(self).addr());
        // SAFETY: "told while it lives".
        let name = unsafe { self.vtable() }.name.name();
        move |ended| crate::events::tell(|| Event::Polled { task, name, ended })
    }

    /// Transition 5. If there is no handle it says `false`, and the caller drops the output and then [clears](Self::clear)
    /// `ALIVE` (6).
    ///
    /// # Safety
    /// Called by `run` of the task's vtable; the future is gone, and the output is stored unless `outcome` is `EMPTY`.
    /// `notify` wakes whoever awaits the handle.
    pub unsafe fn end(header: NonNull<Self>, outcome: usize, notify: unsafe fn(NonNull<Header>)) -> bool {
        // SAFETY: `ALIVE` keeps the header, which was started.
        unsafe { header.as_ref().ready() }.ended();
        // SAFETY: the caller's word.
        unsafe { Self::end_uncounted::<0>(header, outcome, notify) }
    }

    /// As [`end`](Self::end), for a task that its executor was not told of. `AWAITED`: the bit that is set if anybody awaits the
    /// handle; 0 where none tells.
    ///
    /// # Safety
    /// As there.
    #[inline]
    pub unsafe fn end_uncounted<const AWAITED: usize>(
        header: NonNull<Self>,
        outcome: usize,
        notify: unsafe fn(NonNull<Header>),
    ) -> bool {
        // SAFETY: `ALIVE` keeps the header.
        let this = unsafe { header.as_ref() };
        let mut state = this.state.load(Ordering::Relaxed);
        while state & HANDLE != 0 {
            let awaited = AWAITED == 0 || state & AWAITED != 0;
            let done = (state & !ALIVE) | DONE | outcome | if awaited { NOTIFYING } else { 0 };
            // Release: the handle that sees `DONE` sees the output. Acquire, where a bit tells: we see who awaits.
            let order = if AWAITED == 0 { Ordering::Release } else { Ordering::AcqRel };
            match this.state.compare_exchange_weak(state, done, order, Ordering::Relaxed) {
                Ok(_) if !awaited => return true,
                Ok(_) => {
                    // SAFETY: `NOTIFYING` keeps the slot although the handle may be gone by now; the bit is ours.
                    unsafe {
                        notify(header);
                        Self::clear(header, NOTIFYING);
                    }
                    return true;
                }
                Err(now) => state = now,
            }
        }
        false
    }

    /// Clears `bits` and releases the slot if nothing is left (8).
    ///
    /// # Safety
    /// The bits are the caller's to clear; the header is not used afterwards.
    // On a board one function for all callers: it is the same code, and nobody is in a hurry.
    #[cfg_attr(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"), inline(never))]
    pub unsafe fn clear(header: NonNull<Self>, bits: usize) {
        // SAFETY: the caller's bits keep the header live.
        let before = unsafe { header.as_ref() }.state.fetch_and(!bits, Ordering::AcqRel);
        if before & !bits == 0 {
            // SAFETY: we brought the word to 0.
            unsafe { Self::free(header) };
        }
    }

    /// Transition 8 for families that must do something.
    ///
    /// # Safety
    /// The caller brought the word to 0. For a family without `release` somebody else may have claimed the slot already;
    /// then its vtable has no `release` either, because a slot's family never changes.
    pub unsafe fn free(header: NonNull<Self>) {
        // SAFETY: a family with `release` keeps the header live until it is called; the others are static.
        if let Some(release) = unsafe { header.as_ref().vtable() }.release {
            // SAFETY: the word is 0, once.
            unsafe { release(header) }
        }
    }
}

/// What [`Header::run`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[doc(hidden)]
pub enum Ran {
    /// The task had ended before.
    Stale,
    /// It was polled and waits.
    Pending,
    /// It ended.
    Ended,
}
