//! The atomics and cells that the core is built on, in one place, so that a model checker can take their place.
//!
//! With `--cfg loom` every atomic, every watched cell and every lock is loom's, and `tests/loom_*.rs` explore what
//! threads can do to each other. Otherwise these are the machine's own, at no cost; or, where the board says that there is
//! one core, the machine's without its barriers.

#[cfg(all(not(loom), feature = "unsafe-assume-single-core", target_os = "none"))]
mod one_core;

#[cfg_attr(loom, path = "loom/model.rs")]
#[cfg_attr(not(loom), path = "loom/machine.rs")]
mod imp;

pub(crate) use core::cell::UnsafeCell;
pub use imp::Cell;
pub(crate) use imp::{AtomicPtr, AtomicUsize, Ordering, Watched};
