//! A TCP socket before it is connected, or listens.

use super::socket;
use super::stream::Stream;
use super::{TcpListener, TcpStream};
use rustix::fd::OwnedFd;
#[cfg(unix)]
use rustix::net::AddressFamily;
use rustix::net::sockopt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// A TCP socket whose options are set before it is connected, or listens.
///
/// ```
/// use zokio_std::{Runtime, net::{TcpSocket, TcpStream}};
///
/// Runtime::new()?.block_on(async {
///     let mut listener = TcpSocket::new_v4()?
///         .reuse_address(true)?
///         .receive_buffer(1 << 16)?
///         .bind("127.0.0.1:0".parse().unwrap())?
///         .listen(16)?;
///     let client = TcpSocket::new_v4()?.nodelay(true)?.connect(listener.local_addr()?).await?;
///     let (server, peer) = listener.accept().await?;
///     assert_eq!(client.local_addr()?, peer);
///     std::io::Result::Ok(())
/// })
/// # ?; std::io::Result::Ok(())
/// ```
#[derive(Debug)]
#[must_use = "a socket that is neither connected nor listens does nothing"]
pub struct TcpSocket(OwnedFd);

impl TcpSocket {
    /// For IPv4.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::NotConnected`] where no runtime runs on this thread.
    pub fn new_v4() -> io::Result<Self> {
        Ok(Self(socket::tcp(socket::current()?, SocketAddr::from(([0, 0, 0, 0], 0)))?))
    }

    /// For IPv6.
    ///
    /// # Errors
    /// As [`new_v4`](Self::new_v4).
    pub fn new_v6() -> io::Result<Self> {
        Ok(Self(socket::tcp(socket::current()?, SocketAddr::from(([0u16; 8], 0)))?))
    }

    fn set(self, set: impl FnOnce(&OwnedFd) -> rustix::io::Result<()>) -> io::Result<Self> {
        set(&self.0)?;
        Ok(self)
    }

    /// The address may be one that a connection of before is still closing on (`SO_REUSEADDR`).
    ///
    /// # Errors
    /// The system's, as for all options.
    pub fn reuse_address(self, on: bool) -> io::Result<Self> {
        self.set(|socket| sockopt::set_socket_reuseaddr(socket, on))
    }

    /// Several sockets listen at the same address, and the system spreads connections over them (`SO_REUSEPORT`).
    ///
    /// # Errors
    /// The system's.
    #[cfg(unix)]
    pub fn reuse_port(self, on: bool) -> io::Result<Self> {
        self.set(|socket| sockopt::set_socket_reuseport(socket, on))
    }

    /// Small packets go at once (`TCP_NODELAY`).
    ///
    /// # Errors
    /// The system's.
    pub fn nodelay(self, on: bool) -> io::Result<Self> {
        self.set(|socket| sockopt::set_tcp_nodelay(socket, on))
    }

    /// Asks an idle peer whether it is still there: after `idle`, then every `interval`, `probes` times (`SO_KEEPALIVE`). Not
    /// on OpenBSD, where these times are the machine's.
    ///
    /// # Errors
    /// The system's.
    #[cfg(not(target_os = "openbsd"))]
    pub fn keepalive(self, idle: Duration, interval: Duration, probes: u32) -> io::Result<Self> {
        self.set(|socket| {
            sockopt::set_socket_keepalive(socket, true)?;
            sockopt::set_tcp_keepidle(socket, idle)?;
            sockopt::set_tcp_keepintvl(socket, interval)?;
            sockopt::set_tcp_keepcnt(socket, probes)
        })
    }

    /// How long closing waits for bytes to be taken; `None` is not at all, zero resets the connection (`SO_LINGER`).
    ///
    /// # Errors
    /// The system's.
    pub fn linger(self, time: Option<Duration>) -> io::Result<Self> {
        self.set(|socket| sockopt::set_socket_linger(socket, time))
    }

    /// How many bytes the system keeps for sending.
    ///
    /// # Errors
    /// The system's.
    pub fn send_buffer(self, bytes: usize) -> io::Result<Self> {
        self.set(|socket| sockopt::set_socket_send_buffer_size(socket, bytes))
    }

    /// How many bytes the system keeps that were received; bounds the window.
    ///
    /// # Errors
    /// The system's.
    pub fn receive_buffer(self, bytes: usize) -> io::Result<Self> {
        self.set(|socket| sockopt::set_socket_recv_buffer_size(socket, bytes))
    }

    /// How many routers a packet may pass (IPv4).
    ///
    /// # Errors
    /// The system's.
    pub fn ttl(self, hops: u32) -> io::Result<Self> {
        self.set(|socket| sockopt::set_ip_ttl(socket, hops))
    }

    /// What kind of service packets ask routers for (`IP_TOS`; of an IPv6 socket `IPV6_TCLASS`).
    ///
    /// # Errors
    /// The system's.
    #[cfg(unix)]
    pub fn traffic_class(self, class: u8) -> io::Result<Self> {
        self.set(|socket| match rustix::net::getsockname(socket)?.address_family() {
            AddressFamily::INET6 => sockopt::set_ipv6_tclass(socket, class.into()),
            _ => sockopt::set_ip_tos(socket, class),
        })
    }

    /// An IPv6 socket is not to serve IPv4 too.
    ///
    /// # Errors
    /// The system's.
    pub fn only_v6(self, on: bool) -> io::Result<Self> {
        self.set(|socket| sockopt::set_ipv6_v6only(socket, on))
    }

    /// Our end's address; port 0 lets the system choose one.
    ///
    /// # Errors
    /// The system's.
    pub fn bind(self, address: SocketAddr) -> io::Result<Self> {
        self.set(|socket| rustix::net::bind(socket, &address))
    }

    /// Connects to `address`.
    ///
    /// **Cancel safety:** dropping the future gives the connection up.
    ///
    /// **Wake-up:** by the peer's answer. **Complexity:** O(1), no allocation.
    ///
    /// # Errors
    /// The system's.
    pub async fn connect(self, address: SocketAddr) -> io::Result<TcpStream> {
        Ok(TcpStream(Stream::connect(socket::current()?, self.0, address).await?))
    }

    /// Listens; `backlog` connections may wait to be accepted, as far as the system allows.
    ///
    /// # Errors
    /// The system's.
    pub fn listen(self, backlog: i32) -> io::Result<TcpListener> {
        TcpListener::listen(socket::current()?, self.0, backlog)
    }
}
