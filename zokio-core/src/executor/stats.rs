//! What turns are counted in, and who looks on: nobody, [`Totals`], or a [`Roster`].

use crate::task::{Header, Ran, Vtable};
use core::fmt;
use core::ptr::NonNull;
use core::time::Duration;

/// What a turn did.
///
/// In use: see the example of an [`Executor`](super::Executor).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use]
#[non_exhaustive]
pub struct Turn {
    /// Tasks polled; at most the budget.
    pub polled: usize,
    /// Tasks that ended.
    pub completed: usize,
    /// Wake-ups that were taken from the ready queue; at most the budget. More than were polled by those of tasks that had
    /// ended meanwhile.
    pub woken: usize,
    /// Timers that fired.
    pub fired: usize,
    /// Whether a task is ready now: turn again before waiting.
    pub remaining: bool,
}

impl Turn {
    /// The two together; `remaining` is that of the later.
    pub(super) fn and(self, later: Self) -> Self {
        Self {
            polled: self.polled + later.polled,
            completed: self.completed + later.completed,
            woken: self.woken + later.woken,
            fired: self.fired + later.fired,
            remaining: later.remaining,
        }
    }
}

/// Looks on while an executor runs; a type parameter of the [`Executor`](super::Executor). Sealed.
///
/// | observer | what it knows | what it costs |
/// |---|---|---|
/// | `()`, the default | nothing | nothing: no code, no memory |
/// | [`Totals`] | counts, and the longest poll | reads the driver's clock twice per poll |
/// | [`Roster`] | which tasks live, by name | O(its capacity) per poll, one word per task |
/// | [`Teller`](super::Teller) | which task is being polled, for a panic handler | two stores per poll |
/// | `(A, B)` | what both know | both |
pub trait Observer: observe::Observe {}

pub(super) mod observe {
    use super::{Names, Polled, Vtable};
    use core::time::Duration;

    /// What the executor tells an observer.
    pub trait Observe {
        /// Whether it wants to know anything.
        const LOOKS: bool = true;
        /// Whether it wants to know how long polls take.
        const TIMED: bool = false;
        /// A task was taken from the ready queue and is about to be dealt with.
        fn polling(&mut self, _kind: &'static Vtable) {}
        /// A task was taken from the ready queue and dealt with.
        fn polled(&mut self, _poll: &Polled) {}
        /// The root future was polled.
        fn polled_root(&mut self, _took: Duration) {}
        /// A turn polled tasks: how many.
        fn turned(&mut self, _polled: usize) {}
        /// A turn looked at the timers: how many fired.
        fn fired(&mut self, _timers: usize) {}
        /// Tells the names of the tasks that live.
        fn names(&self, _names: &mut Names) {}
    }
}
use observe::Observe;

/// A task that was polled.
#[doc(hidden)]
pub struct Polled {
    pub(super) task: NonNull<Header>,
    pub(super) name: &'static str,
    pub(super) ran: Ran,
    pub(super) took: Duration,
}

impl Observer for () {}
impl Observe for () {
    const LOOKS: bool = false;
}

impl<A: Observer, B: Observer> Observer for (A, B) {}
impl<A: Observer, B: Observer> Observe for (A, B) {
    const LOOKS: bool = A::LOOKS || B::LOOKS;
    const TIMED: bool = A::TIMED || B::TIMED;
    fn polling(&mut self, kind: &'static Vtable) {
        self.0.polling(kind);
        self.1.polling(kind);
    }
    // The other way round, as brackets are.
    fn polled(&mut self, poll: &Polled) {
        self.1.polled(poll);
        self.0.polled(poll);
    }
    fn polled_root(&mut self, took: Duration) {
        self.0.polled_root(took);
        self.1.polled_root(took);
    }
    fn turned(&mut self, polled: usize) {
        self.0.turned(polled);
        self.1.turned(polled);
    }
    fn fired(&mut self, timers: usize) {
        self.0.fired(timers);
        self.1.fired(timers);
    }
    fn names(&self, names: &mut Names) {
        self.0.names(names);
        self.1.names(names);
    }
}

/// Totals of an executor since it was made. Counters wrap.
///
/// ```
/// use zokio_core::executor::{Executor, Fifo, Totals};
///
/// /// What a program prints when it is asked how it is.
/// fn report<D: zokio_core::driver::Driver, C: zokio_core::time::Clock>(executor: &Executor<D, C, Fifo, Totals>) {
///     let totals = executor.observer();
///     println!("{} polls, the longest {:?} by `{}`", totals.polls, totals.longest_poll, totals.longest_task);
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Totals {
    /// Polls of tasks.
    pub polls: usize,
    /// Tasks that ended.
    pub completed: usize,
    /// Wake-ups that queued a task. Waking a task that is queued already is none.
    pub wakes: usize,
    /// Timers that fired.
    pub fired: usize,
    /// Turns.
    pub turns: usize,
    /// Turns that polled a task.
    pub busy_turns: usize,
    /// The longest that a poll took, of a task or of the root future, by the driver's clock.
    pub longest_poll: Duration,
    /// Whose poll that was; empty before the first poll that took any time.
    pub longest_task: &'static str,
}

impl Totals {
    /// All zero.
    pub const fn new() -> Self {
        Self {
            polls: 0,
            completed: 0,
            wakes: 0,
            fired: 0,
            turns: 0,
            busy_turns: 0,
            longest_poll: Duration::ZERO,
            longest_task: "",
        }
    }

