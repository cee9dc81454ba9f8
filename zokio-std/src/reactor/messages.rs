//! Sending datagrams by the driver, many of them with one call into the kernel.
//!
//! A datagram is copied into a buffer for sending, behind the address that it goes to ("the reactor holds on"); the buffer, and the
//! socket, stay here until the kernel has taken it. What is too long for a buffer, or finds none, is sent by a call of its own.

use super::{Duty, Fault, Reactor, Waiter};
use crate::driver::DriverKind;
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::net::addr::SocketAddrArg;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use zokio_core::driver::{Key, Op, RawBuf};

/// The sockets that buffers are sent from, by the number of the buffer.
#[derive(Default)]
pub(super) struct Messages(Vec<Option<Arc<OwnedFd>>>);

impl Messages {
    fn put(&mut self, buffer: u16, socket: Arc<OwnedFd>) {
        let place = usize::from(buffer);
        if self.0.len() <= place {
            self.0.resize(place + 1, None);
        }
        self.0[place] = Some(socket);
    }

    fn take(&mut self, buffer: u16) -> Option<Arc<OwnedFd>> {
        self.0.get_mut(usize::from(buffer)).and_then(Option::take)
    }
}

impl Reactor {
    /// Hands a datagram to the driver; `None` if it is to be sent without.
    pub(crate) fn start_message(
        &mut self,
        socket: &Arc<OwnedFd>,
        to: Option<SocketAddr>,
        bytes: &[u8],
    ) -> Result<Option<Key>, Fault> {
        if self.driver.kind() != DriverKind::Uring {
            return Ok(None);
        }
        let to = to.map(|to| to.as_any());
        let address = to.as_ref().map_or(0, |to| to.addr_len()) as usize;
        let len = address + bytes.len();
        let Some(buffer) = self.outgoing.lend() else { return Ok(None) };
        let memory = self.outgoing.buffers().get(buffer);
        if len > memory.len as usize {
            self.outgoing.give_back(buffer);
            return Ok(None);
        }
        // SAFETY: the buffer was just lent, to us, and has room for both.
        unsafe {
            if let Some(to) = &to {
                memory.ptr.copy_from_nonoverlapping(to.as_ptr().cast(), address);
            }
            memory.ptr.add(address).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        let buf = RawBuf { ptr: memory.ptr, len: len as u32 };
        let op = Op::SendTo { handle: socket.as_raw_fd(), address: address as u16, buf };
        self.messages.put(buffer, socket.clone());
        // SAFETY: "the reactor holds on" to the buffer and the socket until the end.
        match unsafe { self.start(Duty::Message(buffer), &op) } {
            Ok(Err(key)) => Ok(Some(key)),
            other => {
                self.end_message(buffer);
                // What ends at once has not been sent by this driver.
                other.map(|_| None)
            }
        }
    }

    /// Waits until the kernel has taken the datagram, or refused it.
    pub(crate) fn poll_message(&mut self, key: Key, waiter: &mut Waiter<'_>) -> Poll<Result<u32, Fault>> {
        let end = match self.slots.take(key) {
            Some((Duty::Message(buffer), end)) => {
                self.end_message(buffer);
                end
            }
            Some(_) => unreachable!("the key of another kind of operation"),
            None => {
                waiter.displaced = self.slots.register(key, waiter.waker);
                return Poll::Pending;
            }
        };
        Poll::Ready(end.result.map_err(Fault::Os))
    }

    /// The kernel is done with a datagram.
    pub(super) fn end_message(&mut self, buffer: u16) {
        self.messages.take(buffer);
        self.outgoing.give_back(buffer);
    }
}
