//! A descriptor as an async stream.

use super::abi::{self, Fd};
use super::driver::Reactor;
use super::error::Error;
use super::host::Host;
use core::cell::Cell;
use embedded_io_async::{ErrorType, Read, Write};
use zokio_core::driver::{Errno, Interest};

/// When a call on a descriptor may be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    /// At any time, and the host is never asked to wait: it would fail, or kill the module. Files, directories, devices.
    AtOnce,
    /// At any time: the call fails instead of blocking.
    NonBlocking,
    /// Only after the host has said that it will not block, and once each time.
    Gated,
}

/// A descriptor of the host, read and written without blocking the module where the host makes that possible.
///
/// Regular files, directories and devices such as `/dev/null` are read and written at once: preview 1 has no way to wait for
/// them, and some hosts fail, or kill the module, when asked.
///
/// **Cancel safety:** every operation is cancel-safe. The host is called at most once and only in the poll that completes,
/// so a dropped future has neither taken bytes nor given any. Dropping one also takes its wait back.
///
/// **Wake-up:** by the reactor's park. One place of the reactor is occupied while an operation waits.
///
/// **Costs:** O(N) for a wait to begin, one host call for the read or write itself.
///
/// ```
/// # #[cfg(all(target_os = "wasi", target_env = "p1"))] {
/// use zokio_core::driver::Wait;
/// use zokio_wasi::p1::{Descriptor, Error};
/// use zokio_wasi::{Runtime, p1::Wasi};
///
/// static RUNTIME: Runtime<Wasi, 8> = Runtime::new(Wasi);
///
/// // Standard error belongs to the parent process, too.
/// let log = Descriptor::inherit(RUNTIME.reactor(), 2)?;
/// RUNTIME.block_on(async {
///     log.writable().await?;
///     log.write(b"one line for the log\n").await
/// })??;
/// // What is not open is told at once.
/// let error = Descriptor::adopt(RUNTIME.reactor(), 77).err().unwrap();
/// assert_eq!(error.to_string(), "fd_fdstat_get failed for descriptor 77: EBADF (8)");
/// # } Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Descriptor<'r, H: Host, const N: usize> {
    reactor: &'r Reactor<H, N>,
    fd: Fd,
    mode: Cell<Mode>,
    owned: bool,
}

impl<'r, H: Host, const N: usize> Descriptor<'r, H, N> {
    /// Takes over `fd`, makes it non-blocking if the host lets it, and closes it when dropped.
    ///
    /// Nobody else may use `fd` from now on. If somebody closes it all the same, operations fail (`EBADF`); on Node, whose
    /// `poll_oneoff` crashes on a closed descriptor, they may end the process.
    ///
    /// # Errors
    /// `fd` is not open; it is not closed then.
    pub fn adopt(reactor: &'r Reactor<H, N>, fd: Fd) -> Result<Self, Error> {
        let (mut this, flags) = Self::new(reactor, fd)?;
        this.owned = true;
        if this.mode.get() == Mode::Gated
            && reactor.host().fd_fdstat_set_flags(fd, flags | abi::FDFLAG_NONBLOCK).is_ok()
        {
            this.mode.set(Mode::NonBlocking);
        }
        Ok(this)
    }

    /// Uses `fd`, which others use too: it is neither closed nor made non-blocking.
    ///
    /// That is for standard input and output, which share their state with the parent process: a shell whose terminal
    /// becomes non-blocking breaks.
    ///
    /// # Errors
    /// `fd` is not open.
    pub fn inherit(reactor: &'r Reactor<H, N>, fd: Fd) -> Result<Self, Error> {
        Ok(Self::new(reactor, fd)?.0)
    }

    fn new(reactor: &'r Reactor<H, N>, fd: Fd) -> Result<(Self, u16), Error> {
        let stat =
            reactor.host().fd_fdstat_get(fd).map_err(|errno| Error::Descriptor { call: "fd_fdstat_get", fd, errno })?;
        let mode = Cell::new(if stat.is_always_ready() { Mode::AtOnce } else { Mode::Gated });
        Ok((Self { reactor, fd, mode, owned: false }, stat.flags))
    }

    /// The descriptor's number.
    pub const fn fd(&self) -> Fd {
        self.fd
    }