    fn took(&mut self, took: Duration, task: &'static str) {
        if took > self.longest_poll {
            (self.longest_poll, self.longest_task) = (took, task);
        }
    }
}

impl Observer for Totals {}
impl Observe for Totals {
    const TIMED: bool = true;
    fn polled(&mut self, poll: &Polled) {
        self.wakes = self.wakes.wrapping_add(1);
        if poll.ran != Ran::Stale {
            self.polls = self.polls.wrapping_add(1);
            self.completed = self.completed.wrapping_add(usize::from(poll.ran == Ran::Ended));
            self.took(poll.took, poll.name);
        }
    }
    fn polled_root(&mut self, took: Duration) {
        self.took(took, "root future");
    }
    fn turned(&mut self, polled: usize) {
        self.turns = self.turns.wrapping_add(1);
        self.busy_turns = self.busy_turns.wrapping_add(usize::from(polled > 0));
    }
    fn fired(&mut self, timers: usize) {
        self.fired = self.fired.wrapping_add(timers);
    }
}

/// The tasks that live, up to `N` of them, so that a [`Deadlock`](super::Deadlock) can name those that are stuck.
///
/// Kept by the executor as it polls, so that tasks pay nothing for it. A task that was never polled is not in it, but such
/// a task is not stuck either.
///
/// ```
/// use zokio_core::executor::{Executor, Fifo, Roster};
///
/// fn list<D: zokio_core::driver::Driver, C: zokio_core::time::Clock>(executor: &Executor<D, C, Fifo, Roster<16>>) {
///     for name in executor.observer().names() {
///         println!("{name}");
///     }
/// }
/// ```
pub struct Roster<const N: usize> {
    /// *Invariant "lives":* those below `len` have been polled and have not ended, so they are live.
    tasks: [NonNull<Header>; N],
    len: usize,
}

impl<const N: usize> Roster<N> {
    /// An empty one.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { tasks: [NonNull::dangling(); N], len: 0 }
    }

    /// The names of the tasks that live, in no order.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.kinds().map(|kind| kind.name.name())
    }

    fn kinds(&self) -> impl Iterator<Item = &'static Vtable> + '_ {
        // SAFETY: "lives".
        self.tasks[..self.len].iter().map(|task| unsafe { task.as_ref().vtable() })
    }
}

impl<const N: usize> Observer for Roster<N> {}
impl<const N: usize> Observe for Roster<N> {
    fn polled(&mut self, poll: &Polled) {
        let place = self.tasks[..self.len].iter().position(|task| *task == poll.task);
        match (poll.ran, place) {
            (Ran::Pending, None) if self.len < N => {
                self.tasks[self.len] = poll.task;
                self.len += 1;
            }
            (Ran::Ended, Some(place)) => {
                self.len -= 1;
                self.tasks[place] = self.tasks[self.len];
            }
            // A stale wake-up says nothing: the slot may have a new task already.
            _ => {}
        }
    }
    fn names(&self, names: &mut Names) {
        self.kinds().for_each(|kind| names.add(kind));
    }
}

/// Some names, and how often each; small, because it lies in an error.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct Names {
    kinds: [Option<&'static Vtable>; Self::CAPACITY],
    counts: [u16; Self::CAPACITY],
}

impl Names {
    /// How many different ones are kept.
    const CAPACITY: usize = 8;

    pub(super) const fn new() -> Self {
        Self { kinds: [None; Self::CAPACITY], counts: [0; Self::CAPACITY] }
    }

    fn add(&mut self, kind: &'static Vtable) {
        for (place, count) in self.kinds.iter_mut().zip(&mut self.counts) {
            if place.get_or_insert(kind).name.name() == kind.name.name() {
                *count = count.saturating_add(1);
                return;
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, usize)> + '_ {
        let counts = self.counts.iter().map(|count| usize::from(*count));
        self.kinds.iter().flatten().map(|kind| kind.name.name()).zip(counts)
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Names {}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
