//! What ends a wait where programs have no events of their own (OpenBSD, NetBSD before 10): bytes in a pipe.

use super::{OWN, Os, c_void, change};
use crate::driver::system;
use rustix::event::kqueue::{Event, EventFilter, EventFlags};
use std::os::fd::{AsRawFd, OwnedFd};

/// Both ends are this value's own.
#[derive(Debug)]
pub(super) struct Bell {
    out: OwnedFd,
    into: OwnedFd,
}

impl Bell {
    pub(super) fn on(queue: &OwnedFd) -> Result<Self, Os> {
        let (out, into) = system::bell()?;
        let filter = EventFilter::Read(out.as_raw_fd());
        change(queue, &[Event::new(filter, EventFlags::ADD | EventFlags::CLEAR, OWN as usize as *mut c_void)])?;
        Ok(Self { out, into })
    }

    /// Every write is an event, whether what was written before is read or not. So it is read only when there is no room.
    pub(super) fn ring(&self, _queue: &OwnedFd) -> Result<(), Os> {
        loop {
            match rustix::io::write(&self.into, &[1]) {
                Err(Os::AGAIN) => match rustix::io::read(&self.out, &mut [0; 4096]) {
                    // Somebody else has made room.
                    Ok(_) | Err(Os::AGAIN | Os::INTR) => {}
                    Err(error) => return Err(error),
                },
                Err(Os::INTR) => {}
                written => return written.map(drop),
            }
        }
    }
}
