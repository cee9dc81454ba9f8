//! Tasks on the heap: the fourth place that a task can live in.
//!
//! One allocation per task: what belongs to this family, then the header and the future as everywhere.
//!
//! ```text
//!   ┌───────────── Family ─────────────┬──────────── Cell<F> ───────────────┐
//!   │ joiner, kind, list, neighbours   │ header │ future, later its output  │
//!   └──────────────────────────────────┴────────────────────────────────────┘
//!                                       ▲ what queue, wakers and handles point to
//! ```
//!
//! Two kinds of them: *local* tasks are run by the executor of one core, on its thread; *shared* ones by any worker of a
//! pool. They differ in who is told of a wake, and in the transitions of their state word (`SHARED` in what follows).
//!
//! *Invariant "counted":* every waker is a [`REFERENCE`] in the state word, and the task's life, its place in the queue and
//! its handle are bits of it. Whoever brings the word to 0 frees the allocation; nobody points to it then.
//!
//! *Invariant "listed while alive":* from its start until its future is dropped a task is in a list. The links of local
//! tasks are touched on the owner's thread only, those of shared ones under the lock of their list.

use super::catch::{Caught, Payload};
use super::core::Core;
use super::join::JoinHandle;
use super::memory;
use super::workers::Pool;
use std::alloc::Layout;
use std::cell::{Cell, UnsafeCell};
use std::mem::{ManuallyDrop, MaybeUninit, offset_of};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use zokio_core::task::raw::state::{ALIVE, AWAITED, EMPTY, JOINING, REFERENCE};
use zokio_core::task::raw::{Ending, Header, Vtable};

/// What stands in front of the header of a heap task.
pub(super) struct Family {
    /// Who awaits the handle. Touched by whoever has set `JOINING`.
    joiner: UnsafeCell<Option<Waker>>,
    pub(super) ending: &'static Ending,
    list: &'static TaskList,
    previous: Cell<Option<NonNull<Header>>>,
    next: Cell<Option<NonNull<Header>>>,
}

/// Live tasks, local or shared.
pub(super) struct TaskList {
    first: Cell<Option<NonNull<Header>>>,
    /// For shared tasks: guards the links. The runtime whose tasks are taken in; 0 if none are.
    open: Mutex<u32>,
}

// SAFETY: "listed while alive".
unsafe impl Sync for TaskList {}
// SAFETY: as above.
unsafe impl Send for TaskList {}

impl TaskList {
    pub(super) const fn new() -> Self {
        Self { first: Cell::new(None), open: Mutex::new(0) }
    }

    /// Asks every local task to end; says how many there are. Owner's thread.
    pub(super) fn abort_all(&self) -> usize {
        let mut count = 0;
        let mut at = self.first.get();
        while let Some(header) = at {
            count += 1;
            // SAFETY: "listed while alive"; aborting only queues the task.
            unsafe {
                let family = family(header).as_ref();
                Header::abort(header, &family.ending.abort);
                at = family.next.get();
            }
        }
        count
    }

    /// Closes the list if no shared task is in it; asks every one to end otherwise. `true` if it is closed.
    pub(super) fn close_or_abort_all(&self) -> bool {
        let mut open = self.lock();
        let closed = self.abort_all() == 0;
        if closed {
            *open = 0;
        }
        closed
    }

    /// Takes in tasks of the runtime `epoch`.
    pub(super) fn open(&self, epoch: u32) {
        *self.lock() = epoch;
    }

    fn lock(&self) -> MutexGuard<'_, u32> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no shared task is in it.
    pub(super) fn is_empty(&self) -> bool {
        let _guard = self.lock();
        self.first.get().is_none()
    }

