//! Preview 2: everything that a component waits for is a pollable, and one `wasi:io/poll` waits for them all.
//!
//! | file | what it is |
//! |---|---|
//! | `driver` | who waits for what, and the wait |
//! | `runtime` | the component's runtime: `block_on`, timers |
//! | [`net`] | TCP, UDP and names |
//! | [`http`] | requests to answer and to make |
//! | `handles`, `operations` | the same waits under operations with completions |
//! | `stdio` | standard input and output |
//!
//! Unlike [`p1`](crate::p1) this uses the heap, as the component model's lists do, and `std` for addresses and errors.

mod driver;
mod handles;
pub mod http;
pub mod net;
mod operations;
mod random;
mod runtime;
mod stdio;

pub use driver::DriverStats;
pub use handles::Handles;
pub use operations::{WasiPoll, WasiPollDriver};
pub use random::random;
pub use runtime::{WasiClock, block_on, spawner, stats};
pub use stdio::{Output, Stdin, stderr, stdin, stdout};
