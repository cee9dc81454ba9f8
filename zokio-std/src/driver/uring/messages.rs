//! What the kernel reads of a datagram to be sent beside its bytes: to whom, and where the bytes are.

use super::super::reserved::Reserved;
use rustix::io::Errno as Os;
use rustix::io_uring::{MsgHdr, io_uring_ptr, iovec};
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::ptr;
use zokio_core::driver::{Errno, RawBuf, SubmitError, Table};

/// The head names the piece, which lies behind it.
struct Message {
    head: MsgHdr,
    piece: iovec,
}

/// Places that never move, of which the kernel reads those in use ("the owner holds on").
pub(super) struct Messages {
    /// Leaked rather than freed while the kernel may still read; see `UringDriver`'s drop.
    places: ManuallyDrop<Reserved<UnsafeCell<Message>>>,
    free: Vec<u32>,
}

impl Messages {
    pub(super) fn new(operations: usize) -> Self {
        Self { places: ManuallyDrop::new(Reserved::new(operations)), free: Vec::new() }
    }

    /// Writes a message to a free place: its number, and what an operation names.
    pub(super) fn put(&mut self, address: u16, buf: RawBuf) -> Result<(u32, io_uring_ptr), SubmitError> {
        let invalid = SubmitError::Os(Errno(Os::INVAL.raw_os_error() as u16));
        let rest = buf.len.checked_sub(address.into()).ok_or(invalid)?;
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                self.places.push(UnsafeCell::new(Message::EMPTY)).map_err(|_| SubmitError::Full)?;
                (self.places.len() - 1) as u32
            }
        };
        let place = self.places.get(number as usize).ok_or(SubmitError::Full)?.get();
        let msg_name = if address == 0 { ptr::null_mut() } else { buf.ptr.cast() };
        // SAFETY: the place was free, so nobody reads it; the address is inside the memory.
        unsafe {
            let iov_base = buf.ptr.add(address.into()).cast();
            (*place).piece = iovec { iov_base, iov_len: rest as usize };
            (*place).head = MsgHdr {
                msg_name,
                msg_namelen: address.into(),
                msg_iov: &raw mut (*place).piece,
                msg_iovlen: 1,
                ..Message::EMPTY.head
            };
            Ok((number, io_uring_ptr::new((&raw mut (*place).head).cast())))
        }
    }

    /// Takes a place back whose operation has ended.
    pub(super) fn free(&mut self, number: u32) {
        self.free.push(number);
    }

    /// Frees the memory.
    ///
    /// # Safety
    /// Nothing is in flight on the ring, and `self` is not used afterwards.
    pub(super) unsafe fn release(&mut self) {
        // SAFETY: the caller's word; dropped once.
        unsafe { ManuallyDrop::drop(&mut self.places) };
    }
}

impl Message {
    const EMPTY: Self = Self {
        head: MsgHdr {
            msg_name: ptr::null_mut(),
            msg_namelen: 0,
            msg_iov: ptr::null_mut(),
            msg_iovlen: 0,
            msg_control: ptr::null_mut(),
            msg_controllen: 0,
            msg_flags: rustix::net::RecvFlags::empty(),
        },
        piece: iovec { iov_base: ptr::null_mut(), iov_len: 0 },
    };
}
