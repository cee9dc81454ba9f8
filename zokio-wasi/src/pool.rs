//! Buffers of equal size, in memory that somebody brings.
//!
//! *Invariant "a free one is the pool's":* memory of a buffer is touched by the pool only while nobody has it, and then its first two
//! bytes say which is free next. So there is no list beside it, and no bound on how many there are.

use core::marker::PhantomData;
use zokio_core::driver::RawBuf;
use zokio_core::driver::readiness::Attempt;

/// Ends the list of the free ones; no buffer has this number.
const NONE: u16 = u16::MAX;

pub(crate) struct Pool<'m> {
    start: *mut u8,
    count: u16,
    size: u32,
    free: u16,
    _memory: PhantomData<&'m mut [u8]>,
}

impl<'m> Pool<'m> {
    /// As many buffers of `size` bytes, at least two, as there is memory for.
    pub(crate) fn new(memory: &'m mut [u8], size: u32) -> Self {
        let size = size.max(2);
        let count = (memory.len() / size as usize).min(NONE as usize) as u16;
        let mut this = Self { start: memory.as_mut_ptr(), count, size, free: NONE, _memory: PhantomData };
        // SAFETY: the memory is ours, and nobody has any of it yet.
        (0..count).rev().for_each(|id| unsafe { this.give_back(id) });
        this
    }

    /// Where buffer `id` is; empty if there is no such buffer.
    pub(crate) fn get(&self, id: u16) -> RawBuf {
        match id < self.count {
            // Within the memory, by the count.
            true => RawBuf { ptr: self.start.wrapping_add(usize::from(id) * self.size as usize), len: self.size },
            false => RawBuf { ptr: core::ptr::null_mut(), len: 0 },
        }
    }

    /// Lends a buffer, the last one that came back first.
    pub(crate) fn lend(&mut self) -> Option<u16> {
        let (id, link) = (self.free, self.get(self.free).ptr.cast::<u16>());
        if id == NONE {
            return None;
        }
        // SAFETY: "a free one is the pool's", and it has at least two bytes.
        self.free = unsafe { link.read_unaligned() };
        Some(id)
    }

    /// What an attempt to receive into the lent buffer `id` came to: the completion has the buffer, unless nothing came.
    ///
    /// # Safety
    /// As of [`give_back`](Self::give_back).
    pub(crate) unsafe fn settle(&mut self, id: u16, mut attempt: Attempt) -> Attempt {
        match &mut attempt {
            Attempt::Done { result: Ok(len @ 1..), flags, dry } => {
                flags.buffer = Some(id);
                *dry = *len < self.size;
            }
            // SAFETY: the caller's word.
            _ => unsafe { self.give_back(id) },
        }
        attempt
    }

    /// Takes a buffer back.
    ///
    /// # Safety
    /// It was lent and not given back since, and nobody uses its memory any more.
    pub(crate) unsafe fn give_back(&mut self, id: u16) {
        let buffer = self.get(id);
        if buffer.len > 0 {
            // SAFETY: as in `lend`: it is the pool's again, by the caller's word.
            unsafe { buffer.ptr.cast::<u16>().write_unaligned(self.free) };
            self.free = id;
        }
    }
}

/// The memory that an operation names.
///
/// # Safety
/// The memory is valid, and nobody else touches it, for as long as the result lives.
pub(crate) unsafe fn bytes<'b>(buf: RawBuf) -> &'b mut [u8] {
    match buf.len {
        0 => &mut [],
        // SAFETY: the caller's word.
        len => unsafe { core::slice::from_raw_parts_mut(buf.ptr, len as usize) },
    }
}
