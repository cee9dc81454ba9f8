//! The `Allocator` trait, for a reference to any strategy.

use super::Strategy;
use allocator_api2::alloc::AllocError;
use core::alloc::Layout;
use core::ptr::NonNull;

/// Implements `Allocator` for references to a strategy. (One `impl` for all would be against the orphan rules.)
macro_rules! allocator {
    ([$($generics:tt)*] $type:ty) => {
        // SAFETY: memory stays valid and in its place while the strategy is borrowed: it lies in a region ("own bytes"), and
        // what is handed out is not handed out again before it was given back. Copies of a reference are the same strategy.
        unsafe impl<$($generics)*> allocator_api2::alloc::Allocator for &$type {
            #[inline]
            fn allocate(
                &self,
                layout: core::alloc::Layout,
            ) -> Result<core::ptr::NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                $crate::memory::allocator::allocate(*self, layout)
            }

            #[inline]
            unsafe fn deallocate(&self, memory: core::ptr::NonNull<u8>, layout: core::alloc::Layout) {
                if layout.size() > 0 {
                    // SAFETY: the caller's word.
                    unsafe { $crate::memory::Strategy::give(*self, memory, layout) }
                }
            }

            #[inline]
            unsafe fn grow(
                &self,
                memory: core::ptr::NonNull<u8>,
                old: core::alloc::Layout,
                new: core::alloc::Layout,
            ) -> Result<core::ptr::NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                // SAFETY: the caller's word.
                unsafe { $crate::memory::allocator::change(*self, memory, old, new) }
            }

            #[inline]
            unsafe fn grow_zeroed(
                &self,
                memory: core::ptr::NonNull<u8>,
                old: core::alloc::Layout,
                new: core::alloc::Layout,
            ) -> Result<core::ptr::NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                // SAFETY: the caller's word; the new part is ours to write.
                unsafe {
                    let larger = $crate::memory::allocator::change(*self, memory, old, new)?;
                    larger.cast::<u8>().add(old.size()).write_bytes(0, new.size() - old.size());
                    Ok(larger)
                }
            }

            #[inline]
            unsafe fn shrink(
                &self,
                memory: core::ptr::NonNull<u8>,
                old: core::alloc::Layout,
                new: core::alloc::Layout,
            ) -> Result<core::ptr::NonNull<[u8]>, allocator_api2::alloc::AllocError> {
                // SAFETY: the caller's word.
                unsafe { $crate::memory::allocator::change(*self, memory, old, new) }
            }
        }
    };
}
pub(super) use allocator;

/// Memory of exactly `layout`'s size.
pub(super) fn allocate<S: Strategy>(strategy: &S, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
    let memory = match layout.size() {
        0 => dangling(layout),
        _ => strategy.take(layout).ok_or(AllocError)?,
    };
    Ok(NonNull::slice_from_raw_parts(memory, layout.size()))
}

/// Where nothing is kept.
fn dangling(layout: Layout) -> NonNull<u8> {
    NonNull::without_provenance(core::num::NonZero::new(layout.align()).unwrap_or(core::num::NonZero::<usize>::MIN))
}

/// Gives an allocation another layout: in place, or by moving what is in it.
///
/// # Safety
/// As `Allocator::grow` or `shrink`.
pub(super) unsafe fn change<S: Strategy>(
    strategy: &S,
    memory: NonNull<u8>,
    old: Layout,
    new: Layout,
) -> Result<NonNull<[u8]>, AllocError> {
    // With another alignment the block might be of another size, and what is given back later must find it.
    let may_stay = old.size() > 0 && new.size() > 0 && new.align() == old.align();
    // SAFETY: the caller's word.
    if may_stay && unsafe { strategy.resize(memory, old, new.size()) } {
        return Ok(NonNull::slice_from_raw_parts(memory, new.size()));
    }
    let moved = allocate(strategy, new)?;
    // SAFETY: both are live, apart, and long enough.
    unsafe {
        moved.cast::<u8>().copy_from_nonoverlapping(memory, old.size().min(new.size()));
        if old.size() > 0 {
            strategy.give(memory, old);
        }
    }
    Ok(moved)
}
