//! The driver of Windows: overlapped operations on sockets, files and pipes, whose ends arrive at a completion port.
//!
//! ```text
//!          (1) submit, and it does not end at once            (3) its end arrives
//!   Idle ──────────────────────────────────────► InFlight ──────────────────────────► Idle
//!                                                 │  ▲
//!                                                 └──┘ (2) cancel: the system is asked for an early end
//! ```
//!
//! *Invariant "the owner holds on":* memory and handles of an operation belong to the system from (1) to (3). The owner keeps
//! them (contract of [`IoDriver::submit`]); the driver keeps the records, which do not move, and the pooled buffers. The driver's
//! drop cancels everything and waits for every end, and what has not ended after [`PATIENCE`] keeps its memory for ever.
//!
//! | operation | what it is here |
//! |---|---|
//! | `Recv`, `Accept`, `Connect` | `WSARecv`, `AcceptEx`, `ConnectEx` |
//! | `Send` | what there is room for at once; where there is none, `WSASend` |
//! | `RecvPooled` | `WSARecv` into a pooled buffer while more than half of them are free |
//! | | otherwise a receive of no bytes, and when that ends one into a buffer that is lent then: an idle connection owns none |
//! | `Poll` for reading | a receive of no bytes that takes nothing |
//! | `Connect` without an address | `ConnectNamedPipe`: waits for a client of a pipe |
//! | `File(Read)`, `File(Write)` | `ReadFile` and `WriteFile` at their offsets, of files and of pipes |
//! | `Poll` for writing, or on a listener | asked of the driver of sockets (`afd.rs`), once for each wait |
//!
//! `DisconnectEx` is not among them: beside `shutdown` it gives a socket that can connect or accept again, for which no operation
//! asks, and wine 8 does not give it.

mod afd;
mod file;
mod port;
mod record;
mod submit;
mod winsock;

pub(crate) use file::carries_messages;
pub(super) use port::Port;

use super::any::DriverOptions;
use super::reserved::Reserved;
use super::tries::{self, Tries};
use super::wake::{Unparker, Wake};
use super::{PATIENCE, monotonic};
use afd::Afd;
use record::{ABORTED, Doing, Record, STATUS_CANCELLED, close, errno};
use rustix::fd::RawFd;
use rustix::io::Errno as Os;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::Duration;
use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::IO::OVERLAPPED_ENTRY;
use zokio_core::driver::readiness::Attempt;
use zokio_core::driver::{
    Completion, CompletionFlags, Driver, Interest, IoDriver, Key, Op, RawBuf, RecvPool, SubmitError, Table, Wait,
};
use zokio_core::time::Instant;

/// Completion-based I/O by a completion port.
///
/// In use: see the example of an [`AnyDriver`](super::AnyDriver).
pub struct IocpDriver {
    /// Has the port.
    wake: Arc<Wake>,
    records: ManuallyDrop<Reserved<Record>>,
    tries: ManuallyDrop<Tries>,
    /// The handles that belong to the port, and whether what ends at once on them sends nothing there.
    known: HashMap<RawFd, bool>,
    /// Opened when it is first needed.
    afd: Option<Afd>,
    /// Ends that wait for the next turn.
    ended: VecDeque<Completion>,
    entries: Vec<OVERLAPPED_ENTRY>,
    in_flight: usize,
}

impl IocpDriver {
    /// A driver for at most `operations` operations in flight, with `buffers` pooled buffers of `buffer_size` bytes.
    ///
    /// # Errors
    /// What the system reports.
    pub fn new(operations: usize, buffers: u16, buffer_size: u32) -> io::Result<Self> {
        let options = DriverOptions { operations, buffers, buffer_size, ..DriverOptions::default() };
        Self::with_wake(&options, Wake::new()?)
    }

    /// As [`new`](Self::new), woken by what exists already.
    pub(super) fn with_wake(options: &DriverOptions, wake: Arc<Wake>) -> io::Result<Self> {
        rustix::net::wsa_startup()?;
        Ok(Self {
            wake,
            records: ManuallyDrop::new(Reserved::new(options.operations)),
            tries: ManuallyDrop::new(Tries::new(options)?),
            known: HashMap::new(),
            afd: None,
            ended: VecDeque::new(),
            entries: Vec::with_capacity(port::ENTRIES),
            in_flight: 0,
        })
    }

