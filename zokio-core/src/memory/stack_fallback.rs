//! A small buffer first, another strategy if that is full.

use super::allocator::allocator;
use super::sealed::Sealed;
use super::{FixedBuffer, Inline, Metrics, Strategy};
use crate::lock::Lock;
use core::alloc::Layout;
use core::ptr::NonNull;

/// Takes from `BYTES` bytes of its own first, as a [`FixedBuffer`], and from `fallback` what does not fit.
///
/// As a local it takes from the stack (or from its task's slot, if it lives across an await), and costs nobody anything in
/// the usual case; the fallback may be a shared strategy, by reference.
///
/// Costs what its parts cost. Interrupt- and thread-safe.
///
/// ```
/// use allocator_api2::vec::Vec;
/// use zokio_core::memory::{General, Inline, StackFallback, Strategy};
///
/// static SHARED: General<Inline<4096>> = General::new(Inline::new());
///
/// let local = StackFallback::<64, _>::new(&SHARED);
/// let mut line = Vec::with_capacity_in(16, &local);
/// line.extend_from_slice(b"short");
/// assert_eq!(SHARED.metrics().allocations, 0);
/// line.resize(1000, b'.');
/// assert_eq!(SHARED.metrics().in_use, 1000);
/// ```
pub struct StackFallback<const BYTES: usize, F> {
    first: FixedBuffer<Inline<BYTES>>,
    fallback: F,
    max: usize,
    metrics: Lock<Metrics>,
}

impl<const BYTES: usize, F: Strategy> StackFallback<BYTES, F> {
    /// A buffer in front of `fallback`.
    pub const fn new(fallback: F) -> Self {
        let first = FixedBuffer::new(Inline::new());
        Self { first, fallback, max: usize::MAX, metrics: Lock::new(Metrics::NONE) }
    }

    /// Refuses single allocations of more than `bytes`.
    #[must_use]
    pub const fn with_max_allocation(mut self, bytes: usize) -> Self {
        self.max = bytes;
        self
    }

    /// The buffer that is tried first.
    pub const fn first(&self) -> &FixedBuffer<Inline<BYTES>> {
        &self.first
    }

    /// What is tried then.
    pub const fn fallback(&self) -> &F {
        &self.fallback
    }
}

impl<const BYTES: usize, F> Sealed for StackFallback<BYTES, F> {}

impl<const BYTES: usize, F: Strategy> Strategy for StackFallback<BYTES, F> {
    fn metrics(&self) -> Metrics {
        self.metrics.with(|metrics| *metrics)
    }

    fn capacity(&self) -> usize {
        BYTES.saturating_add(self.fallback.capacity())
    }

    fn max_allocation(&self) -> usize {
        self.max.min(self.fallback.max_allocation().max(self.first.max_allocation()))
    }

    fn contains(&self, address: NonNull<u8>) -> bool {
        self.first.contains(address) || self.fallback.contains(address)
    }

    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let allowed = layout.size() <= self.max;
        let memory = allowed.then(|| self.first.take(layout).or_else(|| self.fallback.take(layout))).flatten();
        self.metrics.with(|metrics| metrics.took(layout.size(), memory.is_some()));
        memory
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's word; regions are disjoint, so the address tells whose it is.
        unsafe {
            match self.first.contains(memory) {
                true => self.first.give(memory, layout),
                false => self.fallback.give(memory, layout),
            }
        }
        self.metrics.with(|metrics| metrics.gave(layout.size()));
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, size: usize) -> bool {
        // SAFETY: as for `give`.
        let stays = size <= self.max
            && unsafe {
                match self.first.contains(memory) {
                    true => self.first.resize(memory, old, size),
                    false => self.fallback.resize(memory, old, size),
                }
            };
        if stays {
            self.metrics.with(|metrics| metrics.resized(old.size(), size));
        }
        stays
    }
}

allocator!([const BYTES: usize, F: Strategy] StackFallback<BYTES, F>);
