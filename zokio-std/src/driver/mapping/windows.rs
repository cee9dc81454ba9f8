//! Memory from the system: what pooled buffers live in.

use std::ffi::c_void;
use std::io;
use std::ptr::NonNull;
use windows_sys::Win32::System::Memory::{
    MEM_COMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_READWRITE, VirtualAlloc, VirtualFree,
};

/// Pages of its own: nobody else has them, and they are given back when it is dropped.
///
/// Pages that were never touched cost nothing but a promise.
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
        let len = len.max(1);
        // SAFETY: the system picks an address that nobody uses.
        let start = unsafe { VirtualAlloc(std::ptr::null(), len, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE) };
        Ok(Self { start: NonNull::new(start).ok_or_else(io::Error::last_os_error)?, len })
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
        // SAFETY: the pages are this value's own, and whoever made pointers into them answers for their end.
        unsafe { VirtualFree(self.start.as_ptr(), 0, MEM_RELEASE) };
    }
}
