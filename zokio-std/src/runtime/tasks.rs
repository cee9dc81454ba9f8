//! Tasks on the heap: the fourth place that a task can live in.
//!
//! One allocation per task: what belongs to this family, then the header and the future as everywhere.
//!
//! ```text
//!   ┌───────────── Family ─────────────┬──────────── Cell<F> ───────────────┐
//!   │ joiner, neighbours in its list   │ header │ future, later its output  │
//!   └──────────────────────────────────┴────────────────────────────────────┘
//!                                       ▲ what queue, wakers and handles point to
//! ```
//!
//! Two kinds of them: *local* tasks are run by the executor of one core, on its thread; *shared* ones by any worker of a
//! pool. They differ in who is told of a wake, and in the transitions of their state word (`SHARED` in what follows).
//!
//! *Invariant "counted":* every waker is a [`REFERENCE`] in the state word, and the task's life, its place in the queue and
//! its handle are bits of it. Whoever brings the word to 0 frees the allocation; nobody points to it then.

use super::catch::{Caught, Payload};
use super::core::Core;
use super::join::JoinHandle;
use super::joiner::Joiner;
use super::list::Links;
use super::memory;
use super::workers::Pool;
use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::mem::{ManuallyDrop, MaybeUninit, offset_of};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use zokio_core::task::raw::state::{ALIVE, AWAITED, EMPTY, REFERENCE};
use zokio_core::task::raw::{Header, Vtable};

/// What stands in front of the header of a heap task: three words.
pub(super) struct Family {
    /// "One of two": the handle's, or the end's.
    joiner: UnsafeCell<Joiner>,
    pub(super) links: Links,
}

/// What there is for each kind of task: to run it, or to abort it.
///
/// *Invariant "the table behind":* the vtable of a heap task is the beginning of one of these, and its header points to the whole.
#[repr(C)]
pub(super) struct Table {
    vtable: Vtable,
    /// The one that takes its place when the task is aborted; `None` in that one itself.
    abort: Option<&'static Table>,
    /// Where the output begins, in bytes from the header.
    pub(super) body: usize,
}

impl Table {
    fn pointer(&'static self) -> *const Vtable {
        std::ptr::from_ref(self).cast()
    }

    /// Asks the task, whose table this is, to end.
    ///
    /// # Safety
    /// As [`Header::abort`].
    pub(super) unsafe fn abort(&self, header: NonNull<Header>) {
        if let Some(abort) = self.abort {
            // SAFETY: the caller's word; the table is for this kind.
            unsafe { Header::abort(header, abort.pointer()) }
        }
    }
}

