//! A TCP connection.

use super::socket;
use super::split::{ReadHalf, WriteHalf};
use crate::reactor::{Fault, Reactor, Waiter};
use crate::runtime::Handle;
use rustix::net::{Shutdown, sockopt};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::task::{Context, Poll};

/// A TCP connection.
///
/// **Reading.** The read belongs to the stream, not to the future: dropping a [`read`](Self::read) leaves it armed, and
/// the next one takes the bytes. An idle connection owns no buffer.
///
/// **Writing.** [`write`](Self::write) copies into a buffer of the runtime and returns; what all tasks wrote in a turn is
/// handed to the kernel together, before the next wait. [`flush`](Self::flush) waits until the kernel has taken it.
/// An error after a write was accepted is reported by the next write or flush.
///
/// **Dropping** sends what was accepted (a peer that does not take it within a minute loses it), then closes.
#[derive(Debug)]
pub struct TcpStream {
    runtime: Handle,
    id: u32,
}

impl TcpStream {
    /// Connects to `address`.
    ///
    /// **Cancel safety:** dropping the future gives the connection up.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::NotConnected`] where no runtime runs on this thread.
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        let runtime = socket::current()?;
        let stream = Self::adopt(runtime, socket::tcp(runtime, address)?)?;
        let started = poll_fn(|cx| stream.poll(cx, |reactor, id, _| Poll::Ready(reactor.start_connect(id, address))));
        if started.await?.is_none() {
            poll_fn(|cx| stream.poll(cx, |reactor, id, waiter| reactor.poll_connect(id, waiter))).await?;
        }
        Ok(stream)
    }

    /// The stream of a connected socket.
    pub(super) fn adopt(runtime: Handle, socket: OwnedFd) -> io::Result<Self> {
        let id = runtime.with(|reactor| reactor.adopt(socket))??;
        Ok(Self { runtime, id })
    }

    /// The number of its record, for tests that look there.
    #[cfg(test)]
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    fn with<R>(&self, f: impl FnOnce(&mut Reactor, u32) -> Result<R, Fault>) -> Result<R, Fault> {
        self.runtime.with(|reactor| f(reactor, self.id))?
    }

    fn poll<R>(
        &self,
        cx: &mut Context<'_>,
        f: impl FnOnce(&mut Reactor, u32, &mut Waiter<'_>) -> Poll<Result<R, Fault>>,
    ) -> Poll<Result<R, Fault>> {
        self.runtime.poll(cx, |reactor, waiter| f(reactor, self.id, waiter))
    }

    pub(super) async fn read_shared(&self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        let read = poll_fn(|cx| self.poll(cx, |reactor, id, waiter| reactor.poll_receive(id, into, waiter)));
        Ok(read.await?)
    }

    pub(super) async fn write_shared(&self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let write = poll_fn(|cx| self.poll(cx, |reactor, id, waiter| reactor.poll_write(id, bytes, waiter)));
        Ok(write.await?)
    }

    pub(super) async fn flush_shared(&self) -> io::Result<()> {
        Ok(poll_fn(|cx| self.poll(cx, |reactor, id, waiter| reactor.poll_flush(id, waiter))).await?)
    }

    /// Reads some bytes; waits until there is at least one. 0 is the end of the stream (or `into` is empty).
    ///
    /// **Cancel safety:** nothing is lost; the next read takes the bytes. **Wake-up:** by bytes, the end, or an error.
    /// **Complexity:** O(bytes), no allocation.
    ///
    /// # Errors
    /// The system's, above all [`io::ErrorKind::ConnectionReset`].
    pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.read_shared(into).await
    }

    /// Accepts some bytes for sending; waits until there is room for at least one.
    ///
    /// **Cancel safety:** a write that is dropped has accepted nothing. **Wake-up:** by room. **Complexity:** O(bytes), no
    /// allocation.
    ///
    /// # Errors
    /// The system's, also of what was accepted before.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_shared(bytes).await
    }

    /// Accepts all of `bytes` for sending.
    ///
    /// **Cancel safety:** a part may have been accepted.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let len = self.write_shared(bytes).await?;
            bytes = &bytes[len..];
        }
        Ok(())
    }

    /// Waits until the kernel has taken everything that was accepted.
    ///
    /// **Cancel safety:** dropping the future changes nothing.
    ///
    /// # Errors
    /// What became of what was accepted.
    pub async fn flush(&mut self) -> io::Result<()> {
        self.flush_shared().await
    }

    /// Flushes, then tells the peer that no more bytes follow. Reading goes on.
    ///
    /// # Errors
    /// As [`flush`](Self::flush), and the system's.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        self.flush_shared().await?;
        self.on_socket(|socket| rustix::net::shutdown(socket, Shutdown::Write))
    }

    /// The two directions, to be used at the same time.
    pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
        (ReadHalf(self), WriteHalf(self))
    }

    /// Sends small packets at once instead of waiting for an acknowledgement of the last ones (`TCP_NODELAY`).
    ///
    /// # Errors
    /// The system's.
    pub fn set_nodelay(&self, on: bool) -> io::Result<()> {
        self.on_socket(|socket| sockopt::set_tcp_nodelay(socket, on))
    }

    /// Our end's address.
    ///
    /// # Errors
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(SocketAddr::try_from(self.on_socket(|socket| rustix::net::getsockname(socket))?)?)
    }

    /// The peer's address.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::NotConnected`] if the connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        let peer = self.on_socket(|socket| rustix::net::getpeername(socket))?;
        Ok(SocketAddr::try_from(peer.ok_or(io::ErrorKind::NotConnected)?)?)
    }

    fn on_socket<R>(&self, f: impl FnOnce(BorrowedFd<'_>) -> Result<R, rustix::io::Errno>) -> io::Result<R> {
        // Under the lock, so that the runtime cannot end, and close the handle, meanwhile.
        let result = self.with(|reactor, id| Ok(f(reactor.socket(id))))?;
        Ok(result?)
    }
}

impl Drop for TcpStream {
    fn drop(&mut self) {
        // Where the runtime is gone, it has closed the socket.
        let _orphans = self.runtime.with(|reactor| reactor.release(self.id));
    }
}

impl embedded_io::ErrorType for TcpStream {
    type Error = io::Error;
}

impl embedded_io_async::Read for TcpStream {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.read_shared(into).await
    }
}

impl embedded_io_async::Write for TcpStream {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_shared(bytes).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.flush_shared().await
    }
}
