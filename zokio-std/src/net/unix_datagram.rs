//! Datagrams between processes of one machine.

use super::socket;
use crate::driver::system;
use crate::io::Watched;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::net::{AddressFamily, RecvFlags, SocketAddrUnix, SocketType};
use std::io;
use std::path::{Path, PathBuf};
use zokio_core::driver::Interest;

/// A datagram socket between processes of the same machine. None is lost or reordered; a full receiver makes the sender wait.
///
/// **Cancel safety** of all its operations: a receive that is dropped has taken nothing; of a send that is dropped the datagram was
/// sent whole, or not at all. On io_uring what tasks send until the next turn goes with one system call, as of a
/// [`UdpSocket`](super::UdpSocket).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let (mut one, mut other) = zokio_std::net::UnixDatagram::pair()?;
/// one.send(b"hello").await?;
/// let mut bytes = [0; 16];
/// assert_eq!(other.recv(&mut bytes).await?, 5);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct UnixDatagram(Watched);

impl UnixDatagram {
    /// A socket without a name: it can send.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::NotConnected`] where no runtime runs on this thread.
    pub fn unbound() -> io::Result<Self> {
        let socket = socket::nonblocking(AddressFamily::UNIX, SocketType::DGRAM)?;
        Ok(Self(Watched::new(socket::current()?, socket)?))
    }

    /// A socket at `path`, which must not exist.
    ///
    /// # Errors
    /// As [`unbound`](Self::unbound).
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        let this = Self::unbound()?;
        rustix::net::bind(this.0.as_fd(), &SocketAddrUnix::new(path.as_ref())?)?;
        Ok(this)
    }

    /// Two sockets that are connected to each other.
    ///
    /// # Errors
    /// As [`unbound`](Self::unbound).
    pub fn pair() -> io::Result<(Self, Self)> {
        let runtime = socket::current()?;
        let (one, other) = system::pair(SocketType::DGRAM, true)?;
        Ok((Self(Watched::new(runtime, one)?), Self(Watched::new(runtime, other)?)))
    }

    /// Makes who is at `path` the one that is sent to.
    ///
    /// # Errors
    /// The system's.
    pub fn connect(&self, path: impl AsRef<Path>) -> io::Result<()> {
        Ok(rustix::net::connect(self.0.as_fd(), &SocketAddrUnix::new(path.as_ref())?)?)
    }

    /// Sends a datagram to who this is connected to.
    ///
    /// **Cancel safety:** of a dropped future the datagram was sent whole, or not at all.
    ///
    /// **Wake-up:** by room, or the turn that has sent it. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// The system's.
    pub async fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes, None).await
    }

    /// Sends a datagram to who is at `path`. Where that one is full this fails with [`io::ErrorKind::WouldBlock`]: its room is
    /// nothing that our socket can wait for. Connect first to wait.
    ///
    /// # Errors
    /// The system's.
    pub fn send_to(&self, bytes: &[u8], path: impl AsRef<Path>) -> io::Result<usize> {
        let address = SocketAddrUnix::new(path.as_ref())?;
        Ok(rustix::net::sendto(self.0.as_fd(), bytes, system::QUIET, &address)?)
    }

    /// Receives a datagram. What `into` has no room for is lost.
    ///
    /// **Cancel safety:** a dropped future has sent, or taken, nothing.
    ///
    /// **Wake-up:** by a datagram. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// The system's.
    pub async fn recv(&self, into: &mut [u8]) -> io::Result<usize> {
        Ok(self.recv_from(into).await?.0)
    }

    /// Receives a datagram; says who sent it too, if that one has a path.
    ///
    /// **Cancel safety:** a dropped future has sent, or taken, nothing.
    ///
    /// **Wake-up:** by a datagram. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// The system's.
    pub async fn recv_from(&self, into: &mut [u8]) -> io::Result<(usize, Option<PathBuf>)> {
        let receive = |socket: BorrowedFd<'_>| rustix::net::recvfrom(socket, &mut *into, RecvFlags::empty());
        let (len, _, peer) = self.0.attempt(Interest::Readable, receive).await?;
        let peer = peer.and_then(|peer| SocketAddrUnix::try_from(peer).ok());
        let path = peer.as_ref().and_then(SocketAddrUnix::path);
        Ok((len, path.map(|path| PathBuf::from(std::ffi::OsStr::new(&*path.to_string_lossy())))))
    }
}
