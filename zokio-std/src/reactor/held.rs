//! Operations that name memory of a future's making: files, and waits for readiness.
//!
//! "The reactor holds on": what such an operation names moves into the reactor when it is submitted, and comes back with
//! its end. So the future may be dropped, or forgotten, at any time; and the file stays open, with its number, meanwhile.

use super::{Duty, Fault, Reactor, Waiter};
#[cfg(unix)]
use crate::driver::system::Record;
use crate::io::Loan;
use rustix::fd::RawFd;
use std::sync::Arc;
use std::task::{Poll, Waker};
use zokio_core::driver::{Completion, Errno, Key, Op, Orphaned};

/// All that an operation names. What it points to does not move when this does, and is no box: moving one promises that
/// nobody else has its address. Small, because it moves with every read and write.
#[derive(Default)]
#[allow(dead_code, reason = "some is only kept")]
pub(crate) struct Held {
    /// What stays open meanwhile.
    pub(crate) file: Option<Arc<dyn Send + Sync>>,
    pub(crate) buffer: Option<Loan>,
    pub(crate) names: Option<Box<Names>>,
}

/// What operations on names of files hold.
#[derive(Default)]
#[allow(dead_code, reason = "some is only kept")]
pub(crate) struct Names {
    pub(crate) path: Vec<u8>,
    pub(crate) other_path: Vec<u8>,
    /// Room for one.
    #[cfg(unix)]
    pub(crate) stat: Vec<Record>,
}

impl Names {
    /// A path, and nothing else.
    #[cfg(unix)]
    pub(crate) fn held(path: Vec<u8>) -> Held {
        Held { names: Some(Box::new(Self { path, ..Self::default() })), ..Held::default() }
    }
}

/// What the operations in flight hold.
#[derive(Default)]
pub(super) struct HeldTable {
    places: Vec<Option<Held>>,
    free: Vec<u32>,
}

impl HeldTable {
    pub(super) fn insert(&mut self, held: Held) -> u32 {
        match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = Some(held);
                place
            }
            None => {
                self.places.push(Some(held));
                // There are fewer than operations in flight, whose number fits.
                (self.places.len() - 1) as u32
            }
        }
    }

    /// Drops what an operation holds that names nothing any more, but for its place.
    fn let_go(&mut self, place: u32) {
        self.places[place as usize] = Some(Held::default());
    }

    /// What the operation held.
    pub(super) fn remove(&mut self, place: u32) -> Held {
        self.free.push(place);
        self.places[place as usize].take().unwrap_or_default()
    }
}

impl Reactor {
    /// Submits `op`. If it is in flight afterwards, `held` is taken.
    ///
    /// # Safety
    /// All that `op` names is kept alive by `held`, which nobody else touches.
    pub(crate) unsafe fn start_held(
        &mut self,
        op: &Op<RawFd>,
        held: &mut Option<Held>,
    ) -> Result<Result<Completion, Key>, Fault> {
        let opens = matches!(op, Op::File(op) if op.opens());
        let place = self.held.insert(held.take().unwrap_or_default());
        // SAFETY: "the reactor holds on": what the operation names lies in the table until its end.
        let started = unsafe { self.start(if opens { Duty::Opening(place) } else { Duty::Held(place) }, op) };
        if !matches!(started, Ok(Err(_))) {
            *held = Some(self.held.remove(place));
        }
        started
    }

    /// Waits for the end of an operation; what it held comes back with it.
    pub(crate) fn poll_held(&mut self, key: Key, waiter: &mut Waiter<'_>) -> Poll<(Result<u32, Errno>, Held)> {
        match self.slots.take(key) {
            Some((Duty::Held(place) | Duty::Opening(place), end)) => Poll::Ready((end.result, self.held.remove(place))),
            Some(_) => unreachable!("the key of another kind of operation"),
            None => {
                waiter.displaced = self.slots.register(key, waiter.waker);
                Poll::Pending
            }
        }
    }

    /// Nobody waits for the operation any more.
    pub(crate) fn abandon(&mut self, key: Key) -> Option<Waker> {
        let mut orphan = None;
        self.give_up(key, &mut orphan);
        orphan
    }

    /// As [`abandon`](Self::abandon), for a wait for readiness. Where no kernel has it, it names nothing from here on, so that what is
    /// closed next is closed at once: its address is free.
    pub(crate) fn abandon_wait(&mut self, key: Key) -> Option<Waker> {
        let orphan = self.abandon(key);
        if self.attempts
            && let Some(Duty::Held(place)) = self.slots.payload(key)
        {
            self.held.let_go(place);
        }
        orphan
    }

    /// Nobody waits for the operation any more, and it goes on.
    pub(crate) fn leave(&mut self, key: Key) -> Option<Waker> {
        let (state, orphan) = self.slots.orphan(key);
        if let Orphaned::Done(duty, end) = state {
            self.dispose(duty, end);
        }
        orphan
    }

    /// Lets go of what an operation held, and of the handle that it brought, which nobody takes.
    pub(super) fn dispose_opened(&mut self, place: u32, end: Completion) {
        let _held = self.held.remove(place);
        if let Ok(handle) = end.result {
            self.close(handle as RawFd);
        }
    }
}
