//! Completion on top of readiness: how epoll, kqueue and their like keep the contract of an [`IoDriver`].
//!
//! ```text
//!            (1) the attempt succeeds: Staged::Done
//!  submit ─┬──────────────────────────────────────────────────────────────────────────► ended
//!          │ (2) it would block, or the handle is known to be dry                          ▲
//!          ▼                                                                               │
//!  ┌──► Queued on the handle's record, which is watched ──── (3) event, the attempt ends ──┤
//!  └───────┤ (6) event, a step of many                                                     │
//!          │                                                                               │
//!          │ (4) cancel, drain, forget                                                     │
//!          └──────────────────────────► Canceled ─────────── (5) the next turn says so ────┘
//! ```
//!
//! 1. An operation is tried before anything else: most sends, and reads of what has arrived, need no event at all.
//! 2. If it would block it queues behind those of its direction on the handle's record. A handle is watched from its
//!    first queued operation on: once, in both directions, edge-triggered. A direction is *dry* after an attempt
//!    that would block, or one that took less than it could: the platform will report the next edge, so no attempt is
//!    made until then. A handle whose end has been seen is never taken for dry, because no further edge may come.
//! 3. An event wets the direction, and the operations queued there are attempted in order, inside `turn`.
//! 4. A cancelled operation leaves its queue at once and can no longer touch anything,
//! 5. but its one terminal completion comes in the next turn, as on any other driver.
//! 6. An operation for many results stays at the front of its queue, and so has its direction to itself: while a receive leaves
//!    the direction dry, and for the first fifteen connections of an event. Otherwise the result is its last, so that what
//!    is more than that waits for somebody who asks.
//!
//! 7. A [`PollMany`](Op::PollMany) is the first of its queue and never attempted: an event of its direction is a step of it, before
//!    those behind it are attempted.
//!
//! Where readiness means nothing, as for files, the operation is done *elsewhere* by the platform part, which also says when
//! it has ended; a turn hands that on. Cancelling it is a wish: what has begun is done to its end.
//!
//! *Invariant "events name a use":* the token of an event carries the generation of the handle's record, and closing or
//! forgetting a handle starts a new one. So a late event for a closed handle cannot touch its number's next owner.
//!
//! *Invariant "queued or gone":* the memory of an operation that is not elsewhere is touched in (1) and (3) only, which end it; from (4)
//! on it is not touched any more.

mod attempts;
mod poller;
mod records;
mod waiting;

use attempts::{READ, WRITE, direction, first, target};
pub use poller::{Attempt, Event, Poller};
use records::{Direction, NONE, OpState};
pub use records::{HandleRecord, OpRecord};
use waiting::Waiting;

use super::table::Table;
use super::{
    Caps, Completion, CompletionFlags, Driver, Errno, InFlight, IoDriver, Key, Op, RawBuf, RecvPool, Staged,
    SubmitError, Wait,
};
use crate::time::Instant;

