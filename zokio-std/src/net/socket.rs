//! Making sockets in the mode that a runtime's driver wants.

use crate::driver::system;
use crate::runtime::Handle;
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketType};
use std::io;
use std::net::SocketAddr;

/// The runtime that runs on this thread, as an error where there is none.
pub(super) fn current() -> io::Result<Handle> {
    Handle::try_current().ok_or_else(|| {
        let text = "no Zokio runtime runs on this thread; call this from inside `Runtime::block_on`";
        io::Error::new(io::ErrorKind::NotConnected, text)
    })
}

/// Whether sockets that the driver does operations on are not to block.
pub(super) fn nonblocking_ones(runtime: Handle) -> io::Result<bool> {
    Ok(runtime.with(|reactor| reactor.wants_nonblocking())?)
}

pub(super) fn family(address: SocketAddr) -> AddressFamily {
    if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 }
}

/// A TCP socket of the family of `address`.
pub(super) fn tcp(runtime: Handle, address: SocketAddr) -> io::Result<OwnedFd> {
    Ok(system::socket(family(address), SocketType::STREAM, nonblocking_ones(runtime)?)?)
}

#[cfg(unix)]
/// A Unix socket that the driver does operations on.
pub(super) fn unix(runtime: Handle, kind: SocketType) -> io::Result<OwnedFd> {
    Ok(system::socket(AddressFamily::UNIX, kind, nonblocking_ones(runtime)?)?)
}

/// A socket that is waited for, and used by calls that do not wait.
pub(super) fn nonblocking(family: AddressFamily, kind: SocketType) -> io::Result<OwnedFd> {
    Ok(system::socket(family, kind, true)?)
}
