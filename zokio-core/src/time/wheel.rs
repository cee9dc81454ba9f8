//! A hierarchical wheel of timers: for any number of them on a server.

use super::Instant;
use super::chain::{Chained, Link, end};
use super::node::Node;
use super::timers::{Sealed, TimerStore};
use core::cell::Cell;
use core::ptr::NonNull;

type Timer = Node<Chained>;

/// Bits of a deadline that are one tick: 1024 ns.
const TICK: u32 = 10;
/// Bits of a deadline that choose a slot of a level.
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
const LEVELS: usize = (63 - TICK as usize).div_ceil(BITS as usize);
/// How many timers of one slot are looked at to tell the earliest.
const LOOK: usize = 8;

/// A wheel of timers: 4.7 KiB, and two words in each timer.
///
/// Insert and remove are O(1); a timer that fires is moved down a level at most once for each factor of 64 between its
/// duration and a microsecond (three times for a minute), one that is dropped before never. Timers fire earliest first, at
/// most 1.024 µs after their deadline; those of one such tick in any order.
///
/// [`next_deadline`](super::Timers::next_deadline) may be earlier than any timer where many lie close together far ahead:
/// then the executor looks once in between. A board that counts its wake-ups uses [`Heap`](super::Heap).
///
/// ```
/// use zokio_core::time::{Timers, Wheel};
///
/// static TIMERS: Timers<Wheel> = Timers::new();
/// ```
pub struct Wheel {
    /// Ticks that have passed: nothing that waits is earlier.
    base: Cell<u64>,
    levels: [Level; LEVELS],
}

/// *Invariant "place":* a timer is on the level of the highest of its digits (to the base 64, in ticks) that differs from
/// `base`'s, in the slot of that digit; one that is due already is on level 0 in the slot of `base`'s own. So the earliest
/// timer is in the first slot in use of the lowest level in use. `base` only moves to where this stays true.
struct Level {
    /// A bit for each slot that may hold timers; a slot that was emptied by `remove` keeps its bit until somebody looks.
    used: Cell<u64>,
    slots: [Link; SLOTS],
}

// SAFETY: a wheel is pointers; what they point to is reached under the lock of its `Timers` only.
unsafe impl Send for Wheel {}

impl Sealed for Wheel {}

/// The tick at which `timer` is due: the first that is not before its deadline.
fn tick(timer: &Timer) -> u64 {
    // An instant has 63 bits: the sum fits.
    (timer.deadline().as_nanos() + ((1 << TICK) - 1)) >> TICK
}

impl Wheel {
    /// Links a timer at its place.
    ///
    /// # Safety
    /// As [`Node::insert`].
    unsafe fn place(&self, node: NonNull<Timer>) {
        let base = self.base.get();
        // SAFETY: live by the caller's word.
        let tick = tick(unsafe { node.as_ref() }).max(base);
        let level = (63 - ((tick ^ base) | 1).leading_zeros()) / BITS;
        let digit = (tick >> (level * BITS)) as usize % SLOTS;
        if let Some(level) = self.levels.get(level as usize) {
            level.used.set(level.used.get() | 1 << digit);
            // SAFETY: the caller's word; the wheel does not move while it holds timers.
            unsafe { Node::insert(node, &level.slots[digit]) };
        } else {
            // Later than any time that a clock tells.
            // SAFETY: the caller's word.
            unsafe { Node::set_links(node, Chained::unlinked()) };
        }
    }

    /// The level, the slot and the first tick of the slot that holds the earliest timer.
    fn earliest(&self) -> Option<(usize, &Link, u64)> {
        for (number, level) in self.levels.iter().enumerate() {
            while level.used.get() != 0 {
                let digit = level.used.get().trailing_zeros();
                let slot = &level.slots[digit as usize];
                if !slot.get().is_null() {
                    let shift = number as u32 * BITS;
                    let above = self.base.get() >> (shift + BITS) << BITS;
                    return Some((number, slot, (above | digit as u64) << shift));
                }
                level.used.set(level.used.get() & !(1 << digit));
            }
        }
        None
    }
}

// SAFETY: the slots hold exactly what was inserted and not removed.
unsafe impl TimerStore for Wheel {
    type Links = Chained;
    const EMPTY: Self = Self {
        base: Cell::new(0),
        levels: [const { Level { used: Cell::new(0), slots: [const { end() }; SLOTS] } }; LEVELS],
    };

    unsafe fn insert(&self, node: NonNull<Timer>) {
        // SAFETY: the caller's word.
        unsafe { self.place(node) };
    }

    #[inline]
    unsafe fn remove(&self, node: NonNull<Timer>) {
        // SAFETY: the caller's word.
        unsafe { node.as_ref().unlink() };
    }

    fn next_deadline(&self) -> Option<Instant> {
        let (_, slot, start) = self.earliest()?;
        let mut link = slot;
        let mut earliest = u64::MAX;
        for _ in 0..LOOK {
            // SAFETY: linked nodes are live.
            let Some(timer) = (unsafe { link.get().as_ref() }) else {
                return Some(Instant::from_nanos(earliest << TICK));
            };
            earliest = earliest.min(tick(timer).max(self.base.get()));
            link = timer.next();
        }
        Some(Instant::from_nanos(start << TICK))
    }

    fn pop_due(&self, now: Instant) -> Option<NonNull<Timer>> {
        let now = now.as_nanos() >> TICK;
        loop {
            let Some((level, slot, start)) = self.earliest().filter(|(.., start)| *start <= now) else {
                // Nothing lies between: every timer's digits differ from `now`'s where they differ from `base`'s.
                self.base.set(now.max(self.base.get()));
                return None;
            };
            self.base.set(start.max(self.base.get()));
            // SAFETY: linked nodes are live, and unlinked here before they are placed anew.
            unsafe {
                let first = slot.get().as_ref()?;
                first.unlink();
                if level == 0 {
                    return Some(NonNull::from(first));
                }
                self.place(NonNull::from(first));
                while let Some(timer) = slot.get().as_ref() {
                    timer.unlink();
                    self.place(NonNull::from(timer));
                }
            }
        }
    }
}
