//! A general allocator: binary buddies.

use super::allocator::allocator;
use super::sealed::Sealed;
use super::{Metrics, Region, Strategy};
use crate::lock::Lock;
use core::alloc::Layout;
use core::ptr::NonNull;

/// Bytes in a unit: the smallest block, and what every block is aligned to.
const UNIT: usize = 16;

/// How many sizes of blocks there are, each twice the one before: up to 8 MiB, or 2 GiB where pointers have 64 bits.
const ORDERS: usize = if usize::BITS > 32 { 28 } else { 20 };

/// The bit of a tag that says that a free block of the order in the other bits begins here.
const FREE: u8 = 0x80;

/// Gives out blocks of any size in any order, and joins what is given back: binary buddies.
///
/// A block is a power of two of 16 bytes, so up to half of one is waste; in return a split or a join takes a few
/// instructions, no fragment stays where two halves are free, and there is no header. Takes one byte in 17 of the region
/// for its bookkeeping.
///
/// O(log n) at worst, with n the number of units: at most 20 steps on a board. Interrupt- and thread-safe.
///
/// ```
/// use allocator_api2::vec::Vec;
/// use zokio_core::memory::{General, Inline, Strategy};
///
/// static MEMORY: General<Inline<2048>> = General::new(Inline::new());
///
/// let words: Vec<Vec<u8, _>, _> = {
///     let mut words = Vec::new_in(&MEMORY);
///     for length in [3, 40, 100] {
///         let mut word = Vec::new_in(&MEMORY);
///         word.resize(length, b'x');
///         words.push(word);
///     }
///     words
/// };
/// assert_eq!(words[1].len(), 40);
/// assert!(MEMORY.metrics().in_use > 143);
/// ```
pub struct General<R> {
    region: R,
    max: usize,
    state: Lock<State>,
}

/// *Invariant "blocks":* the units are divided into blocks, each free or in somebody's hands; a block of order `o` begins
/// at a multiple of `1 << o` units. Free ones have a tag and are linked, in the list for their order, through their first
/// eight bytes. All other tags are 0. No free block's buddy is a free block of the same order.
struct State {
    /// For each order the first free block, as its unit plus one; 0 where there is none.
    free: [u32; ORDERS],
    /// The orders that have a free block.
    orders: u32,
    /// Units; 0 until the first use.
    units: u32,
    metrics: Metrics,
}

/// The region, cut into units with a tag each. See "blocks".
#[derive(Clone, Copy)]
struct Units {
    first: NonNull<u8>,
    count: u32,
}

impl Units {
    fn of(region: &impl Region) -> Self {
        let padding = region.start().addr().get().wrapping_neg() % UNIT;
        let count = region.len().saturating_sub(padding) / (UNIT + 1);
        // SAFETY: within the region, or nothing is done with it.
        let first = unsafe { region.start().add(if count == 0 { 0 } else { padding }) };
        Self { first, count: u32::try_from(count).unwrap_or(u32::MAX >> 1) }
    }

    /// The block that begins at `unit`.
    fn block(self, unit: u32) -> NonNull<u8> {
        // SAFETY: below `count`, so within the region.
        unsafe { self.first.add(unit as usize * UNIT) }
    }

    /// The unit that `memory` lies in.
    fn unit(self, memory: NonNull<u8>) -> u32 {
        ((memory.addr().get() - self.first.addr().get()) / UNIT) as u32
    }

    fn tag(self, unit: u32) -> *mut u8 {
        // SAFETY: the tags lie behind the units.
        unsafe { self.first.as_ptr().add(self.count as usize * UNIT + unit as usize) }
    }

    /// The links of a free block: the next one and the one before.
    fn links(self, unit: u32) -> *mut [u32; 2] {
        self.block(unit).as_ptr().cast()
    }
}

impl State {
    /// Cuts the region into the largest blocks there are. A block that begins at a multiple of its size has no free buddy
    /// then: the one before is larger, the one behind is smaller.
    #[cold]
    fn begin(&mut self, units: Units, zeroed: bool) {
        self.units = units.count;
        if !zeroed {
            // SAFETY: the tags are ours.
            unsafe { units.tag(0).write_bytes(0, units.count as usize) };
        }
        let mut at = 0;
        while at < units.count {
            let order = (units.count - at).ilog2().min(ORDERS as u32 - 1);
            // From 0 on, ever smaller powers of two: each begins at a multiple of itself.
            self.link(units, at, order);
            at += 1 << order;
        }
    }

    fn link(&mut self, units: Units, unit: u32, order: u32) {
        let first = core::mem::replace(&mut self.free[order as usize], unit + 1);
        // SAFETY: "blocks": the block is free now, so its bytes and its tag are ours; so are those of the first one.
        unsafe {
            units.tag(unit).write(FREE | order as u8);
            units.links(unit).write([first, 0]);
            if first > 0 {
                (*units.links(first - 1))[1] = unit + 1;
            }
        }
        self.orders |= 1 << order;
    }

