//! Memory for data that has no fixed place: strategies over a region of bytes that the program sets aside.
//!
//! The runtime itself allocates nothing. A task that needs a vector or a map of its own gets it from one of these; each
//! implements [`Allocator`](allocator_api2::alloc::Allocator) of the `allocator-api2` crate by reference, which the
//! collections of that crate, of `hashbrown` and of others take. Where there is no `alloc`, [`Owned`] is the box; and a
//! [`General`] can be the heap of a program that wants one (`#[global_allocator]`).
//!
//! | strategy | what it is for | allocate, release |
//! |---|---|---|
//! | [`Arena`] | much that ends together: a request, a frame | O(1), O(1) |
//! | [`FixedBuffer`] | what is given back in the reverse order; a buffer that grows | O(1), O(1) |
//! | [`General`] | any sizes in any order, without fragments that stay | O(log n), O(log n) |
//! | [`StackFallback`] | nearly always small: from a small buffer of its own, from another strategy if that is full | as its parts |
//! | [`Adaptive`] | two kinds of sizes whose shares are not known beforehand | as its parts |
//!
//! All of them lie in a [`Region`]: in [`Inline`] bytes of their own, or in memory that was [`Lent`] to them. Each counts
//! what it does ([`Metrics`]) and refuses single allocations beyond its [`max_allocation`](Strategy::max_allocation).
//!
//! **Interrupt- and thread-safe:** every operation holds the platform's lock for its few steps (a critical section on a
//! board); contents are copied outside of it.
//!
//! ```
//! use allocator_api2::vec::Vec; // with the allocator-api2 crate's feature `alloc`
//! use zokio_core::memory::{General, Inline, Strategy};
//!
//! static MEMORY: General<Inline<4096>> = General::new(Inline::new());
//!
//! let mut line = Vec::new_in(&MEMORY);
//! line.extend_from_slice(b"hello");
//! assert!(MEMORY.metrics().in_use >= 5);
//! drop(line);
//! assert_eq!(MEMORY.metrics().in_use, 0);
//! ```
//!
//! A strategy cannot be moved or reset while something is in it:
//! ```compile_fail
//! # use allocator_api2::boxed::Box;
//! # use zokio_core::memory::{Arena, Inline};
//! let mut arena = Arena::new(Inline::<256>::new());
//! let number = Box::new_in(7, &arena);
//! arena.reset();
//! drop(number);
//! ```

mod adaptive;
mod allocator;
mod arena;
mod bump;
mod fixed_buffer;
mod general;
mod global;
mod metrics;
mod owned;
mod region;
mod stack_fallback;

pub use adaptive::Adaptive;
pub use arena::Arena;
pub use fixed_buffer::FixedBuffer;
pub use general::General;
pub(crate) use general::largest_block;
pub use metrics::Metrics;
pub use owned::Owned;
pub use region::{Inline, Lent, Region};
pub use stack_fallback::StackFallback;

use core::alloc::Layout;
use core::ptr::NonNull;
use sealed::Sealed;

mod sealed {
    pub trait Sealed {}
}

/// A way to give out memory. Sealed.
///
/// ```
/// use zokio_core::memory::{Arena, Inline, Strategy};
///
/// let arena = Arena::new(Inline::<1024>::new()).with_max_allocation(100);
/// assert_eq!((arena.capacity(), arena.max_allocation()), (1024, 100));
/// ```
pub trait Strategy: Sealed {
    /// What it has done so far.
    fn metrics(&self) -> Metrics;

    /// The bytes that it has to give out, its bookkeeping not counted.
    fn capacity(&self) -> usize;

    /// The largest single allocation, in bytes: what was set, or what could ever fit.
    fn max_allocation(&self) -> usize;

    /// Whether an allocation at `address` is (or would be) its own.
    fn contains(&self, address: NonNull<u8>) -> bool;

    /// Takes memory for `layout`, whose size is not 0. It stays where it is until the strategy is moved, which is borrowed.
    #[doc(hidden)]
    fn take(&self, layout: Layout) -> Option<NonNull<u8>>;

    /// Gives memory back.
    ///
    /// # Safety
    /// It was [taken](Self::take) from this strategy, with `layout` or resized to it, and is not used any more.
    #[doc(hidden)]
    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout);

    /// Makes memory larger or smaller where it is; `false` if that cannot be, and nothing has changed.
    ///
    /// # Safety
    /// As [`give`](Self::give) for `old`, but for the last part if it succeeds; `size` is not 0.
    #[doc(hidden)]
    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, size: usize) -> bool;
}

impl<S: Strategy> Sealed for &S {}

/// A strategy that several share.
impl<S: Strategy> Strategy for &S {
    fn metrics(&self) -> Metrics {
        (**self).metrics()
    }

    fn capacity(&self) -> usize {
        (**self).capacity()
    }

    fn max_allocation(&self) -> usize {
        (**self).max_allocation()
    }

    fn contains(&self, address: NonNull<u8>) -> bool {
        (**self).contains(address)
    }

    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        (**self).take(layout)
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's word.
        unsafe { (**self).give(memory, layout) }
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, size: usize) -> bool {
        // SAFETY: the caller's word.
        unsafe { (**self).resize(memory, old, size) }
    }
}
