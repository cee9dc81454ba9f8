//! Ends that the kernel may have kept to itself.
//!
//! Linux before 7.0 can lose the end of a stream that receives again and again by one operation: where bytes and the end (of
//! a Unix socket, or a reset) come before it looks, it may bring the bytes, forget that there was more to see, and wait for
//! ever. (Found by storms of connections, and reported as liburing's issue 1549.) A receive that began anew would see the end.
//!
//! So whoever got bytes that way is *in doubt* until it has been silent for a while; then it is looked at once, hundreds by
//! one call, and the receive of one that is at its end begins anew. A connection that goes on, and one that is idle, cost
//! nothing: a stream is looked at once for each silence.
//!
//! ```text
//!            bytes                 a look: no bytes since          hung up
//!   sure ─────────────► in doubt ─────────────────────────► sure ──────────► receives anew
//!                        │    ▲
//!                        └────┘ a look: bytes since the last one
//! ```

use super::socket::{Receiving, Socket};
use super::{Reactor, borrow};
use crate::driver::{now, system};
use rustix::event::{PollFd, Timespec, poll};
use rustix::fd::RawFd;
use std::time::Duration;
use zokio_core::driver::{IoDriver, Key, Wait};
use zokio_core::time::Instant;

/// Between two looks: how late such an end is told at most, twice over.
const EVERY: Duration = Duration::from_millis(50);

/// How many are looked at by one call.
const AT_ONCE: usize = 256;

/// Whether a socket is in doubt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Doubt {
    None,
    /// It got bytes since the last look.
    GotBytes,
    /// It did not.
    Silent,
}

/// Who is in doubt.
pub(super) struct Doubts {
    /// Whether the driver is one that can leave anybody in doubt.
    on: bool,
    sockets: Vec<u32>,
    /// Used for a moment.
    silent: Vec<(RawFd, Key)>,
    next_look: Option<Instant>,
}

impl Doubts {
    pub(super) fn new(on: bool) -> Self {
        let (sockets, silent) = (Vec::with_capacity(64), Vec::with_capacity(64));
        Self { on, sockets, silent, next_look: None }
    }

    /// Socket `id` got bytes, and its receive goes on.
    #[inline]
    pub(super) fn got_bytes(&mut self, id: u32, socket: &mut Socket) {
        if self.on && std::mem::replace(&mut socket.doubt, Doubt::GotBytes) == Doubt::None {
            self.sockets.push(id);
        }
    }
}

impl Reactor {
    /// Looks at those that have been silent, if it is time for that. Says how long to wait at most.
    pub(super) fn look_at_doubts(&mut self, wait: Wait) -> Wait {
        if self.doubts.sockets.is_empty() {
            return wait;
        }
        let now = now();
        let next = *self.doubts.next_look.get_or_insert(now + EVERY);
        if now < next {
            return no_later(wait, next);
        }
        let Doubts { sockets, silent, .. } = &mut self.doubts;
        sockets.retain(|&id| {
            let socket = self.sockets.get(id);
            // A record that was given back is in no doubt.
            let doubt = socket.doubt;
            socket.doubt = if doubt == Doubt::GotBytes { Doubt::Silent } else { Doubt::None };
            if let (Receiving::Armed(key), Doubt::Silent) = (socket.receiving, doubt) {
                silent.push((socket.handle, key));
            }
            doubt == Doubt::GotBytes
        });
        for some in silent.chunks(AT_ONCE) {
            for key in
                hung_up(some).into_iter().zip(some).filter_map(|(is_hung_up, (_, key))| is_hung_up.then_some(*key))
            {
                // It ends as one that brought too much, and the next read begins anew.
                self.driver.cancel(key);
            }
        }
        silent.clear();
        self.doubts.next_look = if self.doubts.sockets.is_empty() { None } else { Some(now + EVERY) };
        self.doubts.next_look.map_or(wait, |next| no_later(wait, next))
    }
}

/// Of which the peer has ended the stream, or the connection. There are some, and [`AT_ONCE`] at most.
fn hung_up(some: &[(RawFd, Key)]) -> [bool; AT_ONCE] {
    // What is asked for tells of an orderly end; the others are told unasked. Places that are left over repeat the first.
    let ask = |at| PollFd::from_borrowed_fd(borrow(&some.get(at).unwrap_or(&some[0]).0), system::HUNG_UP);
    let mut asked: [PollFd<'_>; AT_ONCE] = std::array::from_fn(ask);
    let looked = poll(&mut asked[..some.len()], Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    std::array::from_fn(|at| looked.is_ok_and(|ready| ready > 0) && !asked[at].revents().is_empty())
}

fn no_later(wait: Wait, at: Instant) -> Wait {
    match wait {
        Wait::Poll => Wait::Poll,
        Wait::Until(deadline) => Wait::Until(deadline.min(at)),
        Wait::Forever => Wait::Until(at),
    }
}
