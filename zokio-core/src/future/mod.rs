//! Combinators: several futures as one.
//!
//! [`ready`] and [`pending`] are those of `core`, and [`Stream`] is that of `futures-core`: one of our own could only be
//! another name for the same thing.

mod chain;
mod ext;
mod group;
mod join;
mod map;
mod race;
mod select;
mod then;
mod wake_bits;
mod yield_now;

pub use chain::Chain;
#[doc(no_inline)]
pub use core::future::{Pending, Ready, pending, poll_fn, ready};
pub use ext::FutureExt;
#[doc(no_inline)]
pub use futures_core::Stream;
pub use group::{Group, GroupFull, GroupKey, GroupNext};
pub use join::{Join, JoinAll, join};
pub use map::Map;
pub use race::{Race, RaceAll, race};
pub use select::{Either, Select, select, select_biased};
pub use then::Then;
pub use wake_bits::WakeBits;
pub use yield_now::{YieldNow, yield_now};
