//! Receiving where the driver is one of readiness: straight into the reader's memory.
//!
//! ```text
//!            (1) would block
//!   Idle ─────────────────────► Armed ──┐ (2) a step: whoever waits is woken, and attempts
//!    ▲                           │ ▲    │
//!    └───────────────────────────┘ └────┘
//!      (3) the driver ended it
//! ```
//!
//! Every read begins with an attempt, which costs no system call where the driver knows that there is nothing. Bytes stay in
//! the system until somebody reads them, so a dropped read loses none. (1) begins one operation for all the reads to come:
//! [`Op::PollMany`].

use super::receive::uninit;
use super::socket::Receiving;
use super::{Duty, Fault, Reactor, Waiter, borrow};
use crate::driver::system;
use rustix::io::Errno as Os;
use rustix::net::RecvFlags;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::task::Poll;
use zokio_core::driver::{Interest, Op, RawBuf};

impl Reactor {
    /// See [`poll_receive`](Self::poll_receive).
    pub(super) fn receive_by_attempts(
        &mut self,
        id: u32,
        into: &mut [MaybeUninit<u8>],
        waiter: &mut Waiter<'_>,
    ) -> Poll<Result<usize, Fault>> {
        let handle = self.sockets.get(id).handle;
        let len = u32::try_from(into.len()).unwrap_or(u32::MAX);
        let op = Op::Recv { handle, buf: RawBuf { ptr: into.as_mut_ptr().cast(), len } };
        // SAFETY: an attempt touches the memory during the call only, and it is the reader's.
        match unsafe { self.driver.attempt(&op) } {
            Some((Ok(len), _)) => Poll::Ready(Ok(len as usize)),
            Some((Err(error), _)) => Poll::Ready(Err(Fault::Os(error))),
            None => self.wait_readable(id, waiter),
        }
    }

    /// See [`poll_peek`](Self::poll_peek).
    pub(super) fn peek_by_attempts(
        &mut self,
        id: u32,
        into: &mut [u8],
        waiter: &mut Waiter<'_>,
    ) -> Poll<Result<usize, Fault>> {
        let flags = system::RECEIVE | RecvFlags::PEEK;
        self.read_by(id, waiter, |socket| Ok(rustix::net::recv(socket, uninit(into), flags)?.1))
    }

    /// See [`poll_receive_vectored`](Self::poll_receive_vectored).
    pub(super) fn receive_pieces(
        &mut self,
        id: u32,
        pieces: &mut [IoSliceMut<'_>],
        waiter: &mut Waiter<'_>,
    ) -> Poll<Result<usize, Fault>> {
        self.read_by(id, waiter, |socket| system::receive_pieces(socket, pieces))
    }

    /// Reads by a call that the driver knows nothing of, and so without what it knows.
    fn read_by(
        &mut self,
        id: u32,
        waiter: &mut Waiter<'_>,
        mut read: impl FnMut(rustix::fd::BorrowedFd<'_>) -> Result<usize, Os>,
    ) -> Poll<Result<usize, Fault>> {
        loop {
            match read(borrow(&self.sockets.get(id).handle)) {
                Ok(len) => return Poll::Ready(Ok(len)),
                Err(Os::INTR) => {}
                Err(Os::AGAIN) => return self.wait_readable(id, waiter),
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    /// (1) After an attempt that found nothing: waits for a step (2).
    fn wait_readable<T>(&mut self, id: u32, waiter: &mut Waiter<'_>) -> Poll<Result<T, Fault>> {
        let socket = self.sockets.get(id);
        let handle = socket.handle;
        let key = match socket.receiving {
            Receiving::Armed(key) => key,
            _ => {
                let op = Op::PollMany { handle, interest: Interest::Readable };
                // SAFETY: names no memory.
                match unsafe { self.start(Duty::Receive(id), &op)? } {
                    Err(key) => {
                        self.sockets.get(id).receiving = Receiving::Armed(key);
                        key
                    }
                    Ok(end) => return Poll::Ready(Err(end.result.map_or_else(Fault::Os, |_| Fault::Gone))),
                }
            }
        };
        if let Some((_, end)) = self.slots.take(key) {
            // (3)
            self.sockets.get(id).receiving = Receiving::Idle;
            return Poll::Ready(Err(end.result.map_or_else(Fault::Os, |_| Fault::Gone)));
        }
        waiter.displaced = self.slots.register(key, waiter.waker);
        Poll::Pending
    }
}
