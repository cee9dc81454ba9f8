//! A header and the future behind it: what pools and arenas are made of.

use super::header::{Ending, Header, Vtable};
use super::join;
use super::label::Label;
use super::ready::ReadyRef;
use super::state::{ALIVE, EMPTY};
use super::waker::static_waker;
use crate::loom::UnsafeCell;
use core::mem::{ManuallyDrop, MaybeUninit, offset_of};
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, Waker};

/// A task's body: the future, and in the same place its output once it has ended.
#[doc(hidden)]
pub union Body<F: Future> {
    _future: ManuallyDrop<F>,
    _output: ManuallyDrop<F::Output>,
}

/// A place for one task whose future is an `F`.
#[repr(C)]
#[doc(hidden)]
pub struct Slot<F: Future> {
    header: Header,
    body: UnsafeCell<MaybeUninit<Body<F>>>,
}

// SAFETY: the header is `Sync`; the body is touched by the claimant (1), then by the executor, then by the handle only:
// the state word passes it on. Whoever starts a task answers for what crosses threads with it.
unsafe impl<F: Future> Sync for Slot<F> {}

impl<F: Future> Slot<F> {
    /// A free slot.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { header: Header::new(), body: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    #[inline]
    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// Puts the future that `make` makes into a claimed slot and starts it.
    ///
    /// # Safety
    /// The slot was just claimed, is static, and `slot` may be used for all of it; `vtable` is for `F`.
    #[inline]
    pub(crate) unsafe fn start(
        slot: NonNull<Self>,
        ready: ReadyRef,
        vtable: &'static Vtable,
        make: impl FnOnce() -> F,
    ) -> NonNull<Header> {
        // SAFETY: claimed, so the body is ours to write.
        unsafe {
            Self::body(slot.cast()).cast::<F>().write(make());
            Header::start(slot.cast(), ready, vtable);
        }
        slot.cast()
    }

    /// The body behind `header`.
    ///
    /// # Safety
    /// `header` is that of a `Slot<F>`, and may be used for all of it.
    #[inline]
    unsafe fn body(header: NonNull<Header>) -> *mut Body<F> {
        // SAFETY: `repr(C)` puts the header first.
        unsafe { UnsafeCell::raw_get(&raw const (*header.cast::<Self>().as_ptr()).body) }.cast()
    }

    /// Polls the future with `waker`; when it is ready, ends the task.
    ///
    /// # Safety
    /// As [`Vtable::run`], for a slot of `F`; `notify` as for [`Header::end`].
    #[inline]
    pub unsafe fn poll(header: NonNull<Header>, waker: &Waker, notify: unsafe fn(NonNull<Header>)) -> bool {
        // SAFETY: alive, so the body holds the future and only we touch it. It never moves from its slot: pinned.
        unsafe {
            let body = Self::body(header);
            let future = body.cast::<F>();
            let Poll::Ready(output) = Pin::new_unchecked(&mut *future).poll(&mut Context::from_waker(waker)) else {
                return false;
            };
            drop_or_abort(future);
            body.cast::<F::Output>().write(output);
            if !Header::end(header, 0, notify) {
                drop_or_abort(body.cast::<F::Output>());
                Header::clear(header, ALIVE);
            }
            true
        }
    }

    /// Drops the future and ends the task.
    ///
    /// # Safety
    /// As [`poll`](Self::poll).
    pub unsafe fn abort(header: NonNull<Header>, notify: unsafe fn(NonNull<Header>)) -> bool {
        // SAFETY: alive, so the body holds the future and only we touch it.
        unsafe {
            drop_or_abort(Self::body(header).cast::<F>());
            if !Header::end(header, EMPTY, notify) {
                Header::clear(header, ALIVE);
            }
        }
        true
    }

    /// The table that polls static tasks of this kind.
    pub(crate) const fn vtable(name: Label, release: Option<unsafe fn(NonNull<Header>)>) -> Vtable {
        // SAFETY: the caller's word (see `Vtable::run`); "static header" holds.
        unsafe fn run<F: Future>(header: NonNull<Header>) -> bool {
            // SAFETY: as above. Borrowed, not counted: static wakers have nothing to count.
            unsafe { Slot::<F>::poll(header, &ManuallyDrop::new(static_waker(header)), join::notify) }
        }
        Vtable { run: run::<F>, release, name }
    }

    /// What handles of static tasks of this kind need.
    pub(crate) const fn ending(name: Label, release: Option<unsafe fn(NonNull<Header>)>) -> Ending {
        // SAFETY: the caller's word (see `Vtable::run`).
        unsafe fn run<F: Future>(header: NonNull<Header>) -> bool {
            // SAFETY: as above.
            unsafe { Slot::<F>::abort(header, join::notify) }
        }
        Ending { abort: Vtable { run: run::<F>, release, name }, body: Self::BODY }
    }

    /// Where the body begins.
    pub const BODY: usize = offset_of!(Self, body);
}

/// Drops what `value` points to. A destructor that panics would leave a body that is neither future nor output, and the
/// state word could not say so: the second panic ends the program. (A hosted runtime catches the first one before.)
///
/// # Safety
/// As [`drop_in_place`](core::ptr::drop_in_place).
#[inline]
pub(super) unsafe fn drop_or_abort<T>(value: *mut T) {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a task's destructor panicked");
        }
    }
    let bomb = Bomb;
    // SAFETY: the caller's word.
    unsafe { value.drop_in_place() };
    core::mem::forget(bomb);
}
