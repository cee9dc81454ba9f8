//! The I/O side of a runtime: one driver, the operations in flight, and the sockets they belong to.
//!
//! *Invariant "the reactor holds on":* all that an operation in flight names belongs to the reactor and not to a future or
//! a stream: pooled buffers, the address of a connect, the handle. A dropped stream leaves its record here, and the handle
//! is closed when the last operation on it has ended. The reactor itself is dropped only after a successful drain, and
//! leaked otherwise.
//!
//! Nothing here runs foreign code (but for cloning a waker), so nothing comes back while the reactor is locked: wakers to
//! be woken are handed to the caller, and so are those to be dropped.
//!
//! *Invariant "home waits unlocked":* any thread may use a reactor under its lock, but only the thread of its core waits in
//! the kernel, and that without the lock. It announces its sleep while it still has the lock; so whoever changes something
//! afterwards sees the announcement, and ends the sleep if the change wants a turn.

mod accept;
mod addresses;
mod arrivals;
mod attempt;
mod connect;
mod datagrams;
mod doubts;
mod end;
mod fault;
mod held;
mod messages;
mod receive;
mod send;
mod send_owned;
mod socket;
mod unread;

pub(crate) use fault::Fault;
pub(crate) use held::Held;
#[cfg(unix)]
pub(crate) use held::Names;
pub(crate) use send_owned::Lent;

use crate::driver::{AnyDriver, DriverKind, DriverOptions, Entry, Pool, Reserved};
use addresses::Addresses;
use arrivals::Sorter;
use datagrams::Kept;
use doubts::Doubts;
use rustix::fd::{BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use socket::{Receiving, Side, Sockets};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::task::Waker;
use std::time::Duration;
use unread::{Line, Unread};
use zokio_core::driver::{
    Completion, Errno, IoDriver, Key, Op, Orphaned, RecvPool, Slot, Slots, Staged, SubmitError, Wait,
};

/// What an operation in flight is for.
#[derive(Clone, Copy, Debug)]
enum Duty {
    /// Receives for this socket.
    Receive(u32),
    /// Sends for this socket.
    Send(u32),
    /// A connect, a wait for room to send, or a send of bytes that lie in the program's memory.
    Side(u32),
    /// Accepts for the listener with this handle.
    Accept(RawFd),
    /// Sends a datagram that lies in this buffer.
    Message(u16),
    /// What holds on to the memory at this place of the table.
    Held(u32),
    /// The same, and its result is a new handle.
    Opening(u32),
}

/// How large the buffers for sending are, and what is sent without them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SendBuffers {
    pub(crate) count: u16,
    pub(crate) size: u32,
    /// From so many bytes on the kernel is asked to send from where they are, if they are the runtime's until then.
    pub(crate) zero_copy_from: u32,
}

/// Who waits, and wakers that must be dropped when the reactor is no longer borrowed.
pub(crate) struct Waiter<'a> {
    waker: &'a Waker,
    displaced: Option<Waker>,
}

impl<'a> Waiter<'a> {
    pub(crate) fn new(waker: &'a Waker) -> Self {
        Self { waker, displaced: None }
    }

    /// Makes this the one who is woken by `place`.
    fn wait_in(&mut self, place: &mut Option<Waker>) {
        if !place.as_ref().is_some_and(|old| old.will_wake(self.waker)) {
            self.displaced = place.replace(self.waker.clone());
        }
    }
}

/// Wakers of a stream that is gone; nobody will wake them.
pub(crate) type Orphans = [Option<Waker>; 3];

