//! A general strategy as the program's heap.

use super::{General, Region, Strategy};
use core::alloc::{GlobalAlloc, Layout};
use core::ptr::{NonNull, null_mut};

/// As a static it can be the program's heap: for boards that want `alloc`, with metrics and a bound on its sizes.
///
/// ```
/// use zokio_core::memory::{General, Inline, Strategy};
///
/// #[global_allocator]
/// static HEAP: General<Inline<{ 1 << 20 }>> = General::new(Inline::new());
///
/// let before = HEAP.metrics().in_use;
/// let bytes = vec![7u8; 1000];
/// assert_eq!(HEAP.metrics().in_use, before + 1000);
/// # drop(bytes);
/// ```
// SAFETY: what is handed out is not handed out again before it was given back, and lies in a region that does not move while
// the allocator is in use ("own bytes"); a static never does. Nothing here panics.
unsafe impl<R: Region> GlobalAlloc for General<R> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout).map_or(null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        if let Some(memory) = NonNull::new(memory) {
            // SAFETY: the caller's word.
            unsafe { self.give(memory, layout) }
        }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(old) = NonNull::new(memory) else { return null_mut() };
        // SAFETY: the caller's word: the size is not 0, and with the alignment a valid layout.
        let new = unsafe {
            if self.resize(old, layout, size) {
                return memory;
            }
            Layout::from_size_align_unchecked(size, layout.align())
        };
        match self.take(new) {
            None => null_mut(),
            Some(moved) => {
                // SAFETY: both are live, apart, and long enough.
                unsafe {
                    moved.copy_from_nonoverlapping(old, size.min(layout.size()));
                    self.give(old, layout);
                }
                moved.as_ptr()
            }
        }
    }
}