    fn unlink(&mut self, units: Units, unit: u32, order: u32) {
        // SAFETY: "blocks": the block is free and linked, and so are its neighbours.
        unsafe {
            let [next, before] = units.links(unit).read();
            if next > 0 {
                (*units.links(next - 1))[1] = before;
            }
            match before {
                0 => self.free[order as usize] = next,
                _ => (*units.links(before - 1))[0] = next,
            }
            units.tag(unit).write(0);
        }
        if self.free[order as usize] == 0 {
            self.orders &= !(1 << order);
        }
    }

    /// Takes a block of an order: the smallest that is large enough, what is too much of it given back.
    fn take(&mut self, units: Units, order: u32) -> Option<u32> {
        let large_enough = self.orders.checked_shr(order).filter(|orders| *orders != 0)?;
        let mut found = order + large_enough.trailing_zeros();
        let unit = self.free[found as usize] - 1;
        self.unlink(units, unit, found);
        while found > order {
            found -= 1;
            self.link(units, unit + (1 << found), found);
        }
        Some(unit)
    }

    /// Gives a block back, together with its buddy if that is free, and so on.
    fn give(&mut self, units: Units, mut unit: u32, mut order: u32) {
        while order < ORDERS as u32 - 1 {
            let buddy = unit ^ 1 << order;
            // SAFETY: a unit of the region has a tag.
            if buddy >= units.count || unsafe { units.tag(buddy).read() } != FREE | order as u8 {
                break;
            }
            self.unlink(units, buddy, order);
            unit &= buddy;
            order += 1;
        }
        self.link(units, unit, order);
    }
}

/// The order of the block for a layout; always the same one. Where more than the unit's alignment is asked for, there is
/// room to move up to it.
fn order(layout: Layout) -> Option<u32> {
    let size = layout.size().checked_add(layout.align().saturating_sub(UNIT))?;
    let order = size.div_ceil(UNIT).checked_next_power_of_two()?.ilog2();
    (order < ORDERS as u32).then_some(order)
}

/// The largest block in a number of units.
const fn largest(units: usize) -> usize {
    match units.checked_ilog2() {
        None => 0,
        Some(order) if order as usize >= ORDERS => UNIT << (ORDERS - 1),
        Some(order) => UNIT << order,
    }
}

/// The largest block in a region of `bytes` that begins at a multiple of 16.
pub(crate) const fn largest_block(bytes: usize) -> usize {
    largest(bytes / (UNIT + 1))
}

impl<R: Region> General<R> {
    /// Gives out the bytes of `region`.
    pub const fn new(region: R) -> Self {
        let state = State { free: [0; ORDERS], orders: 0, units: 0, metrics: Metrics::NONE };
        Self { region, max: usize::MAX, state: Lock::new(state) }
    }

    /// Refuses single allocations of more than `bytes`.
    #[must_use]
    pub const fn with_max_allocation(mut self, bytes: usize) -> Self {
        self.max = bytes;
        self
    }

    /// The size of the block that an allocation of `layout` takes, in bytes; `None` if it is too large for any.
    pub fn block_size(layout: Layout) -> Option<usize> {
        order(layout).map(|order| UNIT << order)
    }

    fn units(&self) -> Units {
        Units::of(&self.region)
    }
}

impl<R> Sealed for General<R> {}

impl<R: Region> Strategy for General<R> {
    fn metrics(&self) -> Metrics {
        self.state.with(|state| state.metrics)
    }

    fn capacity(&self) -> usize {
        self.units().count as usize * UNIT
    }

    fn max_allocation(&self) -> usize {
        self.max.min(largest(self.units().count as usize))
    }

    fn contains(&self, address: NonNull<u8>) -> bool {
        self.region.holds(address)
    }

    fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let units = self.units();
        let order = order(layout).filter(|_| layout.size() <= self.max);
        let unit = self.state.with(|state| {
            if state.units == 0 && units.count > 0 {
                state.begin(units, R::ZEROED);
            }
            let unit = order.and_then(|order| state.take(units, order));
            state.metrics.took(layout.size(), unit.is_some());
            unit
        })?;
        let block = units.block(unit);
        // SAFETY: `order` has left room for it.
        Some(unsafe { block.add(block.addr().get().wrapping_neg() % layout.align()) })
    }

    unsafe fn give(&self, memory: NonNull<u8>, layout: Layout) {
        let units = self.units();
        // What was taken has an order.
        let Some(order) = order(layout) else { return };
        let unit = units.unit(memory) & !((1 << order) - 1);
        self.state.with(|state| {
            state.metrics.gave(layout.size());
            state.give(units, unit, order);
        });
    }

    unsafe fn resize(&self, memory: NonNull<u8>, old: Layout, size: usize) -> bool {
        let units = self.units();
        let new = Layout::from_size_align(size, old.align()).ok().and_then(order);
        let (Some(had), Some(wanted)) = (order(old), new) else { return false };
        // A block that begins before its aligned part cannot lose its end without losing the way back to its beginning.
        if wanted > had || size > self.max || wanted < had && old.align() > UNIT {
            return false;
        }
        let unit = units.unit(memory) & !((1 << had) - 1);
        self.state.with(|state| {
            for order in (wanted..had).rev() {
                state.link(units, unit + (1 << order), order);
            }
            state.metrics.resized(old.size(), size);
        });
        true
    }
}

allocator!([R: Region] General<R>);
