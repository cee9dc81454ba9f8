//! The executor and its turn.

use super::stats::{Observer, Polled, Turn};
use super::strategy::{Fifo, Strategy};
use crate::driver::{Driver, Wait};
#[cfg(feature = "events")]
use crate::events::Event;
use crate::queue::Lane;
use crate::task::{Header, Ran, Ready, ReadyRef, Spawner};
use crate::time::{Clock, Instant, TimerStore};
use core::convert::Infallible;
use core::marker::PhantomData;
use core::time::Duration;

/// How many tasks one turn polls unless told otherwise: enough to make a turn's fixed cost small, few enough to look at
/// the driver often.
const BUDGET: usize = 64;

/// Runs tasks on one thread (or at one interrupt priority), over one driver.
///
/// `S` says which of the ready tasks is next, `O` who looks on; see [`Strategy`] and [`Observer`].
///
/// Not `Send`: its tasks may hold what must stay on their thread.
///
/// ```
/// # use core::convert::Infallible;
/// # use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
/// # use core::time::Duration;
/// # use zokio_core::driver::{Driver, Unpark, Wait};
/// # use zokio_core::time::{Clock, Instant, SortedList, Timers};
/// # static NOW: AtomicU64 = AtomicU64::new(0);
/// # static TIMERS: Timers<SortedList> = Timers::new();
/// # #[derive(Clone)] struct Nobody;
/// # impl Unpark for Nobody { fn unpark(&self) {} }
/// # /// Time stands still unless somebody waits for it.
/// # struct Virtual;
/// # impl Driver for Virtual {
/// #     type Unparker = Nobody;
/// #     type Error = Infallible;
/// #     const REMOTE_WAKE: bool = false;
/// #     fn now(&self) -> Instant { Instant::from_nanos(NOW.load(Relaxed)) }
/// #     fn unparker(&self) -> Nobody { Nobody }
/// #     fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
/// #         if let Wait::Until(at) = wait { NOW.fetch_max(at.as_nanos(), Relaxed); }
/// #         Ok(())
/// #     }
/// # }
/// # #[derive(Clone, Copy)] struct Ticks;
/// # unsafe impl Clock for Ticks {
/// #     type Store = SortedList;
/// #     fn now(&self) -> Instant { Instant::from_nanos(NOW.load(Relaxed)) }
/// #     fn timers(&self) -> &Timers<SortedList> { &TIMERS }
/// # }
/// use zokio_core::executor::{BlockOnError, Executor, Ready};
/// use zokio_core::task::TaskArena;
///
/// static READY: Ready<Nobody> = Ready::new();
/// static TASKS: TaskArena<2, 96> = TaskArena::new();
///
/// let mut executor = Executor::new(&READY, Virtual, Ticks);
/// let clock = executor.clock();
/// executor.spawner().spawn(TASKS.task(async move { clock.sleep(Duration::from_secs(1)).await })).unwrap().detach();
///
/// // Inside a loop of one's own:
/// let turn = executor.turn(Wait::Poll).unwrap();
/// assert_eq!((turn.polled, turn.completed), (1, 0));
/// assert_eq!(executor.next_deadline(), Some(Instant::from_nanos(1_000_000_000)));
///
/// // Or until something is done:
/// executor.block_on(clock.sleep(Duration::from_secs(2))).unwrap();
/// // What can never be done is told, where the driver knows that nobody else is there.
/// let Err(BlockOnError::Deadlock(stuck)) = executor.block_on(core::future::pending::<()>()) else { panic!() };
/// assert_eq!(stuck.tasks, 0);
/// ```
pub struct Executor<D: Driver, C: Clock, S: Strategy = Fifo, O: Observer = ()> {
    ready: ReadyRef,
    strategy: S,
    observer: O,
    driver: D,
    clock: C,
    budget: usize,
    _not_send: PhantomData<*const ()>,
}

