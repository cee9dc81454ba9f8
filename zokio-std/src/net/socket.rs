//! Making sockets in the mode that a runtime's driver wants.

use crate::runtime::Handle;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

/// The runtime that runs on this thread, as an error where there is none.
pub(super) fn current() -> io::Result<Handle> {
    Handle::try_current().ok_or_else(|| {
        let text = "no Zokio runtime runs on this thread; call this from inside `Runtime::block_on`";
        io::Error::new(io::ErrorKind::NotConnected, text)
    })
}

/// The mode of sockets that the driver does operations on.
pub(super) fn mode(runtime: Handle) -> io::Result<SocketFlags> {
    Ok(match runtime.with(|reactor| reactor.wants_nonblocking())? {
        true => SocketFlags::NONBLOCK,
        false => SocketFlags::empty(),
    })
}

pub(super) fn family(address: SocketAddr) -> AddressFamily {
    if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 }
}

/// A TCP socket of the family of `address`.
pub(super) fn tcp(runtime: Handle, address: SocketAddr) -> io::Result<OwnedFd> {
    Ok(socket_with(family(address), SocketType::STREAM, SocketFlags::CLOEXEC | mode(runtime)?, None)?)
}

/// A Unix socket that the driver does operations on.
pub(super) fn unix(runtime: Handle, kind: SocketType) -> io::Result<OwnedFd> {
    Ok(socket_with(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC | mode(runtime)?, None)?)
}

/// A socket that is waited for, and used by calls that do not wait.
pub(super) fn nonblocking(family: AddressFamily, kind: SocketType) -> io::Result<OwnedFd> {
    Ok(socket_with(family, kind, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)?)
}
