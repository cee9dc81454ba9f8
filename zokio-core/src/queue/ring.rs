//! A lock-free ring of indices: Nikolaev's SCQ (DISC 2019), of which [`Mpmc`](super::Mpmc) is made.
//!
//! Up to `N` different indices in `2N` entries. Producers and consumers take *positions* by adding one to `tail` and
//! `head`. A position is an entry and a *round* (how often the positions went around the entries); whoever has a
//! position tries its entry, and goes on to the next if the other side was there first.
//!
//! ```text
//!  entry:  [ round of the position ............ | unsafe | index + 1, or 0: vacant ]
//!            word bits - 2 - log2 N                 1           log2 2N bits
//! ```
//!
//! 1. *put*: a vacant entry of an older round becomes `round | index`. Not if it is unsafe and the consumer of that
//!    position may have been there already.
//! 2. *take*: the consumer of the same round makes the entry vacant. The round stays, so the entry is used up.
//! 3. *close*: a consumer that finds its entry vacant and of an older round gives it its own round, so that its producer,
//!    who is late, passes by.
//! 4. *mark*: a consumer that finds an index of an older round, whose own consumer is late, cannot give it the new
//!    round; it makes it unsafe instead.
//!
//! *Invariant "credit":* consumers of an empty ring would close entry after entry in front of the producers. Each that
//! comes back with nothing costs one of the credit that every put restores; without credit take gives up at once. The
//! index of the last put is at most `2N - 1` positions ahead of the consumers, and each consumer that was under way before the
//! put costs at most one more: so with a credit of `2N - 1 + CONSUMERS` no index is overlooked.
//!
//! *Invariant "index once":* an index is put by whoever took it last (or has it first), so there are never more than `N`
//! and producers find a vacant entry among `2N`.
//!
//! All of it is zero when empty.

use super::line::Line;
use crate::loom::{AtomicUsize, Ordering};

/// How many consumers may be in the middle of a take before one of them can miss what is there.
pub(super) const CONSUMERS: usize = match usize::BITS {
    _ if cfg!(loom) => 2,
    64 => 1024,
    _ => 64,
};

/// See the [module](self).
pub(super) struct Ring<const N: usize> {
    tail: Line<AtomicUsize>,
    head: Line<AtomicUsize>,
    credit: Line<AtomicUsize>,
    /// `2N` entries.
    entries: [[AtomicUsize; 2]; N],
}

/// Whether position or round `a` comes before `b`: right as long as they are less than half of all numbers apart.
#[inline]
fn before(a: usize, b: usize) -> bool {
    (a.wrapping_sub(b) as isize) < 0
}

impl<const N: usize> Ring<N> {
    const ENTRIES: usize = 2 * N;
    /// An entry's index.
    const INDEX: usize = Self::ENTRIES - 1;
    /// An entry's unsafe bit.
    const UNSAFE: usize = Self::ENTRIES;
    const CREDIT: usize = Self::ENTRIES - 1 + if N > CONSUMERS { N } else { CONSUMERS };

    pub(super) const fn new() -> Self {
        Self {
            tail: Line(AtomicUsize::new(0)),
            head: Line(AtomicUsize::new(0)),
            credit: Line(AtomicUsize::new(0)),
            entries: [const { [const { AtomicUsize::new(0) }; 2] }; N],
        }
    }

    /// The round of an entry.
    #[inline]
    fn round(entry: usize) -> usize {
        entry & !(Self::INDEX | Self::UNSAFE)
    }

    /// The round that the entry of a position has when it is used. The first is 1, so that zeros are an empty ring.
    #[inline]
    fn round_at(position: usize) -> usize {
        (position.wrapping_add(Self::ENTRIES) & !Self::INDEX) << 1
    }

    #[inline]
    fn entry(&self, position: usize) -> &AtomicUsize {
        // Neighbouring positions are in different pairs, so that neighbours in time meet less often on one cache line.
        let (pair, half) = (position & (N - 1), (position & Self::INDEX) / N);
        // SAFETY: N is a power of two, so the pair is below N; the half is below 2.
        unsafe { self.entries.get_unchecked(pair).get_unchecked(half) }
    }

