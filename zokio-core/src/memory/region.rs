//! Where the bytes are that a strategy gives out.

use super::sealed::Sealed;
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

/// Bytes for a strategy to give out: [`Inline`] or [`Lent`]. Sealed.
///
/// # Safety
/// *Invariant "own bytes":* while the region is not moved, `start` is the same pointer at every call, valid for reads and
/// writes of `len` bytes, and nobody reaches them but through this region.
pub unsafe trait Region: Sealed {
    /// Whether they are all zero in the beginning.
    #[doc(hidden)]
    const ZEROED: bool;

    /// The first byte.
    fn start(&self) -> NonNull<u8>;

    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether `address` is one of them.
    #[doc(hidden)]
    fn holds(&self, address: NonNull<u8>) -> bool {
        address.addr().get().wrapping_sub(self.start().addr().get()) < self.len()
    }
}

/// `BYTES` bytes inside the strategy, aligned to 16. All zero, so that a static costs no flash.
///
/// ```
/// use zokio_core::memory::{Inline, Region};
/// static BYTES: Inline<100> = Inline::new();
/// assert_eq!(BYTES.len(), 100);
/// ```
#[repr(C, align(16))]
pub struct Inline<const BYTES: usize>(UnsafeCell<MaybeUninit<[u8; BYTES]>>);

// SAFETY: strategies hand out disjoint parts under a lock; whoever has a part answers for its own threads.
unsafe impl<const BYTES: usize> Sync for Inline<BYTES> {}

impl<const BYTES: usize> Inline<BYTES> {
    /// The bytes.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self(UnsafeCell::new(MaybeUninit::zeroed()))
    }
}

impl<const BYTES: usize> Sealed for Inline<BYTES> {}

// SAFETY: "own bytes": the cell's content, which nothing else touches.
unsafe impl<const BYTES: usize> Region for Inline<BYTES> {
    const ZEROED: bool = true;

    #[inline]
    fn start(&self) -> NonNull<u8> {
        NonNull::from(&self.0).cast()
    }

    #[inline]
    fn len(&self) -> usize {
        BYTES
    }
}

/// Bytes lent to a strategy: a section in fast memory, a part of another allocation, a local array.
///
/// ```
/// use core::mem::MaybeUninit;
/// use zokio_core::memory::{FixedBuffer, Lent, Strategy};
///
/// let mut bytes = [const { MaybeUninit::uninit() }; 100];
/// let buffer = FixedBuffer::new(Lent::new(&mut bytes));
/// assert_eq!(buffer.capacity(), 100);
/// ```
pub struct Lent<'m> {
    start: NonNull<u8>,
    len: usize,
    _lent: PhantomData<&'m mut [MaybeUninit<u8>]>,
}

// SAFETY: as an exclusive reference to bytes.
unsafe impl Send for Lent<'_> {}
// SAFETY: as for `Inline`.
unsafe impl Sync for Lent<'_> {}

impl<'m> Lent<'m> {
    /// The bytes of `memory`. No alignment is needed.
    pub const fn new(memory: &'m mut [MaybeUninit<u8>]) -> Self {
        let (start, len) = (memory.as_mut_ptr(), memory.len());
        // SAFETY: a reference is not null.
        Self { start: unsafe { NonNull::new_unchecked(start.cast()) }, len, _lent: PhantomData }
    }
}

impl Sealed for Lent<'_> {}

// SAFETY: "own bytes": lent exclusively for as long as this lives.
unsafe impl Region for Lent<'_> {
    const ZEROED: bool = false;

    #[inline]
    fn start(&self) -> NonNull<u8> {
        self.start
    }

    #[inline]
    fn len(&self) -> usize {
        self.len
    }
}
