//! TCP: listening and connections.

use super::address::{error, family, from_host, lookup, to_host};
use super::split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
use super::stream::{Reading, Writing};
use crate::p2::driver::Subscription;
use core::task::Poll;
use core::time::Duration;
use embedded_io_async::{ErrorType, Read, Write};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::ErrorCode;
use wasip2::sockets::tcp::{ShutdownType, TcpSocket};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

/// How long an accept waits that could have no socket, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(100));

fn create(address: SocketAddr) -> io::Result<TcpSocket> {
    create_tcp_socket(family(address)).map_err(|code| error("create-tcp-socket", code))
}

/// A TCP socket that accepts connections.
///
/// ```
/// use zokio_core::future::join;
/// use zokio_wasi::net::{TcpListener, TcpStream};
///
/// zokio_wasi::block_on(async {
///     let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap())?;
///     let address = listener.local_addr()?;
///     let server = async {
///         let (mut stream, _peer) = listener.accept().await?;
///         let mut bytes = [0; 64];
///         let len = stream.read(&mut bytes).await?;
///         stream.write_all(&bytes[..len]).await
///     };
///     let client = async {
///         let mut stream = TcpStream::connect(address).await?;
///         stream.write_all(b"hello").await?;
///         let mut bytes = [0; 64];
///         let len = stream.read(&mut bytes).await?;
///         assert_eq!(&bytes[..len], b"hello");
///         stream.shutdown().await
///     };
///     let (served, asked) = join((server, client)).await;
///     served.and(asked)
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct TcpListener {
    // Before the socket, for "child first".
    subscription: Subscription,
    socket: TcpSocket,
}

impl TcpListener {
    /// Listens at `address`; port 0 lets the system choose one.
    ///
    /// # Errors
    /// The host's, above all [`io::ErrorKind::AddrInUse`] and [`io::ErrorKind::PermissionDenied`].
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = create(address)?;
        let this = Self { subscription: Subscription::new(socket.subscribe()), socket };
        this.socket.start_bind(&instance_network(), to_host(address)).map_err(|code| error("start-bind", code))?;
        this.finish("finish-bind", TcpSocket::finish_bind)?;
        this.socket.start_listen().map_err(|code| error("start-listen", code))?;
        this.finish("finish-listen", TcpSocket::finish_listen)?;
        Ok(this)
    }

    /// Hosts finish these at once; one that does not is waited for.
    fn finish(&self, call: &'static str, finish: impl Fn(&TcpSocket) -> Result<(), ErrorCode>) -> io::Result<()> {
        loop {
            match finish(&self.socket) {
                Err(ErrorCode::WouldBlock) => self.subscription.block(),
                result => return result.map_err(|code| error(call, code)),
            }
        }
    }

    /// Waits for a connection.
    ///
    /// **Cancel safety:** a dropped accept has taken no connection. **Wake-up:** by the connection.
    /// **Costs:** as of [`TcpStream`].
    ///
    /// # Errors
    /// The host's; the listener stays usable.
    pub async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        loop {
            let stream = self.subscription.retry(|| self.try_accept()).await?;
            // A connection without a peer was reset before anybody looked at it.
            if let Ok(peer) = stream.peer_addr() {
                return Ok((stream, peer));
            }
        }
    }

    /// As [`accept`](Self::accept), and waits where sockets or memory are short, until somebody gives some back: a millisecond at
    /// first, twice as long each time, at most a tenth of a second.
    ///
    /// **Cancel safety**, **wake-up**, **costs:** as there.
    ///
    /// # Errors
    /// What makes accepting impossible.
    pub async fn accept_patiently(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        let (mut pause, longest) = PAUSES;
        loop {
            match self.accept().await {
                Err(error) if matches!(error.kind(), io::ErrorKind::QuotaExceeded | io::ErrorKind::OutOfMemory) => {
                    crate::sleep(pause).await;
                }
                accepted => return accepted,
            }
            pause = (pause * 2).min(longest);
        }
    }

    /// Takes a connection, if there is one.
    pub(in crate::p2) fn try_accept(&self) -> Poll<io::Result<TcpStream>> {
        loop {
            match self.socket.accept() {
                Ok((socket, input, output)) => {
                    return Poll::Ready(Ok(TcpStream {
                        reading: Reading::new(input),
                        writing: Writing::new(output),
                        socket,
                    }));
                }
                Err(ErrorCode::WouldBlock) => return Poll::Pending,
                Err(ErrorCode::ConnectionAborted) => {}
                Err(code) => return Poll::Ready(Err(error("accept", code))),
            }
        }
    }

    pub(in crate::p2) const fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The host's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_address().map(from_host).map_err(|code| error("local-address", code))
    }
}

/// A TCP connection. Dropping it closes it; what the host has not passed on by then may be lost, so [flush](Self::flush) before.
///
/// **Costs:** one call of the host to read, two to write, about ten to connect or to accept; a wait makes the first of them once
/// more, and arming it is O(1).
/// In use: see [`TcpListener`].
pub struct TcpStream {
    // In this order, for "child first".
    reading: Reading,
    writing: Writing,
    socket: TcpSocket,
}

