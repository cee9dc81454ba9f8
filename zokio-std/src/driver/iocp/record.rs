//! An operation as the system sees it.

use super::afd::{Afd, Watch};
use super::file;
use super::winsock::{self, ADDRESSES, Begun};
use crate::driver::tries;
use rustix::fd::RawFd;
use rustix::io::Errno as Os;
use std::cell::UnsafeCell;
use windows_sys::Win32::System::IO::OVERLAPPED;
use zokio_core::driver::{Errno, Interest, Key, RawBuf};

/// An operation. The system has its address while it is in flight.
#[repr(C)]
pub(super) struct Record {
    /// First, so that its address is the record's.
    pub(super) overlapped: UnsafeCell<OVERLAPPED>,
    pub(super) addresses: UnsafeCell<[u64; ADDRESSES.div_ceil(8)]>,
    pub(super) key: Key,
    pub(super) handle: RawFd,
    pub(super) doing: Doing,
    /// Somebody wants it to end.
    pub(super) canceled: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Doing {
    Nothing,
    Receive,
    /// Of no bytes.
    ReceivePooled,
    /// Into the buffer with this number.
    ReceiveInto(u16),
    Send,
    /// The memory begins with an address of that length.
    SendTo(u16),
    Accept(RawFd),
    Connect,
    /// Of a pipe: waits for a client.
    Meet,
    WaitToRead,
    /// Of a file, from there on, or of a pipe.
    Read(u64),
    Write(u64),
    /// Asked of the driver of sockets.
    Watch(Interest),
}

impl Record {
    /// A record that is free.
    pub(super) fn new() -> Self {
        Self {
            overlapped: UnsafeCell::default(),
            addresses: UnsafeCell::default(),
            key: Key::new(0, 0),
            handle: 0,
            doing: Doing::Nothing,
            canceled: false,
        }
    }

    /// (1) Begins what the record says. `Ok(Some(bytes))`: it has ended, and nothing will arrive.
    ///
    /// # Safety
    /// "The owner holds on"; `buf` is what the operation names.
    pub(super) unsafe fn begin(&mut self, buf: RawBuf, skips: bool) -> Result<Option<u32>, Os> {
        *self.overlapped.get_mut() = OVERLAPPED::default();
        let (overlapped, socket) = (self.overlapped.get(), self.handle as usize);
        let nothing = RawBuf { ptr: std::ptr::null_mut(), len: 0 };
        // SAFETY: "in flight": the record does not move and is left alone until the end; the rest is the caller's word.
        let begun = unsafe {
            match self.doing {
                Doing::Receive | Doing::ReceiveInto(_) => winsock::receive(socket, buf, false, overlapped),
                Doing::ReceivePooled => winsock::receive(socket, nothing, false, overlapped),
                Doing::WaitToRead => winsock::receive(socket, nothing, true, overlapped),
                Doing::Send => winsock::send(socket, buf, overlapped),
                Doing::SendTo(address) => winsock::send_to(socket, address, buf, overlapped),
                Doing::Accept(accepted) => {
                    winsock::accept(socket, accepted as usize, self.addresses.get().cast(), overlapped)
                }
                Doing::Connect => winsock::connect(socket, buf, overlapped),
                Doing::Meet => file::meet(socket, overlapped),
                Doing::Read(offset) => file::read(socket, buf, offset, overlapped),
                Doing::Write(offset) => file::write(socket, buf, offset, overlapped),
                Doing::Nothing | Doing::Watch(_) => return Ok(None),
            }
        };
        match begun {
            Begun::Done(bytes) if skips => Ok(Some(bytes)),
            Begun::AtOnce => Ok(Some(0)),
            // Its end arrives although it is known.
            Begun::Done(_) | Begun::Pending => Ok(None),
            Begun::Failed(error) => Err(error),
        }
    }
}

const _: () = assert!(size_of::<Watch>() <= ADDRESSES, "a record has room for a watch");

impl Record {
    /// (1) As [`begin`](Self::begin), for what is asked of the driver of sockets.
    ///
    /// # Safety
    /// "The owner holds on".
    pub(super) unsafe fn watch(&mut self, afd: &Afd, interest: Interest) -> Result<(), Os> {
        *self.overlapped.get_mut() = OVERLAPPED::default();
        // SAFETY: "in flight", as there; the room for addresses, which this has none of, is large enough and aligned.
        match unsafe { afd.watch(self.handle, interest, self.addresses.get().cast(), self.overlapped.get()) } {
            Begun::Failed(error) => Err(error),
            _ => Ok(()),
        }
    }
}

/// What the system itself calls that.
pub(super) const STATUS_CANCELLED: usize = 0xC000_0120;
/// `ERROR_OPERATION_ABORTED`: what [`cancel`](IocpDriver::cancel) ended.
pub(super) const ABORTED: i32 = 995;

pub(super) fn errno(error: Os) -> Errno {
    match error.raw_os_error() {
        ABORTED => tries::CANCELED,
        number => Errno(number as u16),
    }
}

pub(super) fn close(handle: RawFd) {
    // SAFETY: a socket that the driver made, which nobody else has seen.
    unsafe { rustix::io::close(handle) };
}