    /// Appends `index`. Lock-free.
    ///
    /// `index` is below `N`, and "index once" holds.
    #[inline]
    pub(super) fn put(&self, index: usize) {
        loop {
            // AcqRel, here and for the head: who has a position sees what those with earlier positions had seen, so
            // that an index is found in one entry only.
            let position = self.tail.fetch_add(1, Ordering::AcqRel);
            let entry = self.entry(position);
            let mut seen = entry.load(Ordering::Acquire);
            while before(Self::round(seen), Self::round_at(position))
                && seen & Self::INDEX == 0
                // Who made the entry unsafe or found it so wrote it after taking its position, and we have read that:
                // so if that was the consumer of our position, we see the head beyond it.
                && (seen & Self::UNSAFE == 0 || !before(position, self.head.load(Ordering::Acquire)))
            {
                let full = Self::round_at(position) | (index + 1);
                // Release: the consumer sees what belongs to the index. SeqCst: see below.
                match entry.compare_exchange_weak(seen, full, Ordering::SeqCst, Ordering::Acquire) {
                    Ok(_) => return self.restore_credit(),
                    Err(now) => seen = now,
                }
            }
        }
    }

    /// Restores the credit after a put.
    ///
    /// Either this sees what a consumer has spent, or that consumer's next look at an entry sees the put: the total
    /// order of the `SeqCst` accesses (a put's write and then this read; a consumer's spending and then its next read)
    /// leaves no third way.
    #[inline]
    fn restore_credit(&self) {
        // Not written where nothing was spent: as long as the ring is not empty, this stays in every core's cache.
        if self.credit.load(Ordering::SeqCst) != Self::CREDIT {
            // An exchange rather than a store, so that it has its place among the consumers' subtractions.
            self.credit.swap(Self::CREDIT, Ordering::SeqCst);
        }
    }

    /// Spends one; says whether any was left.
    #[inline]
    fn spend_credit(&self) -> bool {
        self.credit.fetch_sub(1, Ordering::SeqCst) as isize > 1
    }

    /// Takes the oldest index. Lock-free.
    #[inline]
    pub(super) fn take(&self) -> Option<usize> {
        // Relaxed: who comes after a put sees the credit that it restored.
        if self.credit.load(Ordering::Relaxed) as isize <= 0 {
            return None;
        }
        loop {
            let position = self.head.fetch_add(1, Ordering::AcqRel);
            let entry = self.entry(position);
            let mut seen = entry.load(Ordering::SeqCst);
            loop {
                if Self::round(seen) == Self::round_at(position) {
                    // (2). Ours alone: nobody else has this position. Only the unsafe bit may change meanwhile.
                    entry.fetch_and(!Self::INDEX, Ordering::AcqRel);
                    return (seen & Self::INDEX).checked_sub(1);
                }
                if !before(Self::round(seen), Self::round_at(position)) {
                    break;
                }
                // (3) or (4). Also what is unsafe already is written once more: see `put`.
                let next = match seen & Self::INDEX {
                    0 => Self::round_at(position) | (seen & Self::UNSAFE),
                    _ => seen | Self::UNSAFE,
                };
                match entry.compare_exchange_weak(seen, next, Ordering::AcqRel, Ordering::Acquire) {
                    Ok(_) => break,
                    Err(now) => seen = now,
                }
            }
            let (next, tail) = (position.wrapping_add(1), self.tail.load(Ordering::Acquire));
            let empty = !before(next, tail);
            if empty {
                self.catch_up(tail, next);
            }
            if !self.spend_credit() || empty {
                return None;
            }
        }
    }

    /// Brings the tail up to a head that went past it, so that producers do not try used entries one by one.
    #[cold]
    fn catch_up(&self, mut tail: usize, mut head: usize) {
        while before(tail, head) {
            match self.tail.compare_exchange_weak(tail, head, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(now) => {
                    tail = now;
                    head = self.head.load(Ordering::Acquire);
                }
            }
        }
    }
}
