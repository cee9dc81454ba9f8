//! A fixed buffer: a stack of allocations.

use super::allocator::allocator;
use super::bump::Bump;
use super::sealed::Sealed;
use super::{Metrics, Region, Strategy};
use core::alloc::Layout;
use core::ptr::NonNull;

/// Gives out its region as a stack: the last allocation can be given back, or grow, or shrink, at any time.
///
/// What is given back in another order is free when all is. For scratch memory whose users nest, and for one buffer that
/// grows as far as there is room.
///
/// O(1), interrupt- and thread-safe.
///
/// ```
/// use allocator_api2::boxed::Box;
/// use core::mem::MaybeUninit;
/// use zokio_core::memory::{FixedBuffer, Lent};
///
/// let mut bytes = [const { MaybeUninit::uninit() }; 64];
/// let scratch = FixedBuffer::new(Lent::new(&mut bytes));
/// let outer = Box::new_in([1u8; 30], &scratch);
/// for _ in 0..10 {
///     let inner = Box::new_in([2u8; 30], &scratch); // the same thirty bytes each time
/// }
/// assert!(Box::try_new_in([3u8; 40], &scratch).is_err());
/// # drop(outer);
/// ```
pub struct FixedBuffer<R> {
    bump: Bump<R>,
}

impl<R: Region> FixedBuffer<R> {
    /// Gives out the bytes of `region`.
    pub const fn new(region: R) -> Self {
        Self { bump: Bump::new(region) }
    }

    /// Refuses single allocations of more than `bytes`.
    #[must_use]
    pub const fn with_max_allocation(mut self, bytes: usize) -> Self {
        self.bump.set_max(bytes);
        self
    }

    /// Makes all of it free, also what was leaked: nothing borrows it any more.
    pub fn reset(&mut self) {
        self.bump.reset();
    }
}

impl<R> Sealed for FixedBuffer<R> {}

impl<R: Region> Strategy for FixedBuffer<R> {
    fn metrics(&self) -> Metrics {
        self.bump.metrics()
    }

    fn capacity(&self) -> usize {
        self.bump.region().len()
    }

    fn max_allocation(&self) -> usize {
        self.bump.max()
    }

    fn contains(&self, address: NonNull<u8>) -> bool {
        self.bump.region().holds(address)
    }

    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.bump.take(layout)
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's word.
        unsafe { self.bump.give(memory, layout, true) }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, size: usize) -> bool {
        // SAFETY: the caller's word.
        unsafe { self.bump.resize(memory, old, size) }
    }
}

allocator!([R: Region] FixedBuffer<R>);
