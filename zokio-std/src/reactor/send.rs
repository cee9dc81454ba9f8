//! Sending: writes are copied into a pooled buffer, and handed to the kernel together before the next wait.
//!
//! ```text
//!   buffer of a socket:   [ sent │ start … in flight … │ … written since … end │ room ]
//! ```
//!
//! A socket has a buffer only while bytes are in it. Where none is free the writer's bytes go straight to the kernel, as
//! many as it takes, and the writer waits for room there: a peer that takes nothing can hold buffers, but it cannot stop
//! the others. So do bytes that would fill a buffer (not on a completion port).
//!
//! On a completion port each operation is a call of its own, at once, whose end arrives by more of them if it has to wait. So a
//! read that finds nothing unread sends what was written before it asks: the answer to that may be there by then, and is received
//! without a wait. Elsewhere one call submits many (io_uring), or a read that finds nothing costs one that is cheap.

use super::socket::{Sending, Side, Socket};
use super::{Duty, Fault, Reactor, Waiter};
use crate::driver::system;
use rustix::io::Errno as Os;
use std::task::{Poll, Waker, ready};
use zokio_core::driver::{Errno, Interest, Op, RawBuf};

impl Reactor {
    /// Accepts as much of `bytes`, which is not empty, as there is room for.
    pub(crate) fn poll_write(&mut self, id: u32, bytes: &[u8], waiter: &mut Waiter<'_>) -> Poll<Result<usize, Fault>> {
        ready!(self.poll_owned_over(id, waiter));
        let outgoing = &mut self.outgoing;
        let sending = &mut self.sockets.get(id).sending;
        if let Some(errno) = sending.failed.take() {
            return Poll::Ready(Err(Fault::Os(errno)));
        }
        // What fills a buffer alone gains nothing from one, but on a completion port, which sends from it by the same call.
        let gains = cfg!(has_iocp) || bytes.len() < outgoing.buffers().size();
        let lend = || if gains { outgoing.lend() } else { None };
        let Some(buffer) = sending.buffer.or_else(lend) else {
            return self.poll_write_through(id, bytes, waiter);
        };
        sending.buffer = Some(buffer);
        let memory = outgoing.buffers().get(buffer);
        let len = bytes.len().min((memory.len - sending.end) as usize);
        if len == 0 {
            waiter.wait_in(&mut sending.waiter);
            return Poll::Pending;
        }
        // SAFETY: the buffer is lent to this socket; an operation in flight names bytes before `end` only, and these are
        // from `end` on, inside the buffer.
        unsafe { memory.ptr.add(sending.end as usize).copy_from_nonoverlapping(bytes.as_ptr(), len) };
        sending.end += len as u32;
        self.list_unsent(id);
        Poll::Ready(Ok(len))
    }