    /// `false` if tasks of `epoch` are not taken in (any is, among local ones).
    ///
    /// # Safety
    /// `header` is alive and in no list; a local one is on its owner's thread.
    #[inline]
    unsafe fn link<const SHARED: bool>(&self, header: NonNull<Header>, epoch: u32) -> bool {
        let guard = SHARED.then(|| self.lock());
        if guard.as_ref().is_some_and(|open| **open != epoch) {
            return false;
        }
        let next = self.first.replace(Some(header));
        // SAFETY: the caller's word, and "listed while alive" for the neighbour.
        unsafe {
            family(header).as_ref().next.set(next);
            if let Some(next) = next {
                family(next).as_ref().previous.set(Some(header));
            }
        }
        true
    }

    /// # Safety
    /// `header` is in this list; a local one is on its owner's thread.
    #[inline]
    unsafe fn unlink<const SHARED: bool>(&self, header: NonNull<Header>) {
        let _guard = SHARED.then(|| self.lock());
        // SAFETY: the caller's word, and "listed while alive" for the neighbours.
        unsafe {
            let (previous, next) = (family(header).as_ref().previous.get(), family(header).as_ref().next.get());
            match previous {
                // It was never taken in.
                Some(itself) if SHARED && itself == header => return,
                Some(previous) => family(previous).as_ref().next.set(next),
                None => self.first.set(next),
            }
            if let Some(next) = next {
                family(next).as_ref().previous.set(previous);
            }
        }
    }
}

/// The output of a task, as it lies in its cell until the handle takes it.
pub(super) type Output<T> = Caught<T>;

/// A task's body: the future, and in the same place its output once it has ended.
union Body<F: Future> {
    _future: ManuallyDrop<F>,
    _output: ManuallyDrop<Output<F::Output>>,
}

/// A header and the future behind it.
#[repr(C)]
struct TaskCell<F: Future> {
    header: Header,
    body: UnsafeCell<MaybeUninit<Body<F>>>,
}

/// The family of a heap task.
///
/// # Safety
/// `header` is one of a heap task that is not freed.
#[inline]
pub(super) unsafe fn family(header: NonNull<Header>) -> NonNull<Family> {
    // SAFETY: it ends where the header begins (see `place`).
    unsafe { header.cast::<Family>().sub(1) }
}

/// The allocation for a task of `F`, and where its header is.
const fn place<F: Future>() -> (Layout, usize) {
    assert!(align_of::<Family>() <= align_of::<Header>());
    match Layout::new::<Family>().extend(Layout::new::<TaskCell<F>>()) {
        Ok((layout, header)) => (layout.pad_to_align(), header),
        Err(_) => panic!("the future is too large for this machine"),
    }
}

/// What is the same for all tasks of an `F`.
struct Kind<F, const SHARED: bool>(F);

impl<F: Future, const SHARED: bool> Kind<F, SHARED> {
    const PLACE: (Layout, usize) = place::<F>();
    const NAME: zokio_core::task::raw::Label = zokio_core::task::raw::Label::new("heap task");
    const BODY: usize = offset_of!(TaskCell<F>, body);
    const RUN: Vtable = Vtable { run: Self::run, release: Some(Self::release), name: Self::NAME };
    const ENDING: Ending =
        Ending { abort: Vtable { run: Self::abort, release: Some(Self::release), name: Self::NAME }, body: Self::BODY };

    /// # Safety
    /// As [`Vtable::run`].
    unsafe fn run(header: NonNull<Header>) -> bool {
        // Nobody frees a task that is alive, so this waker counts only when it is cloned.
        let waker = ManuallyDrop::new(waker::<SHARED>(header));
        // SAFETY: alive, so the body holds the future and only we touch it. It never moves from its cell: pinned.
        let future = unsafe { Pin::new_unchecked(header.byte_add(Self::BODY).cast::<F>().as_mut()) };
        zokio_core::coop::refill();
        // Whatever a panic left half done is dropped and never polled again.
        let polled = catch_unwind(AssertUnwindSafe(|| future.poll(&mut Context::from_waker(&waker))));
        let result = match polled {
            Ok(Poll::Pending) => return false,
            Ok(Poll::Ready(output)) => Ok(output),
            Err(payload) => Err(payload),
        };
        // SAFETY: the caller's word.
        unsafe { Self::end(header, Some(result)) };
        true
    }