    /// How many operations have not ended.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Whether what `doing` ends at once on `handle` sends nothing to the port.
    fn introduce(&mut self, handle: RawFd, doing: Doing) -> io::Result<bool> {
        if let Some(&skips) = self.known.get(&handle) {
            return Ok(skips);
        }
        let is_file = matches!(doing, Doing::Read(_) | Doing::Write(_) | Doing::Meet);
        let skips = if is_file && file::carries_messages(handle as HANDLE) {
            // A read of a part of a message is neither a success nor a failure: nowhere is it said whether that is skipped.
            self.wake.port().attach(handle)?;
            false
        } else {
            self.wake.port().adopt(handle)?
        };
        self.known.insert(handle, skips);
        Ok(skips)
    }

    fn make_record(&mut self, key: Key) -> Result<&mut Record, SubmitError> {
        while self.records.len() <= key.index() {
            self.records.push(Record::new()).map_err(|_| SubmitError::Full)?;
        }
        self.records.get_mut(key.index()).ok_or(SubmitError::Full)
    }

    /// What follows from the end of an operation; `None` if it goes on.
    fn conclude(&mut self, key: Key, outcome: Result<u32, Os>) -> Option<Completion> {
        let record = self.records.get_mut(key.index())?;
        let (doing, handle, canceled) = (record.doing, record.handle, record.canceled);
        let mut flags = CompletionFlags::default();
        let result = match (doing, outcome) {
            (Doing::ReceivePooled, Ok(_)) => {
                // SAFETY: the owner keeps the handle; a pooled receive names no memory.
                match unsafe { self.tries.attempt(&Op::RecvPooled { handle }, true) } {
                    Attempt::Done { result, flags: told, .. } => {
                        flags = told;
                        result
                    }
                    // Somebody else took what was there, and meanwhile nobody wants any more.
                    _ if canceled => Err(tries::CANCELED),
                    _ => return self.go_on(key),
                }
            }
            (Doing::ReceiveInto(id), Ok(len @ 1..)) => {
                flags.buffer = Some(id);
                Ok(len)
            }
            (Doing::ReceiveInto(id), outcome) => {
                self.tries.pool.give_back(id);
                outcome.map_err(errno)
            }
            (Doing::Watch(_), Ok(_)) => Ok(0),
            // A datagram that does not fit into nothing, or a connection that is gone, can be read.
            (Doing::WaitToRead, Err(error))
                if ![Os::NOTSOCK, Os::OPNOTSUPP, Os::from_raw_os_error(ABORTED)].contains(&error) =>
            {
                Ok(0)
            }
            (Doing::WaitToRead, Ok(_)) => Ok(0),
            (Doing::Accept(accepted), Ok(_)) => match winsock::after_accept(handle as usize, accepted as usize) {
                Ok(()) => Ok(accepted as u32),
                Err(error) => {
                    close(accepted);
                    Err(errno(error))
                }
            },
            (Doing::Accept(accepted), Err(error)) => {
                close(accepted);
                Err(errno(error))
            }
            (Doing::Read(_), Err(error)) if file::is_end(error) => Ok(0),
            (Doing::Connect, Ok(_)) => winsock::after_connect(handle as usize).map(|()| 0).map_err(errno),
            (_, outcome) => outcome.map_err(errno),
        };
        if let Some(record) = self.records.get_mut(key.index()) {
            record.doing = Doing::Nothing;
        }
        self.in_flight -= 1;
        Some(Completion { key, result, flags })
    }

    /// A wait that ended for nothing is begun again.
    fn go_on(&mut self, key: Key) -> Option<Completion> {
        let handle = self.records.get(key.index())?.handle;
        let skips = self.known.get(&handle).copied().unwrap_or(false);
        let nothing = RawBuf { ptr: std::ptr::null_mut(), len: 0 };
        // SAFETY: it names no memory.
        match unsafe { self.records.get_mut(key.index())?.begin(nothing, skips) } {
            Ok(None) => None,
            Ok(Some(bytes)) => self.conclude(key, Ok(bytes)),
            Err(error) => self.conclude(key, Err(error)),
        }
    }

