//! A bounded queue of bytes, one to one.

use super::WakerCell;
use crate::lock::Lock;
use crate::sentence::require;
use core::convert::Infallible;
use core::future::poll_fn;
use core::task::Poll;
use embedded_io_async::{ErrorType, Read, Write};

/// Up to `N` bytes on their way from one writer to one reader; either may be an interrupt handler.
///
/// What a UART driver needs: the receive interrupt [`try_write`](Self::try_write)s, a task [`read`](Self::read)s; a task
/// [`write`](Self::write)s, the transmit interrupt [`try_read`](Self::try_read)s. With several tasks on one end only the
/// last to wait is woken.
///
/// Interrupts are masked while bytes are copied: O(bytes), at most `N`.
///
/// ```
/// use zokio_core::sync::Pipe;
///
/// static RECEIVED: Pipe<64> = Pipe::new();
///
/// fn on_interrupt(byte: u8) -> bool {
///     RECEIVED.try_write(&[byte]) == 1 // else the line is to be held back
/// }
///
/// async fn first_byte() -> u8 {
///     let mut byte = [0];
///     RECEIVED.read(&mut byte).await;
///     byte[0]
/// }
/// # assert!(on_interrupt(7));
/// ```
pub struct Pipe<const N: usize> {
    ring: Lock<Ring<N>>,
    reader: WakerCell,
    writer: WakerCell,
}

/// `len` bytes from `head` on, wrapping.
struct Ring<const N: usize> {
    bytes: [u8; N],
    head: usize,
    len: usize,
}

impl<const N: usize> Ring<N> {
    fn push(&mut self, from: &[u8]) -> usize {
        let count = from.len().min(N - self.len);
        let tail = wrap::<N>(self.head + self.len);
        let (first, rest) = from[..count].split_at(count.min(N - tail));
        self.bytes[tail..tail + first.len()].copy_from_slice(first);
        self.bytes[..rest.len()].copy_from_slice(rest);
        self.len += count;
        count
    }

    fn pop(&mut self, to: &mut [u8]) -> usize {
        let count = to.len().min(self.len);
        let (first, rest) = to[..count].split_at_mut(count.min(N - self.head));
        first.copy_from_slice(&self.bytes[self.head..self.head + first.len()]);
        rest.copy_from_slice(&self.bytes[..rest.len()]);
        self.head = wrap::<N>(self.head + count);
        self.len -= count;
        count
    }
}

/// An index that is below `2 N`, brought below `N`.
const fn wrap<const N: usize>(index: usize) -> usize {
    if index >= N { index - N } else { index }
}

impl<const N: usize> Pipe<N> {
    /// An empty pipe.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const { require(N > 0, "a pipe needs room for at least one byte") };
        Self {
            ring: Lock::new(Ring { bytes: [0; N], head: 0, len: 0 }),
            reader: WakerCell::new(),
            writer: WakerCell::new(),
        }
    }

    /// Puts as many of `bytes` in as there is room for, and says how many.
    ///
    /// Interrupt-safe.
    pub fn try_write(&self, bytes: &[u8]) -> usize {
        let count = self.ring.with(|ring| ring.push(bytes));
        if count > 0 {
            self.reader.wake();
        }
        count
    }

    /// Takes as many bytes out as there are and as fit into `bytes`, and says how many.
    ///
    /// Interrupt-safe.
    pub fn try_read(&self, bytes: &mut [u8]) -> usize {
        let count = self.ring.with(|ring| ring.pop(bytes));
        if count > 0 {
            self.writer.wake();
        }
        count
    }

    /// Takes one byte out, if there is one.
    ///
    /// Interrupt-safe.
    pub fn try_read_byte(&self) -> Option<u8> {
        let mut byte = [0];
        (self.try_read(&mut byte) == 1).then_some(byte[0])
    }

    /// Waits for bytes, and takes as many out as there are and as fit; 0 only if `bytes` is empty.
    ///
    /// **Cancel safety:** bytes are taken by the poll that returns them; dropping loses none. **Wake-up:** once a write.
    /// **Complexity:** O(bytes taken), with interrupts masked. **Interrupt-safe.**
    pub async fn read(&self, bytes: &mut [u8]) -> usize {
        if bytes.is_empty() {
            return 0;
        }
        poll_fn(|cx| {
            self.reader.register(cx.waker());
            match self.try_read(bytes) {
                0 => Poll::Pending,
                count => Poll::Ready(count),
            }
        })
        .await
    }

    /// Waits for room, and puts as many of `bytes` in as there is room for; 0 only if `bytes` is empty.
    ///
    /// **Cancel safety:** bytes are put in by the poll that returns. **Wake-up:** once a read.
    /// **Complexity:** O(bytes put in), with interrupts masked. **Interrupt-safe.**
    pub async fn write(&self, bytes: &[u8]) -> usize {
        if bytes.is_empty() {
            return 0;
        }
        poll_fn(|cx| {
            self.writer.register(cx.waker());
            match self.try_write(bytes) {
                0 => Poll::Pending,
                count => Poll::Ready(count),
            }
        })
        .await
    }

    /// Waits until everything was taken out.
    ///
    /// **Cancel safety:** changes nothing. **Wake-up:** once a read. **Complexity:** O(1).
    /// **Interrupt-safe.**
    pub async fn drained(&self) {
        poll_fn(|cx| {
            self.writer.register(cx.waker());
            if self.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// How many bytes are in it.
    pub fn len(&self) -> usize {
        self.ring.with(|ring| ring.len)
    }

    /// Whether no byte is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many more bytes fit.
    pub fn free(&self) -> usize {
        N - self.len()
    }
}

impl<const N: usize> ErrorType for &Pipe<N> {
    type Error = Infallible;
}

impl<const N: usize> Read for &Pipe<N> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        Ok(Pipe::read(self, buf).await)
    }
}

impl<const N: usize> Write for &Pipe<N> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        Ok(Pipe::write(self, buf).await)
    }
    async fn flush(&mut self) -> Result<(), Infallible> {
        self.drained().await;
        Ok(())
    }
}
