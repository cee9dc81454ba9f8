//! The kqueue driver: system calls for the shared [readiness adapter](zokio_core::driver::readiness).
//!
//! | file | what it is |
//! |---|---|
//! | `system.rs` | the kernel's kqueue, on macOS and the BSDs |
//! | `libkqueue.rs` | the same calls on Linux, through libkqueue, for tests of a build with `--cfg zokio_libkqueue` |
//!
//! | filter | used for |
//! |---|---|
//! | `EVFILT_READ`, `EVFILT_WRITE` | every handle, once, with `EV_CLEAR` |
//! | `EVFILT_USER` | unparks |
//! | `EVFILT_PROC` | the end of a program: in a queue of its own, which is a handle that can be read (`exit_descriptor`) |
//! | `EVFILT_TIMER` | nothing but a program that has ended before it was asked for: the deadline is the timeout of the wait |
//! | `EVFILT_SIGNAL` | nothing: it tells of signals beside what they do, and only a handler keeps them from ending the program |
//! | `EVFILT_VNODE` | nothing: no part of the API looks out for changes of files |

#[cfg_attr(zokio_libkqueue, path = "libkqueue.rs")]
mod system;

pub(super) use system::Queue;
#[cfg(zokio_libkqueue)]
pub(super) use system::stand_in;

use super::any::DriverOptions;
use super::elsewhere::Elsewhere;
use super::monotonic;
use super::reserved::Reserved;
use super::tries::{self, EVENTS, HANDLES, Tries};
use super::wake::Wake;
use rustix::io::Errno as Os;
use std::io;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::time::Duration;
use system::Raw;
use zokio_core::driver::readiness::{Attempt, Event, HandleRecord, OpRecord, Poller, ReadinessDriver};
use zokio_core::driver::{Errno, Op, Wait};

/// Completion-based I/O emulated on kqueue.
///
/// In use: see the example of an [`AnyDriver`](super::AnyDriver).
pub type KqueueDriver = ReadinessDriver<Kqueue, Reserved<HandleRecord>, Reserved<OpRecord<RawFd>>>;

/// The token of what belongs to the driver itself; the number of no handle.
const OWN: u64 = u64::MAX;
/// No wait is longer: some kernels refuse very long ones. A wait may end early for no reason.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What a raw event tells.
struct Seen {
    token: u64,
    /// It is about reading; otherwise about writing.
    reads: bool,
    /// The peer has ended its side, or the connection is broken.
    ended: bool,
}

/// A handle is watched if one direction can be: some know only one, as a listener does.
fn either(reads: Result<(), Os>, writes: Result<(), Os>) -> Result<(), Os> {
    reads.or_else(|error| writes.map_err(|_| error))
}

/// A kqueue. Its deadline is the timeout of the wait, which has the precision of nanoseconds; unparks come as an event of the
/// program's own (`EVFILT_USER`), or through a pipe on NetBSD and OpenBSD.
///
/// In use: see the example of an [`AnyDriver`](super::AnyDriver).
pub struct Kqueue {
    /// Has the queue.
    wake: Arc<Wake>,
    events: Vec<Raw>,
    tries: Tries,
    /// Where files are worked on.
    elsewhere: Arc<Elsewhere>,
}

impl Kqueue {
    /// A driver for at most `operations` operations in flight, with `buffers` pooled buffers of `buffer_size` bytes.
    ///
    /// # Errors
    /// What the system reports.
    pub fn driver(operations: usize, buffers: u16, buffer_size: u32) -> io::Result<KqueueDriver> {
        let options = DriverOptions { operations, buffers, buffer_size, ..DriverOptions::default() };
        Self::with_wake(&options, Wake::new()?)
    }

