//! Datagrams that the driver receives again and again, before anybody asks.
//!
//! As [receiving bytes](super::receive), with the same states; what arrived waits in the same line, a buffer for each datagram.
//! The descriptor belongs to the socket of the program's, which the reactor keeps open as long as it receives from it.
//!
//! Any number of tasks may receive, and any future of theirs may be dropped or forgotten while it waits. So nobody waits for
//! another's turn: whatever arrives wakes all of them, and who finds nothing waits again.

use super::socket::Receiving;
use super::{Duty, Fault, Reactor, Waiter, borrow};
use crate::driver::system;
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::io::Errno as Os;
use rustix::net::RecvFlags;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Poll, Waker};
use zokio_core::driver::{Key, Op, RecvPool};

/// How many datagrams of one socket may lie unread before it stops receiving; more lie in the system's own line.
pub(super) const MOST_DATAGRAMS: u16 = 24;

/// What belongs to such a socket beside its record.
pub(super) struct Kept {
    /// Open as long as this.
    _file: Arc<OwnedFd>,
    /// Who waits beside the one that the operation knows of.
    waiters: Vec<Waker>,
}

impl Kept {
    /// Hands out who is to be woken.
    pub(super) fn arrived(&mut self, woken: &mut Vec<Waker>) {
        woken.append(&mut self.waiters);
    }

    /// Keeps a waker that another one displaced, or gives it back if it is here already.
    fn wait_beside(&mut self, waker: Waker) -> Option<Waker> {
        if self.waiters.iter().any(|other| other.will_wake(&waker)) {
            return Some(waker);
        }
        self.waiters.push(waker);
        None
    }
}

impl Reactor {
    /// Takes a socket for datagrams in, if the driver receives those by itself.
    pub(crate) fn adopt_datagrams(&mut self, file: &Arc<OwnedFd>) -> Option<u32> {
        if !self.datagrams {
            return None;
        }
        let id = self.sockets.insert(file.as_raw_fd())?;
        self.sockets.get(id).datagrams = true;
        self.kept.insert(id, Kept { _file: file.clone(), waiters: Vec::new() });
        Some(id)
    }

    /// Receives a datagram: its length, as far as there is room for it, and who sent it. With `take` it is taken.
    pub(crate) fn poll_datagram(
        &mut self,
        id: u32,
        into: &mut [u8],
        take: bool,
        waiter: &mut Waiter<'_>,
    ) -> Poll<Result<(usize, Option<SocketAddr>), Fault>> {
        loop {
            if let Some(received) = self.read_datagram(id, into, take) {
                return Poll::Ready(Ok(received));
            }
            let socket = self.sockets.get(id);
            let handle = socket.handle;
            match socket.receiving {
                Receiving::Idle if !self.datagrams => socket.receiving = Receiving::Starved,
                Receiving::Idle => {
                    // SAFETY: names no memory.
                    match unsafe { self.start(Duty::Receive(id), &Op::RecvDatagrams { handle })? } {
                        Ok(end) => self.received(id, end)?,
                        Err(key) => self.sockets.get(id).receiving = Receiving::Armed(key),
                    }
                }
                Receiving::Armed(key) => match self.slots.take(key) {
                    Some((_, end)) => self.received(id, end)?,
                    None => {
                        self.wait_for_datagram(id, key, waiter);
                        return Poll::Pending;
                    }
                },
                Receiving::Starved => {
                    let flags = system::RECEIVE | if take { RecvFlags::empty() } else { RecvFlags::PEEK };
                    match rustix::net::recvfrom(borrow(&handle), &mut *into, flags) {
                        Err(Os::INTR) => continue,
                        Err(Os::AGAIN) => {}
                        received => {
                            socket.receiving = Receiving::Idle;
                            let (len, _, peer) = received?;
                            return Poll::Ready(Ok((len, peer.and_then(|peer| peer.try_into().ok()))));
                        }
                    }
                    self.watch(id)?;
                }
                Receiving::Watched(key) => match self.slots.take(key) {
                    // Whatever came of it, receiving tells.
                    Some(_) => socket.receiving = Receiving::Starved,
                    None => {
                        self.wait_for_datagram(id, key, waiter);
                        return Poll::Pending;
                    }
                },
                // Datagrams have no end, and a socket that is gone receives nothing.
                Receiving::Ended | Receiving::Canceling => return Poll::Ready(Err(Fault::Gone)),
            }
        }
    }

    fn wait_for_datagram(&mut self, id: u32, key: Key, waiter: &mut Waiter<'_>) {
        let displaced = self.slots.register(key, waiter.waker);
        waiter.displaced = match (displaced, self.kept.get_mut(&id)) {
            (Some(other), Some(kept)) => kept.wait_beside(other),
            (displaced, _) => displaced,
        };
    }

    /// The oldest datagram that arrived.
    fn read_datagram(&mut self, id: u32, into: &mut [u8], take: bool) -> Option<(usize, Option<SocketAddr>)> {
        let Self { sockets, unread, driver, .. } = self;
        let line = &mut sockets.get(id).unread;
        let (buffer, bytes) = unread.first(line)?;
        let memory = driver.pooled(buffer);
        debug_assert!(bytes.end <= memory.len);
        // SAFETY: "in one line": the buffer is lent to this socket, and these bytes of it were received.
        let received = unsafe { std::slice::from_raw_parts(memory.ptr, bytes.end as usize) };
        let (from, place) = driver.datagram(received).unwrap_or_default();
        let len = place.len().min(into.len());
        into[..len].copy_from_slice(&received[place][..len]);
        if take && let Some(buffer) = unread.pop(line) {
            // SAFETY: lent, and read.
            unsafe { driver.recycle(buffer) };
        }
        Some((len, from))
    }
}
