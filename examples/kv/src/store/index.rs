//! Where a key is: open addressing over twice as many buckets as there are slots.

/// Bits of a bucket that name a slot (plus one); the others hold some of the hash, which spares most wrong looks at a
/// key.
const SLOT_BITS: u32 = 24;
const SLOT_MASK: u32 = (1 << SLOT_BITS) - 1;

/// The most slots an index can tell apart.
pub(crate) const MOST_SLOTS: usize = SLOT_MASK as usize;

/// A hash table from hashes to slots, never more than half full.
///
/// Probing is linear, and a removal moves later buckets back instead of leaving a tombstone, so lookups stay short
/// however long the table has been in use: about 1.5 buckets for a key that is there, 2.5 for one that is not.
///
/// All zeros when empty, so that a static one takes no place in flash.
pub(crate) struct Index<const SLOTS: usize> {
    /// Zero for empty.
    buckets: [[u32; 2]; SLOTS],
}

impl<const SLOTS: usize> Index<SLOTS> {
    pub(crate) const fn new() -> Self {
        Self { buckets: [[0; 2]; SLOTS] }
    }

    pub(crate) fn clear(&mut self) {
        self.buckets.as_flattened_mut().fill(0);
    }

    /// The slot under `hash` that `is_it` accepts.
    #[inline]
    pub(crate) fn find(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let tag = tag(hash);
        self.probe(hash, |bucket| bucket & !SLOT_MASK == tag && is_it((bucket & SLOT_MASK) - 1)).map(|(_, slot)| slot)
    }

    /// Adds `slot`, which must not be in the index, under `hash`.
    pub(crate) fn insert(&mut self, hash: u32, slot: u32) {
        let mut at = home(hash, 2 * SLOTS);
        for _ in 0..2 * SLOTS {
            match self.buckets.as_flattened_mut().get_mut(at) {
                Some(bucket @ 0) => {
                    *bucket = tag(hash) | (slot + 1);
                    return;
                }
                _ => at = Self::after(at),
            }
        }
    }

    /// Removes `slot` if it is there. `hash_of` tells the hash under which a slot was inserted.
    pub(crate) fn remove(&mut self, hash: u32, slot: u32, hash_of: impl Fn(u32) -> u32) -> bool {
        let found = self.probe(hash, |bucket| bucket & SLOT_MASK == slot + 1);
        let Some((mut hole, _)) = found else { return false };
        let mut at = hole;
        loop {
            at = Self::after(at);
            let bucket = self.bucket(at);
            if bucket == 0 {
                break;
            }
            // A bucket may move into the hole unless that lies before its home.
            let home = home(hash_of((bucket & SLOT_MASK) - 1), 2 * SLOTS);
            if Self::distance(home, at) >= Self::distance(hole, at) {
                self.set(hole, bucket);
                hole = at;
            }
        }
        self.set(hole, 0);
        true
    }

    /// The first bucket from the home of `hash` on that `is_it` accepts, and its slot.
    #[inline]
    fn probe(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<(usize, u32)> {
        let mut at = home(hash, 2 * SLOTS);
        loop {
            // At least half of the buckets are empty, so this ends.
            match self.bucket(at) {
                0 => return None,
                bucket if is_it(bucket) => return Some((at, (bucket & SLOT_MASK) - 1)),
                _ => at = Self::after(at),
            }
        }
    }

    #[inline]
    fn bucket(&self, at: usize) -> u32 {
        self.buckets.as_flattened().get(at).copied().unwrap_or(0)
    }

    fn set(&mut self, at: usize, bucket: u32) {
        if let Some(place) = self.buckets.as_flattened_mut().get_mut(at) {
            *place = bucket;
        }
    }

    #[inline]
    fn after(at: usize) -> usize {
        if at + 1 == 2 * SLOTS { 0 } else { at + 1 }
    }

    /// Steps from one bucket onwards to another.
    fn distance(from: usize, to: usize) -> usize {
        if to >= from { to - from } else { to + 2 * SLOTS - from }
    }
}

/// The bits of a hash that a bucket keeps. They are not those that choose its home.
fn tag(hash: u32) -> u32 {
    hash << SLOT_BITS
}

/// The bucket where the search for a hash begins. A multiplication maps the hash to the range; no division.
#[inline]
fn home(hash: u32, buckets: usize) -> usize {
    ((hash as u64 * buckets as u64) >> 32) as usize
}
