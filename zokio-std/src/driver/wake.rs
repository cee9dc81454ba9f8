//! Ending a park from another thread: a flag for the common case; for the sleeper an eventfd, an event of its kqueue, or a packet
//! for its port.
//!
//! ```text
//!           (1) sleep                (2) awake
//!   AWAKE ─────────────► ASLEEP ───────────────────────► AWAKE
//!     │                    │ (4) unpark: rings             ▲
//!     │ (3) unpark         ▼                               │
//!     └───────────────► TOKEN ─────────────────────────────┘ (5) sleep refuses, or awake: the token is spent
//! ```
//!
//! A driver that is not asleep is told by the flag alone (3), so waking a busy loop costs no system call. Because (1) and
//! (3)/(4) are read-modify-writes of one word, whoever comes second sees the other: either the sleeper finds the token, or
//! the waker finds the sleeper.

#[cfg(has_iocp)]
use super::iocp::Port;
#[cfg(has_kqueue)]
use super::kqueue::Queue;
#[cfg(has_epoll)]
use rustix::event::{EventfdFlags, eventfd};
use std::io;
#[cfg(has_epoll)]
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use zokio_core::driver::Unpark;

const AWAKE: u8 = 0;
const ASLEEP: u8 = 1;
const TOKEN: u8 = 2;

/// The sleeper's side, shared with its unparkers.
#[derive(Debug)]
pub(crate) struct Wake {
    state: AtomicU8,
    #[cfg(has_epoll)]
    eventfd: OwnedFd,
    #[cfg(has_kqueue)]
    queue: Queue,
    #[cfg(has_iocp)]
    port: Port,
}

impl Wake {
    pub(crate) fn new() -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            state: AtomicU8::new(AWAKE),
            #[cfg(has_epoll)]
            eventfd: eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?,
            #[cfg(has_kqueue)]
            queue: Queue::new()?,
            #[cfg(has_iocp)]
            port: Port::new()?,
        }))
    }

    /// (1) Announces a sleep; `false` if there is a token, which is spent by this.
    pub(super) fn sleep(&self) -> bool {
        // Acquire: what was written before the unpark is seen. Release: keeps the announcement in order for (4).
        match self.state.compare_exchange(AWAKE, ASLEEP, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(_) => {
                self.awake();
                false
            }
        }
    }

    /// (2), (5) The sleep is over, and a token that came meanwhile is spent.
    #[inline]
    pub(super) fn awake(&self) {
        if self.state.load(Ordering::Relaxed) != AWAKE {
            self.state.swap(AWAKE, Ordering::AcqRel);
        }
    }

    /// Whether the sleeper is in its sleep, or about to be. Who changed something under the lock that the sleeper held when it
    /// announced the sleep, and then sees `false`, knows that it looks again before the next one.
    #[inline]
    pub(crate) fn is_asleep(&self) -> bool {
        self.state.load(Ordering::Relaxed) == ASLEEP
    }

    /// Whether there is a token: somebody has called since the sleeper was last awake.
    #[inline]
    pub(crate) fn is_told(&self) -> bool {
        self.state.load(Ordering::Relaxed) == TOKEN
    }

    /// (3), (4)
    pub(crate) fn unpark(&self) {
        if self.state.swap(TOKEN, Ordering::AcqRel) == ASLEEP {
            // It cannot fail but for a full counter, and that wakes as well.
            #[cfg(has_epoll)]
            let _ = rustix::io::write(&self.eventfd, &1u64.to_ne_bytes());
            #[cfg(has_kqueue)]
            let _ = self.queue.ring();
            #[cfg(has_iocp)]
            self.port.ring();
        }
    }
}

#[cfg(has_kqueue)]
impl Wake {
    /// The queue in which the sleeper sleeps.
    pub(super) fn queue(&self) -> &Queue {
        &self.queue
    }
}

#[cfg(has_iocp)]
impl Wake {
    /// The port at which the sleeper sleeps.
    pub(super) fn port(&self) -> &Port {
        &self.port
    }
}

#[cfg(has_epoll)]
impl AsFd for Wake {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.eventfd.as_fd()
    }
}

/// Ends a park of the driver it came from; usable from any thread, also after the driver is gone.
///
/// In use: see the example of an [`AnyDriver`](super::AnyDriver).
#[derive(Clone, Debug)]
pub struct Unparker(pub(super) Arc<Wake>);

impl Unpark for Unparker {
    fn unpark(&self) {
        self.0.unpark();
    }
}
