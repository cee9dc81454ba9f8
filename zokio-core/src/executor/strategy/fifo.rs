//! First in, first out.

use super::Strategy;
use super::order::Order;
use crate::queue::Batch;
use crate::task::{Header, ReadyCore};
use crate::time::Instant;
use core::ptr::NonNull;

/// Tasks are polled in the order in which they were woken. The default, and the cheapest.
///
/// A task that wakes itself comes behind every other that is ready, so with `n` ready tasks none waits for more than `n - 1`
/// polls.
///
/// ```
/// use zokio_core::executor::{Executor, Fifo};
/// // `Executor<D, C>` says the same.
/// type Same<D, C> = Executor<D, C, Fifo>;
/// ```
pub struct Fifo {
    batch: Batch<Header>,
}

impl Fifo {
    /// An empty one.
    #[allow(clippy::new_without_default)]
    #[inline]
    pub const fn new() -> Self {
        Self { batch: Batch::new() }
    }
}

impl Strategy for Fifo {}

impl Order for Fifo {
    #[inline]
    fn next(&mut self, ready: &ReadyCore, _: impl Fn() -> Instant) -> Option<NonNull<Header>> {
        ready.pop(&mut self.batch)
    }

    #[inline]
    fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }
}
