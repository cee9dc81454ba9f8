//! Running one future to its end, and everything else meanwhile.

use super::stats::{Names, Observer};
use super::strategy::Strategy;
use super::turn::Executor;
use crate::driver::{Driver, Wait};
use crate::time::Clock;
use core::fmt;
use core::pin::pin;
use core::task::{Context, Poll};

impl<D: Driver, C: Clock, S: Strategy, O: Observer> Executor<D, C, S, O> {
    /// Runs `future` to its end on this thread, together with the spawned tasks.
    ///
    /// The future is polled first, and then whenever it was woken, in turn with the tasks that are ready; the driver is
    /// looked at when none of them is, or when a [budget](Self::set_budget) of polls is spent, those of the future among
    /// them. It may borrow. Tasks that have not ended when it does stay where they are, and go on with the next turn.
    ///
    /// # Errors
    /// [`BlockOnError::Deadlock`] where it is certain that nothing can ever wake anything: no task is ready, no timer is
    /// set, nothing is armed in the driver, and the driver says that nobody else is there
    /// ([`REMOTE_WAKE`](Driver::REMOTE_WAKE)). [`BlockOnError::Driver`] for what the driver reports.
    pub fn block_on<F: Future>(&mut self, future: F) -> Result<F::Output, BlockOnError<D::Error>> {
        let mut future = pin!(future);
        let waker = self.ready().root_waker();
        let mut cx = Context::from_waker(&waker);
        self.ready().wake_root();
        let mut left = self.budget();
        loop {
            if self.ready().take_root() {
                crate::coop::refill();
                let (polled, took) = self.timed(|_| future.as_mut().poll(&mut cx));
                if O::LOOKS {
                    self.observer_mut().polled_root(took);
                }
                if let Poll::Ready(output) = polled {
                    crate::coop::lift();
                    return Ok(output);
                }
            }
            // The future's poll counts, too.
            left = left.saturating_sub(self.poll_tasks(left).woken + 1);
            // A future and a task that wake each other need no driver, for a while.
            if left > 0 && self.ready().is_root_woken() {
                continue;
            }
            left = self.budget();
            if !D::REMOTE_WAKE && self.is_stuck() {
                return Err(BlockOnError::Deadlock(self.deadlock()));
            }
            self.park_root().map_err(BlockOnError::Driver)?;
        }
    }

    fn deadlock(&self) -> Deadlock {
        let mut names = Names::new();
        self.observer().names(&mut names);
        Deadlock { tasks: self.ready().live(), names }
    }

    /// Waits unless the root future was woken. A function of its own, so that it is there once for all root futures.
    fn park_root(&mut self) -> Result<usize, D::Error> {
        self.park(Wait::Forever, |ready| ready.is_root_woken())
    }

    /// Whether nothing can happen any more, as far as this thread can tell.
    fn is_stuck(&self) -> bool {
        !self.has_ready()
            && !self.ready().is_root_woken()
            && self.clock().timers().next_deadline().is_none()
            && !self.driver().is_armed()
    }
}

/// Every task waits, and nobody is left to wake one.
///
/// In use: see the example of an [`Executor`](super::Executor).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Deadlock {
    /// How many spawned tasks wait, besides the future given to `block_on`.
    pub tasks: usize,
    names: Names,
}

impl Deadlock {
    /// What the waiting tasks are called, and how many are called so; up to eight different names. Empty unless the
    /// executor has a [`Roster`](super::Roster).
    pub fn names(&self) -> impl Iterator<Item = (&'static str, usize)> + '_ {
        self.names.iter()
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "deadlock: the root future and {} spawned tasks wait", self.tasks)?;
        for (index, (name, count)) in self.names().enumerate() {
            f.write_str(if index == 0 { " (" } else { ", " })?;
            match count {
                1 => write!(f, "`{name}`")?,
                _ => write!(f, "{count} × `{name}`")?,
            }
        }
        if self.names().next().is_some() {
            f.write_str(")")?;
        }
        f.write_str(
            ", with no timer set and no I/O armed; look for a channel whose other end is never used, or a lock held \
             across an await",
        )
    }
}

impl core::error::Error for Deadlock {}

/// Why `block_on` came back without a result.
///
/// In use: see the example of an [`Executor`](super::Executor).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum BlockOnError<E> {
    /// Nothing can ever wake anything again.
    Deadlock(Deadlock),
    /// The driver's error.
    Driver(E),
}

impl<E: fmt::Display> fmt::Display for BlockOnError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deadlock(deadlock) => deadlock.fmt(f),
            Self::Driver(error) => write!(f, "the driver failed while parked: {error}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for BlockOnError<E> {}
