//! Tasks on the heap: the fourth place that a task can live in.
//!
//! One allocation per task: what belongs to this family, then the header and the future as everywhere.
//!
//! ```text
//!   ┌────────── Family ──────────┬────────── Slot<Catch<F>> ──────────┐
//!   │ joiner, kind, neighbours   │ header │ future, later its output  │
//!   └────────────────────────────┴────────────────────────────────────┘
//!                                 ▲ what queue, wakers and handles point to
//! ```
//!
//! *Invariant "counted":* every waker is a [`REFERENCE`] in the state word, and the task's life, its place in the queue and
//! its handle are bits of it. Whoever brings the word to 0 frees the allocation; nobody points to it then.
//!
//! *Invariant "listed while alive":* from its start until its future is dropped a task is in the list of its core, whose
//! links are touched on the owner's thread only. [`Listed`], next to the future, keeps this.

use super::catch::{Catch, Caught};
use super::core::Core;
use super::join::JoinHandle;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::Mutex;
use std::task::{RawWaker, RawWakerVTable, Waker};
use zokio_core::task::raw::{Ending, Header, Slot, Vtable, state::REFERENCE};

/// What stands in front of the header of a heap task.
pub(super) struct Family {
    /// Who awaits the handle. A lock, because the handle may be on another thread than the task.
    pub(super) joiner: Mutex<Option<Waker>>,
    pub(super) ending: &'static Ending,
    core: &'static Core,
    previous: Cell<Option<NonNull<Header>>>,
    next: Cell<Option<NonNull<Header>>>,
}

/// The live tasks of a core.
pub(super) struct TaskList {
    first: Cell<Option<NonNull<Header>>>,
}

impl TaskList {
    pub(super) const fn new() -> Self {
        Self { first: Cell::new(None) }
    }

    /// Asks every task to end. `false` if there is none.
    pub(super) fn abort_all(&self) -> bool {
        let mut at = self.first.get();
        while let Some(header) = at {
            // SAFETY: "listed while alive"; aborting only queues the task.
            unsafe {
                let family = family(header).as_ref();
                Header::abort(header, &family.ending.abort);
                at = family.next.get();
            }
        }
        self.first.get().is_some()
    }

    /// # Safety
    /// Owner's thread; `header` is alive and in no list.
    unsafe fn link(&self, header: NonNull<Header>) {
        let next = self.first.replace(Some(header));
        // SAFETY: the caller's word, and "listed while alive" for the neighbour.
        unsafe {
            family(header).as_ref().next.set(next);
            if let Some(next) = next {
                family(next).as_ref().previous.set(Some(header));
            }
        }
    }

    /// # Safety
    /// Owner's thread; `header` is in this list.
    unsafe fn unlink(&self, header: NonNull<Header>) {
        // SAFETY: the caller's word, and "listed while alive" for the neighbours.
        unsafe {
            let (previous, next) = (family(header).as_ref().previous.get(), family(header).as_ref().next.get());
            match previous {
                Some(previous) => family(previous).as_ref().next.set(next),
                None => self.first.set(next),
            }
            if let Some(next) = next {
                family(next).as_ref().previous.set(previous);
            }
        }
    }
}

/// Keeps a task in its core's list; dropped together with the future, on the owner's thread.
struct Listed(NonNull<Header>);

impl Drop for Listed {
    fn drop(&mut self) {
        // SAFETY: "listed while alive": the task is in the list, and its header is live.
        unsafe { family(self.0).as_ref().core.tasks.unlink(self.0) }
    }
}

/// The future of a task as it lies in its slot.
type Body<F> = Catch<F, Listed>;

/// The family of a heap task.
///
/// # Safety
/// `header` is one of a heap task that is not freed.
pub(super) unsafe fn family(header: NonNull<Header>) -> NonNull<Family> {
    // SAFETY: it ends where the header begins (see `place`).
    unsafe { header.cast::<Family>().sub(1) }
}

/// The allocation for a task of `F`, and where its header is.
const fn place<F: Future>() -> (Layout, usize) {
    assert!(align_of::<Family>() <= align_of::<Header>());
    match Layout::new::<Family>().extend(Layout::new::<Slot<Body<F>>>()) {
        Ok((layout, header)) => (layout.pad_to_align(), header),
        Err(_) => panic!("the future is too large for this machine"),
    }
}

/// What is the same for all tasks of an `F`.
struct Kind<F>(F);

impl<F: Future> Kind<F> {
    const PLACE: (Layout, usize) = place::<F>();
    const NAME: zokio_core::task::raw::Label = zokio_core::task::raw::Label::new("heap task");
    const RUN: Vtable = Vtable { run: Self::run, release: Some(Self::release), name: Self::NAME };
    const ENDING: Ending = Ending {
        abort: Vtable { run: Self::abort, release: Some(Self::release), name: Self::NAME },
        body: Slot::<Body<F>>::BODY,
    };