/// A driver made of a [`Poller`], and of tables for what it has to remember.
///
/// `handles` bounds the largest handle number, `ops` the number of operations in flight; beyond that `submit` says
/// [`SubmitError::Full`].
///
/// A platform with one handle, from which one byte can be read at a time:
/// ```
/// use core::convert::Infallible;
/// use zokio_core::driver::readiness::{Attempt, Event, Poller, ReadinessDriver};
/// use zokio_core::driver::{
///     Caps, Completion, CompletionFlags, Errno, FixedTable, IoDriver, Key, Op, RawBuf, Staged, Unpark, Wait,
/// };
/// use zokio_core::time::Instant;
///
/// #[derive(Default)]
/// struct Line {
///     arrived: Option<u8>,
///     watched: Option<u64>,
/// }
/// #[derive(Clone)]
/// struct Nobody;
///
/// impl Unpark for Nobody {
///     fn unpark(&self) {}
/// }
///
/// impl Poller for Line {
///     type Handle = ();
///     type Unparker = Nobody;
///     type Error = Infallible;
///     const CAPS: Caps = Caps::NONE;
///     const CANCELED: Errno = Errno(125);
///     const NO_BUFFER: Errno = Errno(105);
///     fn now(&self) -> Instant { Instant::ZERO }
///     fn unparker(&self) -> Nobody { Nobody }
///     fn number(&mut self, (): ()) -> usize { 0 }
///     unsafe fn attempt(&mut self, op: &Op<()>, _again: bool) -> Attempt {
///         let Op::Recv { buf: RawBuf { ptr, .. }, .. } = *op else { return Attempt::Unsupported };
///         let Some(byte) = self.arrived.take() else { return Attempt::WouldBlock };
///         unsafe { ptr.write(byte) };
///         Attempt::Done { result: Ok(1), flags: CompletionFlags::default(), dry: true }
///     }
///     fn watch(&mut self, (): (), token: u64) -> Result<(), Errno> {
///         self.watched = Some(token);
///         Ok(())
///     }
///     fn wait(&mut self, _: Wait) -> Result<usize, Infallible> {
///         self.arrived = Some(7); // it comes while we wait
///         Ok(usize::from(self.watched.is_some()))
///     }
///     fn event(&self, _index: usize) -> Event {
///         Event { token: self.watched.unwrap_or(0), readable: true, writable: false, ended: false }
///     }
/// }
///
/// let mut driver = ReadinessDriver::new(Line::default(), FixedTable::<_, 1>::new(), FixedTable::<_, 4>::new());
/// let (key, mut byte) = (Key::new(0, 1), 0);
/// let op = Op::Recv { handle: (), buf: RawBuf { ptr: &raw mut byte, len: 1 } };
/// // SAFETY: `byte` is not touched until the completion.
/// assert_eq!(unsafe { driver.submit(key, &op) }, Ok(Staged::Pending));
/// let mut ended = None;
/// driver.turn(Wait::Forever, &mut |completion: Completion| ended = Some(completion)).unwrap();
/// assert_eq!(ended.map(|completion| (completion.key, completion.result)), Some((key, Ok(1))));
/// assert_eq!(byte, 7);
/// ```
pub struct ReadinessDriver<P: Poller, H, O> {
    poller: P,
    handles: H,
    ops: O,
    canceled: Direction,
    in_flight: usize,
}

impl<P: Poller, H: Table<HandleRecord>, O: Table<OpRecord<P::Handle>>> ReadinessDriver<P, H, O> {
    /// A driver on `poller`; both tables are empty.
    pub const fn new(poller: P, handles: H, ops: O) -> Self {
        Self { poller, handles, ops, canceled: Direction::NEW, in_flight: 0 }
    }

    /// The platform underneath.
    pub const fn poller(&self) -> &P {
        &self.poller
    }

    /// How many operations have not ended.
    pub const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The first half of a [`turn`](IoDriver::turn): how to wait, and on what. For adapters that wait without holding the
    /// driver, so that others may submit meanwhile.
    pub fn begin(&mut self, wait: Wait) -> (Wait, &mut P) {
        (if self.canceled.first == NONE { wait } else { Wait::Poll }, &mut self.poller)
    }

    /// The second half: takes the first `events` events of the poller in.
    pub fn finish(&mut self, events: usize, sink: &mut impl FnMut(Completion)) {
        self.tell_canceled(sink);
        self.tell_elsewhere(sink);
        for index in 0..events {
            let event = self.poller.event(index);
            let number = (event.token & 0xffff_ffff) as usize;
            let Some(record) = self.handles.get_mut(number) else { continue };
            // "Events name a use".
            if !record.watched || record.generation != (event.token >> 32) as u32 {
                continue;
            }
            record.ended |= event.ended;
            let directions = &mut record.directions;
            directions[READ].dry &= !event.readable;
            directions[WRITE].dry &= !event.writable;
            let (reads, writes) = (directions[READ].first != NONE, directions[WRITE].first != NONE);
            if event.readable && reads {
                self.run(number, READ, sink);
            }
            if event.writable && writes {
                self.run(number, WRITE, sink);
            }
        }
    }

    /// (1) without a key: what `op` comes to, if it can be attempted now and ends at once. For adapters that know at once what follows
    /// from that; `None` asks for a [`submit`](IoDriver::submit).
    ///
    /// # Safety
    /// Memory named by `op` is valid, and touched by nobody else, during the call.
    #[inline(always)]
    pub unsafe fn attempt(&mut self, op: &Op<P::Handle>) -> Option<(Result<u32, Errno>, CompletionFlags)> {
        let (handle, interest) = target::<P>(op)?;
        let number = self.poller.number(handle);
        self.make_handle(number).ok()?;
        let record = self.handles.get_mut(number)?;
        // SAFETY: the caller's word.
        match unsafe { first(&mut self.poller, record, direction(interest), op) } {
            Attempt::Done { result, flags, .. } => Some((result, flags)),
            Attempt::WouldBlock | Attempt::Unsupported => None,
        }
    }

