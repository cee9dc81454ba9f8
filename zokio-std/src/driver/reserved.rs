//! A table whose whole capacity is reserved at once: it never moves, never allocates again, and costs the pages it uses.

use zokio_core::driver::Table;

/// A [`Table`] on the heap. Records that were never used cost address space only.
///
/// ```
/// use zokio_core::driver::Table;
/// use zokio_std::driver::Reserved;
///
/// let mut table = Reserved::new(1 << 20);
/// assert_eq!(table.push("one"), Ok(()));
/// assert_eq!(table.get(0), Some(&"one"));
/// ```
#[derive(Debug)]
pub struct Reserved<T>(Vec<T>);

impl<T> Reserved<T> {
    /// A table for `capacity` records.
    pub fn new(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }
}

impl<T> Table<T> for Reserved<T> {
    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn get(&self, index: usize) -> Option<&T> {
        self.0.get(index)
    }

    #[inline]
    fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.0.get_mut(index)
    }

    fn push(&mut self, record: T) -> Result<(), T> {
        if self.0.len() == self.0.capacity() {
            return Err(record);
        }
        self.0.push(record);
        Ok(())
    }
}
