//! Zokio as a WASI module: the same tasks, timers and channels as on a board or a server, over `poll_oneoff`.
//!
//! | module | what it is |
//! |---|---|
//! | [`p1`] | WASI preview 1: the driver and the standard streams, over any [`Host`](p1::Host) |
//! | `runtime` | [`Runtime`]: driver, timers and executor as one value |
//! | `global` | in a module only: one such value, and functions that use it (`block_on`, `spawner`, `sleep`, `stdin`, …) |
//!
//! With the feature `std`, and always on preview 2: `fs`, the files of the directories that the host has opened, and `Blocking`,
//! which gives a stream the traits of the standard library. Arguments, environment and exit codes are the standard library's.
//!
//! On `wasm32-wasip2` the same functions and `net` are those of `p2`: the driver over `wasi:io/poll`, with TCP, UDP and names.
//! `spawn` and `spawn_local` are there wherever the standard library is.
//!
//! On preview 1: no heap and no standard library; a program may use either. One thread, because a module has one: no lock is taken and no
//! critical section is needed. What never can go on is an error value ([`RunError::Deadlock`]) instead of a module that hangs.
//!
//! On other targets the crate is there too, for programs that bring a host of their own, as its tests do.
#![no_std]

#[cfg(any(feature = "std", p2_runtime))]
extern crate std;

#[cfg(runtime_with_std)]
mod bridge;
#[cfg(runtime_with_std)]
pub mod fs;
#[cfg(p1_runtime)]
mod global;
#[cfg(p1_runtime)]
mod machine;
pub mod p1;
#[cfg(p2_runtime)]
pub mod p2;
mod pool;
mod runtime;
#[cfg(runtime_with_std)]
pub mod task;
#[cfg(any(p1_runtime, p2_runtime))]
pub mod time;

#[cfg(runtime_with_std)]
pub use bridge::Blocking;
#[cfg(p1_runtime)]
pub use global::{PLACES, WasiClock, block_on, random, spawner, stats, stderr, stdin, stdout};
#[cfg(p1_runtime)]
pub use machine::Module;
#[cfg(p2_runtime)]
pub use p2::{WasiClock, block_on, http, net, random, spawner, stats, stderr, stdin, stdout};
pub use runtime::{RunError, Runtime};
#[cfg(runtime_with_std)]
pub use task::{JoinError, JoinHandle, spawn, spawn_local};
#[cfg(any(p1_runtime, p2_runtime))]
pub use time::{interval, sleep, timeout};
/// For [`http_handler!`].
#[cfg(p2_runtime)]
#[doc(hidden)]
pub use wasip2 as __wasip2;
pub use zokio_core::{future, sync};
/// Makes an `async fn main` the program's: `#[zokio_wasi::main]`, as `#[zokio_std::main]` on a server.
pub use zokio_std_macros::wasi_main as main;

/// The standard streams, under the names of `zokio_std::io`.
#[cfg(any(p1_runtime, p2_runtime))]
pub mod io {
    #[cfg(p2_runtime)]
    pub use crate::p2::{Output, Stdin};
    pub use crate::{stderr, stdin, stdout};
}
