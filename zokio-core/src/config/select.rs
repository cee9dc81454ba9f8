//! From a choice, which is a value, to a part, which is a type: a value picks the `impl` for its number.

use crate::executor::{Deadline, Fifo, Priority, Strategy};
use crate::memory::{Adaptive, Arena, FixedBuffer, General, Inline, StackFallback, largest_block};
use crate::task::TaskArena;
use crate::time::{Heap, SortedList, TimerStore, Wheel};

/// The choice with number `N`.
pub struct Chosen<const N: u8>;

/// A part that was not asked for. Takes no memory.
pub struct Nothing;

/// A store of timers.
pub trait SelectStore {
    /// The store.
    type Store: TimerStore;
}

impl SelectStore for Chosen<0> {
    type Store = SortedList;
}
impl SelectStore for Chosen<1> {
    type Store = Heap;
}
impl SelectStore for Chosen<2> {
    type Store = Wheel;
}

/// A strategy with room for `ROOM` levels or tasks.
pub trait SelectStrategy<const ROOM: usize> {
    /// The strategy.
    type Strategy: Strategy;
    /// It, with nothing ready.
    const EMPTY: Self::Strategy;
}

impl<const ROOM: usize> SelectStrategy<ROOM> for Chosen<0> {
    type Strategy = Fifo;
    const EMPTY: Fifo = Fifo::new();
}
impl<const ROOM: usize> SelectStrategy<ROOM> for Chosen<1> {
    type Strategy = Priority<ROOM>;
    const EMPTY: Self::Strategy = Priority::new();
}
impl<const ROOM: usize> SelectStrategy<ROOM> for Chosen<2> {
    type Strategy = Deadline<ROOM>;
    const EMPTY: Self::Strategy = Deadline::new();
}

/// Those for several workers are refused before, with a sentence; this is what is there meanwhile.
macro_rules! for_several {
    ($($number:literal)+) => {$(
        impl<const ROOM: usize> SelectStrategy<ROOM> for Chosen<$number> {
            type Strategy = Fifo;
            const EMPTY: Fifo = Fifo::new();
        }
    )+};
}

for_several! { 3 4 5 }

/// An arena for tasks: number 0 is none, number 1 is one.
pub trait SelectTasks<const SLOTS: usize, const BYTES: usize> {
    /// The arena.
    type Tasks;
    /// An empty one.
    const EMPTY: Self::Tasks;
    /// What a slot takes in all.
    const SLOT: usize;
}

impl<const SLOTS: usize, const BYTES: usize> SelectTasks<SLOTS, BYTES> for Chosen<0> {
    type Tasks = Nothing;
    const EMPTY: Nothing = Nothing;
    const SLOT: usize = 0;
}

impl<const SLOTS: usize, const BYTES: usize> SelectTasks<SLOTS, BYTES> for Chosen<1> {
    type Tasks = TaskArena<SLOTS, BYTES>;
    #[allow(clippy::declare_interior_mutable_const)]
    const EMPTY: Self::Tasks = TaskArena::new();
    const SLOT: usize = TaskArena::<SLOTS, BYTES>::SLOT_BYTES;
}

/// A memory strategy over `ALL` bytes: `FIRST` in one part and `REST` in another, where it has two.
pub trait SelectMemory<const ALL: usize, const FIRST: usize, const REST: usize, const MAX: usize> {
    /// The strategy.
    type Memory;
    /// It, with nothing in use.
    const EMPTY: Self::Memory;
    /// The largest allocation that it can make.
    const LARGEST: usize;
}

impl<const ALL: usize, const FIRST: usize, const REST: usize, const MAX: usize> SelectMemory<ALL, FIRST, REST, MAX>
    for Chosen<0>
{
    type Memory = Nothing;
    const EMPTY: Nothing = Nothing;
    const LARGEST: usize = 0;
}

macro_rules! memories {
    ($($number:literal: $memory:ty = $empty:expr, at most $largest:expr;)+) => {
        $(impl<const ALL: usize, const FIRST: usize, const REST: usize, const MAX: usize>
            SelectMemory<ALL, FIRST, REST, MAX> for Chosen<$number>
        {
            type Memory = $memory;
            #[allow(clippy::declare_interior_mutable_const)]
            const EMPTY: Self::Memory = $empty.with_max_allocation(MAX);
            const LARGEST: usize = least(MAX, $largest);
        })+
    };
}

const fn least(one: usize, two: usize) -> usize {
    if one < two { one } else { two }
}

const fn most(one: usize, two: usize) -> usize {
    if one > two { one } else { two }
}

memories! {
    1: Arena<Inline<ALL>> = Arena::new(Inline::new()), at most ALL;
    2: FixedBuffer<Inline<ALL>> = FixedBuffer::new(Inline::new()), at most ALL;
    3: General<Inline<ALL>> = General::new(Inline::new()), at most largest_block(ALL);
    4: StackFallback<FIRST, General<Inline<REST>>> = StackFallback::new(General::new(Inline::new())),
        at most most(FIRST, largest_block(REST));
    5: Adaptive<General<Inline<FIRST>>, General<Inline<REST>>> =
        Adaptive::new(General::new(Inline::new()), General::new(Inline::new())),
        at most most(largest_block(FIRST), largest_block(REST));
}
