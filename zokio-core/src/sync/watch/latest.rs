//! The place of a value that can be lent.

use core::mem::MaybeUninit;

/// A value, or the bytes of one that is lent: enough for a copy of a type that can be copied.
pub(super) struct Latest<T> {
    /// *Invariant "written":* always the bytes of a value. It is this place's own while `here`, else somebody else's.
    value: MaybeUninit<T>,
    here: bool,
}

impl<T> Latest<T> {
    pub(super) const fn new(value: T) -> Self {
        Self { value: MaybeUninit::new(value), here: true }
    }

    /// Takes the value out, unless it is out already.
    pub(super) fn lend(&mut self) -> Option<T> {
        // SAFETY: "written", and `here`: ours to give, once.
        core::mem::take(&mut self.here).then(|| unsafe { self.value.assume_init_read() })
    }

    /// Puts a value in. Returns the one before, if it is not lent.
    pub(super) fn replace(&mut self, value: T) -> Option<T> {
        let old = self.lend();
        self.value.write(value);
        self.here = true;
        old
    }

    /// A copy, whether it is lent or not.
    pub(super) fn copy(&self) -> T
    where
        T: Copy,
    {
        // SAFETY: "written". The bytes of a type that can be copied are a value of their own, and what is lent is lent
        // for reading only, so they are the latest.
        unsafe { self.value.assume_init_read() }
    }
}

impl<T> Drop for Latest<T> {
    fn drop(&mut self) {
        drop(self.lend());
    }
}
