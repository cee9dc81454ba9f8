//! One of the drivers, chosen at run time.

use super::entry::Entry;
#[cfg(has_epoll)]
use super::epoll::{Epoll, EpollDriver};
#[cfg(has_iocp)]
use super::iocp::IocpDriver;
use super::kind::DriverKind;
#[cfg(has_kqueue)]
use super::kqueue::{Kqueue, KqueueDriver};
use super::tries;
#[cfg(has_epoll)]
use super::uring::UringDriver;
use super::wake::{Unparker, Wake};
use rustix::fd::RawFd;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use zokio_core::driver::{
    Caps, Completion, CompletionFlags, Driver, Errno, InFlight, IoDriver, Key, Op, RawBuf, RecvPool, Staged,
    SubmitError, Wait,
};
use zokio_core::time::Instant;

/// How large a driver is.
///
/// In use: see the example of an [`AnyDriver`].
#[derive(Clone, Copy, Debug)]
pub struct DriverOptions {
    /// Submissions that one system call can take; more need more calls. 1 to 32768, rounded up to a power of two.
    pub queue_depth: u32,
    /// Operations that can be in flight. Each costs some 100 bytes once it was used, and address space before.
    pub operations: usize,
    /// Buffers for [`Op::RecvPooled`]. At most 32768, rounded up to a power of two.
    pub buffers: u16,
    /// Bytes in each of them.
    pub buffer_size: u32,
    /// Several threads turn the driver, one at a time (io_uring: costs what a ring for one thread saves).
    pub shared: bool,
}

impl Default for DriverOptions {
    fn default() -> Self {
        // A receive on a completion port has one while it waits, as long as more than half of them are free.
        let buffers = if cfg!(has_iocp) { 2048 } else { 512 };
        Self { queue_depth: 256, operations: 1 << 16, buffers, buffer_size: 8192, shared: false }
    }
}

/// One of the drivers of this platform.
///
/// ```
/// use zokio_core::driver::{Driver, Wait};
/// use zokio_std::driver::{AnyDriver, DriverKind, DriverOptions};
///
/// let mut driver = AnyDriver::new(DriverKind::Auto, &DriverOptions { operations: 64, ..DriverOptions::default() })?;
/// driver.park(Wait::Poll)?;
/// assert_eq!(driver.in_flight(), 0);
/// # std::io::Result::Ok(())
/// ```
#[allow(clippy::large_enum_variant, reason = "there is one per thread")]
pub enum AnyDriver {
    /// io_uring.
    #[cfg(has_epoll)]
    Uring(UringDriver),
    /// epoll.
    #[cfg(has_epoll)]
    Epoll(EpollDriver),
    /// kqueue.
    #[cfg(has_kqueue)]
    Kqueue(KqueueDriver),
    /// A completion port.
    #[cfg(has_iocp)]
    Iocp(IocpDriver),
}

impl AnyDriver {
    /// The driver that `kind` asks for.
    ///
    /// # Errors
    /// What the system reports. [`DriverKind::Auto`] tries epoll when io_uring cannot be had.
    pub fn new(kind: DriverKind, options: &DriverOptions) -> io::Result<Self> {
        Self::with_wake(kind, options, &Wake::new()?)
    }

    /// As [`new`](Self::new), woken by what exists already.
    pub(crate) fn with_wake(kind: DriverKind, options: &DriverOptions, wake: &Arc<Wake>) -> io::Result<Self> {
        match kind {
            #[cfg(has_epoll)]
            DriverKind::Auto | DriverKind::Uring | DriverKind::Epoll => choose(
                kind,
                || UringDriver::with_wake(options, wake.clone()).map(Self::Uring),
                || Epoll::with_wake(options, wake.clone()).map(Self::Epoll),
                super::fallback::report,
            ),
            #[cfg(all(has_kqueue, not(has_epoll)))]
            DriverKind::Auto => Kqueue::with_wake(options, wake.clone()).map(Self::Kqueue),
            #[cfg(has_kqueue)]
            DriverKind::Kqueue => Kqueue::with_wake(options, wake.clone()).map(Self::Kqueue),
            #[cfg(has_iocp)]
            DriverKind::Auto | DriverKind::Iocp => IocpDriver::with_wake(options, wake.clone()).map(Self::Iocp),
            #[allow(unreachable_patterns, reason = "depends on the system")]
            _ => Err(io::Error::new(io::ErrorKind::Unsupported, format!("this system has no {kind}"))),
        }
    }

