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

/// Whether a waker of a static task is plain data that may be copied, and woken, under a lock: on a chip with one core.
const PLAIN: bool = cfg!(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"));

/// What `waker` points to, if it is one of the above on a chip with one core: its clone is plain data, so that it may be made
/// under a lock. Elsewhere wakers of static tasks are few, and asking would cost the others.
#[inline(always)]
pub(crate) fn plain(waker: &Waker) -> Option<Plain> {
    (PLAIN && core::ptr::eq(waker.vtable(), &STATIC)).then(|| Plain(waker.data()))
}

/// A waker of a static task, where one is plain data.
///
/// *Invariant "plain":* it came from a waker of `STATIC`, so "static header" holds.
#[derive(Clone, Copy)]
pub(crate) struct Plain(*const ());

impl Plain {
    /// The waker that it is.
    #[inline(always)]
    pub(crate) fn waker(self) -> Waker {
        // SAFETY: "plain": what the vtable's `clone` does.
        unsafe { Waker::new(self.0, &STATIC) }
    }

    /// Wakes. Short and closed: it calls no foreign code but the driver's unparker.
    ///
    /// # Safety
    /// Under a lock.
    #[inline(always)]
    pub(crate) unsafe fn wake_locked(self) {
        #[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
        // SAFETY: "plain": the header lives, and was started. Under a lock interrupts are masked.
        unsafe {
            let header = NonNull::new_unchecked(self.0.cast_mut().cast::<Header>());
            header.as_ref().wake_masked(header, critical_section::CriticalSection::new());
        }
    }
}

/// Wakes `waker` if it is plain data, or gives it back, to be woken after the lock.
///
/// # Safety
/// Under a lock.
#[inline(always)]
pub(crate) unsafe fn woken_if_plain(waker: Waker) -> Option<Waker> {
    match plain(&waker) {
        Some(plain) => {
            // SAFETY: the caller's word.
            unsafe { plain.wake_locked() };
            None
        }
        None => Some(waker),
    }
}

/// Wakes by `waker`, without a call where it is plain data.
#[inline(always)]
pub(crate) fn wake_by_ref(waker: &Waker) {
    #[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
    if let Some(plain) = plain(waker) {
        // SAFETY: interrupts are masked, which is what a lock is where there are plain wakers.
        return critical_section::with(|_| unsafe { plain.wake_locked() });
    }
    waker.wake_by_ref();
}

/// Drops `waker`, without a call where it is plain data.
#[inline(always)]
pub(crate) fn dropped(waker: Waker) {
    match plain(&waker) {
        Some(_) => core::mem::forget(waker),
        None => drop(waker),
    }
}

/// A clone of `waker`, without a call where it is plain data.
#[inline(always)]
pub(crate) fn cloned(waker: &Waker) -> Waker {
    plain(waker).map_or_else(|| waker.clone(), Plain::waker)
}
