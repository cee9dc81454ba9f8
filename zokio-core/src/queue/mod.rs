//! Queues of fixed capacity, without locks.
//!
//! | queue | producers | consumers | progress | memory besides the values |
//! |---|---|---|---|---|
//! | [`Spsc`] | 1 | 1 | wait-free | 3 words |
//! | [`Mpmc`] | any | any | lock-free | 4 words a value and 7 words |
//! | [`StealQueue`] | 1, who also pops | any, half at a time | push wait-free, pop and steal lock-free | 2 words |
//! | the ready queue of tasks | any | 1 | push lock-free, pop wait-free | 2 words and one in each task |
//!
//! *Wait-free*: every operation ends after a bounded number of its own steps. *Lock-free*: somebody's operation always
//! ends; whoever is stopped half way, at whatever priority, keeps nobody else from going on. So all of them may be used
//! from interrupt handlers of any priority. Where the chip has no compare-and-swap, `portable-atomic` makes one out of
//! a few masked instructions (the board says how), and "lock-free" is as good as that.
//!
//! None of them waits; for that see [`sync::Channel`](crate::sync::Channel). Nothing here panics or allocates.

use core::fmt;

pub(crate) mod free;
mod line;
mod mpmc;
mod ready;
mod ring;
mod spsc;
mod steal;

pub use mpmc::Mpmc;
pub use spsc::{Consumer, Producer, Spsc};
pub use steal::{Overflow, Owner, StealQueue, Stealer};

pub(crate) use ready::{Batch, Inbox, Lane, Link};

/// The ready queue's parts, for the model checker's tests. Not covered by semantic versioning.
#[doc(hidden)]
pub mod raw {
    pub use super::ready::{Batch, Inbox, Link};
    pub use crate::loom::Cell;
}

/// There was no room. The value comes back.
///
/// ```
/// use zokio_core::queue::{Full, Mpmc};
/// let queue = Mpmc::<u8, 1>::new();
/// queue.push(1).unwrap();
/// let Err(Full(two)) = queue.push(2) else { panic!("there is one place") };
/// assert_eq!(two, 2);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Full<T>(pub T);

impl<T> fmt::Display for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue is full; pop from it first, or give it a larger capacity")
    }
}

impl<T> fmt::Debug for Full<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Full(..)")
    }
}

impl<T> core::error::Error for Full<T> {}
