//! Overlapped operations on sockets.
//!
//! *Invariant "in flight":* what an operation names, its `OVERLAPPED` too, stays where it is and is touched by nobody until its
//! end has arrived, or the call has said that there will be none. Every caller of these functions answers for it.

use crate::driver::system::last_error;
use rustix::fd::{BorrowedFd, RawFd};
use rustix::io::Errno as Os;
use std::ffi::c_void;
use std::sync::OnceLock;
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, AF_INET6, LPFN_ACCEPTEX, LPFN_CONNECTEX, MSG_PEEK, SIO_BASE_HANDLE, SIO_GET_EXTENSION_FUNCTION_POINTER,
    SO_UPDATE_ACCEPT_CONTEXT, SO_UPDATE_CONNECT_CONTEXT, SOCKADDR, SOCKADDR_IN, SOCKADDR_IN6, SOCKET, SOL_SOCKET,
    WSABUF, WSAGetOverlappedResult, WSAID_ACCEPTEX, WSAID_CONNECTEX, WSAIoctl, WSARecv, WSASend, WSASendTo, bind,
    setsockopt,
};
use windows_sys::Win32::System::IO::OVERLAPPED;
use zokio_core::driver::RawBuf;

/// What a call says about an operation.
pub(super) enum Begun {
    /// It has ended, with that many bytes.
    Done(u32),
    /// It was done before it began: nothing will arrive.
    AtOnce,
    Pending,
    Failed(Os),
}

/// Room for the two addresses that an accept writes.
pub(super) const ADDRESSES: usize = 2 * ADDRESS as usize;
/// The longest address, and what the call wants beyond it.
const ADDRESS: u32 = size_of::<SOCKADDR_IN6>() as u32 + 16;

pub(super) fn begun(failed: bool, bytes: u32) -> Begun {
    /// `ERROR_IO_PENDING`.
    const PENDING: i32 = 997;
    match failed {
        false => Begun::Done(bytes),
        true => match last_error() {
            error if error.raw_os_error() == PENDING => Begun::Pending,
            error => Begun::Failed(error),
        },
    }
}

fn buffer(buf: RawBuf) -> WSABUF {
    WSABUF { len: buf.len, buf: buf.ptr }
}

/// With `peek`, takes nothing.
///
/// # Safety
/// "In flight".
pub(super) unsafe fn receive(socket: SOCKET, buf: RawBuf, peek: bool, overlapped: *mut OVERLAPPED) -> Begun {
    let (mut bytes, mut flags) = (0, if peek { MSG_PEEK as u32 } else { 0 });
    // SAFETY: the caller's word. The description of the buffer is copied by the call.
    let result = unsafe { WSARecv(socket, &buffer(buf), 1, &mut bytes, &mut flags, overlapped, None) };
    begun(result != 0, bytes)
}

/// # Safety
/// "In flight".
pub(super) unsafe fn send(socket: SOCKET, buf: RawBuf, overlapped: *mut OVERLAPPED) -> Begun {
    let mut bytes = 0;
    // SAFETY: as above.
    let result = unsafe { WSASend(socket, &buffer(buf), 1, &mut bytes, 0, overlapped, None) };
    begun(result != 0, bytes)
}

/// Sends the bytes behind an address, which the call copies.
///
/// # Safety
/// "In flight"; the memory is longer than the address.
pub(super) unsafe fn send_to(socket: SOCKET, address: u16, buf: RawBuf, overlapped: *mut OVERLAPPED) -> Begun {
    let name = if address == 0 { std::ptr::null() } else { buf.ptr.cast_const().cast::<SOCKADDR>() };
    // SAFETY: the caller's word.
    let bytes = RawBuf { ptr: unsafe { buf.ptr.add(address.into()) }, len: buf.len - u32::from(address) };
    let (mut sent, address) = (0, i32::from(address));
    // SAFETY: as above.
    let result = unsafe { WSASendTo(socket, &buffer(bytes), 1, &mut sent, 0, name, address, overlapped, None) };
    begun(result != 0, sent)
}

/// Accepts into `accepted`, an unbound socket of the same family.
///
/// # Safety
/// "In flight"; `addresses` has room for [`ADDRESSES`] bytes.
pub(super) unsafe fn accept(
    listener: SOCKET,
    accepted: SOCKET,
    addresses: *mut u8,
    overlapped: *mut OVERLAPPED,
) -> Begun {
    let accept = match extensions(listener) {
        Ok(Extensions { accept: Some(accept), .. }) => *accept,
        Ok(_) => return Begun::Failed(Os::OPNOTSUPP),
        Err(error) => return Begun::Failed(error),
    };
    let mut bytes = 0;
    // SAFETY: the caller's word.
    let result = unsafe { accept(listener, accepted, addresses.cast(), 0, ADDRESS, ADDRESS, &mut bytes, overlapped) };
    begun(result == 0, 0)
}

/// Gives an accepted socket what it has from its listener: so that its addresses can be asked, and it can be shut down.
pub(super) fn after_accept(listener: SOCKET, accepted: SOCKET) -> Result<(), Os> {
    let (value, len) = ((&raw const listener).cast::<u8>(), size_of::<SOCKET>() as i32);
    // SAFETY: the option reads a socket's number.
    let result = unsafe { setsockopt(accepted, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, value, len) };
    if result == 0 { Ok(()) } else { Err(last_error()) }
}

