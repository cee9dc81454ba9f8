//! A TCP connection.

use super::send_file::send_file;
use super::send_owned::send_owned;
use super::socket;
use super::split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf, owned};
use super::stream::Stream;
use crate::fs::File;
use crate::io::IoBuf;
use crate::runtime::Handle;
use rustix::fd::OwnedFd;
use rustix::net::sockopt;
use std::io;
use std::net::SocketAddr;

/// A TCP connection.
///
/// **Reading.** The read belongs to the stream, not to the future: dropping a [`read`](Self::read) leaves it armed, and
/// the next one takes the bytes. An idle connection owns no buffer.
///
/// **Writing.** [`write`](Self::write) copies into a buffer of the runtime and returns; what all tasks wrote in a turn is
/// handed to the kernel together, before the next wait. What would fill such a buffer alone goes to the kernel at once, but on Windows.
/// [`flush`](Self::flush) waits until the kernel has taken everything.
/// An error after a write was accepted is reported by the next write or flush.
///
/// **Dropping** sends what was accepted (a peer that does not take it within a minute loses it), then closes.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let mut stream = zokio_std::net::TcpStream::connect_host("example.org:80").await?;
/// stream.write_all(b"GET / HTTP/1.0\r\nHost: example.org\r\n\r\n").await?;
/// let mut bytes = [0; 1024];
/// let len = stream.read(&mut bytes).await?;
/// println!("{}", String::from_utf8_lossy(&bytes[..len]));
/// // Both directions at once, in two tasks:
/// let (mut from, mut to) = stream.into_split();
/// zokio_std::spawn_local(async move { while from.read(&mut [0; 1024]).await.is_ok_and(|len| len > 0) {} }).detach();
/// to.shutdown().await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct TcpStream(pub(crate) Stream);

