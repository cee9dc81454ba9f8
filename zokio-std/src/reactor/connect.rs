//! Connecting.

use super::socket::Side;
use super::{Duty, Fault, Reactor, Waiter};
use std::net::SocketAddr;
use std::task::Poll;
use zokio_core::driver::{Completion, Op};

impl Reactor {
    /// Starts to connect a socket that was just adopted. Says the outcome if it is known at once.
    pub(crate) fn start_connect(&mut self, id: u32, address: SocketAddr) -> Result<Option<()>, Fault> {
        let socket = self.sockets.get(id);
        let (handle, address) = (socket.handle, socket.set_address(address));
        // SAFETY: "the reactor holds on" to the record, and so to the address in it.
        match unsafe { self.start(Duty::Side(id), &Op::Connect { handle, address })? } {
            Ok(end) => outcome(end).map(Some),
            Err(key) => {
                self.sockets.get(id).side = Side::Armed(key);
                Ok(None)
            }
        }
    }

    /// Waits for the outcome of a connect that was started.
    pub(crate) fn poll_connect(&mut self, id: u32, waiter: &mut Waiter<'_>) -> Poll<Result<(), Fault>> {
        let Side::Armed(key) = self.sockets.get(id).side else { return Poll::Ready(Err(Fault::Gone)) };
        match self.slots.take(key) {
            Some((_, end)) => {
                self.sockets.get(id).side = Side::None;
                Poll::Ready(outcome(end))
            }
            None => {
                waiter.displaced = self.slots.register(key, waiter.waker);
                Poll::Pending
            }
        }
    }
}

fn outcome(end: Completion) -> Result<(), Fault> {
    end.result.map(drop).map_err(Fault::Os)
}
