//! Listening for TCP connections.

use super::TcpStream;
use super::socket;
use crate::driver::system;
use crate::runtime::Handle;
use rustix::fd::{AsRawFd, OwnedFd};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use zokio_core::driver::Key;

/// How many connections may wait to be accepted; the kernel lowers it to its own limit.
const BACKLOG: i32 = 4096;

/// How long [`TcpListener::accept_patiently`] waits.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_millis(100);

/// Descriptors, memory or operations that somebody else gives back.
fn is_shortage(error: &io::Error) -> bool {
    let kinds = [io::ErrorKind::OutOfMemory, io::ErrorKind::QuotaExceeded];
    kinds.contains(&error.kind())
        || system::SHORTAGES.iter().any(|short| error.raw_os_error() == Some(short.raw_os_error()))
}

/// A TCP socket that accepts connections.
///
/// ```
/// use zokio_std::Runtime;
/// use zokio_std::net::{TcpListener, TcpStream};
///
/// let runtime = Runtime::new()?;
/// runtime.block_on(async {
///     let mut listener = TcpListener::bind("127.0.0.1:0".parse().unwrap())?;
///     let mut client = TcpStream::connect(listener.local_addr()?).await?;
///     let (mut server, _) = listener.accept().await?;
///     client.write_all(b"hello").await?;
///     let mut bytes = [0; 8];
///     assert_eq!(server.read(&mut bytes).await?, 5);
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct TcpListener {
    runtime: Handle,
    /// `None` only while it is dropped.
    socket: Option<OwnedFd>,
    armed: Option<Key>,
}

impl TcpListener {
    /// Listens at `address`; port 0 lets the system choose one.
    ///
    /// The address may be one that a connection of a server before is still closing on, but none that another socket listens at.
    ///
    /// # Errors
    /// The system's, above all [`io::ErrorKind::AddrInUse`]; [`io::ErrorKind::NotConnected`] where no runtime runs on this
    /// thread.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let runtime = socket::current()?;
        let socket = socket::tcp(runtime, address)?;
        system::claim_address(&socket)?;
        rustix::net::bind(&socket, &address)?;
        Self::listen(runtime, socket, BACKLOG)
    }

    /// Makes a bound socket listen.
    pub(super) fn listen(runtime: Handle, socket: OwnedFd, backlog: i32) -> io::Result<Self> {
        rustix::net::listen(&socket, backlog)?;
        runtime.with(|reactor| reactor.welcome(socket.as_raw_fd()))?;
        Ok(Self { runtime, socket: Some(socket), armed: None })
    }

    /// Waits for a connection.
    ///
    /// Connections that died while they waited are passed over.
    ///
    /// **Cancel safety:** the accept belongs to the listener. Dropping the future leaves it armed, and the next call takes
    /// the connection; none is lost. **Wake-up:** by the connection. **Complexity:** O(1), no allocation.
    ///
    /// # Errors
    /// The system's, above all "too many open files"; the listener stays usable.
    pub async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        loop {
            let accepted = poll_fn(|cx| {
                let (Some(socket), armed) = (&self.socket, &mut self.armed) else { unreachable!("not dropped") };
                self.runtime.poll(cx, |reactor, waiter| reactor.poll_accept(socket, armed, waiter))
            })
            .await?;
            // A connection without a peer was reset before anybody looked at it.
            let Ok(Some(peer)) = rustix::net::getpeername(&accepted) else { continue };
            let Ok(peer) = SocketAddr::try_from(peer) else { continue };
            return Ok((TcpStream::adopt(self.runtime, accepted)?, peer));
        }
    }

    /// As [`accept`](Self::accept), and waits where descriptors, memory or operations are short, until somebody gives some back:
    /// a millisecond at first, twice as long each time, at most a tenth of a second.
    ///
    /// **Cancel safety**, **wake-up**, **complexity:** as there.
    ///
    /// # Errors
    /// What makes accepting impossible.
    pub async fn accept_patiently(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        let mut pause = SHORTEST;
        loop {
            match self.accept().await {
                Err(error) if is_shortage(&error) => crate::time::sleep(pause).await,
                accepted => return accepted,
            }
            pause = (pause * 2).min(LONGEST);
        }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let Some(socket) = &self.socket else { unreachable!("not dropped") };
        Ok(SocketAddr::try_from(rustix::net::getsockname(socket)?)?)
    }
}

impl Drop for TcpListener {
    fn drop(&mut self) {
        let armed = self.armed.take();
        // Where the runtime is gone, the socket is closed here.
        let _orphans = self.runtime.with(|reactor| Some(reactor.release_listener(self.socket.take()?, armed)));
    }
}