    /// # Safety
    /// As [`Vtable::run`].
    unsafe fn abort(header: NonNull<Header>) -> bool {
        // SAFETY: the caller's word.
        unsafe { Self::end(header, None) };
        true
    }

    /// Drops the future and stores what came of it.
    ///
    /// # Safety
    /// As [`Vtable::run`].
    unsafe fn end(header: NonNull<Header>, result: Option<Result<F::Output, Payload>>) {
        // SAFETY: alive, so the body holds the future and only we touch it.
        let body = unsafe { header.byte_add(Self::BODY) };
        // What the destructor panics with is lost: there is a result already, or nobody wants one.
        // SAFETY: as above, and it is not touched again.
        let _ = catch_unwind(AssertUnwindSafe(|| unsafe { body.cast::<F>().drop_in_place() }));
        // SAFETY: "listed while alive"; the place of the future is free for the output.
        unsafe {
            family(header).as_ref().list.unlink::<SHARED>(header);
            let outcome = match result {
                Some(result) => {
                    body.cast::<Output<F::Output>>().write(Caught::new(result));
                    0
                }
                None => EMPTY,
            };
            let taken = match SHARED {
                true => Header::end_uncounted::<{ AWAITED | JOINING }>(header, outcome, notify),
                false => Header::end::<{ AWAITED | JOINING }>(header, outcome, notify),
            };
            if !taken {
                if outcome != EMPTY {
                    body.cast::<Output<F::Output>>().drop_in_place();
                }
                Header::clear(header, ALIVE);
            }
        }
    }

    /// # Safety
    /// "Counted": the state word was brought to 0.
    unsafe fn release(header: NonNull<Header>) {
        let (layout, offset) = Self::PLACE;
        // SAFETY: nobody points to the task any more, and its body is empty. Allocated with this layout.
        unsafe {
            family(header).drop_in_place();
            memory::free(header.cast::<u8>().sub(offset), layout);
        }
    }

    /// Writes a task down and claims it.
    #[inline]
    fn make(list: &'static TaskList, future: F) -> NonNull<Header> {
        let (layout, offset) = Self::PLACE;
        let start = memory::allocate(layout);
        // SAFETY: everything is written inside, at its alignment, before anybody sees it.
        unsafe {
            let header = start.add(offset).cast::<Header>();
            header.write(Header::claimed());
            header.byte_add(Self::BODY).cast().write(future);
            family(header).write(Family {
                joiner: UnsafeCell::new(None),
                ending: const { &Self::ENDING },
                list,
                previous: Cell::new(None),
                next: Cell::new(None),
            });
            header
        }
    }
}

/// Starts a local task on `core`.
///
/// # Safety
/// Owner's thread.
pub(super) unsafe fn spawn<F: Future + 'static>(core: &'static Core, future: F) -> JoinHandle<F::Output> {
    let Some(ready) = core.spawner.get() else { unreachable!("a core with a runtime has a spawner") };
    let header = Kind::<F, false>::make(&core.tasks, future);
    // SAFETY: just claimed. The table is one for this body; the allocation lives until the state word is 0 ("counted").
    // The handle is the one that the claim made.
    unsafe {
        core.tasks.link::<false>(header, 0);
        Header::start(header, ready, const { &Kind::<F, false>::RUN });
        JoinHandle::new(header)
    }
}

/// Starts a shared task on `pool`. If that has ended, the task has been aborted.
pub(super) fn spawn_shared<F>(pool: &'static Pool, epoch: u32, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let header = Kind::<F, true>::make(pool.list(), future);
    // SAFETY: just claimed; otherwise as above. What crosses threads is `Send`.
    unsafe {
        let linked = family(header).as_ref().list.link::<true>(header, epoch);
        Header::start_shared(header, pool.ready(), const { &Kind::<F, true>::RUN });
        if linked {
            pool.spawned(header);
        } else {
            // Nobody else knows of it: we are its worker. That it is in no list is told by its neighbour.
            family(header).as_ref().previous.set(Some(header));
            Header::abort(header, const { &Kind::<F, true>::ENDING.abort });
            let _ = Header::run_shared(header);
        }
        JoinHandle::new(header)
    }
}

