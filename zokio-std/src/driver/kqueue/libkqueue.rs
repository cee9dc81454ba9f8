//! libkqueue, which has the calls of kqueue on Linux: for tests only.
//!
//! Four things are other than in a kernel: it does not notice that a watched descriptor was closed, so it has to be told; one
//! descriptor has one direction, so the other one is watched on a duplicate; it takes a socket's error out to tell it with
//! the event, so the error is kept here for the operation that would have met it; and it watches no process, neither by a filter
//! nor by a descriptor, so a thread does.

use super::{OWN, Seen, either};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno as Os;
use rustix::time::Timespec;
use std::collections::HashMap;
use std::ffi::{c_int, c_short, c_uint, c_ushort, c_void};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const READ: c_short = -1;
const WRITE: c_short = -2;
const USER: c_short = -11;
const ADD: c_ushort = 0x0001;
const DELETE: c_ushort = 0x0002;
const CLEAR: c_ushort = 0x0020;
const ERROR: c_ushort = 0x4000;
const EOF: c_ushort = 0x8000;
const TRIGGER: c_uint = 0x0100_0000;

/// `struct kevent`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Raw {
    ident: usize,
    filter: c_short,
    flags: c_ushort,
    fflags: c_uint,
    data: isize,
    udata: *mut c_void,
}

// SAFETY: `udata` is a number.
unsafe impl Send for Raw {}

#[link(name = "kqueue", kind = "static")]
unsafe extern "C" {
    fn kqueue() -> c_int;
    fn kevent(
        queue: c_int,
        changes: *const Raw,
        change_count: c_int,
        events: *mut Raw,
        event_count: c_int,
        timeout: *const Timespec,
    ) -> c_int;
}

fn last_error() -> Os {
    let number = io::Error::last_os_error().raw_os_error().unwrap_or_default();
    Os::from_raw_os_error(number)
}

/// A kqueue with an event that unparks its driver.
#[derive(Debug)]
pub(in crate::driver) struct Queue {
    queue: OwnedFd,
    /// The duplicate of each handle that is watched; of none that listens, which nobody writes to.
    duplicates: Mutex<HashMap<RawFd, Option<OwnedFd>>>,
    /// The errors of handles, until an operation meets them.
    errors: Mutex<HashMap<RawFd, Os>>,
}

impl Queue {
    pub(in crate::driver) fn new() -> io::Result<Self> {
        // SAFETY: takes nothing.
        let queue = unsafe { kqueue() };
        if queue < 0 {
            return Err(last_error().into());
        }
        // SAFETY: it is new, so nobody has it.
        let queue = unsafe { OwnedFd::from_raw_fd(queue) };
        let this = Self { queue, duplicates: Mutex::default(), errors: Mutex::default() };
        this.change(Raw { flags: ADD | CLEAR, ..BELL })?;
        Ok(this)
    }

    pub(super) fn raw(&self) -> RawFd {
        self.queue.as_raw_fd()
    }

    /// Ends a wait, this one or the next.
    pub(in crate::driver) fn ring(&self) -> io::Result<()> {
        Ok(self.change(Raw { fflags: TRIGGER, ..BELL })?)
    }

    /// Tells every change of what `handle` can do, under `token`, from now on.
    pub(super) fn watch(&self, handle: RawFd, token: u64) -> Result<(), Os> {
        self.unwatch(handle);
        let event = Raw { flags: ADD | CLEAR, udata: token as usize as *mut c_void, ..BELL };
        let reads = self.change(Raw { ident: handle as usize, filter: READ, ..event });
        // SAFETY: open: the submitter keeps it so.
        let borrowed = unsafe { BorrowedFd::borrow_raw(handle) };
        if rustix::net::sockopt::socket_acceptconn(borrowed) == Ok(true) {
            self.duplicates().insert(handle, None);
            return reads;
        }
        let duplicate = rustix::io::fcntl_dupfd_cloexec(borrowed, 0)?;
        let writes = self.change(Raw { ident: duplicate.as_raw_fd() as usize, filter: WRITE, ..event });
        self.duplicates().insert(handle, Some(duplicate));
        either(reads, writes)
    }

