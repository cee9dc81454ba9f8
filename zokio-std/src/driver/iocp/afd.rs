//! Waiting for what a socket can do where no operation tells of it: room to send, and connections to accept. The driver of
//! sockets itself ("AFD") is asked, by the request that `select` is made of; its end arrives at the port as others do.

use super::port::Port;
use super::winsock::{Begun, base};
use rustix::fd::RawFd;
use rustix::io::Errno as Os;
use std::ffi::c_void;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use windows_sys::Wdk::Foundation::OBJECT_ATTRIBUTES;
use windows_sys::Wdk::Storage::FileSystem::{FILE_OPEN, NtCreateFile};
use windows_sys::Wdk::System::IO::NtDeviceIoControlFile;
use windows_sys::Win32::Foundation::{
    HANDLE, NTSTATUS, RtlNtStatusToDosError, STATUS_PENDING, STATUS_SUCCESS, UNICODE_STRING,
};
use windows_sys::Win32::Storage::FileSystem::{FILE_SHARE_READ, FILE_SHARE_WRITE, SYNCHRONIZE};
use windows_sys::Win32::System::IO::{IO_STATUS_BLOCK, OVERLAPPED};
use zokio_core::driver::Interest;

/// The request.
const POLL: u32 = 0x12024;

// What it asks for, and tells.
const RECEIVE: u32 = 0x1;
const SEND: u32 = 0x4;
const DISCONNECT: u32 = 0x8;
const ABORT: u32 = 0x10;
const ACCEPT: u32 = 0x80;
const CONNECT_FAIL: u32 = 0x100;

/// The request's argument for one socket. The system has its address while it is in flight.
#[repr(C)]
pub(super) struct Watch {
    timeout: i64,
    count: u32,
    exclusive: u32,
    socket: HANDLE,
    events: u32,
    status: NTSTATUS,
}

/// The driver of sockets, whose ends arrive at a port.
pub(super) struct Afd(OwnedHandle);

impl Afd {
    pub(super) fn open(port: &Port) -> io::Result<Self> {
        let name: Vec<u16> = r"\Device\Afd\Zokio".encode_utf16().collect();
        let len = size_of_val(&*name) as u16;
        let name = UNICODE_STRING { Length: len, MaximumLength: len, Buffer: name.as_ptr().cast_mut() };
        let object = OBJECT_ATTRIBUTES {
            Length: size_of::<OBJECT_ATTRIBUTES>() as u32,
            ObjectName: &name,
            ..OBJECT_ATTRIBUTES::default()
        };
        let (mut handle, mut status) = (std::ptr::null_mut(), IO_STATUS_BLOCK::default());
        let (sharing, nothing) = (FILE_SHARE_READ | FILE_SHARE_WRITE, std::ptr::null());
        // SAFETY: all that is named lives, and both results are written to.
        let opened = unsafe {
            NtCreateFile(
                &mut handle,
                SYNCHRONIZE,
                &object,
                &mut status,
                nothing,
                0,
                sharing,
                FILE_OPEN,
                0,
                nothing.cast(),
                0,
            )
        };
        if opened != STATUS_SUCCESS {
            return Err(error(opened).into());
        }
        // SAFETY: just made, and nobody else's.
        let this = Self(unsafe { OwnedHandle::from_raw_handle(handle) });
        port.attach(this.raw() as RawFd)?;
        Ok(this)
    }

    pub(super) fn raw(&self) -> HANDLE {
        self.0.as_raw_handle()
    }

    /// Waits until `socket` can do what `interest` says, or is broken.
    ///
    /// # Safety
    /// "In flight"; `watch` is named by the operation, too.
    pub(super) unsafe fn watch(
        &self,
        socket: RawFd,
        interest: Interest,
        watch: *mut Watch,
        overlapped: *mut OVERLAPPED,
    ) -> Begun {
        let events = match interest {
            Interest::Readable => RECEIVE | DISCONNECT | ACCEPT | ABORT | CONNECT_FAIL,
            Interest::Writable => SEND | ABORT | CONNECT_FAIL,
        };
        let socket = base(socket as usize) as HANDLE;
        let (argument, len) = (watch.cast::<c_void>(), size_of::<Watch>() as u32);
        // SAFETY: the caller's word. An OVERLAPPED begins with a status block, and names the end where it arrives.
        let status = unsafe {
            watch.write(Watch { timeout: i64::MAX, count: 1, exclusive: 0, socket, events, status: STATUS_SUCCESS });
            (*overlapped).Internal = STATUS_PENDING as usize;
            let block = overlapped.cast::<IO_STATUS_BLOCK>();
            let (event, context) = (std::ptr::null_mut(), overlapped.cast::<c_void>());
            NtDeviceIoControlFile(self.raw(), event, None, context, block, POLL, argument, len, argument, len)
        };
        match status {
            // What ends at once arrives, too.
            STATUS_SUCCESS | STATUS_PENDING => Begun::Pending,
            status => Begun::Failed(error(status)),
        }
    }
}

fn error(status: NTSTATUS) -> Os {
    // SAFETY: names no memory.
    Os::from_raw_os_error(unsafe { RtlNtStatusToDosError(status) } as i32)
}