/// Runs `f` on the place of whoever awaits the handle. `told` are bits to be set, so that the end looks there.
///
/// # Safety
/// `HANDLE` or `NOTIFYING`, whichever is the caller's, keeps the task. `f` runs no foreign code.
pub(super) unsafe fn with_joiner<R>(
    header: NonNull<Header>,
    told: usize,
    f: impl FnOnce(&mut Option<Waker>) -> R,
) -> R {
    // SAFETY: the caller's word.
    let (state, joiner) = unsafe { (header.as_ref().state(), family(header).as_ref().joiner.get()) };
    // Acquire: what the last one wrote there. It is held for a few instructions, by one of two.
    while state.fetch_or(JOINING | told, Ordering::Acquire) & JOINING != 0 {
        std::thread::yield_now();
    }
    // SAFETY: we have set `JOINING`.
    let result = f(unsafe { &mut *joiner });
    state.fetch_and(!JOINING, Ordering::Release);
    result
}

/// Wakes whoever awaits the handle.
///
/// # Safety
/// `NOTIFYING` keeps the task.
unsafe fn notify(header: NonNull<Header>) {
    // SAFETY: the caller's word.
    let waker = unsafe { with_joiner(header, 0, Option::take) };
    if let Some(waker) = waker {
        waker.wake();
    }
}

static LOCAL: RawWakerVTable =
    RawWakerVTable::new(clone::<false>, wake::<false>, wake_by_ref::<false>, drop_waker::<false>);
static SHARED: RawWakerVTable =
    RawWakerVTable::new(clone::<true>, wake::<true>, wake_by_ref::<true>, drop_waker::<true>);

const fn table<const IS_SHARED: bool>() -> &'static RawWakerVTable {
    if IS_SHARED { &SHARED } else { &LOCAL }
}

/// A waker that does not count yet.
#[inline]
fn waker<const SHARED: bool>(header: NonNull<Header>) -> Waker {
    // SAFETY: the functions do what `RawWakerVTable` asks, given "counted".
    unsafe { Waker::new(header.as_ptr().cast_const().cast(), table::<SHARED>()) }
}

/// The header behind a waker.
#[inline]
fn header(pointer: *const ()) -> NonNull<Header> {
    // SAFETY: made from a header.
    unsafe { NonNull::new_unchecked(pointer.cast_mut().cast()) }
}

unsafe fn clone<const SHARED: bool>(pointer: *const ()) -> RawWaker {
    // SAFETY: "counted": the waker that is cloned keeps the task. Relaxed: so does it for the clone.
    let before = unsafe { header(pointer).as_ref() }.state().fetch_add(REFERENCE, Ordering::Relaxed);
    if before > usize::MAX / 2 {
        // More wakers than memory has room for were forgotten.
        std::process::abort();
    }
    RawWaker::new(pointer, table::<SHARED>())
}

unsafe fn wake_by_ref<const SHARED: bool>(pointer: *const ()) {
    let header = header(pointer);
    // SAFETY: "counted": the waker keeps the task, which was started.
    unsafe {
        if !SHARED {
            Header::wake(header);
        } else if header.as_ref().queue() {
            super::workers::schedule(header);
        }
    }
}

unsafe fn wake<const SHARED: bool>(pointer: *const ()) {
    // SAFETY: the caller's waker, by value.
    unsafe {
        wake_by_ref::<SHARED>(pointer);
        drop_waker::<SHARED>(pointer);
    }
}

unsafe fn drop_waker<const SHARED: bool>(pointer: *const ()) {
    let header = header(pointer);
    // AcqRel: whoever frees sees what all others did before they let go.
    // SAFETY: "counted": the waker keeps the task up to here.
    let before = unsafe { header.as_ref() }.state().fetch_sub(REFERENCE, Ordering::AcqRel);
    if before == REFERENCE {
        // SAFETY: we brought the word to 0.
        unsafe { Header::free(header) }
    }
}
