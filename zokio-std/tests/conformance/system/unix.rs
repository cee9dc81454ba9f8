//! What the suite asks of Unix beside the driver.

use rustix::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use rustix::io::Errno as Os;

/// What sending to a peer that is gone may say.
pub const DEAD_PEER: &[Os] = &[Os::PIPE, Os::CONNRESET];

/// What an operation on something that is no socket says.
pub const NO_SOCKET: &[Os] = &[Os::NOTSOCK];

/// How many descriptors the process has open. With libkqueue, which opens some of its own and closes them when it likes, those of
/// sockets and files.
pub fn descriptors() -> usize {
    let all = std::fs::read_dir("/proc/self/fd").unwrap();
    if !cfg!(zokio_libkqueue) {
        return all.count();
    }
    let whose = all.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    whose.filter(|whose| whose.to_string_lossy().starts_with("socket:") || whose.is_absolute()).count()
}

/// Whether `handle` is open.
pub fn is_open(handle: RawFd) -> bool {
    std::fs::exists(format!("/proc/self/fd/{handle}")).unwrap()
}

/// Whether a child process inherits the open `handle`.
pub fn is_inherited(handle: RawFd) -> bool {
    // SAFETY: the test keeps the handle open.
    let handle = unsafe { BorrowedFd::borrow_raw(handle) };
    !rustix::io::fcntl_getfd(handle).unwrap().contains(rustix::io::FdFlags::CLOEXEC)
}

/// A TCP socket that is not connected.
pub fn socket(nonblocking: bool) -> OwnedFd {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
    let mode = if nonblocking { SocketFlags::NONBLOCK } else { SocketFlags::empty() };
    socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC | mode, None).unwrap()
}

/// The handle of something that is no socket, and what keeps it open.
pub fn no_socket() -> (std::io::PipeReader, RawFd) {
    let (pipe, _) = std::io::pipe().unwrap();
    let handle = pipe.as_raw_fd();
    (pipe, handle)
}
