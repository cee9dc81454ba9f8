//! The drivers of this platform, and the choice between them.
//!
//! | driver | how it waits | when |
//! |---|---|---|
//! | [`UringDriver`] | completions of one ring, one `io_uring_enter` a turn | Linux 5.19 and newer, unless forbidden |
//! | [`EpollDriver`] | readiness, turned into completions by the shared adapter of the core | any Linux |
//!
//! [`AnyDriver`] picks at run time; a `match` on two variants is all that it costs.

mod any;
mod elsewhere;
mod epoll;
mod fallback;
mod mapping;
mod monotonic;
mod pool;
mod reserved;
mod uring;
mod wake;

pub use any::{AnyDriver, DriverKind, DriverOptions};
pub use epoll::{Epoll, EpollDriver};
pub use fallback::{fallback, on_fallback};
pub use reserved::Reserved;
pub(crate) use uring::found as uring_found;
pub use uring::{PATIENCE, UringDriver};
pub use wake::Unparker;
pub(crate) use {any::Entry, monotonic::now, pool::Pool, wake::Wake};
