//! Sending bytes from where they are: from a buffer that the program gives away until they are sent.
//!
//! Such a send has the place [beside](super::socket::Side) the others, so there is one at a time, and it begins when all that was
//! written before is gone. What is written afterwards waits for it: in order, also where nobody waits for the send any
//! more.

use super::socket::{NONE, Side};
use super::{Duty, Fault, Held, Reactor, Waiter};
use crate::io::Loan;
use std::task::{Poll, Waker, ready};
use zokio_core::driver::{Errno, Key, Op};

/// What sockets say that cannot send from where the bytes are: those between processes of one machine.
const UNSUPPORTED: Errno = Errno(rustix::io::Errno::OPNOTSUPP.raw_os_error() as u16);

/// A send of bytes that lie in the program's memory.
pub(crate) struct Lent {
    /// The buffer; while the send is in flight the reactor has it.
    pub(crate) loan: Option<Loan>,
    /// How much of it was sent.
    pub(crate) sent: usize,
    /// Whether the socket can send from the memory itself, as far as is known.
    pub(crate) zero_copy: bool,
    /// In flight.
    pub(crate) key: Option<Key>,
}

impl Reactor {
    /// Sends a piece of what is left. Says how much that was.
    pub(crate) fn poll_send_lent(
        &mut self,
        id: u32,
        lent: &mut Lent,
        waiter: &mut Waiter<'_>,
    ) -> Poll<Result<u32, Fault>> {
        if let Some(key) = lent.key {
            let Some((_, end)) = self.slots.take(key) else {
                waiter.displaced = self.slots.register(key, waiter.waker);
                return Poll::Pending;
            };
            lent.key = None;
            lent.loan = self.end_side(id).and_then(|held| held.buffer);
            if !(lent.zero_copy && end.result == Err(UNSUPPORTED)) {
                return Poll::Ready(end.result.map_err(Fault::Os));
            }
            lent.zero_copy = false;
        }
        ready!(self.poll_flush(id, waiter))?;
        let Some(loan) = lent.loan.take() else { return Poll::Ready(Err(Fault::Gone)) };
        let (handle, buf) = (self.sockets.get(id).handle, loan.contents_from(lent.sent));
        let zero_copy = lent.zero_copy && buf.len >= self.zero_copy_from;
        let op = if zero_copy { Op::SendZeroCopy { handle, buf } } else { Op::Send { handle, buf } };
        let place = self.held.insert(Held { buffer: Some(loan), ..Held::default() });
        // SAFETY: "the reactor holds on" to the buffer: it lies in the table until the end.
        match unsafe { self.start(Duty::Side(id), &op) } {
            Ok(Err(key)) => {
                let socket = self.sockets.get(id);
                (socket.side, socket.sending.held, lent.key) = (Side::Armed(key), place, Some(key));
                waiter.displaced = self.slots.register(key, waiter.waker);
                Poll::Pending
            }
            started => {
                lent.loan = self.held.remove(place).buffer;
                Poll::Ready(started.and_then(|end| match end {
                    Ok(end) => end.result.map_err(Fault::Os),
                    Err(_) => unreachable!("it is not in flight"),
                }))
            }
        }
    }

    /// Nobody waits for a send any more. What is left of it is not sent, if that can be helped.
    pub(crate) fn abandon_send(&mut self, id: u32, key: Key) -> Option<Waker> {
        let mut orphan = None;
        match self.give_up(key, &mut orphan) {
            true => self.sockets.get(id).side = Side::Canceling,
            false => drop(self.end_side(id)),
        }
        orphan
    }

    /// Waits until a send that nobody waits for is over.
    #[inline]
    pub(super) fn poll_owned_over(&mut self, id: u32, waiter: &mut Waiter<'_>) -> Poll<()> {
        match self.sockets.get(id).sending.held {
            NONE => Poll::Ready(()),
            _ => self.wait_for_owned(id, waiter),
        }
    }

    #[cold]
    #[inline(never)]
    fn wait_for_owned(&mut self, id: u32, waiter: &mut Waiter<'_>) -> Poll<()> {
        let socket = self.sockets.get(id);
        match socket.side {
            Side::Armed(key) if self.slots.take(key).is_some() => {
                self.end_side(id);
                Poll::Ready(())
            }
            Side::Armed(key) => {
                waiter.displaced = self.slots.register(key, waiter.waker);
                Poll::Pending
            }
            Side::Canceling | Side::None => {
                waiter.wait_in(&mut socket.sending.waiter);
                Poll::Pending
            }
        }
    }
}
