//! The io_uring driver: operations are handed to the kernel in batches, one `io_uring_enter` a turn.
//!
//! ```text
//!          (1) submit                       (4) completion
//!   Idle ─────────────► InFlight ────────────────────────────────► Idle
//!    ▲                     │ (2) cancel: wanted, and listed           ▲
//!    │                     ▼                                          │
//!    │                  Canceling ─── (3) the request is staged ──────┘ (4)
//! ```
//!
//! 1. *submit* stages a record. A full queue is shown to the kernel at once, and then there is room.
//! 2. *cancel* only notes the wish and lists the operation, so it needs no room anywhere and cannot be lost.
//! 3. The next turn stages the requests, entering as often as the queue is full. A request that found nothing although
//!    the operation has not ended (the kernel was just moving it) is listed again.
//! 4. The one terminal completion of the operation. That of the request itself is kept out of sight.
//!
//! *Invariant "the owner holds on":* memory and handles of an operation belong to the kernel from (1) to (4). The owner
//! keeps them (contract of [`IoDriver::submit`]); the driver keeps the pooled buffers, and frees them only when nothing is
//! in flight. Closing a ring is no barrier: the kernel goes on writing afterwards. So the driver's drop cancels
//! everything and waits for every completion, and what has not ended after [`PATIENCE`] keeps its memory for ever.
//!
//! There are no linked timeouts: they would not pay. One is a record more to be handed over, a timer of the kernel's to be armed and
//! taken back, and a completion more, for each operation; and a receive that goes on for many reads cannot have one for each of them. A
//! timeout of the runtime's is a node in its own wheel, a few hundred instructions without a word to the kernel, and cancels if it has
//! to: it seldom does.

mod buffers;
mod cancels;
mod datagrams;
mod found;
mod messages;
mod ops;
mod probe;
mod record;
mod ring;

use super::PATIENCE;
use super::any::DriverOptions;
use super::monotonic;
use super::pool::DATAGRAM_BUFFERS;
use super::reserved::Reserved;
use super::wake::{Unparker, Wake};
use buffers::BufferRing;
pub(super) use datagrams::parse;
pub(crate) use found::found;
use messages::Messages;
use record::{Kind, NONE, Record};
use ring::{Cqe, Ring};
use rustix::io::Errno as Os;
use rustix::io_uring::{IORING_CQE_BUFFER_SHIFT, IoringCqeFlags, IoringOp, Timespec};
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::sync::Arc;
use std::time::Duration;
use zokio_core::driver::{
    Caps, Completion, CompletionFlags, Driver, Errno, InFlight, IoDriver, Key, Op, RawBuf, RecvPool, Staged,
    SubmitError, Table, Wait,
};
use zokio_core::time::Instant;

/// How often a drain asks again.
const RETRY: Duration = Duration::from_millis(10);

/// Completion-based I/O by io_uring. Belongs to the thread that made it.
///
/// In use: see the example of an [`AnyDriver`](super::AnyDriver).
pub struct UringDriver {
    ring: Ring,
    buffers: BufferRing,
    /// Made for the first who receives datagrams.
    datagrams: Option<BufferRing>,
    messages: Messages,
    wake: Arc<Wake>,
    wake_armed: bool,
    /// Whether the kernel sends from where the bytes are (6.0).
    zero_copy: bool,
    records: Reserved<Record>,
    in_flight: usize,
    cancels: u32,
}

impl UringDriver {
    /// A ring with room for `queue_depth` submissions at a time, for at most `operations` operations in flight, and with
    /// `buffers` pooled buffers of `buffer_size` bytes.
    ///
    /// # Errors
    /// `EPERM`, `ENOSYS` where io_uring is forbidden or missing; [`io::ErrorKind::Unsupported`] where the kernel's is too
    /// old (before 5.19).
    pub fn new(queue_depth: u32, operations: usize, buffers: u16, buffer_size: u32) -> io::Result<Self> {
        let options = DriverOptions { queue_depth, operations, buffers, buffer_size, shared: false };
        Self::with_wake(&options, Wake::new()?)
    }

    /// As [`new`](Self::new), woken by what exists already.
    pub(super) fn with_wake(options: &DriverOptions, wake: Arc<Wake>) -> io::Result<Self> {
        Self::on(Ring::new(options.queue_depth.clamp(1, 1 << 15), options.shared)?, options, wake)
    }

