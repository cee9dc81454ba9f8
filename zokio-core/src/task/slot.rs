//! A header and the future behind it: what pools and arenas are made of.

use super::header::{Act, Header, Vtable};
use super::join::{self, JoinHandle};
use super::ready::ReadyRef;
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
    /// The slot was just claimed, is static, and `slot` may be used for all of it; `vtable` is one for `F`.
    #[inline]
    pub(crate) unsafe fn start(
        slot: NonNull<Self>,
        ready: ReadyRef,
        vtable: &'static Vtable,
        make: impl FnOnce() -> F,
    ) -> JoinHandle<F::Output> {
        // SAFETY: claimed, so the body is ours to write.
        unsafe {
            UnsafeCell::raw_get(&raw const (*slot.as_ptr()).body).cast::<F>().write(make());
            Header::start(slot.cast(), ready, vtable);
            JoinHandle::new(slot.cast())
        }
    }

    /// Acts on the body of the slot behind `header`, polling with the waker that `waker` makes.
    ///
    /// # Safety
    /// As the state word allows: `Poll` and `DropFuture` while the future is there, `DropOutput` while the output is.
    #[inline]
    pub unsafe fn act_with(header: NonNull<Header>, act: Act, waker: impl FnOnce() -> ManuallyDrop<Waker>) -> bool {
        // SAFETY: `repr(C)` puts the header first, and the pointer came from the slot's.
        let body = unsafe { UnsafeCell::raw_get(&raw const (*header.cast::<Self>().as_ptr()).body) }.cast::<Body<F>>();
        // SAFETY: the caller's word on what is in the body. A future never moves from its slot: pinned.
        unsafe {
            match act {
                Act::Poll => {
                    let future = body.cast::<F>();
                    let waker = waker();
                    let Poll::Ready(output) = Pin::new_unchecked(&mut *future).poll(&mut Context::from_waker(&waker))
                    else {
                        return false;
                    };
                    drop_or_abort(future);
                    body.cast::<F::Output>().write(output);
                }
                Act::DropFuture => drop_or_abort(body.cast::<F>()),
                Act::DropOutput => drop_or_abort(body.cast::<F::Output>()),
            }
        }
        true
    }

    /// # Safety
    /// As [`act_with`](Self::act_with), for a slot in static memory.
    unsafe fn act(header: NonNull<Header>, act: Act) -> bool {
        // SAFETY: the caller's word; "static header" holds.
        unsafe { Self::act_with(header, act, || ManuallyDrop::new(static_waker(header))) }
    }

    /// The vtable of static tasks of this kind.
    pub(crate) const fn vtable(name: &'static str, release: Option<unsafe fn(NonNull<Header>)>) -> Vtable {
        Vtable { act: Self::act, notify: join::notify, release, body: Self::BODY, name }
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
