//! Storage for records that are numbered from zero: what slots and handle records are kept in.

/// Records numbered from zero, appended one by one, never removed, up to a capacity.
///
/// [`FixedTable`] keeps them in place. A hosted adapter brings a boxed table of its own. Records are addressed by number
/// only, so a table may move them.
///
/// A table that does not keep its word loses operations; it cannot cause undefined behaviour.
pub trait Table<T> {
    /// How many records there are.
    fn len(&self) -> usize;

    /// Whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Record `index`, if it was appended.
    fn get(&self, index: usize) -> Option<&T>;

    /// Record `index`, if it was appended.
    fn get_mut(&mut self, index: usize) -> Option<&mut T>;

    /// Appends a record.
    ///
    /// # Errors
    /// The record comes back where the table is full.
    fn push(&mut self, record: T) -> Result<(), T>;
}

/// A [`Table`] of at most `N` records, stored in place.
///
/// ```
/// use zokio_core::driver::{FixedTable, Table};
///
/// let mut table = FixedTable::<u8, 2>::new();
/// assert_eq!(table.push(7), Ok(()));
/// assert_eq!(table.push(8), Ok(()));
/// assert_eq!(table.push(9), Err(9));
/// assert_eq!(table.get(1), Some(&8));
/// assert_eq!(table.get(2), None);
/// ```
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct FixedTable<T, const N: usize> {
    records: [Option<T>; N],
    len: usize,
}

impl<T, const N: usize> FixedTable<T, N> {
    /// An empty table.
    pub const fn new() -> Self {
        Self { records: [const { None }; N], len: 0 }
    }
}

impl<T, const N: usize> Default for FixedTable<T, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> Table<T> for FixedTable<T, N> {
    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn get(&self, index: usize) -> Option<&T> {
        self.records.get(index)?.as_ref()
    }

    #[inline]
    fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.records.get_mut(index)?.as_mut()
    }

    fn push(&mut self, record: T) -> Result<(), T> {
        let Some(place) = self.records.get_mut(self.len) else { return Err(record) };
        *place = Some(record);
        self.len += 1;
        Ok(())
    }
}