/// Reached under the lock of its core only, from any thread.
pub(crate) struct Reactor {
    driver: AnyDriver,
    slots: Slots<Duty, Reserved<Slot<Duty>>>,
    sockets: Sockets,
    addresses: Addresses,
    unread: Unread,
    /// Connections that nobody has asked for yet, and the operation that each came from.
    accepted: VecDeque<(Key, RawFd)>,
    /// Listeners that were closed before the end of what is in flight on them.
    closed_early: Vec<RawFd>,
    /// Operations that brought more than anybody took.
    flooded: Vec<Key>,
    /// Whether the driver receives and accepts again and again by one operation.
    many: bool,
    /// Whether it attempts what it is asked for, at once: see [`attempt`].
    attempts: bool,
    /// Whether it receives datagrams so.
    datagrams: bool,
    /// Sockets of the program's that datagrams are received from.
    kept: HashMap<u32, Kept>,
    doubts: Doubts,
    outgoing: Pool,
    messages: messages::Messages,
    zero_copy_from: u32,
    /// Sockets with bytes to send that no operation names yet.
    unsent: Vec<u32>,
    /// Ends that no future waits for, found while the driver was borrowed.
    ended: Vec<(Duty, Completion)>,
    /// Who found the driver [`Crowded`](Fault::Crowded).
    crowd: Vec<Waker>,
    held: held::HeldTable,
    /// Between `begin` and `finish`.
    waiting: bool,
    operations: usize,
}

// SAFETY: the pointers inside name mappings and records that belong to the reactor; none is tied to a thread. What the
// kernel allows to one thread only is to enter a ring, and it refuses others with an error.
unsafe impl Send for Reactor {}

impl Reactor {
    pub(crate) fn new(driver: AnyDriver, options: &DriverOptions, send: SendBuffers) -> io::Result<Self> {
        Ok(Self {
            many: driver.has_many(),
            attempts: driver.waits_itself(),
            datagrams: driver.has_datagrams(),
            unread: Unread::new(options.buffers, driver.has_datagrams()),
            kept: HashMap::new(),
            doubts: Doubts::new(driver.kind() == DriverKind::Uring),
            driver,
            slots: Slots::new(Reserved::new(options.operations)),
            sockets: Sockets::new(options.operations),
            addresses: Addresses::new(options.operations),
            accepted: VecDeque::new(),
            closed_early: Vec::new(),
            flooded: Vec::new(),
            outgoing: Pool::new(send.count, send.size)?,
            messages: messages::Messages::default(),
            zero_copy_from: send.zero_copy_from,
            unsent: Vec::with_capacity(256),
            ended: Vec::with_capacity(256),
            crowd: Vec::new(),
            held: held::HeldTable::default(),
            waiting: false,
            operations: options.operations,
        })
    }

    pub(crate) fn driver_kind(&self) -> DriverKind {
        self.driver.kind()
    }

    /// Whether the driver wants its sockets in non-blocking mode.
    pub(crate) fn wants_nonblocking(&self) -> bool {
        self.driver.kind() != DriverKind::Uring
    }

    /// Takes `handle` in; closes it if there is no room.
    pub(crate) fn adopt(&mut self, handle: OwnedFd) -> Result<u32, Fault> {
        let handle = handle.into_raw_fd();
        // Whoever had this number before may have closed it without a word.
        self.driver.forget(handle);
        self.sockets.insert(handle).ok_or_else(|| {
            self.close(handle);
            Fault::Full
        })
    }

    /// A handle comes in that the driver may know from the one who had its number before.
    pub(crate) fn welcome(&mut self, handle: RawFd) {
        self.driver.forget(handle);
    }

