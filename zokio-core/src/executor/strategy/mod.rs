//! Which of the ready tasks is next, as a type.
//!
//! | strategy | order | what it costs |
//! |---|---|---|
//! | [`Fifo`] | as they were woken | one word |
//! | [`Priority`] | the most urgent level first, in each as they were woken | three words per level; O(levels) per poll |
//! | [`Deadline`] | the earliest deadline first | two instants per task with a deadline; O(log N) per poll |
//!
//! None of them can starve a turn: whatever the order, a turn polls as many tasks as its budget says, then looks at the
//! driver, and fires the timers. Nor can they starve a task: [`Priority`] and [`Deadline`] say how many polls it waits at
//! most. All of them allocate nothing, and none of them needs a byte in the task, but for
//! the eight of a deadline that a spawn brings along.

mod deadline;
mod fifo;
mod priority;

pub use deadline::Deadline;
pub use fifo::Fifo;
pub use priority::Priority;

/// Decides which of the ready tasks is polled next; a type parameter of the [`Executor`](super::Executor). Sealed.
pub trait Strategy: order::Order {}

pub(super) mod order {
    use crate::task::{Header, ReadyCore};
    use crate::time::Instant;
    use core::ptr::NonNull;

    /// What the executor asks of a strategy.
    ///
    /// A strategy takes tasks out of the inbox and has "queued owns the link" for each until it hands it out.
    pub trait Order {
        /// Takes the task that is to be polled next. `now` is the driver's.
        fn next(&mut self, ready: &ReadyCore, now: impl Fn() -> Instant) -> Option<NonNull<Header>>;

        /// Whether nothing is left of what was taken out of the inbox.
        fn is_empty(&self) -> bool;
    }
}