    /// As [`driver`](Self::driver), woken by what exists already.
    pub(super) fn with_wake(options: &DriverOptions, wake: Arc<Wake>) -> io::Result<KqueueDriver> {
        let this = Self {
            tries: Tries::new(options)?,
            elsewhere: Elsewhere::new(wake.clone()),
            wake,
            events: Vec::with_capacity(EVENTS),
        };
        Ok(ReadinessDriver::new(this, Reserved::new(HANDLES), Reserved::new(options.operations)))
    }

    /// Prepares a wait, and announces it if it is to sleep.
    pub(super) fn begin(&mut self, wait: Wait) -> KqueueEntry {
        let timeout = match wait {
            Wait::Poll => Some(Duration::ZERO),
            _ if !self.wake.sleep() => Some(Duration::ZERO),
            Wait::Until(at) => Some((at - monotonic::now()).min(LONGEST)),
            Wait::Forever => None,
        };
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        KqueueEntry { queue: self.wake.queue().raw(), timeout, events, most: self.tries.events() }
    }

    /// The sleep that `begin` announced, if any, is over.
    pub(super) fn awake(&self) {
        self.wake.awake();
    }

    /// Takes in what a wait brought; says how many events that were.
    pub(super) fn finish(&mut self, entry: KqueueEntry) -> usize {
        self.events = entry.events;
        #[cfg(zokio_libkqueue)]
        self.wake.queue().keep_errors(&self.events);
        self.events.len()
    }
}

#[cfg(zokio_libkqueue)]
impl Drop for Kqueue {
    fn drop(&mut self) {
        self.wake.queue().unwatch_all();
    }
}

/// A wait that is prepared. Others may use the driver while it lasts.
pub(crate) struct KqueueEntry {
    queue: RawFd,
    timeout: Option<Duration>,
    events: Vec<Raw>,
    most: usize,
}

impl KqueueEntry {
    /// Waits.
    ///
    /// # Safety
    /// The driver that it came from has not been dropped.
    pub(crate) unsafe fn wait(&mut self) -> io::Result<()> {
        // SAFETY: the caller's word.
        match unsafe { system::wait(self.queue, &mut self.events, self.most, self.timeout) } {
            Ok(()) | Err(Os::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Poller for Kqueue {
    tries::polls_with_tries!();

    unsafe fn attempt(&mut self, op: &Op<RawFd>, again: bool) -> Attempt {
        #[cfg(zokio_libkqueue)]
        if let Op::Connect { handle, .. }
        | Op::Recv { handle, .. }
        | Op::RecvPooled { handle }
        | Op::Send { handle, .. }
        | Op::SendZeroCopy { handle, .. } = *op
            && let Some(error) = self.wake.queue().take_error(handle)
        {
            return tries::done(Err(error), false);
        }
        // SAFETY: the caller's word.
        let mut attempt = unsafe { self.tries.attempt(op, again) };
        // Urgent data cuts a read short, and no event tells of it: what lies behind it has to be looked for.
        if let Attempt::Done { dry, .. } = &mut attempt {
            *dry &= matches!(op, Op::Send { .. } | Op::SendZeroCopy { .. });
        }
        attempt
    }

    fn watch(&mut self, handle: RawFd, token: u64) -> Result<(), Errno> {
        self.wake.queue().watch(handle, token).map_err(|error| Errno(error.raw_os_error() as u16))
    }

    #[cfg(zokio_libkqueue)]
    fn unwatch(&mut self, handle: RawFd) {
        self.wake.queue().unwatch(handle);
    }

    fn wait(&mut self, wait: Wait) -> io::Result<usize> {
        let mut entry = self.begin(wait);
        // SAFETY: the queue is ours, and stays open meanwhile.
        let waited = unsafe { entry.wait() };
        self.awake();
        let count = self.finish(entry);
        waited.map(|()| count)
    }

    fn event(&self, index: usize) -> Event {
        let Seen { token, reads, ended } = system::seen(&self.events[index]);
        // What has ended can be read to its end, and writing to it fails at once.
        Event { token, readable: reads || ended, writable: !reads || ended, ended }
    }
}
