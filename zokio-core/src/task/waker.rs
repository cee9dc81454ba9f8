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