    /// `handle` is about to be closed.
    pub(super) fn unwatch(&self, handle: RawFd) {
        self.errors().remove(&handle);
        if let Some(duplicate) = self.duplicates().remove(&handle) {
            // What could not be watched is not there.
            let _ = self.change(Raw { ident: handle as usize, filter: READ, flags: DELETE, ..BELL });
            if let Some(duplicate) = duplicate {
                let ident = duplicate.as_raw_fd() as usize;
                let _ = self.change(Raw { ident, filter: WRITE, flags: DELETE, ..BELL });
            }
        }
    }

    /// The driver ends; unparkers keep the queue.
    pub(super) fn unwatch_all(&self) {
        let handles: Vec<_> = self.duplicates().keys().copied().collect();
        handles.into_iter().for_each(|handle| self.unwatch(handle));
    }

    /// Keeps the errors that events tell.
    pub(super) fn keep_errors(&self, events: &[Raw]) {
        for event in events.iter().filter(|event| event.flags & EOF != 0 && event.fflags != 0) {
            let ident = event.ident as RawFd;
            let duplicates = self.duplicates();
            let is_its = |duplicate: &Option<OwnedFd>| duplicate.as_ref().is_some_and(|fd| fd.as_raw_fd() == ident);
            let handle = duplicates.iter().find(|entry| is_its(entry.1));
            let handle = handle.map_or(ident, |(handle, _)| *handle);
            self.errors().insert(handle, Os::from_raw_os_error(event.fflags as i32));
        }
    }

    /// The error that an operation on `handle` meets.
    pub(super) fn take_error(&self, handle: RawFd) -> Option<Os> {
        self.errors().remove(&handle)
    }

    fn errors(&self) -> MutexGuard<'_, HashMap<RawFd, Os>> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn duplicates(&self) -> MutexGuard<'_, HashMap<RawFd, Option<OwnedFd>>> {
        self.duplicates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: Raw) -> Result<(), Os> {
        // SAFETY: one change, no room for events; the descriptor in the change is open: the submitter keeps it so.
        let changed = unsafe { kevent(self.raw(), &change, 1, ptr::null_mut(), 0, ptr::null()) };
        if changed < 0 { Err(last_error()) } else { Ok(()) }
    }
}

/// A descriptor that is readable when `process`, a descriptor of one, is.
pub(in crate::driver) fn stand_in(process: OwnedFd) -> io::Result<OwnedFd> {
    let (ours, theirs) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    let watch = move || {
        while poll(&mut [PollFd::new(&process, PollFlags::IN)], None) == Err(Os::INTR) {}
        drop(process);
        // The end of what can be read.
        drop(theirs);
    };
    std::thread::Builder::new().spawn(watch)?;
    Ok(ours)
}

const BELL: Raw = Raw { ident: 0, filter: USER, flags: 0, fflags: 0, data: 0, udata: OWN as usize as *mut c_void };

/// Adds at most so many events, for which there is room.
///
/// # Safety
/// The queue is open.
pub(super) unsafe fn wait(
    queue: RawFd,
    events: &mut Vec<Raw>,
    most: usize,
    timeout: Option<Duration>,
) -> Result<(), Os> {
    let timeout =
        timeout.map(|timeout| Timespec { tv_sec: timeout.as_secs() as i64, tv_nsec: timeout.subsec_nanos() as _ });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    let room = &mut events.spare_capacity_mut()[..most];
    // SAFETY: the caller's word; room for as many events.
    let count = unsafe { kevent(queue, ptr::null(), 0, room.as_mut_ptr().cast(), room.len() as c_int, timeout) };
    let Ok(count) = usize::try_from(count) else { return Err(last_error()) };
    // SAFETY: so many were written.
    unsafe { events.set_len(events.len() + count) };
    Ok(())
}

pub(super) fn seen(event: &Raw) -> Seen {
    Seen { token: event.udata as usize as u64, reads: event.filter == READ, ended: event.flags & (EOF | ERROR) != 0 }
}
