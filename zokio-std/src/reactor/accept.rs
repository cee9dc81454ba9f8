//! Accepting. "The accept belongs to the listener": one that is dropped goes on, and the next takes its connection.
//!
//! Where the driver accepts again and again by one operation, its connections line up in the reactor; if too many do, the
//! operation is cancelled, and the rest waits in the system's own line until somebody accepts again.

use super::{Duty, Fault, INVALID, Orphans, Reactor, Waiter, borrow};
use crate::driver::{AnyDriver, system};
use rustix::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use rustix::io::Errno as Os;
use rustix::net::Shutdown;
use std::task::Poll;
use zokio_core::driver::{Errno, IoDriver, Key, Op};

impl Reactor {
    /// Waits for a connection. `armed` is the listener's operation in flight.
    pub(crate) fn poll_accept(
        &mut self,
        listener: &OwnedFd,
        armed: &mut Option<Key>,
        waiter: &mut Waiter<'_>,
    ) -> Poll<Result<OwnedFd, Fault>> {
        let handle = listener.as_raw_fd();
        loop {
            let end = match *armed {
                None => {
                    let op = if self.many { Op::AcceptMany { handle } } else { Op::Accept { handle } };
                    // SAFETY: names no memory.
                    match unsafe { self.start(Duty::Accept(handle), &op)? } {
                        Ok(end) => end,
                        Err(key) => {
                            *armed = Some(key);
                            continue;
                        }
                    }
                }
                Some(key) => {
                    if let Some(accepted) = self.take_accepted(key) {
                        return Poll::Ready(Ok(accepted));
                    }
                    match self.slots.take(key) {
                        Some((_, end)) => end,
                        None => {
                            waiter.displaced = self.slots.register(key, waiter.waker);
                            return Poll::Pending;
                        }
                    }
                }
            };
            *armed = None;
            match end.result {
                // SAFETY: a handle that the kernel made for this operation, and gave to us only.
                Ok(accepted) => return Poll::Ready(Ok(unsafe { OwnedFd::from_raw_fd(accepted as RawFd) })),
                // It had accepted too many.
                Err(AnyDriver::CANCELED) => {}
                // A kernel before 5.19, which has no ring of buffers either.
                Err(INVALID) if self.many => self.many = false,
                Err(errno) if is_transient(errno) => {}
                Err(errno) => return Poll::Ready(Err(Fault::Os(errno))),
            }
        }
    }

    /// The oldest connection that the operation brought.
    fn take_accepted(&mut self, key: Key) -> Option<OwnedFd> {
        let at = self.accepted.iter().position(|&(from, _)| from == key)?;
        let (_, accepted) = self.accepted.remove(at)?;
        // SAFETY: a handle that the kernel made for this operation, and gave to us only.
        Some(unsafe { OwnedFd::from_raw_fd(accepted) })
    }

    /// The listener is gone.
    pub(crate) fn release_listener(&mut self, listener: OwnedFd, armed: Option<Key>) -> Orphans {
        let mut orphans = Orphans::default();
        let handle = listener.into_raw_fd();
        while let Some(key) = armed
            && let Some(accepted) = self.take_accepted(key)
        {
            self.close(accepted.into_raw_fd());
        }
        match armed.map(|key| self.give_up(key, &mut orphans[0])) {
            // Nobody can connect to it from here on, and whoever wants to may listen at its address. Where shutting down does
            // that, the handle is closed when the operation has ended.
            Some(true) if system::SHUTDOWN_ENDS_LISTENING => {
                let _ = rustix::net::shutdown(borrow(&handle), Shutdown::Both);
            }
            Some(true) => {
                self.closed_early.push(handle);
                self.close(handle);
            }
            _ => self.close(handle),
        }
        orphans
    }
}

/// How many connections of one listener may be accepted that nobody asked for.
pub(super) const MOST_ACCEPTED: usize = 16;

/// What a connection that died in the backlog leaves behind, and what a signal does: no reason to stop accepting.
fn is_transient(errno: Errno) -> bool {
    [Os::CONNABORTED, Os::INTR, Os::AGAIN].iter().any(|transient| transient.raw_os_error() == errno.0.into())
}
