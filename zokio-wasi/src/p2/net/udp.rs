//! UDP.

use super::address::{error, family, from_host, to_host};
use crate::p2::driver::Subscription;
use core::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::ErrorCode;
use wasip2::sockets::udp::{IncomingDatagramStream, OutgoingDatagram, OutgoingDatagramStream, UdpSocket as Socket};
use wasip2::sockets::udp_create_socket::create_udp_socket;

/// A UDP socket.
///
/// ```
/// use zokio_wasi::net::UdpSocket;
///
/// zokio_wasi::block_on(async {
///     let (one, other) = (UdpSocket::bind("127.0.0.1:0".parse().unwrap())?, UdpSocket::bind("127.0.0.1:0".parse().unwrap())?);
///     one.send_to(b"hello", other.local_addr()?).await?;
///     let mut bytes = [0; 64];
///     let (len, peer) = other.recv_from(&mut bytes).await?;
///     assert_eq!((&bytes[..len], peer), (&b"hello"[..], one.local_addr()?));
///     Ok::<(), std::io::Error>(())
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct UdpSocket {
    // In this order, for "child first". `None` only if the host would not give them again.
    streams: RefCell<Option<Rc<Streams>>>,
    socket: Socket,
}

/// What a socket has as long as it is connected to the same peer, or to none.
struct Streams {
    // In this order, for "child first".
    readable: Subscription,
    writable: Subscription,
    incoming: IncomingDatagramStream,
    outgoing: OutgoingDatagramStream,
}

impl Streams {
    fn new(socket: &Socket, peer: Option<SocketAddr>) -> io::Result<Rc<Self>> {
        let (incoming, outgoing) = socket.stream(peer.map(to_host)).map_err(|code| error("stream", code))?;
        let (readable, writable) = (Subscription::new(incoming.subscribe()), Subscription::new(outgoing.subscribe()));
        Ok(Rc::new(Self { readable, writable, incoming, outgoing }))
    }

    async fn send(&self, bytes: &[u8], peer: Option<SocketAddr>) -> io::Result<usize> {
        loop {
            match self.outgoing.check_send() {
                Ok(0) | Err(ErrorCode::WouldBlock) => self.writable.ready().await,
                Ok(_) => break,
                Err(code) => return Err(error("check-send", code)),
            }
        }
        let datagram = OutgoingDatagram { data: bytes.to_vec(), remote_address: peer.map(to_host) };
        match self.outgoing.send(&[datagram]) {
            Ok(_) => Ok(bytes.len()),
            Err(code) => Err(error("send", code)),
        }
    }
}

impl UdpSocket {
    /// Binds to `address`; port 0 lets the system choose one.
    ///
    /// # Errors
    /// The host's, above all [`io::ErrorKind::AddrInUse`].
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = create_udp_socket(family(address)).map_err(|code| error("create-udp-socket", code))?;
        socket.start_bind(&instance_network(), to_host(address)).map_err(|code| error("start-bind", code))?;
        loop {
            match socket.finish_bind() {
                // Hosts finish this at once; one that does not is waited for.
                Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
                result => break result.map_err(|code| error("finish-bind", code))?,
            }
        }
        let streams = RefCell::new(Some(Streams::new(&socket, None)?));
        Ok(Self { streams, socket })
    }

    /// Makes `peer` the only one that is sent to and received from.
    ///
    /// # Errors
    /// The host's; [`io::ErrorKind::ResourceBusy`] while a task waits for this socket.
    pub fn connect(&self, peer: SocketAddr) -> io::Result<()> {
        let mut streams = self.streams.borrow_mut();
        if streams.as_ref().is_some_and(|streams| Rc::strong_count(streams) > 1) {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, "a task waits for this socket"));
        }
        // The host wants the old ones gone before it gives new ones.
        drop(streams.take());
        let connected = Streams::new(&self.socket, Some(peer));
        let failed = connected.as_ref().err().map(|error| error.kind());
        *streams = match connected {
            Ok(connected) => Some(connected),
            Err(_) => Streams::new(&self.socket, None).ok(),
        };
        failed.map_or(Ok(()), |kind| Err(kind.into()))
    }

    fn streams(&self) -> io::Result<Rc<Streams>> {
        self.streams.borrow().clone().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Sends one datagram. One task at a time.
    ///
    /// **Cancel safety:** a dropped send has sent nothing. **Wake-up:** when there is room.
    /// **Costs:** O(1): two calls of the host, and one copy.
    ///
    /// # Errors
    /// The host's.
    pub async fn send_to(&self, bytes: &[u8], peer: SocketAddr) -> io::Result<usize> {
        self.streams()?.send(bytes, Some(peer)).await
    }

    /// Sends one datagram to the peer that this is connected to. One task at a time.
    ///
    /// **Cancel safety**, **wake-up**, **costs:** as of [`send_to`](Self::send_to).
    ///
    /// # Errors
    /// The host's, [`io::ErrorKind::InvalidInput`] if there is none.
    pub async fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        self.streams()?.send(bytes, None).await
    }

    /// Waits for a datagram; what does not fit `into` is cut off. One task at a time.
    ///
    /// **Cancel safety:** a dropped receive has taken nothing. **Wake-up:** by a datagram.
    /// **Costs:** O(1): one call of the host, two if it has to wait, and one copy.
    ///
    /// # Errors
    /// The host's.
    pub async fn recv_from(&self, into: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let streams = self.streams()?;
        loop {
            let datagrams = match streams.incoming.receive(1) {
                Err(ErrorCode::WouldBlock) => Default::default(),
                result => result.map_err(|code| error("receive", code))?,
            };
            if let Some(datagram) = datagrams.into_iter().next() {
                let len = datagram.data.len().min(into.len());
                into[..len].copy_from_slice(&datagram.data[..len]);
                return Ok((len, from_host(datagram.remote_address)));
            }
            streams.readable.ready().await;
        }
    }

    /// Waits for a datagram of the peer that this is connected to.
    ///
    /// **Cancel safety**, **wake-up**, **costs:** as of [`recv_from`](Self::recv_from).
    ///
    /// # Errors
    /// The host's.
    pub async fn recv(&self, into: &mut [u8]) -> io::Result<usize> {
        Ok(self.recv_from(into).await?.0)
    }

    /// How many routers a datagram may pass.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for none and for more than 255, and the host's.
    pub fn set_ttl(&self, hops: u32) -> io::Result<()> {
        let hops = u8::try_from(hops).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        self.socket.set_unicast_hop_limit(hops).map_err(|code| error("set-unicast-hop-limit", code))
    }

    /// The peer that this is connected to.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotConnected`] if there is none.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.socket.remote_address().map(from_host).map_err(|_| io::ErrorKind::NotConnected.into())
    }

    /// Where it is bound.
    ///
    /// # Errors
    /// The host's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_address().map(from_host).map_err(|code| error("local-address", code))
    }
}
