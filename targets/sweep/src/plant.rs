//! Critical sections that mask nothing, and a ring whose ends do things in the wrong order, to see whether the sweep finds out.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

struct Open;

critical_section::set_impl!(Open);

// SAFETY: none: that is the point. This is in no image that anybody is meant to trust.
unsafe impl critical_section::Impl for Open {
    unsafe fn acquire() -> critical_section::RawRestoreState {
        Default::default()
    }

    unsafe fn release(_: critical_section::RawRestoreState) {}
}

/// Two ends of a ring that say too early that they are done: what has no critical section cannot be broken by one that masks nothing.
pub(crate) struct Spsc<T, const N: usize> {
    tail: AtomicUsize,
    head: AtomicUsize,
    slots: UnsafeCell<[Option<T>; N]>,
}

pub(crate) struct Producer<'a, T, const N: usize>(&'a Spsc<T, N>);

pub(crate) struct Consumer<'a, T, const N: usize>(&'a Spsc<T, N>);

impl<T: Copy, const N: usize> Spsc<T, N> {
    pub(crate) fn new() -> Self {
        Self { tail: AtomicUsize::new(0), head: AtomicUsize::new(0), slots: UnsafeCell::new([None; N]) }
    }

    pub(crate) fn split(&mut self) -> (Producer<'_, T, N>, Consumer<'_, T, N>) {
        (Producer(self), Consumer(self))
    }

    fn slot(&self, position: usize) -> *mut Option<T> {
        self.slots.get().cast::<Option<T>>().wrapping_add(position % N)
    }
}

impl<T: Copy, const N: usize> Producer<'_, T, N> {
    pub(crate) fn push(&mut self, value: T) -> Result<(), T> {
        let tail = self.0.tail.load(Ordering::SeqCst);
        if tail - self.0.head.load(Ordering::SeqCst) == N {
            return Err(value);
        }
        self.0.tail.store(tail + 1, Ordering::SeqCst);
        // SAFETY: none: the value is to be seen too late.
        unsafe { self.0.slot(tail).write_volatile(Some(value)) };
        Ok(())
    }
}

impl<T: Copy, const N: usize> Consumer<'_, T, N> {
    pub(crate) fn pop(&mut self) -> Option<T> {
        let head = self.0.head.load(Ordering::SeqCst);
        if head == self.0.tail.load(Ordering::SeqCst) {
            return None;
        }
        self.0.head.store(head + 1, Ordering::SeqCst);
        // SAFETY: none: the slot is to be written meanwhile.
        unsafe { self.0.slot(head).read_volatile() }
    }
}
