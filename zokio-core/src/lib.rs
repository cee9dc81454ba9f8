//! The core of Zokio: one async runtime for every machine that a Rust program runs on.
//!
//! `no_std`, no `alloc`. Nothing here knows a platform: a board, a WASI host or a server implements [`driver::Driver`],
//! and the same tasks, timers and channels run on it.
//!
//! | module | what it is |
//! |---|---|
//! | [`executor`] | the loop: polls ready tasks, parks the driver, fires timers |
//! | [`task`](mod@task) | where a task lives: static pools, arenas, scopes; join handles |
//! | [`time`] | instants, sleeps, timeouts, intervals, and the stores that keep timers |
//! | [`driver`] | the seam to the platform |
//! | [`sync`] | what tasks use among themselves: mutex, channel, notify, signal, pipe |
//! | [`queue`] | bounded queues without locks: single producer, many producers, work stealing |
//! | [`pool`] | room for a fixed number of values, instead of a heap |
//! | [`future`] | join, race, select, yield |
//! | [`config`], [`platform`], [`report`] | what is decided at compile time, on what machine, and what it comes to |
//! | [`memory`] | memory for data: arena, fixed buffer, general, stack fallback, adaptive |
//!
//! Nothing is global: the driver, the clock and the executor are values that the program owns.
#![no_std]
#![warn(clippy::missing_errors_doc, clippy::missing_panics_doc)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(feature = "std", test, loom))]
extern crate std;

pub mod config;
#[doc(hidden)]
pub mod coop;
pub mod driver;
#[cfg(feature = "events")]
pub mod events;
pub mod executor;
#[cfg(feature = "defmt")]
mod formats;
pub mod future;
mod list;
mod lock;
mod loom;
pub mod memory;
mod names;
pub mod platform;
pub mod pool;
pub mod queue;
pub mod report;
mod sentence;
pub mod sync;
pub mod task;
pub mod time;

pub use zokio_core_macros::task;