    /// Which one it is; never [`DriverKind::Auto`].
    pub fn kind(&self) -> DriverKind {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(_) => DriverKind::Uring,
            #[cfg(has_epoll)]
            Self::Epoll(_) => DriverKind::Epoll,
            #[cfg(has_kqueue)]
            Self::Kqueue(_) => DriverKind::Kqueue,
            #[cfg(has_iocp)]
            Self::Iocp(_) => DriverKind::Iocp,
        }
    }

    /// Whether it takes [`Op::AcceptMany`] and [`Op::RecvMany`].
    pub(crate) fn has_many(&self) -> bool {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(_) => UringDriver::CAPS.many,
            #[cfg(has_epoll)]
            Self::Epoll(_) => EpollDriver::CAPS.many,
            #[allow(unreachable_patterns, reason = "depends on the system")]
            _ => false,
        }
    }

    /// Whether it takes [`Op::RecvDatagrams`].
    pub(crate) fn has_datagrams(&self) -> bool {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(_) => UringDriver::CAPS.datagrams,
            #[allow(unreachable_patterns, reason = "depends on the system")]
            _ => false,
        }
    }

    /// Whether it waits for readiness itself: so it takes [`Op::PollMany`], can [`attempt`](Self::attempt), and a wait that was
    /// cancelled is in no kernel any more.
    pub(crate) fn waits_itself(&self) -> bool {
        matches!(self.kind(), DriverKind::Epoll | DriverKind::Kqueue)
    }

    /// Who sent the datagram that was received into `buffer`, and where its bytes are.
    #[cfg_attr(not(has_epoll), allow(unused_variables, reason = "there are none"))]
    pub(crate) fn datagram(&self, buffer: &[u8]) -> Option<(Option<SocketAddr>, Range<usize>)> {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(_) => super::uring::parse(buffer),
            #[allow(unreachable_patterns, reason = "depends on the system")]
            _ => None,
        }
    }

    /// How many operations have not ended.
    pub fn in_flight(&self) -> usize {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(driver) => driver.in_flight(),
            #[cfg(has_epoll)]
            Self::Epoll(driver) => driver.in_flight(),
            #[cfg(has_kqueue)]
            Self::Kqueue(driver) => driver.in_flight(),
            #[cfg(has_iocp)]
            Self::Iocp(driver) => driver.in_flight(),
        }
    }
}

impl AnyDriver {
    /// The first half of a [`turn`](IoDriver::turn), up to the wait.
    #[cfg_attr(not(has_epoll), allow(unused_variables, reason = "only io_uring completes before it waits"))]
    pub(crate) fn begin(&mut self, wait: Wait, sink: &mut impl FnMut(Completion)) -> io::Result<Entry> {
        Ok(match self {
            #[cfg(has_epoll)]
            Self::Uring(driver) => Entry::Uring(driver.begin(wait, sink)?),
            #[cfg(has_epoll)]
            Self::Epoll(driver) => {
                let (wait, poller) = driver.begin(wait);
                Entry::Epoll(poller.begin(wait)?)
            }
            #[cfg(has_kqueue)]
            Self::Kqueue(driver) => {
                let (wait, poller) = driver.begin(wait);
                Entry::Kqueue(poller.begin(wait))
            }
            #[cfg(has_iocp)]
            Self::Iocp(driver) => Entry::Iocp(driver.begin(wait)),
        })
    }

