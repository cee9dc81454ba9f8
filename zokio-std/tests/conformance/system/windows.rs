//! What the suite asks of Windows beside the driver.

use rustix::fd::{OwnedFd, RawFd};
use rustix::io::Errno as Os;
use std::os::windows::io::AsRawHandle;
use windows_sys::Win32::Foundation::{GetHandleInformation, HANDLE, HANDLE_FLAG_INHERIT};
use windows_sys::Win32::Storage::FileSystem::{FILE_TYPE_UNKNOWN, GetFileType};

/// What sending to a peer that is gone may say.
pub const DEAD_PEER: &[Os] = &[Os::CONNABORTED, Os::CONNRESET];

/// What an operation on something that is no socket says. The second is what a completion port says to a
/// handle that cannot wait (`ERROR_INVALID_PARAMETER`), the third is wine's.
pub const NO_SOCKET: &[Os] = &[Os::NOTSOCK, Os::from_raw_os_error(87), Os::OPNOTSUPP];

/// How many files, pipes and sockets the process has open: what a driver could leak. (What threads and waits are made of comes
/// and goes with the threads of pools.) By asking each, because wine answers no question for their number.
pub fn descriptors() -> usize {
    /// Handles are multiples of four; there are never so many here.
    const HIGHEST: RawFd = 1 << 16;
    // SAFETY: a handle that is none, or no file, is of no kind.
    let is_file = |handle: &RawFd| unsafe { GetFileType(*handle as HANDLE) } != FILE_TYPE_UNKNOWN;
    (4..HIGHEST).step_by(4).filter(is_file).count()
}

fn information(handle: RawFd) -> Option<u32> {
    let mut flags = 0;
    // SAFETY: the flags are written to; a handle that is none is an error.
    (unsafe { GetHandleInformation(handle as HANDLE, &mut flags) } != 0).then_some(flags)
}

/// Whether `handle` is open.
pub fn is_open(handle: RawFd) -> bool {
    information(handle).is_some()
}

/// Whether a child process inherits the open `handle`.
pub fn is_inherited(handle: RawFd) -> bool {
    information(handle).unwrap() & HANDLE_FLAG_INHERIT != 0
}

/// A TCP socket that is not connected, and does not block.
pub fn socket(_nonblocking: bool) -> OwnedFd {
    use rustix::net::{AddressFamily, SocketType};
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    let socket = std::net::TcpStream::from(socket);
    socket.set_nonblocking(true).unwrap();
    socket.into()
}

/// The handle of something that is no socket, and what keeps it open.
pub fn no_socket() -> (std::io::PipeReader, RawFd) {
    let (pipe, _) = std::io::pipe().unwrap();
    let handle = pipe.as_raw_handle() as RawFd;
    (pipe, handle)
}