/// Connects; binds to any address first, as the call wants it.
///
/// # Safety
/// "In flight"; `address` is one as the system writes it.
pub(super) unsafe fn connect(socket: SOCKET, address: RawBuf, overlapped: *mut OVERLAPPED) -> Begun {
    let connect = match extensions(socket) {
        Ok(Extensions { connect: Some(connect), .. }) => *connect,
        Ok(_) => return Begun::Failed(Os::OPNOTSUPP),
        Err(error) => return Begun::Failed(error),
    };
    if address.len < 2 {
        return Begun::Failed(Os::INVAL);
    }
    // SAFETY: the caller's word: every address begins with its family.
    let family = unsafe { address.ptr.cast::<u16>().read_unaligned() };
    // Zeroes are "any address, any port" in both families. One that is bound already says so, and stays as it is.
    let mut any = [0u64; 4];
    let len = match family {
        AF_INET => size_of::<SOCKADDR_IN>(),
        AF_INET6 => size_of::<SOCKADDR_IN6>(),
        _ => return Begun::Failed(Os::AFNOSUPPORT),
    };
    any[0] = family.into();
    // SAFETY: an address of that family and length.
    let bound = unsafe { bind(socket, (&raw const any).cast::<SOCKADDR>(), len as i32) };
    if bound != 0
        && let error = last_error()
        && error != Os::INVAL
    {
        return Begun::Failed(error);
    }
    let mut bytes = 0;
    // SAFETY: the caller's word.
    let result =
        unsafe { connect(socket, address.ptr.cast(), address.len as i32, std::ptr::null(), 0, &mut bytes, overlapped) };
    begun(result == 0, 0)
}

/// Makes a socket that connected know that it did.
pub(super) fn after_connect(socket: SOCKET) -> Result<(), Os> {
    // SAFETY: the option reads nothing.
    let result = unsafe { setsockopt(socket, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, std::ptr::null(), 0) };
    if result == 0 { Ok(()) } else { Err(last_error()) }
}

/// What came of an operation whose end has arrived.
///
/// # Safety
/// The operation was on `socket`, which is open, and has ended.
pub(super) unsafe fn outcome(socket: SOCKET, overlapped: *mut OVERLAPPED) -> Result<u32, Os> {
    let (mut bytes, mut flags) = (0, 0);
    // SAFETY: the caller's word.
    match unsafe { WSAGetOverlappedResult(socket, overlapped, &mut bytes, 0, &mut flags) } {
        0 => Err(last_error()),
        _ => Ok(bytes),
    }
}

/// The socket that the system knows, behind those that other programs have put before it.
pub(super) fn base(socket: SOCKET) -> SOCKET {
    let (mut base, mut bytes): (SOCKET, _) = (0, 0);
    let (out, len) = ((&raw mut base).cast(), size_of::<SOCKET>() as u32);
    // SAFETY: the request reads nothing and writes a socket.
    let result = unsafe {
        WSAIoctl(socket, SIO_BASE_HANDLE, std::ptr::null(), 0, out, len, &mut bytes, std::ptr::null_mut(), None)
    };
    if result == 0 { base } else { socket }
}

/// Whether a socket is one that listens for connections.
pub(super) fn listens(socket: RawFd) -> bool {
    // SAFETY: the submitter of an operation keeps its handle open.
    rustix::net::sockopt::socket_acceptconn(unsafe { BorrowedFd::borrow_raw(socket) }).unwrap_or(false)
}

/// Functions that the socket library has to be asked for.
struct Extensions {
    accept: LPFN_ACCEPTEX,
    connect: LPFN_CONNECTEX,
}

/// The same for all sockets of the system's own kinds.
fn extensions(socket: SOCKET) -> Result<&'static Extensions, Os> {
    static FOUND: OnceLock<Extensions> = OnceLock::new();
    if let Some(found) = FOUND.get() {
        return Ok(found);
    }
    let ask = |name: windows_sys::core::GUID| -> Result<*mut c_void, Os> {
        let (mut function, mut bytes) = (std::ptr::null_mut::<c_void>(), 0);
        // SAFETY: the request reads a name and writes a pointer.
        let result = unsafe {
            WSAIoctl(
                socket,
                SIO_GET_EXTENSION_FUNCTION_POINTER,
                (&raw const name).cast(),
                size_of_val(&name) as u32,
                (&raw mut function).cast(),
                size_of_val(&function) as u32,
                &mut bytes,
                std::ptr::null_mut(),
                None,
            )
        };
        if result == 0 { Ok(function) } else { Err(last_error()) }
    };
    // SAFETY: a pointer that may be null, to the function of that name, whose type this is.
    let found = unsafe {
        Extensions {
            accept: std::mem::transmute::<*mut c_void, LPFN_ACCEPTEX>(ask(WSAID_ACCEPTEX)?),
            connect: std::mem::transmute::<*mut c_void, LPFN_CONNECTEX>(ask(WSAID_CONNECTEX)?),
        }
    };
    Ok(FOUND.get_or_init(|| found))
}
