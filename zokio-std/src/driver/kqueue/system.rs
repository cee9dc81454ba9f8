//! The kernel's kqueue.

#[cfg_attr(any(target_os = "netbsd", target_os = "openbsd"), path = "system/pipe.rs")]
#[cfg_attr(not(any(target_os = "netbsd", target_os = "openbsd")), path = "system/user.rs")]
mod bell;

use super::{OWN, Seen, either};
use bell::Bell;
use rustix::event::kqueue::{Event, EventFilter, EventFlags, kevent, kevent_timespec, kqueue};
use rustix::io::Errno as Os;
use rustix::time::Timespec;
use std::ffi::c_void;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

pub(super) type Raw = Event;

/// A kqueue, and what unparks its driver.
#[derive(Debug)]
pub(in crate::driver) struct Queue {
    queue: OwnedFd,
    bell: Bell,
}

impl Queue {
    pub(in crate::driver) fn new() -> io::Result<Self> {
        let queue = kqueue()?;
        rustix::io::fcntl_setfd(&queue, rustix::io::FdFlags::CLOEXEC)?;
        Ok(Self { bell: Bell::on(&queue)?, queue })
    }

    pub(super) fn raw(&self) -> RawFd {
        self.queue.as_raw_fd()
    }

    /// Ends a wait, this one or the next.
    pub(in crate::driver) fn ring(&self) -> io::Result<()> {
        Ok(self.bell.ring(&self.queue)?)
    }

    /// Tells every change of what `handle` can do, under `token`, from now on. The kernel forgets that when it is closed.
    pub(super) fn watch(&self, handle: RawFd, token: u64) -> Result<(), Os> {
        let flags = EventFlags::ADD | EventFlags::CLEAR;
        let token = token as usize as *mut c_void;
        let add = |filter| change(&self.queue, &[Event::new(filter, flags, token)]);
        either(add(EventFilter::Read(handle)), add(EventFilter::Write(handle)))
    }
}

fn change(queue: &OwnedFd, changes: &[Event]) -> Result<(), Os> {
    let mut none: [Event; 0] = [];
    // SAFETY: the descriptors in the changes are open: the submitter keeps them so.
    unsafe { kevent(queue, changes, &mut none, Some(Duration::ZERO)) }.map(drop)
}

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
    let before = events.len();
    let room = &mut events.spare_capacity_mut()[..most];
    // SAFETY: the caller's word; no changes.
    let (seen, _) = unsafe { kevent_timespec(BorrowedFd::borrow_raw(queue), &[], room, timeout.as_ref()) }?;
    let count = before + seen.len();
    // SAFETY: so many more were written.
    unsafe { events.set_len(count) };
    Ok(())
}

pub(super) fn seen(event: &Raw) -> Seen {
    Seen {
        token: event.udata() as usize as u64,
        reads: matches!(event.filter(), EventFilter::Read(_)),
        ended: event.flags().intersects(EventFlags::EOF | EventFlags::ERROR),
    }
}