    /// Writes without a buffer. Nothing is waiting to be sent, so the order is kept.
    fn poll_write_through(&mut self, id: u32, bytes: &[u8], waiter: &mut Waiter<'_>) -> Poll<Result<usize, Fault>> {
        loop {
            if let Side::Armed(_) = self.sockets.get(id).side {
                ready!(self.poll_room(id, waiter))?;
            }
            match rustix::net::send(self.socket(id), bytes, system::SEND) {
                Ok(len) => return Poll::Ready(Ok(len)),
                Err(Os::INTR) => {}
                Err(Os::AGAIN) => ready!(self.poll_room(id, waiter))?,
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    /// Waits until the kernel has room for something to send, or knows why there will be none.
    pub(crate) fn poll_room(&mut self, id: u32, waiter: &mut Waiter<'_>) -> Poll<Result<(), Fault>> {
        let Socket { handle, side, .. } = *self.sockets.get(id);
        let key = match side {
            Side::Armed(key) => key,
            _ => {
                let room = Op::Poll { handle, interest: Interest::Writable };
                // SAFETY: names no memory.
                let Err(key) = unsafe { self.start(Duty::Side(id), &room) }? else { return Poll::Ready(Ok(())) };
                self.sockets.get(id).side = Side::Armed(key);
                key
            }
        };
        if self.slots.take(key).is_some() {
            self.end_side(id);
            return Poll::Ready(Ok(()));
        }
        waiter.displaced = self.slots.register(key, waiter.waker);
        Poll::Pending
    }

    /// Waits until the kernel has taken everything that was written.
    pub(crate) fn poll_flush(&mut self, id: u32, waiter: &mut Waiter<'_>) -> Poll<Result<(), Fault>> {
        ready!(self.poll_owned_over(id, waiter));
        // Where sending needs no turn (epoll), this is the end of it. Who waited before is who waits now.
        self.send_one(id, &mut waiter.displaced);
        let sending = &mut self.sockets.get(id).sending;
        if let Some(errno) = sending.failed.take() {
            return Poll::Ready(Err(Fault::Os(errno)));
        }
        if sending.start == sending.end {
            return Poll::Ready(Ok(()));
        }
        waiter.wait_in(&mut sending.waiter);
        Poll::Pending
    }

    /// Sends what was written before the socket receives.
    #[cfg(has_iocp)]
    pub(super) fn send_before_receiving(&mut self, id: u32) {
        if !self.sockets.get(id).sending.listed {
            return;
        }
        let mut waker = None;
        if self.send_one(id, &mut waker) && self.unsent.last() == Some(&id) {
            self.unsent.pop();
            self.sockets.get(id).sending.listed = false;
        }
        // Another task, which waits for this socket to have sent: it is woken by the next turn.
        self.crowd.extend(waker);
    }

    fn list_unsent(&mut self, id: u32) {
        let sending = &mut self.sockets.get(id).sending;
        if !sending.listed && !sending.in_flight {
            sending.listed = true;
            self.unsent.push(id);
        }
    }

    /// Hands what was written to the driver. `true` if the driver had no room for all of it, and must not sleep.
    pub(super) fn send_unsent(&mut self, woken: &mut Vec<Waker>) -> bool {
        let mut unsent = std::mem::take(&mut self.unsent);
        let mut refused = false;
        unsent.retain(|&id| {
            let mut waker = None;
            let accepted = self.send_one(id, &mut waker);
            woken.extend(waker);
            if accepted {
                self.sockets.get(id).sending.listed = false;
                self.retire(id);
            }
            // Where all slots are in use the next end makes room, and ends the wait; otherwise only a turn can tell.
            refused |= !accepted && self.slots.used() < self.operations;
            !accepted
        });
        self.unsent = unsent;
        refused
    }

    /// Submits what socket `id` has to send. `false` if the driver takes nothing now. `waker` gets who waited, if all of
    /// it is sent.
    fn send_one(&mut self, id: u32, waker: &mut Option<Waker>) -> bool {
        loop {
            let socket = self.sockets.get(id);
            let handle = socket.handle;
            let Sending { buffer: Some(buffer), start, end, in_flight: false, .. } = socket.sending else {
                return true;
            };
            let memory = self.outgoing.buffers().get(buffer);
            // SAFETY: `start` is inside the buffer.
            let buf = RawBuf { ptr: unsafe { memory.ptr.add(start as usize) }, len: end - start };
            let op = Op::Send { handle, buf };
            // SAFETY: the buffer is this socket's.
            if let Some((result, _)) = unsafe { self.driver.attempt(&op) } {
                *waker = self.sent(id, result);
                if result == Ok(buf.len) {
                    return true;
                }
                continue;
            }
            // SAFETY: "the reactor holds on" to the buffer: it goes back when all of it is sent.
            match unsafe { self.start(Duty::Send(id), &op) } {
                // Some of it is gone; the rest is the next round's.
                Ok(Ok(done)) => *waker = self.sent(id, done.result),
                Ok(Err(_)) => {
                    self.sockets.get(id).sending.in_flight = true;
                    return true;
                }
                Err(Fault::Os(errno)) => *waker = self.sent(id, Err(errno)),
                Err(Fault::Full | Fault::Crowded | Fault::Gone) => return false,
            }
        }
    }

    /// Takes the end of a send in. Returns who waits for it.
    pub(super) fn sent(&mut self, id: u32, result: Result<u32, Errno>) -> Option<Waker> {
        const AGAIN: Errno = Errno(Os::AGAIN.raw_os_error() as u16);
        const INTERRUPTED: Errno = Errno(Os::INTR.raw_os_error() as u16);
        let sending = &mut self.sockets.get(id).sending;
        sending.in_flight = false;
        match result {
            Ok(len) => sending.start = (sending.start + len).min(sending.end),
            Err(AGAIN | INTERRUPTED) => {}
            Err(error) => {
                // What was accepted and not sent is lost with the connection; the next write or flush tells.
                sending.failed = Some(error);
                sending.start = sending.end;
            }
        }
        if sending.start < sending.end {
            self.list_unsent(id);
            return None;
        }
        (sending.start, sending.end) = (0, 0);
        if let Some(buffer) = sending.buffer.take() {
            self.outgoing.give_back(buffer);
        }
        self.sockets.get(id).sending.waiter.take()
    }
}