    fn on(ring: Ring, options: &DriverOptions, wake: Arc<Wake>) -> io::Result<Self> {
        let DriverOptions { operations, buffers, buffer_size, .. } = *options;
        probe::check(&ring, &ops::NEEDED)?;
        Ok(Self {
            buffers: BufferRing::new(&ring, buffers::GROUP, buffers, buffer_size)?,
            datagrams: None,
            messages: Messages::new(operations),
            zero_copy: probe::check(&ring, &[IoringOp::SendZc]).is_ok(),
            ring,
            wake,
            wake_armed: false,
            // The highest bit of an index tells completions of cancels apart.
            records: Reserved::new(operations.min(1 << 30)),
            in_flight: 0,
            cancels: NONE,
        })
    }

    /// How many operations have not ended.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Stages a record, showing the kernel what is staged already if there is no room. `false` if it takes nothing now.
    ///
    /// # Safety
    /// As [`Ring::push`].
    unsafe fn stage(&mut self, sqe: &rustix::io_uring::io_uring_sqe) -> bool {
        // SAFETY: the caller's word.
        unsafe { self.ring.push(sqe) || (self.ring.flush().is_ok() && self.ring.push(sqe)) }
    }

    fn arm_wake(&mut self) {
        if !self.wake_armed {
            let sqe = ops::wake(self.wake.as_fd().as_raw_fd());
            // SAFETY: names no memory; the eventfd lives as long as the driver.
            self.wake_armed = unsafe { self.stage(&sqe) };
        }
    }

    /// Takes all completions that are there; says whether there were any.
    fn reap(&mut self, sink: &mut impl FnMut(Completion)) -> bool {
        let mut any = false;
        while let Some(cqe) = self.ring.pop() {
            self.complete(cqe, sink);
            any = true;
        }
        any
    }

    fn complete(&mut self, cqe: Cqe, sink: &mut impl FnMut(Completion)) {
        let flags = IoringCqeFlags::from_bits_retain(cqe.flags);
        let more = flags.contains(IoringCqeFlags::MORE);
        match cqe.user_data {
            ops::WAKE => return self.wake_armed = more,
            ops::CANCEL_ALL => return,
            _ => {}
        }
        let key = Key::from_u64(cqe.user_data & !ops::CANCEL);
        let Some(record) = self.records.get_mut(key.index()) else { return };
        if !record.in_flight || record.generation != key.generation() {
            return;
        }
        if cqe.user_data & ops::CANCEL != 0 {
            if cqe.result == -Os::NOENT.raw_os_error() {
                // Not found, and not ended either: it was on its way from one list of the kernel to another. Again.
                record.wanted = false;
                self.want_cancel(key);
            }
            return;
        }
        let mut told = cqe.result;
        if let Kind::ZeroCopy(sent) = &mut record.kind {
            if more {
                *sent = told;
                return;
            }
            if flags.contains(IoringCqeFlags::NOTIF) {
                told = *sent;
            }
        }
        if !more {
            (record.in_flight, record.wanted) = (false, false);
            self.in_flight -= 1;
            if let Kind::Message(place) = record.kind {
                self.messages.free(place);
            }
        }
        let mut buffer =
            flags.contains(IoringCqeFlags::BUFFER).then_some((cqe.flags >> IORING_CQE_BUFFER_SHIFT) as u16);
        if record.kind == Kind::Datagram {
            buffer = buffer.map(|id| id + self.buffers.count());
        }
        let result = match u32::try_from(told) {
            Ok(_) if record.kind == Kind::Poll => Ok(0),
            Ok(result) => Ok(result),
            Err(_) => Err(Errno(told.unsigned_abs() as u16)),
        };
        if !matches!(result, Ok(1..))
            && let Some(id) = buffer.take()
        {
            // SAFETY: "lent once": this completion lends the buffer, and nobody has seen it.
            unsafe { self.recycle(id) };
        }
        let mut flags = CompletionFlags::default();
        (flags.more, flags.buffer) = (more, buffer);
        sink(Completion { key, result, flags });
    }

    /// Where the buffer of a datagram is.
    #[cold]
    fn long(&self, id: u16) -> RawBuf {
        let nothing = RawBuf { ptr: std::ptr::null_mut(), len: 0 };
        self.datagrams.as_ref().map_or(nothing, |datagrams| datagrams.get(id - self.buffers.count()))
    }