impl TcpStream {
    /// Connects to `address`.
    ///
    /// **Cancel safety:** dropping the future gives the connection up.
    ///
    /// **Wake-up:** by the peer's answer. **Complexity:** O(1), no allocation.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::NotConnected`] where no runtime runs on this thread.
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        let runtime = socket::current()?;
        Ok(Self(Stream::connect(runtime, socket::tcp(runtime, address)?, address).await?))
    }

    /// Connects to a host by its name and port, as in `"localhost:80"`: to the first of its addresses that answers.
    ///
    /// **Wake-up:** by the answers of the name service, and of the peers. **Complexity:** O(addresses).
    ///
    /// # Errors
    /// As [`lookup`](super::lookup); and that of the last address, if none answers.
    pub async fn connect_host(host: &str) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in super::lookup(host).await? {
            match Self::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The stream of a connected socket.
    pub(super) fn adopt(runtime: Handle, socket: OwnedFd) -> io::Result<Self> {
        Ok(Self(Stream::adopt(runtime, socket)?))
    }

    /// The number of its record, for tests that look there.
    #[cfg(test)]
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Reads some bytes; waits until there is at least one. 0 is the end of the stream (or `into` is empty).
    ///
    /// **Cancel safety:** nothing is lost; the next read takes the bytes. **Wake-up:** by bytes, the end, or an error.
    /// **Complexity:** O(bytes), no allocation.
    ///
    /// # Errors
    /// The system's, above all [`io::ErrorKind::ConnectionReset`].
    pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).await
    }

    /// Fills `into`.
    ///
    /// **Cancel safety:** what was read before is lost with the future; [`read`](Self::read) loses nothing. **Wake-up:** by the
    /// last byte, the end, or an error. **Complexity:** O(bytes), no allocation.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] if the stream ends before, and as [`read`](Self::read).
    pub async fn read_exact(&mut self, into: &mut [u8]) -> io::Result<()> {
        self.0.read_exact(into).await
    }

    /// Accepts some bytes for sending; waits until there is room for at least one.
    ///
    /// **Cancel safety:** a write that is dropped has accepted nothing. **Wake-up:** by room. **Complexity:** O(bytes), no
    /// allocation.
    ///
    /// # Errors
    /// The system's, also of what was accepted before.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).await
    }

    /// Accepts all of `bytes` for sending.
    ///
    /// **Cancel safety:** a part may have been accepted.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await
    }

    /// Waits until the kernel has taken everything that was accepted.
    ///
    /// **Cancel safety:** dropping the future changes nothing.
    ///
    /// **Wake-up:** by the kernel, when it has taken the last byte. **Complexity:** O(1), no allocation.
    ///
    /// # Errors
    /// What became of what was accepted.
    pub async fn flush(&mut self) -> io::Result<()> {
        self.0.flush().await
    }

    /// Flushes, then tells the peer that no more bytes follow. Reading goes on.
    ///
    /// **Wake-up:** by the kernel, when it has taken the last byte. **Complexity:** O(1), no allocation.
    ///
    /// # Errors
    /// As [`flush`](Self::flush), and the system's.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        self.0.shutdown().await
    }

    /// The two directions, to be used at the same time.
    pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
        (ReadHalf(&self.0), WriteHalf(&self.0))
    }

    /// The two directions, each to go where it likes. The socket is closed when both are dropped.
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        owned(self.0)
    }

    /// Looks at the next bytes without taking them; waits until there is at least one. What a read before was given already is
    /// seen too.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn peek(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.peek(into).await
    }

    /// Reads what is there into several pieces, one after the other; waits where there is nothing. 0 is the end of the stream, or
    /// no room at all.
    ///
    /// **Cancel safety:** as [`read`](Self::read).
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_vectored(&mut self, pieces: &mut [io::IoSliceMut<'_>]) -> io::Result<usize> {
        self.0.read_vectored(pieces).await
    }

    /// Accepts bytes of several pieces for sending, as far as there is room; waits until there is some. They are gathered in the
    /// stream's buffer, and so go with one operation.
    ///
    /// **Cancel safety:** as [`write`](Self::write).
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_vectored(&mut self, pieces: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.0.write_vectored(pieces).await
    }

    /// Sends all of `buf`, after what was accepted before, from where the bytes are: nothing is copied in the program, and beyond
    /// [a size](crate::Builder::zero_copy_from) not in the kernel either. The buffer comes back (empty, where the runtime ended
    /// meanwhile). For much at once; what is small goes faster through [`write`](Self::write), which waits for nothing.
    ///
    /// **Cancel safety:** a part was sent, of a length that is not known; the buffer goes to the runtime, which drops it. What is
    /// written afterwards follows behind that part. **Wake-up:** by the kernel, when it needs the buffer no longer. **Complexity:** one
    /// operation, or one for each time there is room; no allocation.
    ///
    /// ```
    /// use zokio_std::{Runtime, net::{TcpListener, TcpStream}};
    ///
    /// Runtime::new()?.block_on(async {
    ///     let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap())?;
    ///     let mut client = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (mut server, _) = listener.accept().await?;
    ///     let (sent, page) = server.write_all_owned(b"<html></html>".to_vec()).await;
    ///     sent?;
    ///     let mut received = vec![0; page.len()];
    ///     client.read_exact(&mut received).await?;
    ///     assert_eq!(received, page);
    ///     std::io::Result::Ok(())
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    /// As [`flush`](Self::flush), and the system's for the bytes.
    pub async fn write_all_owned<B: IoBuf>(&mut self, buf: B) -> (io::Result<()>, B) {
        send_owned(&self.0, buf).await
    }

    /// Sends `len` bytes of `file`, from `offset` on, after what was accepted before, without bringing them into the program
    /// where the system can do that (Linux). Says how many those were: less where the file ends. They are with the kernel then, as
    /// after a [`flush`](Self::flush). The file's cursor stays where it is.
    ///
    /// **Cancel safety:** a part was sent, of a length that is not known; the stream is good for nothing but closing then.
    /// **Wake-up:** by room. **Complexity:** a system call on a thread of the pool for each MiB, or each time there is room.
    ///
    /// ```
    /// use zokio_std::{Runtime, fs, net::{TcpListener, TcpStream}};
    ///
    /// let path = std::env::temp_dir().join(format!("zokio-doc-send-file-{}", std::process::id()));
    /// Runtime::new()?.block_on(async {
    ///     fs::write(&path, b"a page".to_vec()).await?;
    ///     let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap())?;
    ///     let mut client = TcpStream::connect(listener.local_addr()?).await?;
    ///     let (mut server, _) = listener.accept().await?;
    ///     assert_eq!(server.send_file(&fs::File::open(&path).await?, 2, u64::MAX).await?, 4);
    ///     let mut page = [0; 4];
    ///     client.read_exact(&mut page).await?;
    ///     assert_eq!(&page, b"page");
    ///     fs::remove_file(&path).await
    /// })?;
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    /// The system's, of both.
    pub async fn send_file(&mut self, file: &File, offset: u64, len: u64) -> io::Result<u64> {
        send_file(&self.0, file, offset, len).await
    }

    /// Sends small packets at once instead of waiting for an acknowledgement of the last ones (`TCP_NODELAY`).
    ///
    /// # Errors
    /// The system's.
    pub fn set_nodelay(&self, on: bool) -> io::Result<()> {
        self.0.on_socket(|socket| sockopt::set_tcp_nodelay(socket, on))
    }

    /// Our end's address.
    ///
    /// # Errors
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(SocketAddr::try_from(self.0.on_socket(|socket| rustix::net::getsockname(socket))?)?)
    }

    /// The peer's address.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::NotConnected`] if the connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        let peer = self.0.on_socket(|socket| rustix::net::getpeername(socket))?;
        Ok(SocketAddr::try_from(peer.ok_or(io::ErrorKind::NotConnected)?)?)
    }
}

impl embedded_io::ErrorType for TcpStream {
    type Error = io::Error;
}

impl embedded_io_async::Read for TcpStream {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).await
    }
}

impl embedded_io_async::Write for TcpStream {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.0.flush().await
    }
}
