//! The end of a reactor: nothing is in flight any more, and everything is closed.

use super::{Reactor, borrow};
use crate::driver::{now, system};
use std::task::Waker;
use std::time::Duration;
use zokio_core::driver::{InFlight, IoDriver};
use zokio_core::time::Instant;

/// How long the end of a runtime waits for peers to acknowledge what is sent without a copy.
const ACKNOWLEDGED: Duration = Duration::from_millis(100);

impl Reactor {
    /// Ends everything in flight, and what follows from it. Afterwards the reactor can only be dropped.
    pub(crate) fn drain(&mut self, until: Instant, woken: &mut Vec<Waker>) -> Result<(), InFlight> {
        let (driver, mut sorter) = self.sorter(woken);
        let soon = until.min(now() + ACKNOWLEDGED);
        if driver.drain(soon, &mut |end| sorter.sort(end)).is_err() {
            // A send without a copy ends when the peer has acknowledged it, which it may never do.
            for socket in sorter.sockets.owned_sends() {
                system::disconnect(borrow(&socket));
            }
            driver.drain(until, &mut |end| sorter.sort(end))?;
        }
        self.settle_ended(woken);
        woken.append(&mut self.crowd);
        while let Some((_, accepted)) = self.accepted.pop_front() {
            self.close(accepted);
        }
        let mut untaken = Vec::new();
        self.slots.take_all_done(|duty, end| untaken.push((duty, end)));
        for (duty, end) in untaken {
            self.dispose(duty, end);
        }
        Ok(())
    }
}

impl Drop for Reactor {
    /// After a successful drain: closes what streams that outlive the runtime have left open.
    fn drop(&mut self) {
        for handle in self.sockets.open() {
            // SAFETY: the record's own handle; the streams that name it see that the runtime is gone.
            unsafe { rustix::io::close(handle) };
        }
    }
}
