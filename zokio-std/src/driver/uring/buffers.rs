//! Buffers that the kernel picks from when bytes arrive (a *provided-buffer ring*, Linux 5.19).
//!
//! *Invariant "lent once":* a buffer is either in the ring, where the kernel may write to it at any time, or lent to the
//! receiver of the completion that named it. `recycle` moves it back.

use super::super::mapping::Mapping;
use super::super::pool::Buffers;
use super::ring::Ring;
use rustix::io_uring::{IoringRegisterOp, io_uring_buf, io_uring_buf_reg, io_uring_ptr, io_uring_register};
use std::io;
use std::mem::{ManuallyDrop, offset_of};
use std::ptr;
use std::sync::atomic::{AtomicU16, Ordering};
use zokio_core::driver::RawBuf;

/// The group that receives of bytes name.
pub(super) const GROUP: u16 = 0;

pub(super) struct BufferRing {
    /// Both mappings are leaked rather than freed while the kernel may still write; see `UringDriver`'s drop.
    ring: ManuallyDrop<Mapping>,
    buffers: ManuallyDrop<Buffers>,
    mask: u16,
    tail: u16,
}

impl BufferRing {
    /// Registers `count` buffers (rounded up to a power of two, at most 32768) of `size` bytes with `ring`, as `group`.
    pub(super) fn new(ring: &Ring, group: u16, count: u16, size: u32) -> io::Result<Self> {
        let count = count.clamp(1, 1 << 15).next_power_of_two();
        let buffers = Buffers::new(count, size)?;
        let memory = Mapping::anonymous(count as usize * size_of::<io_uring_buf>())?;
        let mut registration = io_uring_buf_reg::default();
        registration.ring_addr = io_uring_ptr::new(memory.at::<u8>(0).as_ptr().cast());
        registration.ring_entries = count.into();
        registration.bgid = group;
        let argument = ptr::from_ref(&registration).cast();
        // SAFETY: the argument is what this operation reads; the memory that it names stays mapped as long as the ring
        // may use it ("lent once", and the driver's drop).
        unsafe { io_uring_register(ring.fd(), IoringRegisterOp::RegisterPbufRing, argument, 1)? };
        let mut this =
            Self { ring: ManuallyDrop::new(memory), buffers: ManuallyDrop::new(buffers), mask: count - 1, tail: 0 };
        for id in 0..count {
            // SAFETY: no buffer was lent yet.
            unsafe { this.recycle(id) };
        }
        Ok(this)
    }

    /// How many there are.
    pub(super) fn count(&self) -> u16 {
        self.mask + 1
    }

    pub(super) fn get(&self, id: u16) -> RawBuf {
        self.buffers.get(id)
    }

    /// Gives a buffer to the kernel.
    ///
    /// # Safety
    /// "Lent once": the buffer is lent, and nobody uses it any more.
    pub(super) unsafe fn recycle(&mut self, id: u16) {
        let buffer = self.buffers.get(id);
        if buffer.len == 0 {
            return;
        }
        let place = usize::from(self.tail & self.mask) * size_of::<io_uring_buf>();
        let address = io_uring_ptr::new(buffer.ptr.cast());
        // Field by field: the tail of the ring lies in the reserved part of the first record.
        // SAFETY: the record is inside the mapping, and the kernel does not read it before the tail is published.
        unsafe {
            self.ring.at(place + offset_of!(io_uring_buf, addr)).write(address);
            self.ring.at(place + offset_of!(io_uring_buf, len)).write(buffer.len);
            self.ring.at(place + offset_of!(io_uring_buf, bid)).write(id);
        }
        self.tail = self.tail.wrapping_add(1);
        let tail = self.ring.at::<AtomicU16>(offset_of!(io_uring_buf, resv));
        // SAFETY: inside the mapping; only this side writes it. Release: the kernel that sees the tail sees the record.
        unsafe { tail.as_ref() }.store(self.tail, Ordering::Release);
    }

    /// Frees the memory.
    ///
    /// # Safety
    /// Nothing is in flight on the ring, and `self` is not used afterwards.
    pub(super) unsafe fn free(&mut self) {
        // SAFETY: the caller's word; dropped once.
        unsafe {
            ManuallyDrop::drop(&mut self.ring);
            ManuallyDrop::drop(&mut self.buffers);
        }
    }
}