impl<D: Driver, C: Clock> Executor<D, C> {
    /// An executor over `driver`, firing the timers of `clock`, with the ready queue `ready`.
    ///
    /// # Panics
    /// If `ready` was given to an executor before: its wakers, and its tasks, outlive it.
    #[track_caller]
    pub fn new(ready: &'static Ready<D::Unparker>, driver: D, clock: C) -> Self {
        Self::ordered(ready, driver, clock, Fifo::new())
    }
}

impl<D: Driver, C: Clock, S: Strategy> Executor<D, C, S> {
    /// As [`new`](Executor::new), with a strategy from the start: no task is moved, and there is no code for it.
    ///
    /// # Panics
    /// As [`new`](Executor::new).
    #[track_caller]
    pub fn ordered(ready: &'static Ready<D::Unparker>, driver: D, clock: C, strategy: S) -> Self {
        match ready.take(driver.unparker()) {
            Some(ready) => {
                Self { ready, strategy, observer: (), driver, clock, budget: BUDGET, _not_send: PhantomData }
            }
            None => panic!("the ready queue has or had another executor; every executor needs one of its own"),
        }
    }
}

impl<D: Driver, C: Clock, S: Strategy, O: Observer> Executor<D, C, S, O> {
    /// The same executor with another strategy. Tasks that are ready stay so.
    pub fn with_strategy<T: Strategy>(mut self, strategy: T) -> Executor<D, C, T, O> {
        let mut tasks = Lane::new();
        while let Some(task) = self.strategy.next(&self.ready, || self.driver.now()) {
            // SAFETY: just popped.
            unsafe { tasks.push(task) };
        }
        while let Some(task) = tasks.pop() {
            // SAFETY: just popped, and still marked as queued.
            unsafe { self.ready.push(task) };
        }
        let Self { ready, observer, driver, clock, budget, .. } = self;
        Executor { ready, strategy, observer, driver, clock, budget, _not_send: PhantomData }
    }

    /// The same executor with another observer, which sees what happens from now on.
    pub fn with_observer<P: Observer>(self, observer: P) -> Executor<D, C, S, P> {
        let Self { ready, strategy, driver, clock, budget, .. } = self;
        Executor { ready, strategy, observer, driver, clock, budget, _not_send: PhantomData }
    }

    /// Who looks on.
    pub fn observer(&self) -> &O {
        &self.observer
    }

    /// Polls at most `tasks` tasks a turn (at least one).
    pub fn set_budget(&mut self, tasks: usize) {
        self.budget = tasks.max(1);
    }

    /// Spawns onto this executor, from its own thread.
    pub fn spawner(&self) -> Spawner {
        Spawner::new(self.ready)
    }

    /// The driver.
    pub fn driver(&self) -> &D {
        &self.driver
    }

    /// The driver, to be configured.
    pub fn driver_mut(&mut self) -> &mut D {
        &mut self.driver
    }

    /// The clock whose timers this executor fires.
    pub fn clock(&self) -> C {
        self.clock
    }

