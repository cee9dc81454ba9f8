//! The driver over `wasi:io/poll`.
//!
//! A [`Source`] is a pollable that some socket or stream keeps for life. It is armed only while a task waits for it, so that the
//! host is asked about few, and an event takes it out and wakes the task.
//!
//! *Invariant "child first":* a host traps when a resource goes before the pollables made from it. Only its [`Subscription`] and
//! the table of armed ones hold a source; dropping the subscription takes it from the table, and owners declare
//! their subscriptions before what these are made from. So a future that was forgotten while it waited does no harm either.

use crate::p1::Unparker;
use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::future::poll_fn;
use core::task::{Poll, Waker};
use std::rc::Rc;
use std::vec::Vec;
use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::{Pollable, poll};
use zokio_core::driver::{Driver, Wait};
use zokio_core::time::Instant;

/// How often an executor with ready tasks looks at what is armed: a look costs more than many a task's turn.
const LOOK_EVERY: u64 = 1_000_000;

/// What the driver has done.
///
/// From [`stats`](crate::stats), which has an example.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct DriverStats {
    /// Calls of `wasi:io/poll`.
    pub host_calls: u64,
    /// The most pollables that were waited for at a time, besides the clock's.
    pub max_armed: usize,
}

/// A pollable, and who waits for it.
struct Source {
    pollable: Pollable,
    waker: Cell<Option<Waker>>,
    /// Where it is in the table of the armed ones.
    place: Cell<Option<usize>>,
}

/// What is armed.
pub(super) struct Reactor {
    // Never borrowed while a waker is woken or dropped.
    armed: RefCell<Vec<Rc<Source>>>,
    looked: Cell<u64>,
    /// The latest time seen.
    latest: Cell<u64>,
    /// The reading that the last park ended with, if it took one.
    woke: Cell<Option<u64>>,
    stats: Cell<DriverStats>,
}

impl Reactor {
    pub(super) const fn new() -> Self {
        Self {
            armed: RefCell::new(Vec::new()),
            looked: Cell::new(0),
            latest: Cell::new(0),
            woke: Cell::new(None),
            stats: Cell::new(DriverStats { host_calls: 0, max_armed: 0 }),
        }
    }

    pub(super) fn stats(&self) -> DriverStats {
        self.stats.get()
    }

    pub(super) fn now(&self) -> Instant {
        let now = monotonic_clock::now();
        self.latest.set(now);
        Instant::from_nanos(now)
    }

    fn arm(&self, source: &Rc<Source>) {
        if source.place.get().is_none() {
            let mut armed = self.armed.borrow_mut();
            source.place.set(Some(armed.len()));
            armed.push(source.clone());
            let mut stats = self.stats.get();
            stats.max_armed = stats.max_armed.max(armed.len());
            self.stats.set(stats);
        }
    }

    /// O(1): the last one takes the place.
    fn disarm(&self, source: &Source) {
        let Some(place) = source.place.take() else { return };
        let mut armed = self.armed.borrow_mut();
        let _source = armed.swap_remove(place);
        if let Some(moved) = armed.get(place) {
            moved.place.set(Some(place));
        }
    }

    /// Asks the host about all that is armed and about `clock`; blocks until one of them is ready.
    fn ask(&self, clock: Option<&Pollable>) {
        let ready: Vec<Rc<Source>> = {
            let armed = self.armed.borrow();
            let mut asked: Vec<&Pollable> = Vec::with_capacity(armed.len() + 1);
            asked.extend(armed.iter().map(|source| &source.pollable));
            asked.extend(clock);
            if asked.is_empty() {
                return; // the host would trap
            }
            let mut stats = self.stats.get();
            stats.host_calls += 1;
            self.stats.set(stats);
            poll(&asked).iter().filter_map(|index| armed.get(*index as usize).cloned()).collect()
        };
        for source in ready {
            self.disarm(&source);
            if let Some(waker) = source.waker.take() {
                waker.wake();
            }
        }
    }

