//! Buffers of equal size in one mapping, named by number.

use super::mapping::Mapping;
use std::io;
use zokio_core::driver::RawBuf;

/// How many buffers there are for datagrams, where there are any. Their numbers follow those of the others.
pub(crate) const DATAGRAM_BUFFERS: u16 = 64;

/// The memory of `count` buffers of `size` bytes. Who may touch which is the business of whoever lends them.
#[derive(Debug)]
pub(crate) struct Buffers {
    memory: Mapping,
    count: u16,
    size: u32,
}

impl Buffers {
    pub(crate) fn new(count: u16, size: u32) -> io::Result<Self> {
        Ok(Self { memory: Mapping::anonymous(count as usize * size as usize)?, count, size })
    }

    #[inline]
    pub(crate) fn count(&self) -> u16 {
        self.count
    }

    /// Bytes in each.
    #[inline]
    pub(crate) fn size(&self) -> usize {
        self.size as usize
    }

    /// Where buffer `id` is; empty if there is no such buffer.
    #[inline]
    pub(crate) fn get(&self, id: u16) -> RawBuf {
        if id >= self.count {
            return RawBuf { ptr: std::ptr::null_mut(), len: 0 };
        }
        RawBuf { ptr: self.memory.at::<u8>(id as usize * self.size as usize).as_ptr(), len: self.size }
    }
}

/// Buffers that are lent and given back, the last one back first: its memory is still in the cache.
#[derive(Debug)]
pub(crate) struct Pool {
    buffers: Buffers,
    /// Those that were lent before and are free; its capacity is `count` from the start.
    free: Vec<u16>,
    /// The first that was never lent: its pages were never touched.
    fresh: u16,
}

impl Pool {
    pub(crate) fn new(count: u16, size: u32) -> io::Result<Self> {
        Ok(Self { buffers: Buffers::new(count, size)?, free: Vec::with_capacity(count as usize), fresh: 0 })
    }

    /// Lends a buffer.
    #[inline]
    pub(crate) fn lend(&mut self) -> Option<u16> {
        if let Some(id) = self.free.pop() {
            return Some(id);
        }
        let id = self.fresh;
        (id < self.buffers.count()).then(|| {
            self.fresh += 1;
            id
        })
    }

    /// How many buffers can be lent now.
    #[inline]
    pub(crate) fn free(&self) -> usize {
        self.free.len() + usize::from(self.buffers.count() - self.fresh)
    }

    /// Takes a lent buffer back.
    #[inline]
    pub(crate) fn give_back(&mut self, id: u16) {
        debug_assert!(id < self.fresh && !self.free.contains(&id), "given back twice");
        self.free.push(id);
    }

    #[inline]
    pub(crate) fn buffers(&self) -> &Buffers {
        &self.buffers
    }
}
