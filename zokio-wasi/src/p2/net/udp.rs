//! UDP.

use super::address::{error, family, from_host, to_host};
use crate::p2::driver::Subscription;
use std::io;
use std::net::SocketAddr;
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
    // In this order, for "child first".
    readable: Subscription,
    writable: Subscription,
    incoming: IncomingDatagramStream,
    outgoing: OutgoingDatagramStream,
    socket: Socket,
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
        let (incoming, outgoing) = socket.stream(None).map_err(|code| error("stream", code))?;
        let (readable, writable) = (Subscription::new(incoming.subscribe()), Subscription::new(outgoing.subscribe()));
        Ok(Self { readable, writable, incoming, outgoing, socket })
    }

    /// Sends one datagram. One task at a time.
    ///
    /// **Cancel safety:** a dropped send has sent nothing. **Wake-up:** when there is room.
    /// **Costs:** O(1): two calls of the host, and one copy.
    ///
    /// # Errors
    /// The host's.
    pub async fn send_to(&self, bytes: &[u8], peer: SocketAddr) -> io::Result<usize> {
        loop {
            match self.outgoing.check_send() {
                Ok(0) | Err(ErrorCode::WouldBlock) => self.writable.ready().await,
                Ok(_) => break,
                Err(code) => return Err(error("check-send", code)),
            }
        }
        let datagram = OutgoingDatagram { data: bytes.to_vec(), remote_address: Some(to_host(peer)) };
        match self.outgoing.send(&[datagram]) {
            Ok(_) => Ok(bytes.len()),
            Err(code) => Err(error("send", code)),
        }
    }

    /// Waits for a datagram; what does not fit `into` is cut off. One task at a time.
    ///
    /// **Cancel safety:** a dropped receive has taken nothing. **Wake-up:** by a datagram.
    /// **Costs:** O(1): one call of the host, two if it has to wait, and one copy.
    ///
    /// # Errors
    /// The host's.
    pub async fn recv_from(&self, into: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        loop {
            let datagrams = match self.incoming.receive(1) {
                Err(ErrorCode::WouldBlock) => Default::default(),
                result => result.map_err(|code| error("receive", code))?,
            };
            if let Some(datagram) = datagrams.into_iter().next() {
                let len = datagram.data.len().min(into.len());
                into[..len].copy_from_slice(&datagram.data[..len]);
                return Ok((len, from_host(datagram.remote_address)));
            }
            self.readable.ready().await;
        }
    }

    /// Where it is bound.
    ///
    /// # Errors
    /// The host's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_address().map(from_host).map_err(|code| error("local-address", code))
    }
}
