//! A value that is used outside the lock that guards its place.
//!
//! Foreign code (a clone, a closure) must not run under a lock. So whoever wants to run some on a value takes the value
//! out of its place, runs it, and puts the value back; others see meanwhile that it is lent.

use core::mem::ManuallyDrop;
use core::ops::Deref;

/// A value on loan; goes back when this is dropped, also in a panic.
pub(super) struct Loan<T, F: FnMut(T)> {
    value: ManuallyDrop<T>,
    give_back: F,
}

impl<T, F: FnMut(T)> Loan<T, F> {
    pub(super) fn new(value: T, give_back: F) -> Self {
        Self { value: ManuallyDrop::new(value), give_back }
    }
}

impl<T, F: FnMut(T)> Deref for Loan<T, F> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T, F: FnMut(T)> Drop for Loan<T, F> {
    fn drop(&mut self) {
        // SAFETY: taken once, here; nobody uses the loan after its drop.
        (self.give_back)(unsafe { ManuallyDrop::take(&mut self.value) });
    }
}
