//! Windows.

use rustix::event::PollFlags;
use rustix::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::io::Errno as Os;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType};
use std::io;
use std::time::Duration;
use windows_sys::Win32::Networking::WinSock::{
    FIONBIO, INVALID_SOCKET, SO_EXCLUSIVEADDRUSE, SOL_SOCKET, WSA_FLAG_NO_HANDLE_INHERIT, WSA_FLAG_OVERLAPPED,
    WSASocketW, ioctlsocket, setsockopt,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetCurrentThread, GetProcessAffinityMask, SetThreadAffinityMask,
};

/// What polling for reading asks for.
pub(crate) const READABLE: PollFlags = PollFlags::IN;

/// What polling for the end of a stream asks for.
pub(crate) const HUNG_UP: PollFlags = PollFlags::HUP;

/// How to send. There are no signals, and sockets do not block.
pub(crate) const SEND: SendFlags = SendFlags::empty();

/// As [`SEND`].
pub(crate) const QUIET: SendFlags = SEND;

/// How to receive.
pub(crate) const RECEIVE: RecvFlags = RecvFlags::empty();

/// Receives into the first piece that is not empty.
pub(crate) fn receive_pieces(socket: BorrowedFd<'_>, pieces: &mut [io::IoSliceMut<'_>]) -> Result<usize, Os> {
    match pieces.iter_mut().find(|piece| !piece.is_empty()) {
        Some(piece) => Ok(rustix::net::recv(socket, &mut **piece, RECEIVE)?.1),
        None => Ok(0),
    }
}

/// What accepting says where sockets or memory are short for a while.
pub(crate) const SHORTAGES: [Os; 2] = [Os::MFILE, Os::NOBUFS];

/// The error of the socket library's last call on this thread.
pub(crate) fn last_error() -> Os {
    Os::from_io_error(&io::Error::last_os_error()).unwrap_or(Os::INVAL)
}

/// What a socket needs before it is bound to an address that it is to listen at: that nobody else takes it, too. (Connections
/// that are still closing are in nobody's way here, and `SO_REUSEADDR` lets others take what is in use.)
pub(crate) fn claim_address(socket: &OwnedFd) -> Result<(), Os> {
    let (yes, len) = (1i32, size_of::<i32>() as i32);
    let socket = socket.as_raw_fd() as usize;
    // SAFETY: the option reads a number.
    let result = unsafe { setsockopt(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (&raw const yes).cast(), len) };
    if result == 0 { Ok(()) } else { Err(last_error()) }
}

/// Whether shutting a listener down is enough for nobody to connect to it any more.
pub(crate) const SHUTDOWN_ENDS_LISTENING: bool = false;

/// Accepts a connection that does not block and that no other program inherits.
pub(crate) fn accept(listener: BorrowedFd<'_>) -> Result<OwnedFd, Os> {
    let accepted = rustix::net::accept(listener)?;
    set_nonblocking(&accepted)?;
    Ok(accepted)
}

/// Makes calls on a socket return at once. What is overlapped waits all the same.
pub(crate) fn set_nonblocking(socket: &OwnedFd) -> Result<(), Os> {
    let mut yes = 1;
    // SAFETY: the socket is open, and the argument is what this request reads.
    let result = unsafe { ioctlsocket(socket.as_raw_fd() as usize, FIONBIO, &mut yes) };
    if result == 0 { Ok(()) } else { Err(last_error()) }
}

/// The system ends what a peer makes no room for by itself, after its own time.
pub(crate) fn limit_unsent(_: BorrowedFd<'_>, _: Duration) {}

/// No send waits for its peer here.
pub(crate) fn disconnect(_: BorrowedFd<'_>) {}

/// A socket that no other program inherits.
pub(crate) fn socket(family: AddressFamily, kind: SocketType, _nonblocking: bool) -> Result<OwnedFd, Os> {
    let flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
    let (family, kind) = (i32::from(family.as_raw()), kind.as_raw() as i32);
    // SAFETY: names no memory.
    let socket = unsafe { WSASocketW(family, kind, 0, std::ptr::null(), 0, flags) };
    if socket == INVALID_SOCKET {
        return Err(last_error());
    }
    // SAFETY: just made, and nobody else's.
    let socket = unsafe { OwnedFd::from_raw_fd(socket as _) };
    set_nonblocking(&socket)?;
    Ok(socket)
}

/// The processors that this process may run on, of the first 64.
pub(crate) fn processors() -> io::Result<Vec<usize>> {
    let (mut ours, mut all) = (0, 0);
    // SAFETY: both are written to, and the handle is one that needs no closing.
    if unsafe { GetProcessAffinityMask(GetCurrentProcess(), &mut ours, &mut all) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok((0..usize::BITS as usize).filter(|processor| ours >> processor & 1 == 1).collect())
}

/// Lets this thread run on these processors only.
pub(crate) fn run_on(processors: &[usize]) -> io::Result<()> {
    let mask = processors.iter().filter(|&&at| at < usize::BITS as usize).fold(0, |mask, at| mask | 1 << at);
    // SAFETY: the handle is this thread's, and needs no closing.
    match unsafe { SetThreadAffinityMask(GetCurrentThread(), mask) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}