    /// Enters the ring; what is no error of the ring itself is no error.
    fn enter(&mut self, want: u32, timeout: Option<Timespec>) -> io::Result<()> {
        unless_passing(self.ring.enter(want, timeout))
    }

    /// The first half of a [`turn`](IoDriver::turn): stages what is left to be staged, and announces the sleep if it is to
    /// be one. Others may use the driver until [`finish`](Self::finish).
    pub(crate) fn begin(&mut self, wait: Wait, sink: &mut impl FnMut(Completion)) -> io::Result<UringEntry> {
        self.arm_wake();
        let mut reaped = false;
        while !self.stage_cancels() {
            self.enter(0, None)?;
            reaped |= self.reap(sink);
        }
        // Who was told something wants to act on it; and without the armed eventfd nobody could end a sleep.
        let awake = wait == Wait::Poll || reaped || !self.wake_armed || !self.ring.is_empty();
        if !awake && self.wake.sleep() {
            let timeout = match wait {
                Wait::Until(at) => Some(monotonic::timespec(at - monotonic::now())),
                _ => None,
            };
            return Ok(UringEntry(Some(self.ring.prepare(1, timeout))));
        }
        Ok(UringEntry((!self.ring.is_idle()).then(|| self.ring.prepare(0, None))))
    }

    /// The second half: takes what has ended.
    pub(crate) fn finish(&mut self, sink: &mut impl FnMut(Completion)) {
        self.reap(sink);
    }

    /// The sleep that `begin` announced, if any, is over.
    pub(crate) fn awake(&self) {
        self.wake.awake();
    }

    /// Whether something is staged that only an enter hands to the kernel.
    pub(crate) fn has_staged(&self) -> bool {
        self.cancels != NONE || self.ring.staged() > 0
    }
}

