//! The few preview 1 functions that a driver needs, behind a trait, so that a test can be the host.

use super::abi::{Event, Fd, FdStat, Subscription};
use zokio_core::driver::Errno;

/// A preview 1 host.
///
/// The real one is `Wasi`, in a module. Hosts disagree about nearly everything here, so nobody above this trait
/// believes what it returns: readiness is a hint, the end of a timer is a hint, and errors are looked into.
///
/// All methods take `&self`: a module has one host, and that has state of its own.
///
/// ```
/// use core::cell::Cell;
/// use zokio_core::driver::{Errno, Wait};
/// use zokio_core::time::Instant;
/// use zokio_wasi::p1::abi::{self, Event, Fd, FdStat, Subscription};
/// use zokio_wasi::p1::{Error, Host, Reactor};
///
/// /// A host without descriptors, whose time passes only while somebody waits.
/// struct Virtual(Cell<u64>);
///
/// impl Host for Virtual {
///     fn poll_oneoff(&self, subscriptions: &[Subscription], events: &mut [Event]) -> Result<(), Errno> {
///         let clock = subscriptions.iter().find(|s| s.kind == abi::CLOCK).ok_or(abi::BADF)?;
///         self.0.set(self.0.get() + clock.timeout);
///         events[0] = Event { userdata: clock.userdata, kind: abi::CLOCK, ..Event::UNWRITTEN };
///         Ok(())
///     }
///     fn monotonic(&self) -> Result<u64, Errno> {
///         Ok(self.0.get())
///     }
///     fn fd_fdstat_get(&self, _: Fd) -> Result<FdStat, Errno> {
///         Err(abi::BADF)
///     }
///     fn fd_fdstat_set_flags(&self, _: Fd, _: u16) -> Result<(), Errno> {
///         Err(abi::BADF)
///     }
///     fn fd_read(&self, _: Fd, _: &mut [u8]) -> Result<usize, Errno> {
///         Err(abi::BADF)
///     }
///     fn fd_write(&self, _: Fd, _: &[u8]) -> Result<usize, Errno> {
///         Err(abi::BADF)
///     }
///     fn fd_close(&self, _: Fd) -> Result<(), Errno> {
///         Err(abi::BADF)
///     }
/// }
///
/// let reactor: Reactor<Virtual, 4> = Reactor::new(Virtual(Cell::new(0)));
/// reactor.park(Wait::Until(Instant::from_nanos(7)))?;
/// assert_eq!(reactor.now(), Instant::from_nanos(7));
/// assert_eq!(reactor.stats().host_calls, 1);
/// // What could never end does not begin.
/// assert_eq!(reactor.park(Wait::Forever), Err(Error::NothingArmed));
/// # Ok::<(), Error>(())
/// ```
pub trait Host {
    /// Waits until at least one of `subscriptions` has come true, and writes what happened to the front of `events`,
    /// which is as long as `subscriptions`.
    ///
    /// There is no count of events: not every host returns one. The caller fills `events` with [`Event::UNWRITTEN`] first
    /// and looks at all of them afterwards.
    ///
    /// # Errors
    /// One subscription is bad, or all are, or the host cannot wait for this combination. It does not say which.
    fn poll_oneoff(&self, subscriptions: &[Subscription], events: &mut [Event]) -> Result<(), Errno>;

    /// Nanoseconds of the monotonic clock.
    ///
    /// # Errors
    /// The host has no such clock.
    fn monotonic(&self) -> Result<u64, Errno>;

    /// What `fd` is.
    ///
    /// # Errors
    /// `fd` is not open.
    fn fd_fdstat_get(&self, fd: Fd) -> Result<FdStat, Errno>;

    /// Sets the `FDFLAG_` bits of `fd`.
    ///
    /// # Errors
    /// The host refuses, as wasmtime does for standard input and output.
    fn fd_fdstat_set_flags(&self, fd: Fd, flags: u16) -> Result<(), Errno>;

    /// Reads once; `Ok(0)` is the end of the stream. Blocks the whole module if there is nothing and `fd` is not
    /// non-blocking.
    ///
    /// # Errors
    /// What the host reports.
    fn fd_read(&self, fd: Fd, buf: &mut [u8]) -> Result<usize, Errno>;

    /// Writes once, possibly not all of `buf`. Blocks the whole module if there is no room and `fd` is not non-blocking.
    ///
    /// # Errors
    /// What the host reports.
    fn fd_write(&self, fd: Fd, buf: &[u8]) -> Result<usize, Errno>;

    /// Closes `fd`.
    ///
    /// # Errors
    /// What the host reports; `fd` is not to be used again in any case.
    fn fd_close(&self, fd: Fd) -> Result<(), Errno>;

    /// Takes a connection from the listening socket `fd`, with these `FDFLAG_` bits. Blocks if there is none and `fd` is not
    /// non-blocking.
    ///
    /// # Errors
    /// What the host reports; most have no sockets.
    fn sock_accept(&self, _fd: Fd, _flags: u16) -> Result<Fd, Errno> {
        Err(super::abi::NOTSUP)
    }

    /// Receives once; as [`fd_read`](Self::fd_read).
    ///
    /// # Errors
    /// What the host reports.
    fn sock_recv(&self, fd: Fd, buf: &mut [u8]) -> Result<usize, Errno> {
        self.fd_read(fd, buf)
    }

    /// Sends once; as [`fd_write`](Self::fd_write).
    ///
    /// # Errors
    /// What the host reports.
    fn sock_send(&self, fd: Fd, buf: &[u8]) -> Result<usize, Errno> {
        self.fd_write(fd, buf)
    }

    /// Ends directions of the connection `fd`.
    ///
    /// # Errors
    /// What the host reports.
    fn sock_shutdown(&self, _fd: Fd, _how: u8) -> Result<(), Errno> {
        Err(super::abi::NOTSUP)
    }
}
