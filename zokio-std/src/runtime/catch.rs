//! What panics leave behind.

use std::any::Any;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic carries.
pub(super) type Payload = Box<dyn Any + Send>;

/// What came of a task; its destructor cannot panic.
pub(super) struct Caught<T>(ManuallyDrop<Result<T, Payload>>);

impl<T> Caught<T> {
    pub(super) fn new(result: Result<T, Payload>) -> Self {
        Self(ManuallyDrop::new(result))
    }

    pub(super) fn into_result(self) -> Result<T, Payload> {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: taken once: the destructor does not run.
        unsafe { ManuallyDrop::take(&mut this.0) }
    }
}

impl<T> Drop for Caught<T> {
    fn drop(&mut self) {
        // SAFETY: dropped once, here.
        let _ = catch_unwind(AssertUnwindSafe(|| unsafe { ManuallyDrop::drop(&mut self.0) }));
    }
}
