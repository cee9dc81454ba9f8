//! Datagrams over UDP.

use super::inbox::Inbox;
use super::socket;
use crate::io::Watched;
use rustix::fd::AsFd;
use rustix::net::{RecvFlags, SocketType, sockopt};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use zokio_core::driver::Interest;

/// A UDP socket, connected to one peer or not. Any number of tasks may use it at the same time.
///
/// **Cancel safety** of all its operations: a datagram is taken or sent in one step. A receive that is dropped has taken none; a send
/// that is dropped has sent its datagram whole or not at all. **Complexity:** a system call each, and a turn of the driver where it
/// has to wait. On io_uring no system call for each: a socket that has received once goes on to receive by itself, up to 24
/// datagrams ahead (the system keeps the others), and what tasks send until the next turn goes with one call, copied into
/// [buffers for sending](crate::Builder::send_buffers) (what is longer than one of those, or finds none, by a call of its own).
///
/// **Dropped**, it has freed its address at once; on io_uring and Windows, where it is the system that waits, on another thread than
/// its runtime's with that one's next turn.
///
/// ```
/// use zokio_std::{Runtime, net::UdpSocket};
///
/// Runtime::new()?.block_on(async {
///     let one = UdpSocket::bind("127.0.0.1:0".parse().unwrap())?;
///     let other = UdpSocket::bind("127.0.0.1:0".parse().unwrap())?;
///     one.send_to(b"hello", other.local_addr()?).await?;
///     let mut bytes = [0; 16];
///     let (len, from) = other.recv_from(&mut bytes).await?;
///     assert_eq!((&bytes[..len], from), (b"hello".as_slice(), one.local_addr()?));
///     std::io::Result::Ok(())
/// })
/// # ?; std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct UdpSocket {
    socket: Watched,
    /// What arrives, where the driver receives by itself.
    inbox: Option<Inbox>,
}

impl UdpSocket {
    /// A socket at `address`; port 0 lets the system choose one.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::NotConnected`] where no runtime runs on this thread.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = socket::nonblocking(socket::family(address), SocketType::DGRAM)?;
        rustix::net::bind(&socket, &address)?;
        let runtime = socket::current()?;
        let socket = Watched::new(runtime, socket)?;
        let inbox = Inbox::of(runtime, socket.shared())?;
        Ok(Self { socket, inbox })
    }

    /// Makes `peer` the only one that is sent to and received from.
    ///
    /// # Errors
    /// The system's.
    pub fn connect(&self, peer: SocketAddr) -> io::Result<()> {
        Ok(rustix::net::connect(self.socket.as_fd(), &peer)?)
    }

    /// Sends a datagram to `peer`.
    ///
    /// **Cancel safety:** of a dropped future the datagram was sent whole, or not at all.
    ///
    /// **Wake-up:** by room, or the turn that has sent it. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// The system's.
    pub async fn send_to(&self, bytes: &[u8], peer: SocketAddr) -> io::Result<usize> {
        self.socket.send(bytes, Some(peer)).await
    }

    /// Sends a datagram to the peer that this is connected to.
    ///
    /// **Cancel safety:** of a dropped future the datagram was sent whole, or not at all.
    ///
    /// **Wake-up:** by room, or the turn that has sent it. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// The system's, above all [`io::ErrorKind::ConnectionRefused`] for an earlier one.
    pub async fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.send(bytes, None).await
    }

    /// Receives a datagram; says how long it is and who sent it. What `into` has no room for is lost.
    ///
    /// **Cancel safety:** a dropped future has sent, or taken, nothing.
    ///
    /// **Wake-up:** by a datagram. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// The system's.
    pub async fn recv_from(&self, into: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        with_sender(self.receive(into, true).await?)
    }

    /// As [`recv_from`](Self::recv_from), and leaves the datagram where it is.
    ///
    /// **Wake-up:** by a datagram. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// The system's.
    pub async fn peek_from(&self, into: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        with_sender(self.receive(into, false).await?)
    }

    /// Receives a datagram, and takes it if told so.
    async fn receive(&self, into: &mut [u8], take: bool) -> io::Result<(usize, Option<SocketAddr>)> {
        if let Some(inbox) = &self.inbox {
            return inbox.receive(into, take).await;
        }
        let flags = if take { RecvFlags::empty() } else { RecvFlags::PEEK };
        let receive = |socket: rustix::fd::BorrowedFd<'_>| rustix::net::recvfrom(socket, &mut *into, flags);
        let (len, _, peer) = self.socket.attempt(Interest::Readable, receive).await?;
        Ok((len, peer.and_then(|peer| SocketAddr::try_from(peer).ok())))
    }

    /// Receives a datagram from the peer that this is connected to.
    ///
    /// **Cancel safety:** a dropped future has sent, or taken, nothing.
    ///
    /// **Wake-up:** by a datagram. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// The system's.
    pub async fn recv(&self, into: &mut [u8]) -> io::Result<usize> {
        Ok(self.receive(into, true).await?.0)
    }

    /// Our address.
    ///
    /// # Errors
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(SocketAddr::try_from(rustix::net::getsockname(self.socket.as_fd())?)?)
    }

    /// The peer that this is connected to.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotConnected`] if there is none.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        let peer = rustix::net::getpeername(self.socket.as_fd())?.ok_or(io::ErrorKind::NotConnected)?;
        Ok(SocketAddr::try_from(peer)?)
    }

    /// Whether datagrams may go to everybody on a network.
    ///
    /// # Errors
    /// The system's.
    pub fn set_broadcast(&self, on: bool) -> io::Result<()> {
        Ok(sockopt::set_socket_broadcast(self.socket.as_fd(), on)?)
    }

    /// How many routers a datagram may pass.
    ///
    /// # Errors
    /// The system's.
    pub fn set_ttl(&self, hops: u32) -> io::Result<()> {
        Ok(sockopt::set_ip_ttl(self.socket.as_fd(), hops)?)
    }

    /// Receives what is sent to `group`, on the network of `interface`.
    ///
    /// # Errors
    /// The system's.
    pub fn join_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        Ok(sockopt::set_ip_add_membership(self.socket.as_fd(), &group, &interface)?)
    }

    /// Receives nothing for `group` any more.
    ///
    /// # Errors
    /// The system's.
    pub fn leave_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        Ok(sockopt::set_ip_drop_membership(self.socket.as_fd(), &group, &interface)?)
    }

    /// Receives what is sent to `group`, on the network of the interface with this number.
    ///
    /// # Errors
    /// The system's.
    pub fn join_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        Ok(sockopt::set_ipv6_add_membership(self.socket.as_fd(), group, interface)?)
    }
}

fn with_sender((len, peer): (usize, Option<SocketAddr>)) -> io::Result<(usize, SocketAddr)> {
    Ok((len, peer.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a datagram from nowhere"))?))
}