    /// The socket behind a stream.
    pub(crate) fn socket(&mut self, id: u32) -> BorrowedFd<'_> {
        borrow(&self.sockets.get(id).handle)
    }

    /// Submits `op`. Its end comes back at once, or under the key.
    ///
    /// # Safety
    /// "The reactor holds on" to what `op` names.
    unsafe fn start(&mut self, duty: Duty, op: &Op<RawFd>) -> Result<Result<Completion, Key>, Fault> {
        let key = match duty {
            // Nobody waits for a send: what follows from its end is done in the turn that sees it.
            Duty::Send(_) => self.slots.insert_orphan(duty),
            _ => self.slots.insert(duty),
        }
        .ok_or(Fault::Full)?;
        // SAFETY: the caller's word.
        match unsafe { self.driver.submit(key, op) } {
            Ok(Staged::Pending) => Ok(Err(key)),
            Ok(Staged::Done(completion)) => {
                self.slots.revoke(key);
                Ok(Ok(completion))
            }
            Err(error) => {
                self.slots.revoke(key);
                // There was a slot, so what is full is the way to the kernel, if there is one that can be.
                let crowded = error == SubmitError::Full && self.driver.kind() == DriverKind::Uring;
                Err(if crowded { Fault::Crowded } else { error.into() })
            }
        }
    }

    /// Sends what was written, and prepares a wait as told. The wait itself is without the lock, so that other threads may use
    /// the reactor meanwhile; [`finish`](Self::finish) must follow.
    pub(crate) fn begin(&mut self, wait: Wait, woken: &mut Vec<Waker>) -> io::Result<Entry> {
        let wait = self.look_at_doubts(wait);
        let refused = self.send_unsent(woken);
        // Who is to be woken for what was sent at once does not wait for anything else.
        let wait = if refused || !woken.is_empty() || !self.crowd.is_empty() { Wait::Poll } else { wait };
        let (driver, mut sorter) = self.sorter(woken);
        let entry = driver.begin(wait, &mut |end| sorter.sort(end))?;
        self.waiting = true;
        Ok(entry)
    }

    /// Takes what has ended. `woken` gets who is to be woken for it.
    pub(crate) fn finish(&mut self, entry: Entry, woken: &mut Vec<Waker>) {
        self.driver.awake();
        self.take_in(entry, woken);
    }

    fn take_in(&mut self, entry: Entry, woken: &mut Vec<Waker>) {
        self.waiting = false;
        let (driver, mut sorter) = self.sorter(woken);
        driver.finish(entry, &mut |end| sorter.sort(end));
        self.settle_ended(woken);
        woken.append(&mut self.crowd);
    }

    /// Makes `waiter` try again after the next turn.
    pub(crate) fn wait_for_turn(&mut self, waiter: &Waiter<'_>) {
        self.crowd.push(waiter.waker.clone());
    }

    /// Turns the reactor from another thread than its home's, which is busy, or while the home runs a task; without waiting. `false` if
    /// the home waits itself.
    pub(crate) fn turn_for_another(&mut self, woken: &mut Vec<Waker>) -> bool {
        if self.waiting {
            return false;
        }
        if let Ok(mut entry) = self.begin(Wait::Poll, woken) {
            // SAFETY: the driver is ours. It is worth the lock: the home is busy with something else.
            let _ = unsafe { entry.wait() };
            // Not `finish`: an unpark that came meanwhile is for the home.
            self.take_in(entry, woken);
        }
        true
    }

    /// Whether something was begun that only the next turn hands to the kernel.
    pub(crate) fn wants_turn(&self) -> bool {
        !self.unsent.is_empty() || !self.crowd.is_empty() || self.driver.wants_turn()
    }

    fn sorter<'a>(&'a mut self, woken: &'a mut Vec<Waker>) -> (&'a mut AnyDriver, Sorter<'a>) {
        let Self { driver, slots, sockets, unread, accepted, kept, doubts, flooded, ended, .. } = self;
        (driver, Sorter { slots, sockets, unread, accepted, kept, doubts, flooded, ended, woken })
    }

    fn settle_ended(&mut self, woken: &mut Vec<Waker>) {
        let mut ended = std::mem::take(&mut self.ended);
        for (duty, end) in ended.drain(..) {
            self.settle(duty, end, woken);
        }
        self.ended = ended;
        for key in self.flooded.drain(..) {
            self.driver.cancel(key);
        }
    }

    /// Does what follows from an end that no future waits for.
    fn settle(&mut self, duty: Duty, end: Completion, woken: &mut Vec<Waker>) {
        match duty {
            Duty::Receive(id) => {
                self.dispose(duty, end);
                if !end.flags.more {
                    self.sockets.get(id).receiving = Receiving::Idle;
                    self.retire(id);
                }
            }
            Duty::Send(id) => {
                woken.extend(self.sent(id, end.result));
                self.retire(id);
            }
            Duty::Side(id) => {
                self.end_side(id);
                woken.extend(self.sockets.get(id).sending.waiter.take());
                self.retire(id);
            }
            Duty::Accept(listener) => {
                self.dispose(duty, end);
                if end.flags.more {
                } else if let Some(at) = self.closed_early.iter().position(|&handle| handle == listener) {
                    self.closed_early.swap_remove(at);
                } else {
                    self.close(listener);
                }
            }
            Duty::Message(_) | Duty::Held(_) | Duty::Opening(_) => self.dispose(duty, end),
        }
    }

    /// Lets go of what an end brought that nobody takes: the bytes in a buffer, or a connection.
    fn dispose(&mut self, duty: Duty, end: Completion) {
        if let Some(buffer) = end.flags.buffer {
            // SAFETY: the completion lent it, and this is the only place that it went to.
            unsafe { self.driver.recycle(buffer) };
        }
        match (duty, end.result) {
            (Duty::Accept(_), Ok(accepted)) => self.close(accepted as RawFd),
            (Duty::Message(buffer), _) => self.end_message(buffer),
            (Duty::Held(place), _) => drop(self.held.remove(place)),
            (Duty::Opening(place), _) => self.dispose_opened(place, end),
            _ => {}
        }
    }

    /// Closes a handle on which nothing is in flight. At once: whoever dropped it may want its address again.
    fn close(&mut self, handle: RawFd) {
        self.driver.forget(handle);
        // SAFETY: the handle is ours, and the driver was told.
        unsafe { rustix::io::close(handle) };
    }

    /// Gives an operation up that its stream no longer waits for. `true` if it is still in flight.
    fn give_up(&mut self, key: Key, orphan: &mut Option<Waker>) -> bool {
        let (state, waker) = self.slots.orphan(key);
        *orphan = waker;
        match state {
            Orphaned::InFlight => {
                self.driver.cancel(key);
                true
            }
            Orphaned::Done(duty, end) => {
                self.dispose(duty, end);
                false
            }
            Orphaned::Stale => false,
        }
    }

    /// The stream of socket `id` is gone: what it accepted is still sent, then the handle is closed.
    pub(crate) fn release(&mut self, id: u32) -> Orphans {
        let mut orphans = Orphans::default();
        let socket = self.sockets.get(id);
        socket.owned = false;
        orphans[0] = socket.sending.waiter.take();
        let (receiving, side) = (socket.receiving, socket.side);
        if socket.sending.start != socket.sending.end || socket.sending.held != socket::NONE {
            // A peer that never makes room must not keep the connection for ever.
            crate::driver::system::limit_unsent(borrow(&socket.handle), LINGER);
        }
        let receiving = match receiving {
            Receiving::Armed(key) | Receiving::Watched(key) => match self.give_up(key, &mut orphans[1]) {
                true => Receiving::Canceling,
                false => Receiving::Idle,
            },
            other => other,
        };
        let mut unread = std::mem::replace(&mut self.sockets.get(id).unread, Line::EMPTY);
        while let Some(buffer) = self.unread.pop(&mut unread) {
            // SAFETY: "in one line": lent by the completion that put it there, and nobody reads it any more.
            unsafe { self.driver.recycle(buffer) };
        }
        match side {
            Side::Armed(key) if self.give_up(key, &mut orphans[2]) => self.sockets.get(id).side = Side::Canceling,
            Side::Canceling => {}
            _ => drop(self.end_side(id)),
        }
        self.sockets.get(id).receiving = receiving;
        if let Some(kept) = self.kept.get_mut(&id) {
            // Nobody receives any more; they are dropped where foreign code may run.
            kept.arrived(&mut self.crowd);
        }
        self.retire(id);
        orphans
    }

    /// Closes socket `id` if nothing is left to be done for it.
    fn retire(&mut self, id: u32) {
        let socket = self.sockets.get(id);
        if socket.is_over() && socket.handle != socket::CLOSED {
            let (handle, datagrams) = (socket.handle, socket.datagrams);
            self.sockets.remove(id);
            match datagrams {
                true => drop(self.kept.remove(&id)),
                false => self.close(handle),
            }
        }
    }

    /// Whether bytes that were accepted for sending have not been sent.
    pub(crate) fn has_unsent(&mut self) -> bool {
        self.sockets.any_unsent()
    }
}

/// The system does not know an operation.
const INVALID: Errno = Errno(rustix::io::Errno::INVAL.raw_os_error() as u16);

/// How long a peer may refuse to take the last bytes of a stream that is gone.
const LINGER: Duration = Duration::from_secs(60);

/// The descriptor behind a handle.
fn borrow(handle: &RawFd) -> BorrowedFd<'_> {
    // SAFETY: handles in records are open until their record is given back.
    unsafe { BorrowedFd::borrow_raw(*handle) }
}

#[cfg(test)]
mod tests;
