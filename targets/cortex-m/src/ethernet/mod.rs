//! Ethernet controllers on the boards known here, as `embassy-net` wants them.
//!
//! `embassy-net` also needs a time driver: `zokio-embassy-time`. `examples/kv-ethernet` shows both.

mod stellaris;

pub use stellaris::{Stellaris, StellarisDevice};
