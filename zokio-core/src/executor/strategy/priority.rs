//! Levels of urgency, with a share for the lower ones.

use super::Strategy;
use super::order::Order;
use crate::queue::{Batch, Lane};
use crate::sentence::require;
use crate::task::{Header, Label, ReadyCore};
use crate::time::Instant;
use core::ptr::NonNull;

/// The most urgent level first; within a level, tasks are polled in the order in which they were woken.
///
/// A task's level is the constant `priority` of its kind (`#[task(priority = 3)]`, [`TaskKind`](crate::task::TaskKind)),
/// at most `LEVELS - 1`: what is more urgent than that is in the highest level. A task that is woken during a turn, by an
/// interrupt or by another task, is polled before all that are in lower levels. A poll that has begun is not interrupted;
/// for that, run a second executor at an interrupt's priority.
///
/// **No level starves.** A level that has been passed over `SHARE` times while a task waited in it is due, and one of its
/// tasks is polled as soon as no level is left that has been passed over more often: so in any `SHARE + LEVELS` polls
/// there is at least one of every level in which a task waits.
///
/// **Complexity:** O(`LEVELS`) per poll. **Memory:** three words per level, and two.
///
/// ```
/// use zokio_core::executor::{Executor, Priority};
/// # use zokio_core::driver::{Driver, Unpark, Wait};
/// # use zokio_core::time::{Clock, Instant, SortedList, Timers};
/// # #[derive(Clone)] struct Token;
/// # impl Unpark for Token { fn unpark(&self) {} }
/// # struct Idle;
/// # impl Driver for Idle {
/// #     type Unparker = Token;
/// #     type Error = core::convert::Infallible;
/// #     fn now(&self) -> Instant { Instant::ZERO }
/// #     fn unparker(&self) -> Token { Token }
/// #     fn park(&mut self, _: Wait) -> Result<(), Self::Error> { Ok(()) }
/// # }
/// # static TIMERS: Timers<SortedList> = Timers::new();
/// # #[derive(Clone, Copy)] struct Ticks;
/// # unsafe impl Clock for Ticks {
/// #     type Store = SortedList;
/// #     fn now(&self) -> Instant { Instant::ZERO }
/// #     fn timers(&self) -> &Timers<SortedList> { &TIMERS }
/// # }
/// # static READY: zokio_core::executor::Ready<Token> = zokio_core::executor::Ready::new();
/// use std::sync::Mutex;
///
/// static ORDER: Mutex<Vec<&str>> = Mutex::new(Vec::new());
///
/// #[zokio_core::task]
/// async fn log() {
///     ORDER.lock().unwrap().push("log");
/// }
///
/// #[zokio_core::task(priority = 3)]
/// async fn control() {
///     ORDER.lock().unwrap().push("control");
/// }
///
/// let mut executor = Executor::new(&READY, Idle, Ticks).with_strategy(Priority::<4>::new());
/// executor.spawner().spawn(log()).unwrap().detach();
/// executor.spawner().spawn(control()).unwrap().detach();
/// executor.run_until_stalled().unwrap();
/// assert_eq!(*ORDER.lock().unwrap(), ["control", "log"]);
/// ```
pub struct Priority<const LEVELS: usize, const SHARE: usize = 16> {
    batch: Batch<Header>,
    levels: [Level; LEVELS],
}

struct Level {
    lane: Lane<Header>,
    /// How often another level was chosen while a task waited in this one; 0 while none does.
    passed: usize,
}

impl<const LEVELS: usize, const SHARE: usize> Priority<LEVELS, SHARE> {
    /// Empty levels.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const {
            require(LEVELS > 0 && LEVELS <= Label::PRIORITIES, "Priority has 1 to 16 LEVELS");
            // Then no level is due again before all that are due have had their turn.
            require(SHARE >= LEVELS, "Priority's SHARE is at least its LEVELS, or the lower ones would come first");
        }
        Self { batch: Batch::new(), levels: [const { Level { lane: Lane::new(), passed: 0 } }; LEVELS] }
    }

    /// The level whose turn it is.
    fn choose(&self) -> Option<usize> {
        let mut chosen = None;
        let mut longest = SHARE;
        for (index, level) in self.levels.iter().enumerate().rev() {
            if level.lane.is_empty() {
                continue;
            }
            if chosen.is_none() {
                chosen = Some(index);
                longest = longest.max(level.passed + 1);
            } else if level.passed >= longest {
                chosen = Some(index);
                longest = level.passed + 1;
            }
        }
        chosen
    }
}

impl<const LEVELS: usize, const SHARE: usize> Strategy for Priority<LEVELS, SHARE> {}

impl<const LEVELS: usize, const SHARE: usize> Order for Priority<LEVELS, SHARE> {
    fn next(&mut self, ready: &ReadyCore, _: impl Fn() -> Instant) -> Option<NonNull<Header>> {
        // Ends: a task is in the queue once, and not again before we hand it out.
        while let Some(task) = ready.pop(&mut self.batch) {
            // SAFETY: what is queued is live and was started.
            let level = unsafe { task.as_ref().vtable() }.name.level().min(LEVELS - 1);
            // SAFETY: just popped.
            unsafe { self.levels[level].lane.push(task) };
        }
        let chosen = self.choose()?;
        for (index, level) in self.levels.iter_mut().enumerate() {
            match index == chosen {
                true => level.passed = 0,
                false => level.passed += usize::from(!level.lane.is_empty()),
            }
        }
        self.levels[chosen].lane.pop()
    }

    fn is_empty(&self) -> bool {
        self.batch.is_empty() && self.levels.iter().all(|level| level.lane.is_empty())
    }
}
