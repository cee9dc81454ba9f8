//! Time: instants, clocks, and futures that wait for them.
//!
//! A timer's node lives inside the future that waits ([`Sleep`], [`Timeout`], [`Interval`]): no table to fill, no heap,
//! and dropping the future takes the node out in O(1). What keeps the nodes in order is a type:
//! [`SortedList`] for a handful of timers, [`Heap`] for any number on a board, [`Wheel`] for any number on a server, [`AnyStore`]
//! where a value is to choose.

mod any_store;
mod chain;
mod clock;
mod delay;
mod heap;
mod instant;
mod interval;
mod node;
mod sleep;
mod sorted;
mod timeout;
mod timers;
mod tree;
mod wheel;

pub(crate) use node::timer_bytes;

pub use any_store::AnyStore;
pub use clock::Clock;
pub use delay::Delay;
pub use heap::Heap;
pub use instant::{Instant, duration_nanos};
pub use interval::{Interval, MissedTicks, Tick};
pub use sleep::Sleep;
pub use sorted::SortedList;
pub use timeout::{TimedOut, Timeout};
pub use timers::{TimerStore, Timers};
pub use wheel::Wheel;
