//! Receiving: into pooled buffers while there are any, straight into the reader's memory otherwise. (Where the driver is one of
//! readiness, see [`attempt`](super::attempt).)
//!
//! ```text
//!            (1) armed                (4) the end
//!   Idle ─────────────► Armed ─────────────────────────► Ended
//!    ▲  ▲                │  │ ▲
//!    │  │                │  └─┘ (2) bytes, which join the unread ones
//!    │  └────────────────┤ (3) ended with bytes, or because too much was unread
//!    │                   │ (5) no buffer was free
//!    │  (6) received     ▼            (7) nothing there              (8) readable
//!    └──────────────── Starved ◄───────────────────────► Watched ───────────────────► Starved
//! ```
//!
//! What is unread is read first, whatever the state: it arrived before. (2) is a step of an operation that receives again and
//! again; where the driver has none, each receive ends by (3).
//!
//! A read with room for [much](LARGE) takes the same way as one that found no buffer free, from `Idle` to `Starved` at once.
//!
//! A read that is dropped leaves all of this as it is; the next one goes on from there. Without (5) to (8) a stream whose
//! bytes nobody reads could hold the buffer that another one waits for, for ever.

use super::socket::{Receiving, Socket};
use super::{Duty, Fault, INVALID, Reactor, Waiter, borrow};
use rustix::io::Errno as Os;
use rustix::net::RecvFlags;
use std::io::IoSliceMut;
use std::mem::MaybeUninit;
use std::task::{Poll, ready};
use zokio_core::driver::{Completion, Interest, IoDriver, Op, RecvPool};

use crate::driver::{AnyDriver, system};

impl Reactor {
    /// Reads what is there into `into`, which is not empty. 0 is the end of the stream.
    pub(crate) fn poll_receive(
        &mut self,
        id: u32,
        into: &mut [u8],
        waiter: &mut Waiter<'_>,
    ) -> Poll<Result<usize, Fault>> {
        self.poll_receive_uninit(id, uninit(into), waiter)
    }

    /// As [`poll_receive`](Self::poll_receive); `into` has contents as far as is said.
    pub(crate) fn poll_receive_uninit(
        &mut self,
        id: u32,
        into: &mut [MaybeUninit<u8>],
        waiter: &mut Waiter<'_>,
    ) -> Poll<Result<usize, Fault>> {
        match self.attempts {
            true => self.receive_by_attempts(id, into, waiter),
            false => self.receive(id, into, true, waiter),
        }
    }

    /// As [`poll_receive`](Self::poll_receive), and leaves the bytes where they are.
    pub(crate) fn poll_peek(
        &mut self,
        id: u32,
        into: &mut [u8],
        waiter: &mut Waiter<'_>,
    ) -> Poll<Result<usize, Fault>> {
        match self.attempts {
            true => self.peek_by_attempts(id, into, waiter),
            false => self.receive(id, uninit(into), false, waiter),
        }
    }