    /// Between the halves, on the thread that waited for itself: an unpark from here on is for the next wait.
    pub(crate) fn awake(&self) {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(driver) => driver.awake(),
            #[cfg(has_epoll)]
            Self::Epoll(driver) => driver.poller().awake(),
            #[cfg(has_kqueue)]
            Self::Kqueue(driver) => driver.poller().awake(),
            #[cfg(has_iocp)]
            Self::Iocp(driver) => driver.awake(),
        }
    }

    /// The second half, after the wait.
    pub(crate) fn finish(&mut self, entry: Entry, sink: &mut impl FnMut(Completion)) {
        match (self, entry) {
            #[cfg(has_epoll)]
            (Self::Uring(driver), _) => driver.finish(sink),
            #[cfg(has_epoll)]
            (Self::Epoll(driver), Entry::Epoll(entry)) => {
                let (_, poller) = driver.begin(Wait::Poll);
                let events = poller.finish(entry);
                driver.finish(events, sink);
            }
            #[cfg(has_kqueue)]
            (Self::Kqueue(driver), Entry::Kqueue(entry)) => {
                let (_, poller) = driver.begin(Wait::Poll);
                let events = poller.finish(entry);
                driver.finish(events, sink);
            }
            #[cfg(has_iocp)]
            (Self::Iocp(driver), Entry::Iocp(entry)) => driver.finish(entry, sink),
            // An entry comes back to the driver that it came from.
            #[cfg(has_epoll)]
            _ => {}
        }
    }

    /// What `op` comes to, if this driver can do it at once and without a key.
    ///
    /// # Safety
    /// As [`submit`](IoDriver::submit), for the time of the call.
    #[inline]
    #[cfg_attr(not(any(has_epoll, has_kqueue)), allow(unused_variables, reason = "a completion port needs a key"))]
    pub(crate) unsafe fn attempt(&mut self, op: &Op<RawFd>) -> Option<(Result<u32, Errno>, CompletionFlags)> {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(_) => None,
            #[cfg(has_epoll)]
            // SAFETY: the caller's word.
            Self::Epoll(driver) => unsafe { driver.attempt(op) },
            #[cfg(has_kqueue)]
            // SAFETY: as above.
            Self::Kqueue(driver) => unsafe { driver.attempt(op) },
            #[cfg(has_iocp)]
            Self::Iocp(_) => None,
        }
    }

    /// Whether something was submitted or cancelled that waits for the next turn.
    pub(crate) fn wants_turn(&self) -> bool {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(driver) => driver.has_staged(),
            #[cfg(has_epoll)]
            Self::Epoll(driver) => driver.has_canceled(),
            #[cfg(has_kqueue)]
            Self::Kqueue(driver) => driver.has_canceled(),
            #[cfg(has_iocp)]
            Self::Iocp(driver) => driver.has_ended(),
        }
    }
}

/// What `kind` means on Linux, given how to make each.
#[cfg(has_epoll)]
fn choose<D>(
    kind: DriverKind,
    uring: impl FnOnce() -> io::Result<D>,
    epoll: impl FnOnce() -> io::Result<D>,
    refused: impl FnOnce(io::Error),
) -> io::Result<D> {
    match kind {
        DriverKind::Auto => uring().or_else(|reason| {
            refused(reason);
            epoll()
        }),
        DriverKind::Uring => uring(),
        _ => epoll(),
    }
}

impl Driver for AnyDriver {
    type Unparker = Unparker;
    type Error = io::Error;

    fn now(&self) -> Instant {
        super::now()
    }

    fn unparker(&self) -> Unparker {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(driver) => driver.unparker(),
            #[cfg(has_epoll)]
            Self::Epoll(driver) => driver.unparker(),
            #[cfg(has_kqueue)]
            Self::Kqueue(driver) => driver.unparker(),
            #[cfg(has_iocp)]
            Self::Iocp(driver) => driver.unparker(),
        }
    }

    fn park(&mut self, wait: Wait) -> io::Result<()> {
        self.turn(wait, &mut |_| {})
    }

    fn is_armed(&self) -> bool {
        self.in_flight() > 0
    }
}

impl IoDriver for AnyDriver {
    type Handle = RawFd;
    const CAPS: Caps = tries::CAPS;
    const CANCELED: Errno = tries::CANCELED;
    const NO_BUFFER: Errno = tries::NO_BUFFER;

    unsafe fn submit(&mut self, key: Key, op: &Op<RawFd>) -> Result<Staged, SubmitError> {
        // SAFETY: the caller's word.
        unsafe {
            match self {
                #[cfg(has_epoll)]
                Self::Uring(driver) => driver.submit(key, op),
                #[cfg(has_epoll)]
                Self::Epoll(driver) => driver.submit(key, op),
                #[cfg(has_kqueue)]
                Self::Kqueue(driver) => driver.submit(key, op),
                #[cfg(has_iocp)]
                Self::Iocp(driver) => driver.submit(key, op),
            }
        }
    }