/// The table of a heap task.
///
/// # Safety
/// `header` is one of a heap task that was started and is not freed.
#[inline]
pub(super) unsafe fn table(header: NonNull<Header>) -> &'static Table {
    // SAFETY: "the table behind".
    unsafe { &*header.as_ref().table().cast() }
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
    const RUN: &Table = &Table {
        vtable: Vtable { run: Self::run, release: Some(Self::release), name: Self::NAME },
        abort: Some(Self::ABORT),
        body: Self::BODY,
    };
    const ABORT: &Table = &Table {
        vtable: Vtable { run: Self::abort, release: Some(Self::release), name: Self::NAME },
        abort: None,
        body: Self::BODY,
    };

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
    #[inline(always)]
    unsafe fn end(header: NonNull<Header>, result: Option<Result<F::Output, Payload>>) {
        // SAFETY: alive, so the body holds the future and only we touch it.
        let body = unsafe { header.byte_add(Self::BODY) };
        // What the destructor panics with is lost: there is a result already, or nobody wants one.
        // SAFETY: as above, and it is not touched again.
        let _ = catch_unwind(AssertUnwindSafe(|| unsafe { body.cast::<F>().drop_in_place() }));
        // SAFETY: "listed while alive"; the place of the future is free for the output.
        unsafe {
            match SHARED {
                true => Pool::of(header).list(family(header).as_ref().links.list()).unlink::<true>(header),
                false => Core::of(header).tasks.unlink::<false>(header),
            }
            let outcome = match result {
                Some(result) => {
                    body.cast::<Output<F::Output>>().write(Caught::new(result));
                    0
                }
                None => EMPTY,
            };
            if !Header::end_uncounted::<AWAITED>(header, outcome, notify) {
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

    /// Writes a task down, which will be in number `list` of the lists, and claims it.
    #[inline]
    fn make(list: usize, future: F) -> NonNull<Header> {
        let (layout, offset) = Self::PLACE;
        let start = memory::allocate(layout);
        // SAFETY: everything is written inside, at its alignment, before anybody sees it.
        unsafe {
            let header = start.add(offset).cast::<Header>();
            header.write(Header::claimed());
            header.byte_add(Self::BODY).cast().write(future);
            family(header).write(Family { joiner: UnsafeCell::new(Joiner::NONE), links: Links::new(list) });
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
    let header = Kind::<F, false>::make(0, future);
    // SAFETY: just claimed. The table is one for this body; the allocation lives until the state word is 0 ("counted").
    // The handle is the one that the claim made.
    unsafe {
        core.tasks.link::<false>(header, 0);
        Header::start_uncounted(header, ready, Kind::<F, false>::RUN.pointer());
        JoinHandle::new(header)
    }
}

/// Starts a shared task on `pool`. If that has ended, the task has been aborted.
pub(super) fn spawn_shared<F>(pool: &'static Pool, epoch: u32, future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let list = pool.list_here();
    let header = Kind::<F, true>::make(list, future);
    // SAFETY: just claimed; otherwise as above. What crosses threads is `Send`.
    unsafe {
        let linked = pool.list(list).link::<true>(header, epoch);
        Header::start_shared(header, pool.ready(), Kind::<F, true>::RUN.pointer());
        if linked {
            pool.spawned(header);
        } else {
            // Nobody else knows of it: we are its worker.
            Header::abort(header, Kind::<F, true>::ABORT.pointer());
            let _ = Header::run_shared(header);
        }
        JoinHandle::new(header)
    }
}

/// Exchanges who awaits the handle.
///
/// # Safety
/// "One of two": it is the caller's to exchange.
#[inline]
pub(super) unsafe fn exchange_joiner(header: NonNull<Header>, joiner: Joiner) -> Joiner {
    // SAFETY: the caller's word, and what keeps the place keeps the task.
    unsafe { family(header).as_ref().joiner.get().replace(joiner) }
}

/// Wakes whoever awaits the handle.
///
/// # Safety
/// `NOTIFYING` keeps the task, whose end found `AWAITED`.
unsafe fn notify(header: NonNull<Header>) {
    // SAFETY: "one of two": the end's, by the caller's word.
    let joiner = unsafe { exchange_joiner(header, Joiner::NONE) };
    if let Some(waker) = joiner.into_waker() {
        waker.wake();
    }
}

pub(super) static LOCAL: RawWakerVTable =
    RawWakerVTable::new(clone::<false>, wake::<false>, wake_by_ref::<false>, drop_waker::<false>);
pub(super) static SHARED: RawWakerVTable =
    RawWakerVTable::new(clone::<true>, wake::<true>, wake_by_ref::<true>, drop_waker::<true>);

const fn wakers<const IS_SHARED: bool>() -> &'static RawWakerVTable {
    if IS_SHARED { &SHARED } else { &LOCAL }
}

/// A waker that does not count yet.
#[inline]
fn waker<const SHARED: bool>(header: NonNull<Header>) -> Waker {
    // SAFETY: the functions do what `RawWakerVTable` asks, given "counted".
    unsafe { Waker::new(header.as_ptr().cast_const().cast(), wakers::<SHARED>()) }
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
    RawWaker::new(pointer, wakers::<SHARED>())
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
