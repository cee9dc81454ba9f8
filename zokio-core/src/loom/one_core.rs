//! Atomics of a chip with one core.
//!
//! What one context writes there, another sees in program order: an interrupt runs between two instructions of what it
//! interrupts. So every operation may be relaxed for the processor, as long as the compiler keeps the order: the fences
//! below are no instructions. (What devices see, such as a DMA engine, is no business of these atomics.)

use core::sync::atomic::compiler_fence;
use portable_atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

#[inline(always)]
fn before(order: Ordering) {
    if matches!(order, Release | AcqRel | SeqCst) {
        compiler_fence(Release);
    }
}

#[inline(always)]
fn after(order: Ordering) {
    if matches!(order, Acquire | AcqRel | SeqCst) {
        compiler_fence(Acquire);
    }
}

macro_rules! operations {
    ($value:ty; $($name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        $(
            #[inline(always)]
            pub fn $name(&self, $($argument: $type,)* order: Ordering) -> $result {
                before(order);
                let result = self.0.$name($($argument,)* Relaxed);
                after(order);
                result
            }
        )*

        #[inline(always)]
        pub fn compare_exchange(&self, old: $value, new: $value, order: Ordering, _: Ordering) -> Result<$value, $value> {
            before(order);
            let result = self.0.compare_exchange(old, new, Relaxed, Relaxed);
            after(order);
            result
        }

        #[inline(always)]
        pub fn compare_exchange_weak(&self, old: $value, new: $value, order: Ordering, _: Ordering) -> Result<$value, $value> {
            before(order);
            let result = self.0.compare_exchange_weak(old, new, Relaxed, Relaxed);
            after(order);
            result
        }

        #[inline(always)]
        pub fn fetch_update(&self, order: Ordering, _: Ordering, f: impl FnMut($value) -> Option<$value>) -> Result<$value, $value> {
            before(order);
            let result = self.0.fetch_update(Relaxed, Relaxed, f);
            after(order);
            result
        }
    };
}

/// A word.
#[repr(transparent)]
pub struct AtomicUsize(portable_atomic::AtomicUsize);

impl AtomicUsize {
    #[inline(always)]
    pub const fn new(value: usize) -> Self {
        Self(portable_atomic::AtomicUsize::new(value))
    }

    operations! {
        usize;
        load() -> usize;
        store(value: usize) -> ();
        swap(value: usize) -> usize;
        fetch_add(value: usize) -> usize;
        fetch_sub(value: usize) -> usize;
        fetch_and(value: usize) -> usize;
        fetch_or(value: usize) -> usize;
        fetch_max(value: usize) -> usize;
    }
}

/// A pointer.
#[repr(transparent)]
pub struct AtomicPtr<T>(portable_atomic::AtomicPtr<T>);

#[allow(dead_code)]
impl<T> AtomicPtr<T> {
    #[inline(always)]
    pub const fn new(value: *mut T) -> Self {
        Self(portable_atomic::AtomicPtr::new(value))
    }

    operations! {
        *mut T;
        load() -> *mut T;
        store(value: *mut T) -> ();
        swap(value: *mut T) -> *mut T;
    }
}