    /// # Safety
    /// As [`Vtable::run`].
    unsafe fn run(header: NonNull<Header>) -> bool {
        // Nobody frees a task that is alive, so this waker counts only when it is cloned.
        // SAFETY: the caller's word.
        unsafe { Slot::<Body<F>>::poll(header, &ManuallyDrop::new(waker(header)), notify) }
    }

    /// # Safety
    /// As [`Vtable::run`].
    unsafe fn abort(header: NonNull<Header>) -> bool {
        // SAFETY: the caller's word.
        unsafe { Slot::<Body<F>>::abort(header, notify) }
    }

    /// # Safety
    /// "Counted": the state word was brought to 0.
    unsafe fn release(header: NonNull<Header>) {
        let (layout, offset) = Self::PLACE;
        // SAFETY: nobody points to the task any more, and its body is empty. Allocated with this layout.
        unsafe {
            family(header).drop_in_place();
            dealloc(header.cast::<u8>().sub(offset).as_ptr(), layout);
        }
    }
}

/// Starts `future` on `core`.
///
/// # Safety
/// Owner's thread.
pub(super) unsafe fn spawn<F: Future + 'static>(core: &'static Core, future: F) -> JoinHandle<F::Output> {
    let Some(ready) = core.spawner.get() else { unreachable!("a core with a runtime has a spawner") };
    let (layout, offset) = Kind::<F>::PLACE;
    // SAFETY: the layout is not empty; everything is written inside, at its alignment, before anybody sees it.
    let header = unsafe {
        let Some(start) = NonNull::new(alloc(layout)) else { handle_alloc_error(layout) };
        let header = start.add(offset).cast::<Header>();
        header.write(Header::new());
        header.byte_add(Slot::<Body<F>>::BODY).cast().write(Catch::new(future, Listed(header)));
        family(header).write(Family {
            joiner: Mutex::new(None),
            ending: const { &Kind::<F>::ENDING },
            core,
            previous: Cell::new(None),
            next: Cell::new(None),
        });
        header
    };
    // SAFETY: live; just made, so the claim succeeds. The table is one for this body; the allocation lives until the
    // state word is 0 ("counted"). The handle is the one that the claim made.
    unsafe {
        header.as_ref().claim();
        core.tasks.link(header);
        Header::start(header, ready, const { &Kind::<F>::RUN });
        JoinHandle::new(header)
    }
}

/// Wakes whoever awaits the handle.
///
/// # Safety
/// `NOTIFYING` keeps the task.
unsafe fn notify(header: NonNull<Header>) {
    // SAFETY: the caller's word.
    let waker = super::join::lock(unsafe { &family(header).as_ref().joiner }).take();
    if let Some(waker) = waker {
        waker.wake();
    }
}

static WAKER: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// A waker that does not count yet.
fn waker(header: NonNull<Header>) -> Waker {
    // SAFETY: the functions do what `RawWakerVTable` asks, given "counted".
    unsafe { Waker::new(header.as_ptr().cast_const().cast(), &WAKER) }
}

/// The header behind a waker.
fn header(pointer: *const ()) -> NonNull<Header> {
    // SAFETY: made from a header.
    unsafe { NonNull::new_unchecked(pointer.cast_mut().cast()) }
}

unsafe fn clone(pointer: *const ()) -> RawWaker {
    use std::sync::atomic::Ordering;
    // SAFETY: "counted": the waker that is cloned keeps the task. Relaxed: so does it for the clone.
    let before = unsafe { header(pointer).as_ref() }.state().fetch_add(REFERENCE, Ordering::Relaxed);
    if before > usize::MAX / 2 {
        // More wakers than memory has room for were forgotten.
        std::process::abort();
    }
    RawWaker::new(pointer, &WAKER)
}

unsafe fn wake_by_ref(pointer: *const ()) {
    // SAFETY: "counted": the waker keeps the task, which was started.
    unsafe { Header::wake(header(pointer)) }
}

unsafe fn wake(pointer: *const ()) {
    // SAFETY: the caller's waker, by value.
    unsafe {
        wake_by_ref(pointer);
        drop_waker(pointer);
    }
}

unsafe fn drop_waker(pointer: *const ()) {
    use std::sync::atomic::Ordering;
    let header = header(pointer);
    // AcqRel: whoever frees sees what all others did before they let go.
    // SAFETY: "counted": the waker keeps the task up to here.
    let before = unsafe { header.as_ref() }.state().fetch_sub(REFERENCE, Ordering::AcqRel);
    if before == REFERENCE {
        // SAFETY: we brought the word to 0.
        unsafe { Header::free(header) }
    }
}

/// The output of a task of `F`, as the handle reads it.
pub(super) type Output<T> = Caught<T>;
