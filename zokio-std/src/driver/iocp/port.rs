//! A completion port: where ends arrive, and where whoever waits for them sleeps.

use rustix::fd::RawFd;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::time::Duration;
use windows_sys::Win32::Foundation::{HANDLE, INVALID_HANDLE_VALUE, WAIT_TIMEOUT};
use windows_sys::Win32::Storage::FileSystem::SetFileCompletionNotificationModes;
use windows_sys::Win32::System::IO::{
    CreateIoCompletionPort, GetQueuedCompletionStatusEx, OVERLAPPED_ENTRY, PostQueuedCompletionStatus,
};
use windows_sys::Win32::System::WindowsProgramming::{
    FILE_SKIP_COMPLETION_PORT_ON_SUCCESS, FILE_SKIP_SET_EVENT_ON_HANDLE,
};

/// How many ends one wait brings.
pub(super) const ENTRIES: usize = 256;

/// A port of this process.
#[derive(Debug)]
pub(crate) struct Port(OwnedHandle);

impl Port {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: names no memory, and makes a new port. Any number of threads may wait, but one does.
        let port = unsafe { CreateIoCompletionPort(INVALID_HANDLE_VALUE, std::ptr::null_mut(), 0, 1) };
        if port.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: just made, and nobody else's.
        Ok(Self(unsafe { OwnedHandle::from_raw_handle(port) }))
    }

    fn raw(&self) -> HANDLE {
        self.0.as_raw_handle()
    }

    /// Ends a wait. It cannot fail but for want of memory in the kernel.
    pub(crate) fn ring(&self) {
        // SAFETY: names no memory.
        unsafe { PostQueuedCompletionStatus(self.raw(), 0, 0, std::ptr::null()) };
    }

    /// From here on the ends of operations on `handle` arrive here; says whether those that end at once do not.
    ///
    /// A handle belongs to the first port that it was given to, for ever.
    pub(super) fn adopt(&self, handle: RawFd) -> io::Result<bool> {
        self.attach(handle)?;
        let modes = (FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE) as u8;
        // SAFETY: as above.
        Ok(unsafe { SetFileCompletionNotificationModes(handle as HANDLE, modes) } != 0)
    }

    /// From here on the ends of all operations on `handle` arrive here.
    pub(super) fn attach(&self, handle: RawFd) -> io::Result<()> {
        // SAFETY: the caller keeps the handle open.
        let port = unsafe { CreateIoCompletionPort(handle as HANDLE, self.raw(), 0, 0) };
        if port.is_null() { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Waits for at least one end, at most for `timeout`; `None` is for ever.
    pub(super) fn wait(&self, entries: &mut Vec<OVERLAPPED_ENTRY>, timeout: Option<Duration>) -> io::Result<()> {
        /// For ever.
        const INFINITE: u32 = u32::MAX;
        // The system counts milliseconds: rounded up, because a deadline that has not come would only be waited for again.
        let millis = timeout.map_or(INFINITE, |time| {
            u32::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(INFINITE).min(INFINITE - 1)
        });
        entries.clear();
        entries.reserve(ENTRIES);
        let mut count = 0;
        // SAFETY: there is room for that many entries.
        let done = unsafe {
            GetQueuedCompletionStatusEx(self.raw(), entries.as_mut_ptr(), ENTRIES as u32, &mut count, millis, 0)
        };
        if done == 0 {
            let error = io::Error::last_os_error();
            return if error.raw_os_error() == Some(WAIT_TIMEOUT as i32) { Ok(()) } else { Err(error) };
        }
        // SAFETY: that many were written.
        unsafe { entries.set_len(count as usize) };
        Ok(())
    }
}