    /// As [`poll_receive`](Self::poll_receive), into several pieces, one after the other; one of them is not empty.
    pub(crate) fn poll_receive_vectored(
        &mut self,
        id: u32,
        pieces: &mut [IoSliceMut<'_>],
        waiter: &mut Waiter<'_>,
    ) -> Poll<Result<usize, Fault>> {
        if self.attempts {
            return self.receive_pieces(id, pieces, waiter);
        }
        let mut total = 0;
        for piece in pieces.iter_mut().filter(|piece| !piece.is_empty()) {
            // Only the first waits.
            let len = match total {
                0 => ready!(self.poll_receive(id, piece, waiter))?,
                _ => self.read(id, uninit(piece), true),
            };
            total += len;
            if len < piece.len() {
                break;
            }
        }
        Poll::Ready(Ok(total))
    }

    fn receive(
        &mut self,
        id: u32,
        into: &mut [MaybeUninit<u8>],
        take: bool,
        waiter: &mut Waiter<'_>,
    ) -> Poll<Result<usize, Fault>> {
        loop {
            let read = self.read(id, into, take);
            if read > 0 {
                return Poll::Ready(Ok(read));
            }
            let socket = self.sockets.get(id);
            let handle = socket.handle;
            match socket.receiving {
                Receiving::Idle => {
                    if self.many && goes_direct(socket, into.len()) {
                        socket.receiving = Receiving::Starved;
                        continue;
                    }
                    #[cfg(has_iocp)]
                    self.send_before_receiving(id);
                    let op = if self.many { Op::RecvMany { handle } } else { Op::RecvPooled { handle } };
                    // SAFETY: names no memory.
                    match unsafe { self.start(Duty::Receive(id), &op)? } {
                        Ok(end) => self.received(id, end)?,
                        Err(key) => self.sockets.get(id).receiving = Receiving::Armed(key),
                    }
                }
                Receiving::Armed(key) => match self.slots.take(key) {
                    Some((_, end)) => self.received(id, end)?,
                    None => {
                        if self.many && socket.direct == 0 && goes_direct(socket, into.len()) {
                            // (3), and then straight.
                            self.driver.cancel(key);
                        }
                        waiter.displaced = self.slots.register(key, waiter.waker);
                        return Poll::Pending;
                    }
                },
                Receiving::Starved => {
                    let flags = system::RECEIVE | if take { RecvFlags::empty() } else { RecvFlags::PEEK };
                    match rustix::net::recv(borrow(&handle), &mut *into, flags) {
                        Ok((_, len)) => {
                            match len {
                                0 => socket.receiving = Receiving::Ended,
                                _ if take => socket.receiving = Receiving::Idle,
                                _ => {}
                            }
                            return Poll::Ready(Ok(len));
                        }
                        Err(Os::INTR) => continue,
                        Err(Os::AGAIN) => {}
                        Err(error) => {
                            socket.receiving = Receiving::Idle;
                            return Poll::Ready(Err(error.into()));
                        }
                    }
                    self.watch(id)?;
                }
                Receiving::Watched(key) => match self.slots.take(key) {
                    // Whatever came of it, receiving tells.
                    Some(_) => socket.receiving = Receiving::Starved,
                    None => {
                        waiter.displaced = self.slots.register(key, waiter.waker);
                        return Poll::Pending;
                    }
                },
                Receiving::Ended => return Poll::Ready(Ok(0)),
                // Only a socket without a stream is in this state.
                Receiving::Canceling => return Poll::Ready(Err(Fault::Gone)),
            }
        }
    }

    /// Copies from the pooled buffers as much as there is, or fits; says how much.
    fn read(&mut self, id: u32, into: &mut [MaybeUninit<u8>], take: bool) -> usize {
        let Self { sockets, unread, driver, .. } = self;
        let line = &mut sockets.get(id).unread;
        let mut done = 0;
        while let Some((buffer, bytes)) = unread.first(line)
            && let rest @ [_, ..] = &mut into[done..]
        {
            let len = bytes.len().min(rest.len());
            let memory = driver.pooled(buffer);
            debug_assert!(bytes.end <= memory.len);
            // SAFETY: "in one line": the buffer is lent to this socket, and these bytes of it were received; `into` is elsewhere.
            unsafe {
                rest.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(memory.ptr.add(bytes.start as usize), len)
            };
            done += len;
            if !take {
                break;
            }
            if let Some(buffer) = unread.read(line, len as u32) {
                // SAFETY: lent, and read to the last byte.
                unsafe { driver.recycle(buffer) };
            }
        }
        done
    }

    /// Waits until there is something to receive.
    pub(super) fn watch(&mut self, id: u32) -> Result<(), Fault> {
        let readable = Op::Poll { handle: self.sockets.get(id).handle, interest: Interest::Readable };
        // SAFETY: names no memory.
        if let Err(key) = unsafe { self.start(Duty::Receive(id), &readable)? } {
            self.sockets.get(id).receiving = Receiving::Watched(key);
        }
        Ok(())
    }

    /// Takes the end of a receive into pooled buffers in, of bytes or of datagrams.
    pub(super) fn received(&mut self, id: u32, end: Completion) -> Result<(), Fault> {
        let socket = self.sockets.get(id);
        let (receiving, result) = match (end.result, end.flags.buffer) {
            (Ok(0), _) => (Receiving::Ended, Ok(())),
            (Ok(len), Some(buffer)) => {
                self.unread.push(&mut socket.unread, buffer, len);
                (Receiving::Idle, Ok(()))
            }
            (Err(AnyDriver::NO_BUFFER), _) | (Ok(_), None) => (Receiving::Starved, Ok(())),
            // Too much was unread.
            (Err(AnyDriver::CANCELED), _) => (Receiving::Idle, Ok(())),
            // A kernel before 6.0.
            (Err(INVALID), _) if socket.datagrams => {
                self.datagrams = false;
                (Receiving::Idle, Ok(()))
            }
            (Err(INVALID), _) if self.many => {
                self.many = false;
                (Receiving::Idle, Ok(()))
            }
            // The next receive tells what comes after the error.
            (Err(error), _) => (Receiving::Idle, Err(Fault::Os(error))),
        };
        socket.receiving = receiving;
        result
    }
}

/// A reader with room for so much has its bytes straight from the kernel: many buffers less to go through, and no copy.
const LARGE: usize = 64 << 10;

/// For how many reads, which may be the ends of large ones, that stays so.
const STAYS_DIRECT: u8 = 16;

/// Whether a read of so much is one that goes without pooled buffers.
fn goes_direct(socket: &mut Socket, room: usize) -> bool {
    socket.direct = if room >= LARGE { STAYS_DIRECT } else { socket.direct.saturating_sub(1) };
    socket.direct > 0
}

/// Memory that is only written to.
pub(super) fn uninit(into: &mut [u8]) -> &mut [MaybeUninit<u8>] {
    // SAFETY: the same layout, and nothing here writes anything but bytes to it.
    unsafe { &mut *(std::ptr::from_mut(into) as *mut [MaybeUninit<u8>]) }
}