impl TcpStream {
    /// Connects to `address`.
    ///
    /// **Cancel safety:** dropping it gives the attempt up. **Wake-up:** when the connection stands or has failed.
    /// **Costs:** as of [`TcpStream`].
    ///
    /// # Errors
    /// The host's, above all [`io::ErrorKind::ConnectionRefused`].
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        let socket = create(address)?;
        socket.start_connect(&instance_network(), to_host(address)).map_err(|code| error("start-connect", code))?;
        let subscription = Subscription::new(socket.subscribe());
        let (input, output) = loop {
            match socket.finish_connect() {
                Ok(streams) => break streams,
                Err(ErrorCode::WouldBlock) => subscription.ready().await,
                Err(code) => return Err(error("finish-connect", code)),
            }
        };
        drop(subscription);
        Ok(Self { reading: Reading::new(input), writing: Writing::new(output), socket })
    }

    /// Connects to the first address of `host` (`name:port`) that answers: a [`lookup`] and a [`connect`](Self::connect), or more.
    ///
    /// # Errors
    /// Those of [`lookup`], or of the last attempt.
    pub async fn connect_host(host: &str) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, std::format!("`{host}` has no address"));
        for address in lookup(host).await? {
            match Self::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Reads what is there, once there is something; 0 is the end.
    ///
    /// **Cancel safety:** a dropped read has taken nothing. **Wake-up:** by the bytes.
    /// **Costs:** as of [`TcpStream`].
    ///
    /// # Errors
    /// The host's.
    pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reading.read(into).await
    }

    /// Fills `into`.
    ///
    /// **Cancel safety:** what was read before is lost with the future; [`read`](Self::read) loses nothing. **Wake-up:** by the
    /// last byte, the end, or an error. **Costs:** as of [`TcpStream`], for each read.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] if the stream ends before, and as [`read`](Self::read).
    pub async fn read_exact(&mut self, into: &mut [u8]) -> io::Result<()> {
        self.reading.read_exact(into).await
    }

    /// Writes what the host takes, at least one byte.
    ///
    /// **Cancel safety:** a dropped write has written nothing. **Wake-up:** when there is room.
    /// **Costs:** as of [`TcpStream`].
    ///
    /// # Errors
    /// The host's, [`io::ErrorKind::BrokenPipe`] when the peer reads no more.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writing.write(bytes).await
    }

    /// Writes all of `bytes`. **Cancel safety:** a part may have been written.
    ///
    /// # Errors
    /// As of [`write`](Self::write).
    pub async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writing.write_all(bytes).await
    }

    /// Waits until the host has passed on everything that was written.
    ///
    /// **Cancel safety:** dropping the future changes nothing. **Wake-up:** when the host has taken the last byte.
    /// **Costs:** as of a write.
    ///
    /// # Errors
    /// As of [`write`](Self::write).
    pub async fn flush(&mut self) -> io::Result<()> {
        self.writing.flush().await
    }

    /// Ends the writing direction, after all that was written has gone; the peer reads the end.
    ///
    /// **Cancel safety:** a dropped one has sent no end, and may be called again. **Wake-up:** when the host has taken everything.
    /// **Costs:** as of [`TcpStream`].
    ///
    /// # Errors
    /// The host's.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        self.end().await
    }

    /// Passes on everything, and then the end.
    pub(super) async fn end(&self) -> io::Result<()> {
        self.writing.flush().await?;
        self.socket.shutdown(ShutdownType::Send).map_err(|code| error("shutdown", code))
    }

    pub(in crate::p2) const fn directions(&self) -> (&Reading, &Writing) {
        (&self.reading, &self.writing)
    }

    /// Both directions, to be used at the same time.
    pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
        (ReadHalf(self), WriteHalf(self))
    }

    /// Both directions, each to go where it likes. The socket is closed when both are dropped.
    ///
    /// ```no_run
    /// use zokio_wasi::net::TcpStream;
    /// use zokio_wasi::spawn_local;
    ///
    /// zokio_wasi::block_on(async {
    ///     let (mut reader, mut writer) = TcpStream::connect_host("localhost:7").await?.into_split();
    ///     let sent = spawn_local(async move {
    ///         writer.write_all(b"hello").await?;
    ///         writer.shutdown().await
    ///     });
    ///     reader.read_exact(&mut [0; 5]).await?;
    ///     sent.await.unwrap_or(Ok(()))
    /// })??;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        let stream = Rc::new(self);
        (OwnedReadHalf(stream.clone()), OwnedWriteHalf(stream))
    }

    /// The other end.
    ///
    /// # Errors
    /// The host's, if the connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.remote_address().map(from_host).map_err(|code| error("remote-address", code))
    }

    /// This end.
    ///
    /// # Errors
    /// The host's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_address().map(from_host).map_err(|code| error("local-address", code))
    }
}

impl ErrorType for TcpStream {
    type Error = io::Error;
}

impl Read for TcpStream {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Self::read(self, into).await
    }
}

impl Write for TcpStream {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes).await
    }

    /// Nothing is kept back here, and the host passes bytes on by itself.
    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
