//! Zokio on servers and desktops: drivers for io_uring, epoll, kqueue and IOCP, a runtime on top of them, networking, files and
//! time.
//!
//! ```
//! use std::time::Duration;
//! use zokio_std::{Runtime, spawn_local, time::sleep};
//!
//! let runtime = Runtime::new()?;
//! runtime.block_on(async {
//!     let other = spawn_local(async {
//!         sleep(Duration::from_millis(1)).await;
//!         "done"
//!     });
//!     assert_eq!(other.await.unwrap(), "done");
//! });
//! # std::io::Result::Ok(())
//! ```
//!
//! | module | what it is |
//! |---|---|
//! | [`Runtime`] | an executor, a driver and a clock on one thread, and workers that share tasks |
//! | [`net`] | TCP and UDP, Unix sockets, named pipes, names |
//! | [`fs`] | files |
//! | [`compat`] | the traits of hyper, tokio and futures-io, each by a feature of that name |
//! | `http` | an HTTP server over hyper, by the feature of that name |
//! | [`process`], [`signal`] | other programs, and signals |
//! | [`io`] | buffers that operations own while they use them |
//! | [`task`] | sets of tasks, cancellation, values of a task, blocking calls |
//! | [`time`] | sleeping, timeouts, intervals |
//! | [`blocking`] | threads for calls that block |
//! | [`driver`] | what is underneath: the drivers, and the choice between them |
//! | [`sync`], [`future`] | what the core has for tasks among themselves |
//!
//! What one family of systems has alone is absent on the others, so that its use is an error at compile time and not while a
//! program runs. On Unix only: `net::UnixStream`, `UnixListener` and `UnixDatagram`, `fs::set_permissions` and `fs::symlink`, and in
//! `signal::Kind` all signals. On Windows only: `net::named_pipe`, `fs::symlink_dir` and `fs::symlink_file`, and in `signal::Kind` what
//! is pressed at the console. Of the handles of Windows that can be waited for, a program's is, by [`process::Child::wait`]; for others
//! a thread of [`blocking`] calls `WaitForSingleObject`.

pub mod blocking;
pub mod compat;
pub mod driver;
pub mod fs;
#[cfg(feature = "http")]
pub mod http;
pub mod io;
mod machine;
pub mod net;
mod platform;
pub mod process;
mod reactor;
mod runtime;
#[cfg_attr(windows, path = "signal/windows.rs")]
#[cfg_attr(unix, path = "signal/unix.rs")]
pub mod signal;
pub mod task;
pub mod time;

pub use machine::Host;
pub use platform::platform;
pub use runtime::{
    Builder, Clock, GlobalFirst, JoinError, JoinHandle, LocalFirst, Metrics, Panic, Placement, RoundRobin, Runtime,
    Spawner, Strategy, Unfinished, WorkerMetrics, leaked_reactors, spawn, spawn_local,
};
pub use zokio_core::{future, sync};
pub use zokio_std_macros::{main, test};

/// Held by unit tests that open descriptors, because others count them.
#[cfg(test)]
static DESCRIPTORS: std::sync::Mutex<()> = std::sync::Mutex::new(());