    /// Whether the next turn has an end to tell that needs no event.
    pub const fn has_canceled(&self) -> bool {
        self.canceled.first != NONE
    }

    /// Makes sure that the handle with this number has a record.
    #[inline]
    fn make_handle(&mut self, number: usize) -> Result<(), SubmitError> {
        while self.handles.len() <= number {
            self.handles.push(HandleRecord::NEW).map_err(|_| SubmitError::Full)?;
        }
        Ok(())
    }

    /// Makes sure that `key` has a record.
    fn make_op(&mut self, key: Key) -> Result<(), SubmitError> {
        while self.ops.len() <= key.index() {
            self.ops.push(OpRecord::IDLE).map_err(|_| SubmitError::Full)?;
        }
        Ok(())
    }

    /// (4) Moves a queued operation to those whose end is still to be told.
    fn cancel_index(&mut self, index: u32) {
        let Some(record) = self.ops.get_mut(index as usize) else { return };
        let OpState::Queued(op) = record.state else { return };
        record.state = OpState::Canceled;
        if let Some(record) = self.handles.get_mut(op.number as usize)
            && let Some((handle, interest)) = target::<P>(&op.op())
        {
            let queue = &mut record.directions[direction(interest)];
            queue.unlink(&mut self.ops, index);
            if queue.first == NONE {
                self.poller.disarm(handle, interest);
            }
        }
        self.canceled.append(&mut self.ops, index);
    }

    /// (5) Tells the ends of all cancelled operations.
    fn tell_canceled(&mut self, sink: &mut impl FnMut(Completion)) {
        while let Some(op) = self.ops.get_mut(self.canceled.first as usize) {
            let key = Key::new(self.canceled.first, op.generation);
            op.state = OpState::Idle;
            self.canceled.first = op.next;
            self.in_flight -= 1;
            sink(Completion { key, result: Err(P::CANCELED), flags: CompletionFlags::default() });
        }
        self.canceled = Direction::NEW;
    }

    /// Tells the ends of what was done elsewhere.
    fn tell_elsewhere(&mut self, sink: &mut impl FnMut(Completion)) {
        while let Some(end) = self.poller.take_elsewhere() {
            let Some(op) = self.ops.get_mut(end.key.index()) else { continue };
            if op.generation == end.key.generation() && matches!(op.state, OpState::Elsewhere) {
                op.state = OpState::Idle;
                self.in_flight -= 1;
                sink(end);
            }
        }
    }
}

impl<P: Poller, H: Table<HandleRecord>, O: Table<OpRecord<P::Handle>>> Driver for ReadinessDriver<P, H, O> {
    type Unparker = P::Unparker;
    type Error = P::Error;
    const REMOTE_WAKE: bool = P::REMOTE_WAKE;

    fn now(&self) -> Instant {
        self.poller.now()
    }

    fn unparker(&self) -> P::Unparker {
        self.poller.unparker()
    }

    /// Completions of operations are lost in a bare park; with operations in flight, [`turn`](IoDriver::turn) instead.
    fn park(&mut self, wait: Wait) -> Result<(), P::Error> {
        self.turn(wait, &mut |_| {})
    }

    fn is_armed(&self) -> bool {
        self.in_flight > 0 || self.poller.is_armed()
    }
}

impl<P: Poller, H: Table<HandleRecord>, O: Table<OpRecord<P::Handle>>> IoDriver for ReadinessDriver<P, H, O> {
    type Handle = P::Handle;
    const CAPS: Caps = P::CAPS;
    const CANCELED: Errno = P::CANCELED;
    const NO_BUFFER: Errno = P::NO_BUFFER;

