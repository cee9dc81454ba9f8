//! Combinators: several futures as one.

mod join;
mod race;
mod select;
mod yield_now;

pub use join::{Join, JoinAll, join};
pub use race::{Race, RaceAll, race};
pub use select::{Either, Select, select, select_biased};
pub use yield_now::{YieldNow, yield_now};
