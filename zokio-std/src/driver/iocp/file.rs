//! Overlapped operations on files and pipes. What "in flight" means is said in [`winsock`](super::winsock).

use super::winsock::{Begun, begun};
use crate::driver::system::last_error;
use rustix::io::Errno as Os;
use windows_sys::Win32::Foundation::{
    ERROR_BROKEN_PIPE, ERROR_HANDLE_EOF, ERROR_MORE_DATA, ERROR_NO_DATA, ERROR_PIPE_CONNECTED,
    ERROR_PIPE_NOT_CONNECTED, HANDLE,
};
use windows_sys::Win32::Storage::FileSystem::{ReadFile, WriteFile};
use windows_sys::Win32::System::IO::{GetOverlappedResult, OVERLAPPED};
use windows_sys::Win32::System::Pipes::{ConnectNamedPipe, GetNamedPipeInfo, PIPE_TYPE_MESSAGE};
use zokio_core::driver::RawBuf;

/// Writes down where in the file; a pipe has no places.
///
/// # Safety
/// `overlapped` is not in flight yet.
unsafe fn place(overlapped: *mut OVERLAPPED, offset: u64) {
    // SAFETY: the caller's word.
    let place = unsafe { &mut (*overlapped).Anonymous.Anonymous };
    (place.Offset, place.OffsetHigh) = (offset as u32, (offset >> 32) as u32);
}

/// # Safety
/// "In flight".
pub(super) unsafe fn read(file: usize, buf: RawBuf, offset: u64, overlapped: *mut OVERLAPPED) -> Begun {
    let mut bytes = 0;
    // SAFETY: the caller's word.
    let result = unsafe {
        place(overlapped, offset);
        ReadFile(file as HANDLE, buf.ptr, buf.len, &mut bytes, overlapped)
    };
    match begun(result == 0, bytes) {
        // A part of a message, which filled the room: its end arrives, and says so again.
        Begun::Failed(error) if error.raw_os_error() == ERROR_MORE_DATA as i32 => Begun::Pending,
        begun => begun,
    }
}

/// Whether a handle is a pipe that carries messages.
pub(crate) fn carries_messages(handle: HANDLE) -> bool {
    let (mut flags, nothing) = (0, std::ptr::null_mut());
    // SAFETY: writes the flags, and nothing else is asked for.
    let known = unsafe { GetNamedPipeInfo(handle, &mut flags, nothing, nothing, nothing) };
    known != 0 && flags & PIPE_TYPE_MESSAGE != 0
}

/// # Safety
/// "In flight".
pub(super) unsafe fn write(file: usize, buf: RawBuf, offset: u64, overlapped: *mut OVERLAPPED) -> Begun {
    let mut bytes = 0;
    // SAFETY: the caller's word.
    let result = unsafe {
        place(overlapped, offset);
        WriteFile(file as HANDLE, buf.ptr, buf.len, &mut bytes, overlapped)
    };
    begun(result == 0, bytes)
}

/// Waits for a client of a pipe. One that came before, and perhaps went, is one.
///
/// # Safety
/// "In flight".
pub(super) unsafe fn meet(pipe: usize, overlapped: *mut OVERLAPPED) -> Begun {
    // SAFETY: the caller's word.
    let result = unsafe { ConnectNamedPipe(pipe as HANDLE, overlapped) };
    match begun(result == 0, 0) {
        Begun::Failed(error)
            if [ERROR_PIPE_CONNECTED, ERROR_NO_DATA].map(|met| met as i32).contains(&error.raw_os_error()) =>
        {
            Begun::AtOnce
        }
        begun => begun,
    }
}

/// What came of an operation whose end has arrived.
///
/// # Safety
/// The operation was on `file`, which is open, and has ended.
pub(super) unsafe fn outcome(file: usize, overlapped: *mut OVERLAPPED) -> Result<u32, Os> {
    let mut bytes = 0;
    // SAFETY: the caller's word.
    match unsafe { GetOverlappedResult(file as HANDLE, overlapped, &mut bytes, 0) } {
        0 => Err(last_error()),
        _ => Ok(bytes),
    }
}

/// Whether the error of a read is how the system tells the end of a file, or of what is written to a pipe.
pub(super) fn is_end(error: Os) -> bool {
    let ends = [ERROR_HANDLE_EOF, ERROR_BROKEN_PIPE, ERROR_PIPE_NOT_CONNECTED];
    ends.iter().any(|&end| error.raw_os_error() == end as i32)
}
