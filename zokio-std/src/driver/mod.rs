//! The drivers of this platform, and the choice between them.
//!
//! | driver | how it waits | when |
//! |---|---|---|
//! | `UringDriver` | completions of one ring, one `io_uring_enter` a turn | Linux 5.19 and newer, unless forbidden |
//! | `EpollDriver` | readiness, turned into completions by the shared adapter of the core | any Linux |
//! | `KqueueDriver` | the same, over kqueue | macOS, iOS, FreeBSD, NetBSD, OpenBSD |
//! | `IocpDriver` | overlapped operations, whose ends arrive at a completion port | Windows |
//!
//! [`AnyDriver`] picks at run time; a `match` on two variants is all that it costs.

mod any;
#[cfg(unix)]
mod elsewhere;
mod entry;
#[cfg(has_epoll)]
mod epoll;
mod fallback;
#[cfg(has_iocp)]
mod iocp;
mod kind;
#[cfg(has_kqueue)]
mod kqueue;
#[cfg_attr(unix, path = "mapping/unix.rs")]
#[cfg_attr(windows, path = "mapping/windows.rs")]
mod mapping;
#[cfg_attr(unix, path = "monotonic/unix.rs")]
#[cfg_attr(windows, path = "monotonic/windows.rs")]
mod monotonic;
mod pool;
mod reserved;
#[cfg_attr(target_os = "linux", path = "system/linux.rs")]
#[cfg_attr(windows, path = "system/windows.rs")]
#[cfg_attr(not(any(target_os = "linux", windows)), path = "system/bsd.rs")]
pub(crate) mod system;
mod tries;
#[cfg(has_epoll)]
mod uring;
mod wake;

pub use any::{AnyDriver, DriverOptions};
#[cfg(has_epoll)]
pub use epoll::{Epoll, EpollDriver};
pub use fallback::{fallback, on_fallback};
#[cfg(has_iocp)]
pub use iocp::IocpDriver;
#[cfg(has_iocp)]
pub(crate) use iocp::carries_messages;
pub use kind::DriverKind;
#[cfg(has_kqueue)]
pub use kqueue::{Kqueue, KqueueDriver};
pub use reserved::Reserved;
#[cfg(has_epoll)]
pub use uring::UringDriver;
#[cfg(has_epoll)]
pub(crate) use uring::found as uring_found;
pub use wake::Unparker;
pub(crate) use {
    entry::Entry,
    monotonic::now,
    pool::{DATAGRAM_BUFFERS, Pool},
    wake::Wake,
};

/// How long a runtime that ends, or a driver that is dropped, waits for operations in flight.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(1);