/// A signal, the deadline, completions that must be taken first, or memory that is short for a moment: the turn goes on,
/// and the next enter continues.
fn unless_passing(entered: rustix::io::Result<()>) -> io::Result<()> {
    match entered {
        Ok(()) | Err(Os::INTR | Os::TIME | Os::BUSY | Os::AGAIN) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A wait that is prepared; `None` if there is nothing to enter for.
pub(crate) struct UringEntry(Option<ring::Enter>);

impl UringEntry {
    /// Whether there is anything to enter for.
    pub(crate) fn waits(&self) -> bool {
        self.0.is_some()
    }

    /// Waits.
    ///
    /// # Safety
    /// The driver that it came from has not been dropped.
    pub(crate) unsafe fn wait(&self) -> io::Result<()> {
        // SAFETY: the caller's word.
        self.0.as_ref().map_or(Ok(()), |enter| unless_passing(unsafe { enter.call() }))
    }
}

impl Driver for UringDriver {
    type Unparker = Unparker;
    type Error = io::Error;

    fn now(&self) -> Instant {
        monotonic::now()
    }

    fn unparker(&self) -> Unparker {
        Unparker(self.wake.clone())
    }

    /// Completions of operations are lost in a bare park; with operations in flight, [`turn`](IoDriver::turn) instead.
    fn park(&mut self, wait: Wait) -> io::Result<()> {
        self.turn(wait, &mut |_| {})
    }

    fn is_armed(&self) -> bool {
        self.in_flight > 0
    }
}

impl IoDriver for UringDriver {
    type Handle = RawFd;
    const CAPS: Caps = {
        let mut caps = Caps::NONE;
        (caps.sockets, caps.pooled_recv, caps.many) = (true, true, true);
        (caps.datagrams, caps.files, caps.batched) = (true, true, true);
        caps
    };
    const CANCELED: Errno = Errno(Os::CANCELED.raw_os_error() as u16);
    const NO_BUFFER: Errno = Errno(Os::NOBUFS.raw_os_error() as u16);

    unsafe fn submit(&mut self, key: Key, op: &Op<RawFd>) -> Result<Staged, SubmitError> {
        let op = match *op {
            Op::SendZeroCopy { handle, buf } if !self.zero_copy => &Op::Send { handle, buf },
            _ => op,
        };
        let Some(mut sqe) = ops::record(key, op) else { return Err(SubmitError::Unsupported) };
        if let (Op::RecvDatagrams { .. }, None) = (op, &self.datagrams) {
            let made = BufferRing::new(&self.ring, datagrams::GROUP, DATAGRAM_BUFFERS, datagrams::SIZE);
            self.datagrams = Some(made.map_err(|_| SubmitError::Unsupported)?);
        }
        while self.records.len() <= key.index() {
            self.records.push(Record::IDLE).map_err(|_| SubmitError::Full)?;
        }
        let mut message = None;
        if let Op::SendTo { address, buf, .. } = *op {
            let (place, head) = self.messages.put(address, buf)?;
            (sqe.addr_or_splice_off_in.addr, message) = (head, Some(place));
        }
        // SAFETY: the caller keeps what the operation names: "the owner holds on".
        if !unsafe { self.stage(&sqe) } {
            message.into_iter().for_each(|place| self.messages.free(place));
            return Err(SubmitError::Full);
        }
        if let Some(record) = self.records.get_mut(key.index()) {
            record.generation = key.generation();
            (record.in_flight, record.wanted) = (true, false);
            record.kind = match op {
                Op::Poll { .. } => Kind::Poll,
                Op::RecvDatagrams { .. } => Kind::Datagram,
                Op::Accept { .. } | Op::AcceptMany { .. } => Kind::Handle,
                Op::File(op) if op.opens() => Kind::Handle,
                Op::SendZeroCopy { .. } => Kind::ZeroCopy(0),
                _ => message.map_or(Kind::Plain, Kind::Message),
            };
            self.in_flight += 1;
        }
        Ok(Staged::Pending)
    }

    fn cancel(&mut self, key: Key) {
        self.want_cancel(key);
    }

    fn turn(&mut self, wait: Wait, sink: &mut impl FnMut(Completion)) -> io::Result<()> {
        let entry = self.begin(wait, sink)?;
        // SAFETY: the ring is ours.
        let entered = unsafe { entry.wait() };
        self.wake.awake();
        // Completions that had no room in the queue wait in the kernel; the next enter brings them, and does not sleep.
        self.finish(sink);
        entered
    }

    fn drain(&mut self, until: Instant, sink: &mut impl FnMut(Completion)) -> Result<(), InFlight> {
        let mut asked = false;
        loop {
            let before = self.in_flight;
            self.reap(sink);
            if self.in_flight == 0 {
                return Ok(());
            }
            let now = monotonic::now();
            if asked && now >= until {
                return Err(InFlight(self.in_flight));
            }
            // What the kernel cannot interrupt ends when it ends; what it could not find is asked for again. Not while ends come: the
            // kernel looks at each operation for each other, which of thousands takes longer than to tell of some.
            if !asked || self.in_flight == before {
                // SAFETY: names no memory.
                asked |= unsafe { self.stage(&ops::cancel_all()) };
            }
            let step = until.min(now + RETRY);
            let want = self.ring.capacity().min(self.in_flight as u32 + 1);
            if self.enter(want, Some(monotonic::timespec(step - now))).is_err() {
                return Err(InFlight(self.in_flight));
            }
        }
    }
}

impl RecvPool for UringDriver {
    #[inline]
    fn pooled(&self, id: u16) -> RawBuf {
        if id < self.buffers.count() { self.buffers.get(id) } else { self.long(id) }
    }

    unsafe fn recycle(&mut self, id: u16) {
        // SAFETY: the caller's word is "lent once".
        unsafe {
            match (id.checked_sub(self.buffers.count()), &mut self.datagrams) {
                (Some(id), Some(datagrams)) => datagrams.recycle(id),
                _ => self.buffers.recycle(id),
            }
        }
    }
}

impl Drop for UringDriver {
    fn drop(&mut self) {
        let mut ended = Vec::new();
        let drained = self.drain(monotonic::now() + PATIENCE, &mut |end| ended.push(end)).is_ok();
        for end in ended {
            let kind = self.records.get(end.key.index()).map(|record| record.kind);
            if let (Some(Kind::Handle), Ok(handle)) = (kind, end.result) {
                // SAFETY: a handle that the kernel made for this operation; nobody else has seen it.
                unsafe { rustix::io::close(handle as RawFd) };
            }
        }
        if drained {
            // SAFETY: nothing is in flight, and the driver ends here.
            unsafe {
                self.buffers.free();
                self.datagrams.iter_mut().for_each(|buffers| buffers.free());
                self.messages.release();
            }
        }
    }
}

// With libkqueue, which stands in for another system and opens descriptors of its own, only what is different.
#[cfg(all(test, not(zokio_libkqueue)))]
mod tests;