    /// When the next timer is due; together with [`run_until_stalled`](Self::run_until_stalled) what a foreign loop
    /// needs to know.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.clock.timers().next_deadline()
    }

    /// One turn: polls the ready tasks (within the budget), then looks at the driver, waiting at most as long as `wait`
    /// says, until the next timer, and not at all while a task is ready; then fires the timers that are due.
    ///
    /// Which task is polled next is the [`Strategy`]'s word; by default it is the one that was woken first. No strategy, and
    /// no task that wakes itself again and again, starves the others, the driver or the timers.
    ///
    /// # Errors
    /// What the driver reports; the executor can be turned again.
    #[inline]
    pub fn turn(&mut self, wait: Wait) -> Result<Turn, D::Error> {
        let mut turn = self.poll_tasks(self.budget);
        turn.fired = self.park(wait, |_| false)?;
        turn.remaining = self.has_ready();
        Ok(turn)
    }

    /// Runs tasks for ever.
    ///
    /// # Errors
    /// What the driver reports; the executor can be run again.
    #[inline]
    pub fn run(&mut self) -> Result<Infallible, D::Error> {
        loop {
            let _ = self.poll_tasks(self.budget);
            self.park(Wait::Forever, |_| false)?;
        }
    }

    /// Turns until nothing is ready, without waiting for anything; then the caller's own loop waits until
    /// [`next_deadline`](Self::next_deadline) or an unpark.
    ///
    /// Does not return while tasks wake themselves again and again; use [`turn`](Self::turn) to bound that.
    ///
    /// # Errors
    /// What the driver reports.
    pub fn run_until_stalled(&mut self) -> Result<Turn, D::Error> {
        let mut total = Turn::default();
        loop {
            let turn = self.turn(Wait::Poll)?;
            total = total.and(turn);
            if !turn.remaining {
                return Ok(total);
            }
        }
    }

    /// The queue and what is taken from it.
    pub(super) fn ready(&self) -> ReadyRef {
        self.ready
    }

    /// Whether a task is ready.
    #[inline]
    pub(super) fn has_ready(&self) -> bool {
        !self.strategy.is_empty() || !self.ready.is_empty()
    }

    /// How many polls there are between two looks at the driver; at least one.
    pub(super) fn budget(&self) -> usize {
        self.budget
    }

    /// Polls ready tasks, at most `budget`, which is not 0.
    #[inline]
    pub(super) fn poll_tasks(&mut self, budget: usize) -> Turn {
        let mut turn = Turn::default();
        // By value: it stays where it is.
        let ready = self.ready;
        let mut left = budget;
        while let Some(task) = self.strategy.next(&ready, || self.driver.now()) {
            turn.woken += 1;
            // Before the poll, after which the task may be no more.
            let name = if O::LOOKS {
                // SAFETY: what is queued is live and was started.
                let kind = unsafe { task.as_ref().vtable() };
                self.observer.polling(kind);
                kind.name.name()
            } else {
                ""
            };
            // SAFETY: just popped from our own queue, on our own thread.
            let (ran, took) = self.timed(|_| unsafe { Header::run(task) });
            if O::LOOKS {
                self.observer.polled(&Polled { task, name, ran, took });
            }
            match ran {
                Ran::Stale => {}
                Ran::Pending => turn.polled += 1,
                Ran::Ended => {
                    turn.polled += 1;
                    turn.completed += 1;
                }
            }
            left -= 1;
            if left == 0 {
                break;
            }
        }
        if O::LOOKS {
            self.observer.turned(turn.polled);
        }
        turn
    }

    /// Calls `poll`; how long that took, if the observer wants to know.
    #[inline]
    pub(super) fn timed<R>(&mut self, poll: impl FnOnce(&mut Self) -> R) -> (R, Duration) {
        if !O::TIMED {
            return (poll(self), Duration::ZERO);
        }
        let start = self.driver.now();
        let result = poll(self);
        (result, self.driver.now() - start)
    }

    pub(super) fn observer_mut(&mut self) -> &mut O {
        &mut self.observer
    }

    /// Looks at the driver, waiting as `wait` says unless a task is ready or `awake` says so; then fires the timers that are
    /// due, and says how many.
    #[inline]
    pub(super) fn park(&mut self, wait: Wait, awake: impl Fn(ReadyRef) -> bool) -> Result<usize, D::Error> {
        let deadline = self.clock.timers().next_deadline();
        let wait = match (wait, deadline) {
            (Wait::Forever, Some(at)) => Wait::Until(at),
            (Wait::Until(until), Some(at)) => Wait::Until(until.min(at)),
            (wait, _) => wait,
        };
        #[cfg(feature = "events")]
        crate::events::tell(|| Event::Parking { wait });
        let (ready, strategy) = (self.ready, &self.strategy);
        let awake = || !strategy.is_empty() || !ready.is_empty() || awake(ready);
        let told = if C::Store::LEAST_CODE {
            self.driver.park_unless(wait, awake)?;
            None
        } else {
            self.driver.park_telling(wait, awake)?
        };
        let fired = match deadline {
            Some(_) => self.clock.timers().expire(told.unwrap_or_else(|| self.driver.woke_at())),
            None => 0,
        };
        #[cfg(feature = "events")]
        crate::events::tell(|| Event::Unparked { fired });
        if O::LOOKS {
            self.observer.fired(fired);
        }
        Ok(fired)
    }
}