    unsafe fn submit(&mut self, key: Key, op: &Op<P::Handle>) -> Result<Staged, SubmitError> {
        if let Op::File(op) = op {
            self.make_op(key)?;
            // SAFETY: the caller's word.
            unsafe { self.poller.do_elsewhere(key, op) }?;
            if let Some(entry) = self.ops.get_mut(key.index()) {
                (entry.generation, entry.state) = (key.generation(), OpState::Elsewhere);
            }
            self.in_flight += 1;
            return Ok(Staged::Pending);
        }
        let Some((handle, interest)) = target::<P>(op) else {
            if let Op::Close { handle } = *op {
                self.forget(handle);
            }
            // SAFETY: none of these names memory.
            return match unsafe { self.poller.attempt(op, false) } {
                Attempt::Done { result, flags, .. } => Ok(Staged::Done(Completion { key, result, flags })),
                Attempt::WouldBlock | Attempt::Unsupported => Err(SubmitError::Unsupported),
            };
        };
        let number = self.poller.number(handle);
        self.make_handle(number)?;
        self.make_op(key)?;
        let Some(record) = self.handles.get_mut(number) else { return Err(SubmitError::Full) };
        let direction = direction(interest);
        let many = matches!(op, Op::PollMany { .. });
        if many {
            if !P::CAPS.poll_many || record.directions[direction].first != NONE {
                return Err(SubmitError::Unsupported);
            }
        } else {
            // SAFETY: the caller's word for the memory.
            match unsafe { first(&mut self.poller, record, direction, op) } {
                Attempt::Done { result, flags, .. } => return Ok(Staged::Done(Completion { key, result, flags })),
                Attempt::WouldBlock => {}
                Attempt::Unsupported => return Err(SubmitError::Unsupported),
            }
        }
        // (2) The edge that an attempt missed is reported: by the watch that begins now, or by the one that is on.
        let token = record.token(number);
        if !record.watched {
            self.poller.watch(handle, token).map_err(SubmitError::Os)?;
            record.watched = true;
        }
        let Some(waits) = Waiting::of(op, number as u32) else { return Err(SubmitError::Unsupported) };
        let queue = &mut record.directions[direction];
        if queue.first == NONE {
            self.poller.arm(handle, interest, token)?;
        }
        (queue.polled, queue.dry) = (queue.polled | many, queue.dry | !many);
        if let Some(entry) = self.ops.get_mut(key.index()) {
            entry.generation = key.generation();
            entry.state = OpState::Queued(waits);
        }
        queue.append(&mut self.ops, key.index() as u32);
        self.in_flight += 1;
        Ok(Staged::Pending)
    }

    fn cancel(&mut self, key: Key) {
        match self.ops.get(key.index()) {
            Some(op) if op.generation != key.generation() => {}
            Some(OpRecord { state: OpState::Elsewhere, .. }) => self.poller.cancel_elsewhere(key),
            Some(_) => self.cancel_index(key.index() as u32),
            None => {}
        }
    }

    fn forget(&mut self, handle: P::Handle) {
        let number = self.poller.number(handle);
        let Some(record) = self.handles.get_mut(number) else { return self.poller.forget(handle) };
        let (queues, watched) = (record.directions, record.watched);
        if watched {
            self.poller.unwatch(handle);
        }
        for queue in queues {
            let mut index = queue.first;
            while let Some(op) = self.ops.get(index as usize) {
                let next = op.next;
                self.cancel_index(index);
                index = next;
            }
        }
        if let Some(record) = self.handles.get_mut(number) {
            *record = HandleRecord { generation: record.generation.wrapping_add(1), ..HandleRecord::NEW };
        }
        self.poller.forget(handle);
    }

    fn turn(&mut self, wait: Wait, sink: &mut impl FnMut(Completion)) -> Result<(), P::Error> {
        let (wait, poller) = self.begin(wait);
        let events = poller.wait(wait);
        self.finish(events.as_ref().map_or(0, |&count| count), sink);
        events.map(drop)
    }

    /// Waits only for what is done elsewhere: a queued operation ends as soon as it is told to.
    fn drain(&mut self, until: Instant, sink: &mut impl FnMut(Completion)) -> Result<(), InFlight> {
        for index in 0..self.ops.len() {
            match self.ops.get(index) {
                Some(OpRecord { state: OpState::Elsewhere, generation, .. }) => {
                    self.poller.cancel_elsewhere(Key::new(index as u32, *generation));
                }
                _ => self.cancel_index(index as u32),
            }
        }
        self.tell_canceled(sink);
        loop {
            self.tell_elsewhere(sink);
            if self.in_flight == 0 {
                return Ok(());
            }
            if self.poller.now() >= until || self.poller.wait(Wait::Until(until)).is_err() {
                return Err(InFlight(self.in_flight));
            }
        }
    }
}

impl<P: Poller, H: Table<HandleRecord>, O: Table<OpRecord<P::Handle>>> RecvPool for ReadinessDriver<P, H, O> {
    fn pooled(&self, id: u16) -> RawBuf {
        self.poller.pooled(id)
    }

    unsafe fn recycle(&mut self, id: u16) {
        // SAFETY: the caller's word.
        unsafe { self.poller.recycle(id) }
    }
}

#[cfg(test)]
mod tests;
