//! What ends a wait: an event of the program's own.

use super::{OWN, Os, c_void, change};
use rustix::event::kqueue::{Event, EventFilter, EventFlags, UserDefinedFlags, UserFlags};
use std::os::fd::OwnedFd;

#[derive(Debug)]
pub(super) struct Bell;

impl Bell {
    pub(super) fn on(queue: &OwnedFd) -> Result<Self, Os> {
        change(queue, &[event(UserFlags::empty(), EventFlags::ADD | EventFlags::CLEAR)])?;
        Ok(Self)
    }

    pub(super) fn ring(&self, queue: &OwnedFd) -> Result<(), Os> {
        change(queue, &[event(UserFlags::TRIGGER, EventFlags::empty())])
    }
}

fn event(user: UserFlags, flags: EventFlags) -> Event {
    let filter = EventFilter::User { ident: 0, flags: user, user_flags: UserDefinedFlags::new(0) };
    Event::new(filter, flags, OWN as usize as *mut c_void)
}
