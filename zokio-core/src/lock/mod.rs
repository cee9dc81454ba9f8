//! What a lock is here: the shortest exclusion that the platform knows.
//!
//! - a board: a critical section (interrupts masked), through the `critical-section` crate;
//! - feature `std`: the standard library's futex lock;
//! - WebAssembly without threads: nothing at all.
//!
//! *Invariant "short and closed":* a closure given to [`Lock::with`] runs no foreign code (no waker is cloned, woken or
//! dropped in it, no future polled), takes no second lock, and has a bounded length. So it cannot deadlock, cannot
//! re-enter, and delays interrupts by a few instructions only.

#[cfg_attr(feature = "std", path = "futex.rs")]
#[cfg_attr(all(not(feature = "std"), target_family = "wasm", not(target_feature = "atomics")), path = "single.rs")]
#[cfg_attr(
    not(any(feature = "std", all(target_family = "wasm", not(target_feature = "atomics")))),
    path = "critical.rs"
)]
mod imp;

pub(crate) use imp::Lock;
