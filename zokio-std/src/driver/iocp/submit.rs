//! How each operation begins, and how all of them end.

use super::super::{monotonic, system, tries};
use super::record::{Doing, errno};
use super::{IocpDriver, winsock};
use rustix::fd::{BorrowedFd, IntoRawFd, RawFd};
use rustix::io::Errno as Os;
use std::io;
use std::time::Duration;
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::IO::CancelIoEx;
use zokio_core::driver::readiness::Attempt;
use zokio_core::driver::{
    Caps, Completion, CompletionFlags, Errno, FileOp, InFlight, Interest, IoDriver, Key, Op, RawBuf, Staged,
    SubmitError, Table, Wait,
};
use zokio_core::time::Instant;

/// The most that a send which has to wait takes: it ends only when all of it was sent.
const MOST_SENT: u32 = 16 << 10;
/// How often a drain looks.
const RETRY: Duration = Duration::from_millis(10);

impl IoDriver for IocpDriver {
    type Handle = RawFd;
    const CAPS: Caps = {
        let mut caps = Caps::NONE;
        (caps.sockets, caps.pooled_recv) = (true, true);
        caps
    };
    const CANCELED: Errno = tries::CANCELED;
    const NO_BUFFER: Errno = tries::NO_BUFFER;

    unsafe fn submit(&mut self, key: Key, op: &Op<RawFd>) -> Result<Staged, SubmitError> {
        let done = |result| Ok(Staged::Done(Completion { key, result, flags: CompletionFlags::default() }));
        let nothing = RawBuf { ptr: std::ptr::null_mut(), len: 0 };
        let (handle, doing, buf) = match *op {
            Op::Nop => return done(Ok(0)),
            Op::Close { handle } => {
                self.forget(handle);
                // SAFETY: the submitter gives the handle up.
                unsafe { rustix::io::close(handle) };
                return done(Ok(0));
            }
            // A listener cannot be received from, and not every system says so.
            Op::Poll { handle, interest: Interest::Readable } if !winsock::listens(handle) => {
                (handle, Doing::WaitToRead, nothing)
            }
            Op::Poll { handle, interest } => (handle, Doing::Watch(interest), nothing),
            Op::Accept { handle } => (handle, Doing::Accept(0), nothing),
            Op::Connect { handle, address } if address.len == 0 => (handle, Doing::Meet, nothing),
            Op::Connect { handle, address } => (handle, Doing::Connect, address),
            Op::Recv { handle, buf } => (handle, Doing::Receive, buf),
            Op::RecvPooled { handle } => (handle, Doing::ReceivePooled, nothing),
            Op::Send { handle, buf } | Op::SendZeroCopy { handle, buf } => {
                (handle, Doing::Send, RawBuf { len: buf.len.min(MOST_SENT), ..buf })
            }
            Op::SendTo { handle, address, buf } => (handle, Doing::SendTo(address), buf),
            Op::File(FileOp::Read { handle, buf, offset }) => (handle, Doing::Read(offset), buf),
            Op::File(FileOp::Write { handle, buf, offset }) => (handle, Doing::Write(offset), buf),
            _ => return Err(SubmitError::Unsupported),
        };
        self.make_record(key)?;
        let (free, all) = (self.tries.pool.free(), self.tries.pool.buffers().count().into());
        let roomy = doing == Doing::ReceivePooled && 2 * free > all;
        // What can be done now needs no wait. A send takes what there is room for; an overlapped one would wait for all. A receive
        // mostly has to wait, and if not the wait for no bytes ends at once; only for want of a buffer it fails now.
        let tried = match doing {
            Doing::ReceivePooled => free == 0,
            _ => matches!(doing, Doing::Send | Doing::SendTo(_) | Doing::Watch(_)),
        };
        if tried {
            // SAFETY: the caller's word for what a send names; the others name no memory.
            if let Attempt::Done { result, flags, .. } = unsafe { self.tries.attempt(op, false) } {
                return Ok(Staged::Done(Completion { key, result, flags }));
            }
        }
        let skips = match self.introduce(handle, doing) {
            Ok(skips) => skips,
            Err(error) => return done(Err(Errno(error.raw_os_error().unwrap_or(0) as u16))),
        };
        let (doing, buf) = match doing {
            Doing::Accept(_) => match partner(handle) {
                Ok(accepted) => (Doing::Accept(accepted), buf),
                Err(error) => return done(Err(errno(error))),
            },
            Doing::ReceivePooled if roomy && let Some(id) = self.tries.pool.lend() => {
                (Doing::ReceiveInto(id), self.tries.pool.buffers().get(id))
            }
            other => (other, buf),
        };
        let record = self.make_record(key)?;
        (record.key, record.handle, record.doing, record.canceled) = (key, handle, doing, false);
        self.in_flight += 1;
        if let Doing::Watch(interest) = doing {
            return Ok(self.watch(key, interest).map_or(Staged::Pending, Staged::Done));
        }
        // SAFETY: the caller's word: "the owner holds on".
        let end = match unsafe { self.make_record(key)?.begin(buf, skips) } {
            Ok(None) => return Ok(Staged::Pending),
            Ok(Some(bytes)) => self.conclude(key, Ok(bytes)),
            Err(error) => self.conclude(key, Err(error)),
        };
        Ok(end.map_or(Staged::Pending, Staged::Done))
    }

