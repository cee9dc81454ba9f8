//! What different threads write, kept on different cache lines.

use core::ops::Deref;

/// A value on a cache line (and its prefetched neighbour) of its own where pointers have 64 bits. Machines with smaller
/// ones have no cache, or no memory to waste; there it is the value and nothing else.
#[cfg_attr(target_pointer_width = "64", repr(align(128)))]
pub(crate) struct Line<T>(pub(crate) T);

impl<T> Deref for Line<T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}
