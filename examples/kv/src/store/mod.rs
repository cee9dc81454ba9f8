//! The keys and their values, in a fixed number of slots of a fixed size.

mod deadlines;
mod hash;
mod index;

pub(crate) use index::MOST_SLOTS;

use deadlines::Deadlines;
use hash::Hash;
use index::Index;
use zokio_core::time::Instant;

/// Up to `KEYS` keys of at most `KEY_LEN` bytes with values of at most `VALUE_LEN` bytes.
///
/// A lookup costs a hash and about two buckets; a deadline O(log `KEYS`) in addition. It knows nothing of time: who
/// calls removes what is [due](Self::due).
///
/// But for the seed it is all zeros when empty, so that a static one takes no place in flash.
pub(crate) struct Store<const KEYS: usize, const KEY_LEN: usize, const VALUE_LEN: usize> {
    hash: Hash,
    index: Index<KEYS>,
    deadlines: Deadlines<KEYS>,
    length: u32,
    /// Slots from here on have never been used.
    fresh: u32,
    /// The first of the slots that were used and are free, plus one, or 0. Each has the next one in `value_len`.
    freed: u32,
    entries: [Entry<KEY_LEN, VALUE_LEN>; KEYS],
}

struct Entry<const KEY_LEN: usize, const VALUE_LEN: usize> {
    hash: u32,
    value_len: u32,
    key_len: u16,
    key: [u8; KEY_LEN],
    value: [u8; VALUE_LEN],
}

/// A key that is in the store. Good until something is removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slot(u32);

/// Where a key is or would be.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    hash: u32,
    pub(crate) slot: Option<Slot>,
}

/// Why something cannot be stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unfit {
    /// The key is longer than `KEY_LEN`.
    Key,
    /// The value is longer than `VALUE_LEN`.
    Value,
    /// All slots are taken.
    Full,
}

impl<const KEYS: usize, const KEY_LEN: usize, const VALUE_LEN: usize> Store<KEYS, KEY_LEN, VALUE_LEN> {
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            hash: Hash::new(seed),
            index: Index::new(),
            deadlines: Deadlines::new(),
            length: 0,
            fresh: 0,
            freed: 0,
            entries: [const { Entry { hash: 0, value_len: 0, key_len: 0, key: [0; KEY_LEN], value: [0; VALUE_LEN] } };
                KEYS],
        }
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.length as usize
    }

    /// How many keys have a deadline.
    pub(crate) fn volatile(&self) -> usize {
        self.deadlines.len()
    }

    /// How many more keys fit.
    pub(crate) fn free(&self) -> usize {
        KEYS.saturating_sub(self.length as usize)
    }

    /// Removes everything and hashes with another seed from now on.
    pub(crate) fn reseed(&mut self, seed: u64) {
        self.clear();
        self.hash = Hash::new(seed);
    }

    /// Removes everything. O(`KEYS`).
    pub(crate) fn clear(&mut self) {
        self.index.clear();
        self.deadlines.clear();
        self.length = 0;
        self.fresh = 0;
        self.freed = 0;
    }

    #[inline]
    pub(crate) fn find(&self, key: &[u8]) -> Option<Slot> {
        self.locate(key).slot
    }

    #[inline]
    pub(crate) fn locate(&self, key: &[u8]) -> Place {
        let hash = self.hash.of(key);
        let is_it = |slot| self.entry(Slot(slot)).is_some_and(|entry| entry.hash == hash && entry.key() == key);
        Place { hash, slot: self.index.find(hash, is_it).map(Slot) }
    }

    pub(crate) fn key(&self, slot: Slot) -> &[u8] {
        self.entry(slot).map_or(&[], Entry::key)
    }

    #[inline]
    pub(crate) fn value(&self, slot: Slot) -> &[u8] {
        self.entry(slot).and_then(|entry| entry.value.get(..entry.value_len as usize)).unwrap_or(&[])
    }

    /// Whether [`put`](Self::put) would take this.
    pub(crate) fn admits(&self, place: Place, key: &[u8], value: &[u8]) -> Result<(), Unfit> {
        match place.slot {
            _ if key.len() > KEY_LEN => Err(Unfit::Key),
            _ if value.len() > VALUE_LEN => Err(Unfit::Value),
            None if self.free() == 0 => Err(Unfit::Full),
            _ => Ok(()),
        }
    }

    /// Stores `value` under `key`, which is at `place`. A key that was there keeps its deadline.
    #[inline]
    pub(crate) fn put(&mut self, place: Place, key: &[u8], value: &[u8]) -> Result<Slot, Unfit> {
        self.admits(place, key, value)?;
        let slot = match place.slot {
            Some(slot) => slot,
            None => self.claim(place.hash, key).ok_or(Unfit::Full)?,
        };
        if let Some(entry) = self.entries.get_mut(slot.0 as usize)
            && let Some(room) = entry.value.get_mut(..value.len())
        {
            room.copy_from_slice(value);
            entry.value_len = value.len() as u32;
        }
        Ok(slot)
    }

    /// Removes a key and its deadline.
    pub(crate) fn remove(&mut self, slot: Slot) {
        let Some(hash) = self.entry(slot).map(|entry| entry.hash) else { return };
        let entries = &self.entries;
        if !self.index.remove(hash, slot.0, |slot| entries.get(slot as usize).map_or(0, |entry| entry.hash)) {
            return;
        }
        self.deadlines.remove(slot.0);
        if let Some(entry) = self.entries.get_mut(slot.0 as usize) {
            entry.value_len = self.freed;
            self.freed = slot.0 + 1;
            self.length -= 1;
        }
    }

    pub(crate) fn deadline(&self, slot: Slot) -> Option<Instant> {
        self.deadlines.get(slot.0).map(Instant::from_nanos)
    }

    pub(crate) fn set_deadline(&mut self, slot: Slot, deadline: Option<Instant>) {
        match deadline {
            Some(deadline) => self.deadlines.set(slot.0, deadline.as_nanos()),
            None => self.deadlines.remove(slot.0),
        }
    }

    /// The earliest deadline.
    #[inline]
    pub(crate) fn first_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(due, _)| Instant::from_nanos(due))
    }

    /// A key whose deadline has come.
    #[inline]
    pub(crate) fn due(&self, now: Instant) -> Option<Slot> {
        let (due, slot) = self.deadlines.first()?;
        (due <= now.as_nanos()).then_some(Slot(slot))
    }

    fn entry(&self, slot: Slot) -> Option<&Entry<KEY_LEN, VALUE_LEN>> {
        self.entries.get(slot.0 as usize)
    }

    /// Takes a free slot for `key`.
    fn claim(&mut self, hash: u32, key: &[u8]) -> Option<Slot> {
        let slot = self.freed.checked_sub(1).unwrap_or(self.fresh);
        let entry = self.entries.get_mut(slot as usize)?;
        let room = entry.key.get_mut(..key.len())?;
        if self.freed == 0 {
            self.fresh += 1;
        } else {
            self.freed = entry.value_len;
        }
        room.copy_from_slice(key);
        entry.key_len = key.len() as u16;
        entry.hash = hash;
        entry.value_len = 0;
        self.index.insert(hash, slot);
        self.length += 1;
        Some(Slot(slot))
    }
}

impl<const KEY_LEN: usize, const VALUE_LEN: usize> Entry<KEY_LEN, VALUE_LEN> {
    #[inline]
    fn key(&self) -> &[u8] {
        self.key.get(..self.key_len as usize).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests;