    /// (2)
    fn cancel(&mut self, key: Key) {
        let Some(record) = self.records.get_mut(key.index()).filter(|record| record.key == key) else { return };
        match record.doing {
            Doing::Nothing => {}
            _ => {
                record.canceled = true;
                let handle = match (record.doing, &self.afd) {
                    (Doing::Watch(_), Some(afd)) => afd.raw(),
                    _ => record.handle as HANDLE,
                };
                // SAFETY: the record is in flight on this handle. One that has just ended is not found, and that is no matter.
                unsafe { CancelIoEx(handle, record.overlapped.get()) };
            }
        }
    }

    fn forget(&mut self, handle: RawFd) {
        self.known.remove(&handle);
    }

    fn turn(&mut self, wait: Wait, sink: &mut impl FnMut(Completion)) -> io::Result<()> {
        let mut entry = self.begin(wait);
        let waited = entry.wait();
        self.awake();
        self.finish(entry, sink);
        waited
    }

    fn drain(&mut self, until: Instant, sink: &mut impl FnMut(Completion)) -> Result<(), InFlight> {
        let mut before = self.in_flight;
        loop {
            // Again and again, because what the system was just moving was perhaps not found; but not while ends come, which of
            // thousands would be thousands of calls for some.
            if self.in_flight == before {
                for index in 0..self.records.len() {
                    if let Some(record) = self.records.get(index)
                        && record.doing != Doing::Nothing
                    {
                        self.cancel(record.key);
                    }
                }
            }
            before = self.in_flight;
            let now = monotonic::now();
            let (all, late) = (self.in_flight == 0 && self.ended.is_empty(), now >= until);
            if all {
                return Ok(());
            }
            let wait = if late { Wait::Poll } else { Wait::Until(until.min(now + RETRY)) };
            let turned = self.turn(wait, sink);
            if (late || turned.is_err()) && self.in_flight > 0 {
                return Err(InFlight(self.in_flight));
            }
        }
    }
}

/// A socket for a connection that `listener` is to accept: of the same family.
fn partner(listener: RawFd) -> Result<RawFd, Os> {
    // SAFETY: the submitter keeps the handle open.
    let listener = unsafe { BorrowedFd::borrow_raw(listener) };
    let family = rustix::net::getsockname(listener)?.address_family();
    Ok(system::socket(family, rustix::net::SocketType::STREAM, true)?.into_raw_fd())
}
