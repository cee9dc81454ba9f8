//! Memory from the kernel: what rings and pooled buffers live in.

#[cfg(has_epoll)]
use rustix::mm::mmap;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use std::ffi::c_void;
use std::io;
#[cfg(has_epoll)]
use std::os::fd::BorrowedFd;
use std::ptr::NonNull;

/// A mapping of its own: nobody else has it, and it is unmapped when dropped.
///
/// Pages that were never touched cost nothing.
#[derive(Debug)]
pub(crate) struct Mapping {
    start: NonNull<c_void>,
    len: usize,
}

// SAFETY: nobody else has it, and it only hands out addresses.
unsafe impl Send for Mapping {}

impl Mapping {
    /// `len` bytes of zeroes.
    pub(crate) fn anonymous(len: usize) -> io::Result<Self> {
        let (protection, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE);
        // SAFETY: the kernel picks an address that nobody uses.
        let start = unsafe { mmap_anonymous(std::ptr::null_mut(), len.max(1), protection, flags)? };
        Ok(Self { start: NonNull::new(start).ok_or(io::ErrorKind::OutOfMemory)?, len: len.max(1) })
    }

    /// `len` bytes of the ring behind `fd`.
    #[cfg(has_epoll)]
    pub(super) fn shared(fd: BorrowedFd<'_>, offset: u64, len: usize) -> io::Result<Self> {
        let (protection, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED | MapFlags::POPULATE);
        // SAFETY: the kernel picks an address that nobody uses.
        let start = unsafe { mmap(std::ptr::null_mut(), len, protection, flags, fd, offset)? };
        Ok(Self { start: NonNull::new(start).ok_or(io::ErrorKind::OutOfMemory)?, len })
    }

    /// The address `offset` bytes in, as a `T`'s.
    ///
    /// # Panics
    /// If a `T` there would not be inside, or not be aligned.
    #[inline]
    pub(crate) fn at<T>(&self, offset: usize) -> NonNull<T> {
        let fits = offset.checked_add(size_of::<T>()).is_some_and(|end| end <= self.len);
        assert!(fits && offset.is_multiple_of(align_of::<T>()), "outside of the mapping");
        // SAFETY: inside the mapping, as just checked.
        unsafe { self.start.byte_add(offset).cast() }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is this value's own, and whoever made pointers into it answers for their end. An error
        // would mean that the range is none of ours; then leaving it alone is right.
        let _ = unsafe { munmap(self.start.as_ptr(), self.len) };
    }
}
