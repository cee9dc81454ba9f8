//! Buffers that a future gives away while an operation uses them.
//!
//! A borrowed buffer cannot be handed to the kernel for longer than the borrow is certain to last, and a future may be
//! dropped, or forgotten, at any time. So an operation that shall not copy takes its buffer by value and gives it back at
//! its end. Meanwhile the runtime has it.

use std::ptr::NonNull;

/// A buffer in parts: what an operation needs, and how to let go of it. No allocation.
///
/// In use: see the example of an [`IoBuf`].
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    /// The first byte.
    pub ptr: NonNull<u8>,
    /// Bytes with contents.
    pub len: usize,
    /// Bytes that there is room for.
    pub capacity: usize,
    /// For the buffer's own use.
    pub context: usize,
    /// Frees what the parts describe.
    pub release: unsafe fn(Parts),
}

/// A buffer that can be given away, and written from.
///
/// Vectors, boxed slices, static slices and [pooled buffers](super::PooledBuf) are such buffers:
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let file = zokio_std::fs::File::create("out").await?;
/// let (written, line) = file.write_at(vec![b'x'; 80], 0).await;
/// assert_eq!(written?, line.len());
/// # Ok(()) }
/// ```
///
/// # Safety
/// What [`into_parts`](Self::into_parts) describes stays where it is, valid for reads of `len` and for writes of
/// `capacity` bytes (the latter for [`IoBufMut`] only), until it goes back through [`from_parts`](Self::from_parts) or
/// `release`, each callable on any thread. `release` does not call into the runtime, and does not panic.
pub unsafe trait IoBuf: Send + Sized + 'static {
    /// Takes the buffer apart.
    fn into_parts(self) -> Parts;

    /// Puts it together again.
    ///
    /// # Safety
    /// `parts` came from [`into_parts`](Self::into_parts) of this type, once, with nothing changed but `len`, of which all
    /// bytes have contents.
    unsafe fn from_parts(parts: Parts) -> Self;

    /// A buffer without room, in the place of one that went down with its runtime.
    fn empty() -> Self;
}

/// A buffer that can be given away, and read into: behind its length, up to its capacity.
///
/// In use: see the example of an [`IoBuf`].
///
/// # Safety
/// As [`IoBuf`].
pub unsafe trait IoBufMut: IoBuf {}

// SAFETY: a vector's memory does not move with it, and is freed as it was allocated.
unsafe impl IoBuf for Vec<u8> {
    fn into_parts(self) -> Parts {
        let mut this = std::mem::ManuallyDrop::new(self);
        // SAFETY: a vector's pointer is never null.
        let ptr = unsafe { NonNull::new_unchecked(this.as_mut_ptr()) };
        // SAFETY: parts of a vector.
        let release = |parts| drop(unsafe { <Self as IoBuf>::from_parts(parts) });
        Parts { ptr, len: this.len(), capacity: this.capacity(), context: 0, release }
    }

    unsafe fn from_parts(parts: Parts) -> Self {
        // SAFETY: the caller's word.
        unsafe { Self::from_raw_parts(parts.ptr.as_ptr(), parts.len, parts.capacity) }
    }

    fn empty() -> Self {
        Self::new()
    }
}

// SAFETY: as above.
unsafe impl IoBufMut for Vec<u8> {}

// SAFETY: the memory of a box does not move with it.
unsafe impl IoBuf for Box<[u8]> {
    fn into_parts(self) -> Parts {
        let len = self.len();
        // SAFETY: a box is never null.
        let ptr = unsafe { NonNull::new_unchecked(Self::into_raw(self).cast::<u8>()) };
        // SAFETY: parts of a box.
        let release = |parts| drop(unsafe { <Self as IoBuf>::from_parts(parts) });
        Parts { ptr, len, capacity: len, context: 0, release }
    }

    unsafe fn from_parts(parts: Parts) -> Self {
        // SAFETY: the caller's word; the length is that of the box, since nothing is read into it.
        unsafe { Self::from_raw(std::ptr::slice_from_raw_parts_mut(parts.ptr.as_ptr(), parts.capacity)) }
    }

    fn empty() -> Self {
        Self::default()
    }
}

// SAFETY: never freed, never moved, only read.
unsafe impl IoBuf for &'static [u8] {
    fn into_parts(self) -> Parts {
        Parts { ptr: NonNull::from(self).cast(), len: self.len(), capacity: self.len(), context: 0, release: |_| {} }
    }

    unsafe fn from_parts(parts: Parts) -> Self {
        // SAFETY: the caller's word.
        unsafe { std::slice::from_raw_parts(parts.ptr.as_ptr(), parts.len) }
    }

    fn empty() -> Self {
        &[]
    }
}

/// A buffer that the runtime has for now.
pub(crate) struct Loan(Parts);

// SAFETY: `IoBuf` promises that the parts may go to any thread.
unsafe impl Send for Loan {}

impl Loan {
    pub(crate) fn new(buffer: impl IoBuf) -> Self {
        Self(buffer.into_parts())
    }

    /// The bytes with contents, as far as one operation takes them.
    pub(crate) fn contents(&self) -> zokio_core::driver::RawBuf {
        self.contents_from(0)
    }

    /// The same, but for the first `from` of them.
    pub(crate) fn contents_from(&self, from: usize) -> zokio_core::driver::RawBuf {
        let from = from.min(self.0.len);
        // SAFETY: at most the length.
        let ptr = unsafe { self.0.ptr.as_ptr().add(from) };
        zokio_core::driver::RawBuf { ptr, len: clamp(self.0.len - from) }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len
    }

    /// The room behind them, but for what goes beyond `limit` bytes.
    pub(crate) fn room(&self, limit: usize) -> zokio_core::driver::RawBuf {
        // SAFETY: the length is at most the capacity.
        let ptr = unsafe { self.0.ptr.as_ptr().add(self.0.len) };
        zokio_core::driver::RawBuf { ptr, len: clamp((self.0.capacity - self.0.len).min(limit)) }
    }

    /// Gives the buffer back, with `filled` more bytes.
    ///
    /// # Safety
    /// Made from a `B`, and that many bytes of its room have contents now.
    pub(crate) unsafe fn give_back<B: IoBuf>(self, filled: usize) -> B {
        let mut parts = std::mem::ManuallyDrop::new(self).0;
        parts.len += filled;
        // SAFETY: the caller's word; it is not released, because `self` is not dropped.
        unsafe { B::from_parts(parts) }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        // SAFETY: not given back, so still whole.
        unsafe { (self.0.release)(self.0) }
    }
}

/// A result is a number of 31 bits.
#[cfg_attr(windows, allow(dead_code, reason = "as above"))]
fn clamp(len: usize) -> u32 {
    len.min(1 << 30) as u32
}
