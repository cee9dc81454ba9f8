//! Buffers of a fixed pool: page-aligned, so that they serve direct I/O, and used again without an allocation.

use super::buf::{IoBuf, IoBufMut, Parts};
use crate::driver::Pool;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};
use zokio_core::driver::RawBuf;

/// A pool of buffers of one size. Clones mean the same pool, which lives as long as one of its buffers.
///
/// ```
/// let pool = zokio_std::io::BufferPool::new(2, 4096)?;
/// let mut one = pool.take().unwrap();
/// one.extend(b"bytes");
/// assert_eq!(&*one, b"bytes");
/// let _two = pool.take().unwrap();
/// assert!(pool.take().is_none());
/// drop(one);
/// assert!(pool.take().unwrap().is_empty());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct BufferPool(Arc<Mutex<Pool>>);

impl BufferPool {
    /// `count` buffers of `size` bytes. They begin at page boundaries where `size` is a multiple of a page.
    ///
    /// # Errors
    /// The system's, if there is no memory.
    pub fn new(count: u16, size: u32) -> std::io::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(Pool::new(count, size.max(1))?))))
    }

    /// An empty buffer; `None` if all are lent. O(1).
    pub fn take(&self) -> Option<PooledBuf> {
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = pool.lend()?;
        let memory = pool.buffers().get(id);
        drop(pool);
        Some(PooledBuf { memory, len: 0, id, pool: Some(self.0.clone()) })
    }
}

/// A buffer of a [`BufferPool`], which has it back when this is dropped.
#[derive(Debug)]
pub struct PooledBuf {
    memory: RawBuf,
    len: usize,
    id: u16,
    /// `None` for a buffer without room.
    pool: Option<Arc<Mutex<Pool>>>,
}

// SAFETY: the memory was lent to this one only, and lives as long as the pool.
unsafe impl Send for PooledBuf {}
// SAFETY: a shared one is only read.
unsafe impl Sync for PooledBuf {}

impl PooledBuf {
    /// How many bytes there is room for.
    pub fn capacity(&self) -> usize {
        self.memory.len as usize
    }

    /// Forgets the contents.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends as many of `bytes` as there is room for; says how many.
    pub fn extend(&mut self, bytes: &[u8]) -> usize {
        let len = bytes.len().min(self.capacity() - self.len);
        // SAFETY: there is room; nobody else has this memory.
        unsafe { self.memory.ptr.add(self.len).copy_from_nonoverlapping(bytes.as_ptr(), len) };
        self.len += len;
        len
    }
}

impl Deref for PooledBuf {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: `len` bytes have contents; a buffer without room has no bytes, and a dangling pointer for them.
        unsafe { std::slice::from_raw_parts(self.memory.ptr, self.len) }
    }
}

impl DerefMut for PooledBuf {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above; nobody else has this memory.
        unsafe { std::slice::from_raw_parts_mut(self.memory.ptr, self.len) }
    }
}

impl Drop for PooledBuf {
    fn drop(&mut self) {
        if let Some(pool) = &self.pool {
            pool.lock().unwrap_or_else(PoisonError::into_inner).give_back(self.id);
        }
    }
}

// SAFETY: a mapping of the pool does not move, and the context keeps the pool.
unsafe impl IoBuf for PooledBuf {
    fn into_parts(self) -> Parts {
        let mut this = std::mem::ManuallyDrop::new(self);
        // SAFETY: a mapping or dangling, never null.
        let ptr = unsafe { NonNull::new_unchecked(this.memory.ptr) };
        // What does not fit into the context is found again by the place in the mapping.
        let context = this.pool.take().map_or(0, |pool| Arc::into_raw(pool) as usize);
        // SAFETY: parts of a pooled buffer.
        let release = |parts| drop(unsafe { Self::from_parts(parts) });
        Parts { ptr, len: this.len, capacity: this.capacity(), context, release }
    }

    unsafe fn from_parts(parts: Parts) -> Self {
        if parts.context == 0 {
            return Self::empty();
        }
        // SAFETY: the context is the reference that `into_parts` took out.
        let pool = unsafe { Arc::from_raw(parts.context as *const Mutex<Pool>) };
        let start = pool.lock().unwrap_or_else(PoisonError::into_inner).buffers().get(0).ptr as usize;
        let id = ((parts.ptr.as_ptr() as usize - start) / parts.capacity) as u16;
        let memory = RawBuf { ptr: parts.ptr.as_ptr(), len: parts.capacity as u32 };
        Self { memory, len: parts.len, id, pool: Some(pool) }
    }

    fn empty() -> Self {
        Self { memory: RawBuf { ptr: NonNull::dangling().as_ptr(), len: 0 }, len: 0, id: 0, pool: None }
    }
}

// SAFETY: as above.
unsafe impl IoBufMut for PooledBuf {}
