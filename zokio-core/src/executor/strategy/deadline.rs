//! The earliest deadline first.

use super::Strategy;
use super::order::Order;
use crate::queue::{Batch, Lane};
use crate::sentence::require;
use crate::task::{Header, ReadyCore, deadline};
use crate::time::Instant;
use core::ptr::NonNull;
use core::time::Duration;

/// The task whose deadline is the earliest is polled first; those without one come after, as they were woken.
///
/// The deadline is a constant of a task's kind (`#[task(deadline = Duration::from_millis(2))]`,
/// [`TaskKind`](crate::task::TaskKind)), or each spawn brings one along: an argument of the task
/// (`#[task(deadline = within)]`), or [`ArenaTask::deadline`](crate::task::ArenaTask::deadline), which takes eight bytes in front of
/// the future. It is relative to the wake-up: the executor reads the driver's clock when it takes the
/// task out of its inbox, which is before the next poll it begins. Equal deadlines are met in the order of the wake-ups.
///
/// At most `N` tasks with a deadline are kept in order. More of them that are ready at once wait with those that have none,
/// first in, first out; make `N` the number of tasks with a deadline to have that never.
///
/// **Nobody starves.** After `SHARE` polls of tasks with a deadline, one of the others that wait is polled: so in any
/// `SHARE + 1` polls there is at least one of them. Among those with one, lateness is no
/// privilege that lasts: a task that is woken again gets a later deadline, so that with time each becomes the first.
///
/// **Complexity:** O(log `N`) per poll. **Memory:** `N` times an instant and two words, and six words.
///
/// ```
/// use core::time::Duration;
/// use zokio_core::executor::{Executor, Deadline};
///
/// #[zokio_core::task(deadline = Duration::from_micros(200))]
/// async fn control() { /* … */ }
///
/// /// An argument of that name: each call says how soon.
/// #[zokio_core::task(pool = 4, deadline = within)]
/// async fn answer(within: Duration, request: u32) { /* … */ }
///
/// type Loop<D, C> = Executor<D, C, Deadline<8>>;
/// ```
pub struct Deadline<const N: usize, const SHARE: usize = 8> {
    batch: Batch<Header>,
    /// A binary heap in its first `len` places: none is due before the one at half its index.
    heap: [Entry; N],
    len: usize,
    /// Tells equal deadlines apart.
    next_number: u32,
    rest: Lane<Header>,
    /// Polls since one of the rest had its turn, while one waits.
    passed: usize,
}

#[derive(Clone, Copy)]
struct Entry {
    due: Instant,
    number: u32,
    task: NonNull<Header>,
}

impl Entry {
    fn is_before(&self, other: &Self) -> bool {
        // Those that wait at the same time are less than half of all numbers apart.
        self.due < other.due || self.due == other.due && (self.number.wrapping_sub(other.number) as i32) < 0
    }
}

impl<const N: usize, const SHARE: usize> Deadline<N, SHARE> {
    /// Nothing ready.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const {
            require(N > 0, "Deadline keeps at least one task in order");
            require(SHARE > 0, "Deadline's SHARE is at least 1, or tasks without a deadline would come first");
        }
        let nothing = Entry { due: Instant::ZERO, number: 0, task: NonNull::dangling() };
        Self { batch: Batch::new(), heap: [nothing; N], len: 0, next_number: 0, rest: Lane::new(), passed: 0 }
    }

    /// Puts a task into its place in the heap, which has room.
    fn insert(&mut self, due: Instant, task: NonNull<Header>) {
        let entry = Entry { due, number: self.next_number, task };
        self.next_number = self.next_number.wrapping_add(1);
        let mut at = self.len;
        self.len += 1;
        while at > 0 && entry.is_before(&self.heap[(at - 1) / 2]) {
            self.heap[at] = self.heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        self.heap[at] = entry;
    }

    /// Takes the first of the heap, which is not empty.
    fn take_first(&mut self) -> NonNull<Header> {
        let first = self.heap[0].task;
        self.len -= 1;
        let entry = self.heap[self.len];
        let mut at = 0;
        loop {
            let mut child = 2 * at + 1;
            if child >= self.len {
                break;
            }
            if child + 1 < self.len && self.heap[child + 1].is_before(&self.heap[child]) {
                child += 1;
            }
            if !self.heap[child].is_before(&entry) {
                break;
            }
            self.heap[at] = self.heap[child];
            at = child;
        }
        self.heap[at] = entry;
        first
    }
}

impl<const N: usize, const SHARE: usize> Strategy for Deadline<N, SHARE> {}

impl<const N: usize, const SHARE: usize> Order for Deadline<N, SHARE> {
    fn next(&mut self, ready: &ReadyCore, now: impl Fn() -> Instant) -> Option<NonNull<Header>> {
        let mut read = None;
        // Ends: a task is in the queue once, and not again before we hand it out.
        while let Some(task) = ready.pop(&mut self.batch) {
            // SAFETY: just popped, by its executor.
            match unsafe { deadline(task) } {
                Some(nanos) if self.len < N => {
                    let due = *read.get_or_insert_with(&now) + Duration::from_nanos(nanos);
                    self.insert(due, task);
                }
                // SAFETY: just popped.
                _ => unsafe { self.rest.push(task) },
            }
        }
        if self.len > 0 && (self.rest.is_empty() || self.passed < SHARE) {
            self.passed += usize::from(!self.rest.is_empty());
            return Some(self.take_first());
        }
        self.passed = 0;
        self.rest.pop()
    }

    fn is_empty(&self) -> bool {
        self.batch.is_empty() && self.len == 0 && self.rest.is_empty()
    }
}
