//! The atomics and cells that the core is built on, in one place, so that a model checker can take their place.

pub(crate) use core::cell::UnsafeCell;
pub(crate) use portable_atomic::{AtomicPtr, AtomicUsize, Ordering};
