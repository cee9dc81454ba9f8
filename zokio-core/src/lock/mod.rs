//! What a lock is here: the shortest exclusion that the platform knows.
//!
//! - a board: a critical section (interrupts masked), through the `critical-section` crate;
//! - feature `std`: a word that is spun for;
//! - WebAssembly without threads: nothing at all;
//! - under a model checker (`--cfg loom`): its own.
//!
//! *Invariant "short and closed":* a closure given to [`Lock::with`] runs no foreign code (no waker is cloned, woken or
//! dropped in it, no future polled), takes no second lock, and has a bounded length. So it cannot deadlock, cannot
//! re-enter, and delays interrupts by a few instructions only. One exception: on a chip with one core a waker that is plain data
//! ([`Plain`](crate::task::Plain)) may be woken in it, which pushes a header and calls the unparker of its driver.

#[cfg_attr(loom, path = "model.rs")]
#[cfg_attr(all(not(loom), feature = "std"), path = "spin.rs")]
#[cfg_attr(
    all(not(any(loom, feature = "std")), target_family = "wasm", not(target_feature = "atomics")),
    path = "single.rs"
)]
#[cfg_attr(
    not(any(loom, feature = "std", all(target_family = "wasm", not(target_feature = "atomics")))),
    path = "critical.rs"
)]
mod imp;

pub(crate) use imp::Lock;
