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

/// A TCP socket of the family of `address`.
pub(super) fn tcp(runtime: Handle, address: SocketAddr) -> io::Result<OwnedFd> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let mode = match runtime.with(|reactor| reactor.wants_nonblocking())? {
        true => SocketFlags::NONBLOCK,
        false => SocketFlags::empty(),
    };
    Ok(socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | mode, None)?)
}
