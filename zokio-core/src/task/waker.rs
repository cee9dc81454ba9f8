//! The waker of tasks in static slots: a pointer to the header, copied freely.

use super::header::Header;
use core::ptr::NonNull;
use core::task::{RawWaker, RawWakerVTable, Waker};

/// *Invariant "static header":* a pointer behind this vtable points to a header in static memory, so it is never
/// dangling, needs no count, and a stale wake is at worst a spurious poll of whoever lives there now.
/// A waker is made only while the task runs, so it was started, which is what waking it asks for.
static STATIC: RawWakerVTable =
    RawWakerVTable::new(|pointer| RawWaker::new(pointer, &STATIC), Header::wake_pointer, Header::wake_pointer, |_| {});

/// A waker for the task behind `header`.
///
/// # Safety
/// "Static header" holds for `header`.
#[inline]
pub(crate) unsafe fn static_waker(header: NonNull<Header>) -> Waker {
    // SAFETY: the vtable's functions do what `RawWakerVTable` asks; the pointer is valid for ever by "static header".
    unsafe { Waker::new(header.as_ptr().cast_const().cast(), &STATIC) }
}

/// A copy of `waker` if it is one of the above on a chip with one core: its clone is plain data, so that it may be made under
/// a lock.
#[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
#[inline(always)]
pub(crate) fn plain_copy(waker: &Waker) -> Option<Waker> {
    // SAFETY: what the vtable's `clone` does.
    core::ptr::eq(waker.vtable(), &STATIC).then(|| unsafe { Waker::new(waker.data(), &STATIC) })
}

/// Elsewhere wakers of static tasks are few, and asking would cost the others.
#[cfg(not(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none")))]
#[inline(always)]
pub(crate) fn plain_copy(_: &Waker) -> Option<Waker> {
    None
}

/// A clone of `waker`, without a call where it is plain data.
#[inline(always)]
pub(crate) fn cloned(waker: &Waker) -> Waker {
    plain_copy(waker).unwrap_or_else(|| waker.clone())
}