    pub(super) const fn reactor(&self) -> &'r Reactor<H, N> {
        self.reactor
    }

    /// Whether a call may block unless the host has just said that it will not.
    pub(super) fn is_gated(&self) -> bool {
        self.mode.get() == Mode::Gated
    }

    pub(super) const fn error(&self, call: &'static str, errno: Errno) -> Error {
        Error::Descriptor { call, fd: self.fd, errno }
    }

    /// Completes when reading would not block: there are bytes, or the stream has ended.
    ///
    /// Cancel safety, wake-up and costs: as of [`Descriptor`].
    ///
    /// # Errors
    /// The host knows the descriptor no more, or all places of the reactor are taken ([`Error::Full`]).
    pub async fn readable(&self) -> Result<(), Error> {
        self.wait(Interest::Readable).await
    }

    /// Completes when writing would not block.
    ///
    /// # Errors
    /// As of [`readable`](Self::readable).
    pub async fn writable(&self) -> Result<(), Error> {
        self.wait(Interest::Writable).await
    }

    async fn wait(&self, interest: Interest) -> Result<(), Error> {
        while self.mode.get() != Mode::AtOnce {
            let answer = match self.reactor.ready(self.fd, interest).await {
                // Where the call that follows could block, a doubtful hint is not enough.
                Ok(hint) if self.mode.get() == Mode::Gated && !hint.reliable => self.reactor.confirm(self.fd, interest),
                Ok(_) => return Ok(()),
                Err(error) => Err(error),
            };
            match answer {
                Ok(true) => return Ok(()),
                Ok(false) => self.reactor.spurious(),
                // The host cannot wait for a thing of this kind, so calls must do without.
                Err(Error::Descriptor { errno: abi::PERM | abi::NOTSUP, .. }) => self.mode.set(Mode::AtOnce),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes `call` when it is time, and again after a wait for as long as it would block.
    pub(super) async fn when_ready(
        &self,
        interest: Interest,
        mut ready: bool,
        mut call: impl FnMut(&H) -> Result<usize, Errno>,
    ) -> Result<Result<usize, Errno>, Error> {
        loop {
            if ready {
                match call(self.reactor.host()) {
                    Err(abi::AGAIN | abi::INTR) if self.mode.get() != Mode::AtOnce => {}
                    result => return Ok(result),
                }
            }
            self.wait(interest).await?;
            ready = true;
        }
    }

    /// Reads what is there, once there is something; `Ok(0)` is the end of the stream, or an empty `buf`.
    ///
    /// Cancel safety, wake-up and costs: as of [`Descriptor`].
    ///
    /// # Errors
    /// What the host reports, or [`Error::Full`].
    pub async fn read(&self, buf: &mut [u8]) -> Result<usize, Error> {
        if buf.is_empty() {
            return Ok(0);
        }
        let ready = self.mode.get() != Mode::Gated;
        let result = self.when_ready(Interest::Readable, ready, |host| host.fd_read(self.fd, buf)).await?;
        result.map_err(|errno| self.error("fd_read", errno))
    }

    /// Writes what the host takes at once, at least one byte. Where the host makes writes block, so does this.
    ///
    /// Cancel safety, wake-up and costs: as of [`Descriptor`].
    ///
    /// # Errors
    /// What the host reports ([`Error::WriteZero`] if it takes nothing), or [`Error::Full`].
    pub async fn write(&self, buf: &[u8]) -> Result<usize, Error> {
        if buf.is_empty() {
            return Ok(0);
        }
        // Hosts take the bytes of a gated descriptor however long that lasts, so that waiting first would gain nothing.
        let result = self.when_ready(Interest::Writable, true, |host| host.fd_write(self.fd, buf)).await?;
        match result {
            Ok(0) => Err(Error::WriteZero { fd: self.fd }),
            result => result.map_err(|errno| self.error("fd_write", errno)),
        }
    }

    /// Closes an adopted descriptor and says how that went; an inherited one is only let go.
    ///
    /// No wait can be pending: it would borrow the descriptor.
    ///
    /// # Errors
    /// What the host reports; the descriptor is gone in any case.
    pub fn close(mut self) -> Result<(), Error> {
        if !core::mem::take(&mut self.owned) {
            return Ok(());
        }
        self.reactor.host().fd_close(self.fd).map_err(|errno| self.error("fd_close", errno))
    }
}

impl<H: Host, const N: usize> Drop for Descriptor<'_, H, N> {
    fn drop(&mut self) {
        if self.owned {
            // Nobody is left to tell.
            let _ = self.reactor.host().fd_close(self.fd);
        }
    }
}

impl<H: Host, const N: usize> ErrorType for Descriptor<'_, H, N> {
    type Error = Error;
}

impl<H: Host, const N: usize> Read for Descriptor<'_, H, N> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        Descriptor::read(self, buf).await
    }
}

impl<H: Host, const N: usize> Write for Descriptor<'_, H, N> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Error> {
        Descriptor::write(self, buf).await
    }

    /// Nothing is kept back, so there is nothing to do.
    async fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
