//! Writing in larger pieces than one is given.

use embedded_io_async::Write;
use std::io;

/// Collects small writes, and hands them on together.
///
/// **Dropping** loses what was not [flushed](Write::flush). **Cancel safety:** a write that is dropped has taken nothing; a
/// flush that is dropped goes on with the next one.
///
/// ```
/// use embedded_io_async::Write as _;
/// use zokio_std::io::{BufWriter, InMemory};
///
/// zokio_std::Runtime::new()?.block_on(async {
///     let mut writer = BufWriter::new(InMemory(Vec::new()));
///     writer.write_all(b"many small ").await?;
///     writer.write_all(b"pieces").await?;
///     writer.flush().await
/// })
/// # ?; std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct BufWriter<W> {
    inner: W,
    buf: Vec<u8>,
    /// So many bytes of it are written already.
    written: usize,
    capacity: usize,
}

impl<W: Write<Error = io::Error>> BufWriter<W> {
    /// A writer with room for 8 KiB.
    pub fn new(inner: W) -> Self {
        Self::with_capacity(8 << 10, inner)
    }

    /// A writer with room for `capacity` bytes, at least one.
    pub fn with_capacity(capacity: usize, inner: W) -> Self {
        let capacity = capacity.max(1);
        Self { inner, buf: Vec::with_capacity(capacity), written: 0, capacity }
    }

    /// The stream. What it was not given yet is not in it.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    async fn hand_on(&mut self) -> io::Result<()> {
        while self.written < self.buf.len() {
            match self.inner.write(&self.buf[self.written..]).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                len => self.written += len,
            }
        }
        self.buf.clear();
        self.written = 0;
        Ok(())
    }
}

impl<W> embedded_io::ErrorType for BufWriter<W> {
    type Error = io::Error;
}

impl<W: Write<Error = io::Error>> Write for BufWriter<W> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buf.len() == self.capacity {
            self.hand_on().await?;
        }
        let len = bytes.len().min(self.capacity - self.buf.len());
        self.buf.extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.hand_on().await?;
        self.inner.flush().await
    }
}
