//! An arena: much that ends together.

use super::allocator::allocator;
use super::bump::Bump;
use super::sealed::Sealed;
use super::{Metrics, Region, Strategy};
use core::alloc::Layout;
use core::ptr::NonNull;

/// Gives out its region from the beginning to the end, and all of it anew once nothing is in use.
///
/// Giving one allocation back frees no bytes as long as another is in use. Where that suits (what a request needs, what a
/// frame needs) nothing is faster, and nothing fragments. The last allocation grows and shrinks in place.
///
/// O(1), interrupt- and thread-safe.
///
/// ```
/// use allocator_api2::vec::Vec;
/// use zokio_core::memory::{Arena, Inline, Strategy};
///
/// static FRAME: Arena<Inline<256>> = Arena::new(Inline::new());
///
/// for _ in 0..100 {
///     let mut points = Vec::new_in(&FRAME);
///     points.extend([[1u32; 3]; 20]); // 240 bytes, each time the same ones
/// }
/// assert_eq!(FRAME.metrics().peak, 240);
/// ```
pub struct Arena<R> {
    bump: Bump<R>,
}

impl<R: Region> Arena<R> {
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

impl<R> Sealed for Arena<R> {}

impl<R: Region> Strategy for Arena<R> {
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
        unsafe { self.bump.give(memory, layout, false) }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, size: usize) -> bool {
        // SAFETY: the caller's word.
        unsafe { self.bump.resize(memory, old, size) }
    }
}

allocator!([R: Region] Arena<R>);
