//! Addresses, names and errors, between the standard library's and the host's.

use crate::p2::driver::Subscription;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::vec::Vec;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};

pub(super) fn family(address: SocketAddr) -> IpAddressFamily {
    if address.is_ipv4() { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 }
}

pub(super) fn to_host(address: SocketAddr) -> IpSocketAddress {
    match address {
        SocketAddr::V4(v4) => {
            let [a, b, c, d] = v4.ip().octets();
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port: v4.port(), address: (a, b, c, d) })
        }
        SocketAddr::V6(v6) => {
            let [a, b, c, d, e, f, g, h] = v6.ip().segments();
            IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: v6.port(),
                flow_info: v6.flowinfo(),
                address: (a, b, c, d, e, f, g, h),
                scope_id: v6.scope_id(),
            })
        }
    }
}

pub(super) fn from_host(address: IpSocketAddress) -> SocketAddr {
    match address {
        IpSocketAddress::Ipv4(v4) => SocketAddr::new(ip(IpAddress::Ipv4(v4.address)), v4.port),
        IpSocketAddress::Ipv6(v6) => {
            let (a, b, c, d, e, f, g, h) = v6.address;
            SocketAddrV6::new(Ipv6Addr::new(a, b, c, d, e, f, g, h), v6.port, v6.flow_info, v6.scope_id).into()
        }
    }
}

fn ip(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => Ipv6Addr::new(a, b, c, d, e, f, g, h).into(),
    }
}

/// What the host says of `call`, as the standard library's error.
pub(super) fn error(call: &'static str, code: ErrorCode) -> io::Error {
    use io::ErrorKind;
    let kind = match code {
        ErrorCode::AccessDenied => ErrorKind::PermissionDenied,
        ErrorCode::NotSupported => ErrorKind::Unsupported,
        ErrorCode::InvalidArgument | ErrorCode::InvalidState | ErrorCode::DatagramTooLarge => ErrorKind::InvalidInput,
        ErrorCode::OutOfMemory => ErrorKind::OutOfMemory,
        ErrorCode::NewSocketLimit => ErrorKind::QuotaExceeded,
        ErrorCode::Timeout => ErrorKind::TimedOut,
        ErrorCode::WouldBlock => ErrorKind::WouldBlock,
        ErrorCode::AddressNotBindable => ErrorKind::AddrNotAvailable,
        ErrorCode::AddressInUse => ErrorKind::AddrInUse,
        ErrorCode::RemoteUnreachable => ErrorKind::HostUnreachable,
        ErrorCode::ConnectionRefused => ErrorKind::ConnectionRefused,
        ErrorCode::ConnectionReset => ErrorKind::ConnectionReset,
        ErrorCode::ConnectionAborted => ErrorKind::ConnectionAborted,
        ErrorCode::NameUnresolvable => ErrorKind::NotFound,
        _ => ErrorKind::Other,
    };
    io::Error::new(kind, std::format!("{call}: {}", code.name()))
}

/// The addresses of `host`, which is `name:port`.
///
/// **Cancel safety:** dropping it ends the look-up. **Wake-up:** by the host's resolver.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] without a port; [`io::ErrorKind::NotFound`] where there is no such name;
/// [`io::ErrorKind::PermissionDenied`] where the host does not let the component ask.
///
/// **Costs:** one call of the host for each address, and those of a wait.
///
/// ```no_run
/// let found = zokio_wasi::block_on(zokio_wasi::net::lookup("localhost:80"))??;
/// assert!(found.iter().all(|address| address.port() == 80));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn lookup(host: &str) -> io::Result<Vec<SocketAddr>> {
    let bad = || io::Error::new(io::ErrorKind::InvalidInput, std::format!("`{host}` is not of the form `name:port`"));
    let (name, port) = host.rsplit_once(':').ok_or_else(bad)?;
    let port: u16 = port.parse().map_err(|_| bad())?;
    let name = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let answers = resolve_addresses(&instance_network(), name).map_err(|code| error("resolve-addresses", code))?;
    // Declared later, so dropped before.
    let subscription = Subscription::new(answers.subscribe());
    let mut found = Vec::new();
    loop {
        match answers.resolve_next_address() {
            Ok(Some(address)) => found.push(SocketAddr::new(ip(address), port)),
            Ok(None) => return Ok(found),
            Err(ErrorCode::WouldBlock) => subscription.ready().await,
            Err(code) => return Err(error("resolve-next-address", code)),
        }
    }
}
