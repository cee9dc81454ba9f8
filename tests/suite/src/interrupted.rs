//! A value whose clone is interrupted: something else runs in the middle of it, as an interrupt or a thread would.

use core::ptr;
use portable_atomic::{AtomicPtr, Ordering};

/// Clones like a number, but with what [`interrupt`] was given in the middle, once.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Interrupted(pub(crate) u8);

/// A `&mut dyn FnMut()`, or null.
static WHAT: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// Runs `clones`, and `what` in the middle of the first clone in it.
pub(crate) fn interrupt<R>(mut what: impl FnMut(), clones: impl FnOnce() -> R) -> R {
    let mut what: &mut dyn FnMut() = &mut what;
    WHAT.store((&raw mut what).cast(), Ordering::Relaxed);
    let result = clones();
    WHAT.store(ptr::null_mut(), Ordering::Relaxed);
    result
}

impl Clone for Interrupted {
    fn clone(&self) -> Self {
        let what = WHAT.swap(ptr::null_mut(), Ordering::Relaxed);
        if !what.is_null() {
            // SAFETY: `interrupt` takes the pointer back before what it points to goes; the tests run on one thread, and
            // the swap lets nobody else come here meanwhile.
            unsafe { (*what.cast::<&mut dyn FnMut()>())() }
        }
        Self(self.0)
    }
}