    /// Asks the driver of sockets what becomes possible on the record's handle.
    fn watch(&mut self, key: Key, interest: Interest) -> Option<Completion> {
        let begun = match &mut self.afd {
            Some(afd) => Ok(afd),
            none => Afd::open(self.wake.port()).map(|afd| none.insert(afd)),
        };
        let record = self.records.get_mut(key.index())?;
        record.doing = Doing::Watch(interest);
        // SAFETY: the owner keeps the handle.
        let begun = begun.and_then(|afd| Ok(unsafe { record.watch(afd, interest) }?));
        let error = begun.err()?;
        self.conclude(key, Err(Os::from_io_error(&error).unwrap_or(Os::INVAL)))
    }

    /// Prepares a wait, and announces it if it is to sleep.
    pub(super) fn begin(&mut self, wait: Wait) -> IocpEntry {
        let timeout = match wait {
            Wait::Poll => Some(Duration::ZERO),
            _ if !self.ended.is_empty() || !self.wake.sleep() => Some(Duration::ZERO),
            Wait::Until(at) => Some(at - monotonic::now()),
            Wait::Forever => None,
        };
        IocpEntry { wake: self.wake.clone(), timeout, entries: std::mem::take(&mut self.entries) }
    }

    /// The sleep that `begin` announced, if any, is over.
    pub(super) fn awake(&self) {
        self.wake.awake();
    }

    /// (3) Takes in what a wait brought.
    pub(super) fn finish(&mut self, mut entry: IocpEntry, sink: &mut impl FnMut(Completion)) {
        while let Some(end) = self.ended.pop_front() {
            sink(end);
        }
        for arrived in entry.entries.drain(..) {
            if arrived.lpOverlapped.is_null() {
                // An unpark.
                continue;
            }
            let record = arrived.lpOverlapped.cast::<Record>();
            // SAFETY: what arrives is the address of a record of this driver, whose first field it is; records never move.
            let (key, handle, doing) = unsafe { ((*record).key, (*record).handle, (*record).doing) };
            let outcome = if arrived.Internal == STATUS_CANCELLED {
                // Of a listener, perhaps, that is closed already.
                Err(Os::from_raw_os_error(ABORTED))
            } else {
                // SAFETY: its operation has ended, on a handle that the owner keeps until it is told.
                unsafe {
                    match doing {
                        Doing::Read(_) | Doing::Write(_) | Doing::Meet => {
                            file::outcome(handle as usize, arrived.lpOverlapped)
                        }
                        _ => winsock::outcome(handle as usize, arrived.lpOverlapped),
                    }
                }
            };
            if let Some(end) = self.conclude(key, outcome) {
                sink(end);
            }
        }
        self.entries = entry.entries;
    }

    /// Whether something has ended that only the next turn tells.
    pub(super) fn has_ended(&self) -> bool {
        !self.ended.is_empty()
    }
}

/// A wait that is prepared. Others may use the driver while it lasts.
pub(crate) struct IocpEntry {
    wake: Arc<Wake>,
    timeout: Option<Duration>,
    entries: Vec<OVERLAPPED_ENTRY>,
}

impl IocpEntry {
    /// Waits.
    pub(crate) fn wait(&mut self) -> io::Result<()> {
        self.wake.port().wait(&mut self.entries, self.timeout)
    }
}

impl Driver for IocpDriver {
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

impl RecvPool for IocpDriver {
    fn pooled(&self, id: u16) -> RawBuf {
        self.tries.pool.buffers().get(id)
    }

    unsafe fn recycle(&mut self, id: u16) {
        self.tries.pool.give_back(id);
    }
}

// SAFETY: the pointers inside records are the system's own notes; nothing here is tied to a thread.
unsafe impl Send for IocpDriver {}

impl Drop for IocpDriver {
    fn drop(&mut self) {
        let mut accepted = Vec::new();
        let drained = {
            let accepts: Vec<Key> = (0..self.records.len())
                .filter_map(|index| self.records.get(index))
                .filter(|record| matches!(record.doing, Doing::Accept(_)))
                .map(|record| record.key)
                .collect();
            self.drain(monotonic::now() + PATIENCE, &mut |end| {
                if let (true, Ok(handle)) = (accepts.contains(&end.key), end.result) {
                    accepted.push(handle);
                }
            })
            .is_ok()
        };
        accepted.into_iter().for_each(|handle| close(handle as RawFd));
        if drained {
            // SAFETY: nothing is in flight, and the driver ends here; dropped once.
            unsafe {
                ManuallyDrop::drop(&mut self.records);
                ManuallyDrop::drop(&mut self.tries);
            }
        }
    }
}
