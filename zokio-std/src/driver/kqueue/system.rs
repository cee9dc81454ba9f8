//! The kernel's kqueue.

use super::{OWN, Seen, either};
use rustix::event::kqueue::{
    Event, EventFilter, EventFlags, UserDefinedFlags, UserFlags, kevent, kevent_timespec, kqueue,
};
use rustix::io::Errno as Os;
use rustix::time::Timespec;
use std::ffi::c_void;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::time::Duration;

pub(super) type Raw = Event;

/// A kqueue with an event that unparks its driver.
#[derive(Debug)]
pub(in crate::driver) struct Queue(OwnedFd);

impl Queue {
    pub(in crate::driver) fn new() -> io::Result<Self> {
        let this = Self(kqueue()?);
        rustix::io::fcntl_setfd(&this.0, rustix::io::FdFlags::CLOEXEC)?;
        this.change(&[bell(UserFlags::empty(), EventFlags::ADD | EventFlags::CLEAR)])?;
        Ok(this)
    }

    pub(super) fn raw(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Ends a wait, this one or the next.
    pub(in crate::driver) fn ring(&self) -> io::Result<()> {
        Ok(self.change(&[bell(UserFlags::TRIGGER, EventFlags::empty())])?)
    }

    /// Tells every change of what `handle` can do, under `token`, from now on. The kernel forgets that when it is closed.
    pub(super) fn watch(&self, handle: RawFd, token: u64) -> Result<(), Os> {
        let flags = EventFlags::ADD | EventFlags::CLEAR;
        let token = token as usize as *mut c_void;
        let add = |filter| self.change(&[Event::new(filter, flags, token)]);
        either(add(EventFilter::Read(handle)), add(EventFilter::Write(handle)))
    }

    fn change(&self, changes: &[Event]) -> Result<(), Os> {
        let mut none: [Event; 0] = [];
        // SAFETY: the descriptors in the changes are open: the submitter keeps them so.
        unsafe { kevent(&self.0, changes, &mut none, Some(Duration::ZERO)) }.map(drop)
    }
}

fn bell(user: UserFlags, flags: EventFlags) -> Event {
    let filter = EventFilter::User { ident: 0, flags: user, user_flags: UserDefinedFlags::new(0) };
    Event::new(filter, flags, OWN as usize as *mut c_void)
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