    /// Waits as told, and wakes who is to be woken; looks at once where a park would not.
    pub(super) fn turn(&self, wait: Wait) {
        match wait {
            Wait::Poll if self.armed.borrow().is_empty() => {}
            Wait::Poll => self.ask(Some(&monotonic_clock::subscribe_duration(0))),
            Wait::Forever => self.ask(None),
            Wait::Until(at) => self.ask(Some(&monotonic_clock::subscribe_instant(at.as_nanos()))),
        }
    }

    pub(super) fn is_armed(&self) -> bool {
        !self.armed.borrow().is_empty()
    }

    fn look(&self) {
        if self.armed.borrow().is_empty() {
            return;
        }
        let now = self.now().as_nanos();
        if now.saturating_sub(self.looked.get()) >= LOOK_EVERY {
            self.looked.set(now);
            self.turn(Wait::Poll);
        }
        self.woke.set(Some(now));
    }
}

impl Driver for &'static Reactor {
    type Unparker = Unparker;
    type Error = Infallible;
    const REMOTE_WAKE: bool = false;

    fn now(&self) -> Instant {
        Reactor::now(self)
    }

    fn woke_at(&self) -> Instant {
        // A host's timer may end a little early, so that the end of a wait tells no time.
        self.woke.take().map_or_else(|| Reactor::now(self), Instant::from_nanos)
    }

    fn unparker(&self) -> Unparker {
        Unparker
    }

    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        self.woke.set(None);
        match wait {
            Wait::Poll => self.look(),
            // The clock is not read for this: of a time that has just passed the host tells at once.
            Wait::Until(at) if at.as_nanos() <= self.latest.get() => self.look(),
            wait => self.turn(wait),
        }
        Ok(())
    }

    fn is_armed(&self) -> bool {
        Reactor::is_armed(self)
    }
}

/// A pollable of a stream or socket; to be declared before that, for "child first".
pub(super) struct Subscription {
    reactor: &'static Reactor,
    source: Rc<Source>,
}

impl Subscription {
    pub(super) fn new(pollable: Pollable) -> Self {
        let source = Source { pollable, waker: Cell::new(None), place: Cell::new(None) };
        Self { reactor: super::runtime::reactor(), source: Rc::new(source) }
    }

    /// Completes when the host says that it is ready, which is a hint.
    ///
    /// One task at a time. Dropping the future takes the wait back.
    pub(super) async fn ready(&self) {
        struct Disarm<'s>(&'s Subscription);
        impl Drop for Disarm<'_> {
            fn drop(&mut self) {
                self.0.disarm();
            }
        }
        let _disarm = Disarm(self);
        let mut began = false;
        poll_fn(|cx| {
            if began && self.source.place.get().is_none() {
                return Poll::Ready(());
            }
            began = true;
            self.arm(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Attempts until it need not wait any more, waiting in between.
    pub(super) async fn retry<T>(&self, mut attempt: impl FnMut() -> Poll<T>) -> T {
        loop {
            match attempt() {
                Poll::Ready(done) => return done,
                Poll::Pending => self.ready().await,
            }
        }
    }

    /// Has `waker` woken once when the host says that it is ready.
    pub(super) fn arm(&self, waker: Waker) {
        drop(self.source.waker.replace(Some(waker)));
        self.reactor.arm(&self.source);
    }

    /// Takes [`arm`](Self::arm) back.
    pub(super) fn disarm(&self) {
        self.reactor.disarm(&self.source);
        drop(self.source.waker.take());
    }

    /// Whether it is ready at this moment.
    pub(super) fn is_ready(&self) -> bool {
        self.source.pollable.ready()
    }

    /// Waits here and now, and all tasks with it: for what hosts do at once.
    pub(super) fn block(&self) {
        self.source.pollable.block();
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.reactor.disarm(&self.source);
    }
}
