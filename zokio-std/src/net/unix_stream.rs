//! Streams between processes of one machine.

use super::send_file::send_file;
use super::send_owned::send_owned;
use super::socket;
use super::split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf, owned};
use super::stream::Stream;
use crate::driver::system;
use crate::fs::File;
use crate::io::{IoBuf, Loan, Submission};
use crate::reactor::Held;
use crate::runtime::Handle;
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::net::{SocketAddrUnix, SocketType, addr::SocketAddrArg};
use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::sync::Arc;
use zokio_core::driver::{Key, Op};

/// A connection to a process of the same machine. Reads, writes and ends as a [`TcpStream`](super::TcpStream) does.
///
/// ```
/// use zokio_std::{Runtime, net::UnixStream};
///
/// Runtime::new()?.block_on(async {
///     let (mut one, mut other) = UnixStream::pair()?;
///     one.write_all(b"hello").await?;
///     one.flush().await?;
///     let mut bytes = [0; 8];
///     assert_eq!(other.read(&mut bytes).await?, 5);
///     std::io::Result::Ok(())
/// })
/// # ?; std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct UnixStream(pub(crate) Stream);

impl UnixStream {
    /// Connects to who listens at `path`.
    ///
    /// **Cancel safety:** dropping the future gives the connection up.
    ///
    /// **Wake-up:** by the peer's answer. **Complexity:** O(1), no allocation.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::NotConnected`] where no runtime runs on this thread.
    pub async fn connect(path: impl AsRef<Path>) -> io::Result<Self> {
        let runtime = socket::current()?;
        let address = SocketAddrUnix::new(path.as_ref())?;
        let socket = Arc::new(socket::unix(runtime, SocketType::STREAM)?);
        let any = address.as_any();
        // SAFETY: that many bytes of it are an address.
        let bytes = unsafe { std::slice::from_raw_parts(any.as_ptr().cast::<u8>(), any.addr_len() as usize) };
        let loan = Loan::new(bytes.to_vec());
        let op = Op::Connect { handle: socket.as_raw_fd(), address: loan.contents() };
        runtime.with(|reactor| reactor.welcome(socket.as_raw_fd()))?;
        let held = Held { file: Some(socket.clone()), buffer: Some(loan), ..Held::default() };
        // SAFETY: socket and address are held.
        let (connected, held) = unsafe { Submission::new(runtime, op, held) }.await;
        connected?;
        drop(held);
        let socket = Arc::into_inner(socket).ok_or(io::ErrorKind::NotConnected)?;
        Ok(Self(Stream::adopt(runtime, socket)?))
    }

    /// Two streams that are connected to each other.
    ///
    /// # Errors
    /// The system's.
    pub fn pair() -> io::Result<(Self, Self)> {
        let runtime = socket::current()?;
        let (one, other) = system::pair(SocketType::STREAM, socket::nonblocking_ones(runtime)?)?;
        Ok((Self(Stream::adopt(runtime, one)?), Self(Stream::adopt(runtime, other)?)))
    }