    fn cancel(&mut self, key: Key) {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(driver) => driver.cancel(key),
            #[cfg(has_epoll)]
            Self::Epoll(driver) => driver.cancel(key),
            #[cfg(has_kqueue)]
            Self::Kqueue(driver) => driver.cancel(key),
            #[cfg(has_iocp)]
            Self::Iocp(driver) => driver.cancel(key),
        }
    }

    fn forget(&mut self, handle: RawFd) {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(driver) => driver.forget(handle),
            #[cfg(has_epoll)]
            Self::Epoll(driver) => driver.forget(handle),
            #[cfg(has_kqueue)]
            Self::Kqueue(driver) => driver.forget(handle),
            #[cfg(has_iocp)]
            Self::Iocp(driver) => driver.forget(handle),
        }
    }

    fn turn(&mut self, wait: Wait, sink: &mut impl FnMut(Completion)) -> io::Result<()> {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(driver) => driver.turn(wait, sink),
            #[cfg(has_epoll)]
            Self::Epoll(driver) => driver.turn(wait, sink),
            #[cfg(has_kqueue)]
            Self::Kqueue(driver) => driver.turn(wait, sink),
            #[cfg(has_iocp)]
            Self::Iocp(driver) => driver.turn(wait, sink),
        }
    }

    fn drain(&mut self, until: Instant, sink: &mut impl FnMut(Completion)) -> Result<(), InFlight> {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(driver) => driver.drain(until, sink),
            #[cfg(has_epoll)]
            Self::Epoll(driver) => driver.drain(until, sink),
            #[cfg(has_kqueue)]
            Self::Kqueue(driver) => driver.drain(until, sink),
            #[cfg(has_iocp)]
            Self::Iocp(driver) => driver.drain(until, sink),
        }
    }
}

impl RecvPool for AnyDriver {
    #[inline]
    fn pooled(&self, id: u16) -> RawBuf {
        match self {
            #[cfg(has_epoll)]
            Self::Uring(driver) => driver.pooled(id),
            #[cfg(has_epoll)]
            Self::Epoll(driver) => driver.pooled(id),
            #[cfg(has_kqueue)]
            Self::Kqueue(driver) => driver.pooled(id),
            #[cfg(has_iocp)]
            Self::Iocp(driver) => driver.pooled(id),
        }
    }

    unsafe fn recycle(&mut self, id: u16) {
        // SAFETY: the caller's word.
        unsafe {
            match self {
                #[cfg(has_epoll)]
                Self::Uring(driver) => driver.recycle(id),
                #[cfg(has_epoll)]
                Self::Epoll(driver) => driver.recycle(id),
                #[cfg(has_kqueue)]
                Self::Kqueue(driver) => driver.recycle(id),
                #[cfg(has_iocp)]
                Self::Iocp(driver) => driver.recycle(id),
            }
        }
    }
}

#[cfg(all(test, has_epoll))]
mod tests {
    use super::*;

    /// A container that forbids io_uring (`EPERM`), a kernel that lacks it (`ENOSYS`) or has an old one.
    #[test]
    fn auto_falls_back_and_the_others_do_not() {
        let refusals = [rustix::io::Errno::PERM, rustix::io::Errno::NOSYS, rustix::io::Errno::INVAL];
        for refusal in refusals.map(io::Error::from).into_iter().chain([io::ErrorKind::Unsupported.into()]) {
            let kind = refusal.kind();
            let refuse = || Err(io::Error::from(kind));
            let mut told = None;
            assert_eq!(choose(DriverKind::Auto, refuse, || Ok(7), |reason| told = Some(reason.kind())).unwrap(), 7);
            assert_eq!(told, Some(kind));
            assert_eq!(choose(DriverKind::Uring, refuse, || Ok(7), |_| unreachable!()).unwrap_err().kind(), kind);
            assert_eq!(choose(DriverKind::Epoll, || Ok(7), refuse, |_| unreachable!()).unwrap_err().kind(), kind);
        }
        assert_eq!(choose(DriverKind::Auto, || Ok(1), || Ok(2), |_| unreachable!()).unwrap(), 1);
    }
}
