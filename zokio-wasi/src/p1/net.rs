//! Sockets that a host has opened for the module: preview 1 can accept, receive, send and shut down, but not connect or bind.
//!
//! Hosts that have them are wasmi and wasmtime up to 46; on others every call fails, and networking is preview 2's.

use super::abi::{self, Fd};
use super::descriptor::Descriptor;
use super::driver::Reactor;
use super::error::Error;
use super::host::Host;
use embedded_io_async::{ErrorType, Read, Write};
use zokio_core::driver::Interest;

/// Where the descriptors that a host gives begin, and how far they are looked for.
const PREOPENED: core::ops::Range<Fd> = 3..64;

/// A listening socket that the host has opened.
///
/// ```no_run
/// # #[cfg(all(target_os = "wasi", target_env = "p1"))] {
/// use zokio_wasi::p1::{Listener, Wasi};
/// use zokio_wasi::Runtime;
///
/// static RUNTIME: Runtime<Wasi, 64> = Runtime::new(Wasi);
///
/// // Under `wasmi --tcplisten 127.0.0.1:7000`: sends back what comes, one connection after the other.
/// let socket = Listener::preopened(RUNTIME.reactor()).next().ok_or("the host gave no socket")?;
/// let listener = Listener::adopt(RUNTIME.reactor(), socket)?;
/// RUNTIME.block_on(async {
///     loop {
///         let connection = listener.accept().await?;
///         let mut bytes = [0; 512];
///         while let len @ 1.. = connection.recv(&mut bytes).await? {
///             let mut left = &bytes[..len];
///             while !left.is_empty() {
///                 left = &left[connection.send(left).await?..];
///             }
///         }
///         connection.shutdown()?;
///     }
///     #[allow(unreachable_code)]
///     Ok::<(), zokio_wasi::p1::Error>(())
/// })??;
/// # } Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Listener<'r, H: Host, const N: usize>(Descriptor<'r, H, N>);

impl<'r, H: Host, const N: usize> Listener<'r, H, N> {
    /// Takes over the listening socket `fd`.
    ///
    /// # Errors
    /// `fd` is not open.
    pub fn adopt(reactor: &'r Reactor<H, N>, fd: Fd) -> Result<Self, Error> {
        Descriptor::adopt(reactor, fd).map(Self)
    }

    /// The sockets among the descriptors that the host gave, whatever else is between them. O(64) calls of the host.
    ///
    /// Some hosts say of a pipe that it is a socket, so only whoever knows what it was given can tell a listener.
    pub fn preopened(reactor: &'r Reactor<H, N>) -> impl Iterator<Item = Fd> + 'r {
        let is_socket =
            |fd: &Fd| reactor.host().fd_fdstat_get(*fd).is_ok_and(|stat| stat.filetype == abi::FILETYPE_SOCKET_STREAM);
        PREOPENED.filter(is_socket)
    }

    /// Waits for a connection.
    ///
    /// **Cancel safety:** a dropped accept has taken no connection. **Wake-up:** by the reactor's park. **Costs:** as of
    /// [`Descriptor`], and two host calls for the descriptor that it takes over.
    ///
    /// # Errors
    /// What the host reports, or [`Error::Full`].
    pub async fn accept(&self) -> Result<Stream<'r, H, N>, Error> {
        let fd = self.0.fd();
        let accept = |host: &H| host.sock_accept(fd, abi::FDFLAG_NONBLOCK).map(|fd| fd as usize);
        let ready = !self.0.is_gated();
        let accepted = self.0.when_ready(Interest::Readable, ready, accept).await?;
        let accepted = accepted.map_err(|errno| self.0.error("sock_accept", errno))?;
        Descriptor::adopt(self.0.reactor(), accepted as Fd).map(Stream)
    }
}

/// A connection.
///
/// **Cancel safety:** as of [`Descriptor`]. **Wake-up:** by the reactor's park.
///
/// Comes from a [`Listener`], whose example uses it.
pub struct Stream<'r, H: Host, const N: usize>(Descriptor<'r, H, N>);

impl<'r, H: Host, const N: usize> Stream<'r, H, N> {
    /// Takes over the connection `fd`.
    ///
    /// # Errors
    /// `fd` is not open.
    pub fn adopt(reactor: &'r Reactor<H, N>, fd: Fd) -> Result<Self, Error> {
        Descriptor::adopt(reactor, fd).map(Self)
    }

    /// Receives what is there, once there is something; `Ok(0)` is the end, or an empty `buf`.
    ///
    /// Cancel safety, wake-up and costs: as of [`Descriptor`].
    ///
    /// # Errors
    /// What the host reports, or [`Error::Full`].
    pub async fn recv(&self, buf: &mut [u8]) -> Result<usize, Error> {
        if buf.is_empty() {
            return Ok(0);
        }
        let (fd, ready) = (self.0.fd(), !self.0.is_gated());
        let received = self.0.when_ready(Interest::Readable, ready, |host| host.sock_recv(fd, buf)).await?;
        received.map_err(|errno| self.0.error("sock_recv", errno))
    }

    /// Sends what the host takes at once, at least one byte.
    ///
    /// Cancel safety, wake-up and costs: as of [`Descriptor`].
    ///
    /// # Errors
    /// What the host reports ([`Error::WriteZero`] if it takes nothing), or [`Error::Full`].
    pub async fn send(&self, buf: &[u8]) -> Result<usize, Error> {
        if buf.is_empty() {
            return Ok(0);
        }
        let fd = self.0.fd();
        match self.0.when_ready(Interest::Writable, true, |host| host.sock_send(fd, buf)).await? {
            Ok(0) => Err(Error::WriteZero { fd }),
            result => result.map_err(|errno| self.0.error("sock_send", errno)),
        }
    }

    /// Ends the sending direction; the peer receives the end.
    ///
    /// # Errors
    /// What the host reports.
    pub fn shutdown(&self) -> Result<(), Error> {
        let result = self.0.reactor().host().sock_shutdown(self.0.fd(), abi::SHUT_WRITE);
        result.map_err(|errno| self.0.error("sock_shutdown", errno))
    }
}

impl<H: Host, const N: usize> ErrorType for Stream<'_, H, N> {
    type Error = Error;
}

impl<H: Host, const N: usize> Read for Stream<'_, H, N> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        self.recv(buf).await
    }
}

impl<H: Host, const N: usize> Write for Stream<'_, H, N> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Error> {
        self.send(buf).await
    }

    /// Nothing is kept back, so there is nothing to do.
    async fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