    /// As [`TcpStream::read`](super::TcpStream::read).
    ///
    /// # Errors
    /// As there.
    pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).await
    }

    /// As [`TcpStream::read_exact`](super::TcpStream::read_exact).
    ///
    /// # Errors
    /// As there.
    pub async fn read_exact(&mut self, into: &mut [u8]) -> io::Result<()> {
        self.0.read_exact(into).await
    }

    /// As [`TcpStream::peek`](super::TcpStream::peek).
    ///
    /// **Cancel safety:** nothing is taken.
    ///
    /// **Wake-up:** by bytes. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// As there.
    pub async fn peek(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.peek(into).await
    }

    /// As [`TcpStream::read_vectored`](super::TcpStream::read_vectored).
    ///
    /// **Wake-up:** by bytes. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// As there.
    pub async fn read_vectored(&mut self, pieces: &mut [io::IoSliceMut<'_>]) -> io::Result<usize> {
        self.0.read_vectored(pieces).await
    }

    /// As [`TcpStream::write`](super::TcpStream::write).
    ///
    /// # Errors
    /// As there.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).await
    }

    /// As [`TcpStream::write_all`](super::TcpStream::write_all).
    ///
    /// **Wake-up:** by room. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// As there.
    pub async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// As [`TcpStream::write_vectored`](super::TcpStream::write_vectored).
    ///
    /// **Wake-up:** by room. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// As there.
    pub async fn write_vectored(&mut self, pieces: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(pieces).await
    }

    /// As [`TcpStream::flush`](super::TcpStream::flush).
    ///
    /// # Errors
    /// As there.
    pub async fn flush(&mut self) -> io::Result<()> {
        self.0.flush().await
    }

    /// As [`TcpStream::write_all_owned`](super::TcpStream::write_all_owned); the kernel copies.
    ///
    /// **Cancel safety:** as there. **Wake-up:** by room. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// As there.
    pub async fn write_all_owned<B: IoBuf>(&mut self, buf: B) -> (io::Result<()>, B) {
        send_owned(&self.0, buf).await
    }

    /// As [`TcpStream::send_file`](super::TcpStream::send_file).
    ///
    /// **Cancel safety:** as there. **Wake-up:** by room. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// As there.
    pub async fn send_file(&mut self, file: &File, offset: u64, len: u64) -> io::Result<u64> {
        send_file(&self.0, file, offset, len).await
    }

    /// As [`TcpStream::shutdown`](super::TcpStream::shutdown).
    ///
    /// **Cancel safety:** dropping the future changes nothing.
    ///
    /// # Errors
    /// As there.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        self.0.shutdown().await
    }

    /// The two directions, to be used at the same time.
    pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
        (ReadHalf(&self.0), WriteHalf(&self.0))
    }

    /// The two directions, each to go where it likes.
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        owned(self.0)
    }

    /// Who is at the other end: process, user and group, as they were when it was connected. Linux only.
    ///
    /// # Errors
    /// The system's.
    #[cfg(target_os = "linux")]
    pub fn peer_credentials(&self) -> io::Result<rustix::net::UCred> {
        self.0.on_socket(|socket| rustix::net::sockopt::socket_peercred(socket))
    }
}

impl embedded_io::ErrorType for UnixStream {
    type Error = io::Error;
}

impl embedded_io_async::Read for UnixStream {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).await
    }
}

impl embedded_io_async::Write for UnixStream {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.0.flush().await
    }
}

/// Accepts connections from processes of the same machine. The name in the file system stays when it is dropped.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let mut listener = zokio_std::net::UnixListener::bind("/run/my.socket")?;
/// let mut stream = listener.accept().await?;
/// stream.write_all(b"hello\n").await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct UnixListener {
    runtime: Handle,
    /// `None` only while it is dropped.
    socket: Option<OwnedFd>,
    armed: Option<Key>,
}

impl UnixListener {
    /// Listens at `path`, which must not exist.
    ///
    /// # Errors
    /// The system's, above all [`io::ErrorKind::AddrInUse`]; [`io::ErrorKind::NotConnected`] where no runtime runs on this
    /// thread.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        let runtime = socket::current()?;
        let socket = socket::unix(runtime, SocketType::STREAM)?;
        rustix::net::bind(&socket, &SocketAddrUnix::new(path.as_ref())?)?;
        rustix::net::listen(&socket, 4096)?;
        runtime.with(|reactor| reactor.welcome(socket.as_raw_fd()))?;
        Ok(Self { runtime, socket: Some(socket), armed: None })
    }

    /// Waits for a connection.
    ///
    /// **Cancel safety:** the accept belongs to the listener; dropping the future leaves it armed, and none is lost.
    ///
    /// **Wake-up:** by a connection. **Complexity:** O(1), no allocation.
    ///
    /// # Errors
    /// The system's; the listener stays usable.
    pub async fn accept(&mut self) -> io::Result<UnixStream> {
        let accepted = poll_fn(|cx| {
            let (Some(socket), armed) = (&self.socket, &mut self.armed) else { unreachable!("not dropped") };
            self.runtime.poll(cx, |reactor, waiter| reactor.poll_accept(socket, armed, waiter))
        });
        Ok(UnixStream(Stream::adopt(self.runtime, accepted.await?)?))
    }
}

impl Drop for UnixListener {
    fn drop(&mut self) {
        let armed = self.armed.take();
        // Where the runtime is gone, the socket is closed here.
        let _orphans = self.runtime.with(|reactor| Some(reactor.release_listener(self.socket.take()?, armed)));
    }
}
