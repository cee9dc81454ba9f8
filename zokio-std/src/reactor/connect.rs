//! Connecting.

use super::socket::{NONE, Side};
use super::{Duty, Fault, Held, Reactor, Waiter};
use std::net::SocketAddr;
use std::task::Poll;
use zokio_core::driver::{Completion, Op};

impl Reactor {
    /// Starts to connect a socket that was just adopted. Says the outcome if it is known at once.
    pub(crate) fn start_connect(&mut self, id: u32, address: SocketAddr) -> Result<Option<()>, Fault> {
        let (place, address) = self.addresses.put(address).ok_or(Fault::Full)?;
        let handle = self.sockets.get(id).handle;
        // SAFETY: "the reactor holds on" to the address: its place is free again when the operation has ended.
        let started = unsafe { self.start(Duty::Side(id), &Op::Connect { handle, address }) };
        if let Ok(Err(key)) = started {
            let socket = self.sockets.get(id);
            (socket.side, socket.address) = (Side::Armed(key), place);
            return Ok(None);
        }
        self.addresses.free(place);
        started?.map_or(Ok(None), |end| outcome(end).map(Some))
    }

    /// What was beside receiving and sending has ended. Gives back what it held.
    pub(super) fn end_side(&mut self, id: u32) -> Option<Held> {
        let socket = self.sockets.get(id);
        socket.side = Side::None;
        let place = std::mem::replace(&mut socket.address, NONE);
        if place != NONE {
            self.addresses.free(place);
        }
        let place = std::mem::replace(&mut self.sockets.get(id).sending.held, NONE);
        (place != NONE).then(|| self.held.remove(place))
    }

    /// Waits for the outcome of a connect that was started.
    pub(crate) fn poll_connect(&mut self, id: u32, waiter: &mut Waiter<'_>) -> Poll<Result<(), Fault>> {
        let Side::Armed(key) = self.sockets.get(id).side else { return Poll::Ready(Err(Fault::Gone)) };
        match self.slots.take(key) {
            Some((_, end)) => {
                self.end_side(id);
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
