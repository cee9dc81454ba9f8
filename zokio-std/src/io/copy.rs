//! From one stream to another.

use embedded_io_async::{Read, Write};
use std::io;

/// Writes everything that `from` has to `to`, until the end, and flushes; says how many bytes those were.
///
/// **Cancel safety:** up to 8 KiB that were read and not written yet are lost.
///
/// ```
/// use zokio_std::{Runtime, io::copy};
///
/// Runtime::new()?.block_on(async {
///     let (mut from, mut to) = (b"bytes".as_slice(), Vec::new());
///     assert_eq!(copy(&mut zokio_std::io::InMemory(&mut from), &mut zokio_std::io::InMemory(&mut to)).await?, 5);
///     assert_eq!(to, b"bytes");
///     std::io::Result::Ok(())
/// })
/// # ?; std::io::Result::Ok(())
/// ```
///
/// **Wake-up:** by bytes, or room for them. **Complexity:** O(bytes), one buffer.
///
/// # Errors
/// Those of both.
pub async fn copy<R, W>(from: &mut R, to: &mut W) -> io::Result<u64>
where
    R: Read<Error = io::Error>,
    W: Write<Error = io::Error>,
{
    let (mut chunk, mut total) = (vec![0; 8 << 10], 0);
    loop {
        let len = from.read(&mut chunk).await?;
        if len == 0 {
            to.flush().await?;
            return Ok(total);
        }
        let mut rest = &chunk[..len];
        while !rest.is_empty() {
            match to.write(rest).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => rest = &rest[written..],
            }
        }
        total += len as u64;
    }
}

/// A thing of the standard library that does not block, such as a slice or a vector, as a stream.
///
/// In use: see the example of [`copy`].
#[derive(Debug)]
pub struct InMemory<T>(
    /// The thing.
    pub T,
);

impl<T> embedded_io::ErrorType for InMemory<T> {
    type Error = io::Error;
}

impl<T: io::Read> Read for InMemory<T> {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl<T: io::Write> Write for InMemory<T> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
