//! Reading in pieces that have an end: lines, and parts between separators.

use embedded_io_async::{BufRead, Read};
use std::io;

/// A stream that is read in larger pieces than it is asked for.
///
/// **Cancel safety** of all its operations: bytes are in here, or in the stream, and never in a future; so none is lost by
/// dropping one, if reading the stream itself loses none.
///
/// ```
/// use zokio_std::io::{BufReader, InMemory};
///
/// zokio_std::Runtime::new()?.block_on(async {
///     let mut reader = BufReader::new(InMemory(b"one\ntwo\n".as_slice()));
///     assert_eq!(reader.next_line().await?.as_deref(), Some("one"));
///     assert_eq!(reader.next_line().await?.as_deref(), Some("two"));
///     assert_eq!(reader.next_line().await?, None);
///     std::io::Result::Ok(())
/// })
/// # ?; std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct BufReader<R> {
    inner: R,
    buf: Box<[u8]>,
    at: usize,
    end: usize,
    /// The beginning of a part whose end did not come yet.
    part: Vec<u8>,
}

impl<R: Read<Error = io::Error>> BufReader<R> {
    /// A reader with room for 8 KiB.
    pub fn new(inner: R) -> Self {
        Self::with_capacity(8 << 10, inner)
    }

    /// A reader with room for `capacity` bytes, at least one.
    pub fn with_capacity(capacity: usize, inner: R) -> Self {
        Self { inner, buf: vec![0; capacity.max(1)].into(), at: 0, end: 0, part: Vec::new() }
    }

    /// The stream. What was read from it and not taken is in [`buffer`](Self::buffer).
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// What was read from the stream and not taken.
    pub fn buffer(&self) -> &[u8] {
        &self.buf[self.at..self.end]
    }

    async fn fill(&mut self) -> io::Result<&[u8]> {
        if self.at == self.end {
            (self.at, self.end) = (0, 0);
            self.end = self.inner.read(&mut self.buf).await?;
        }
        Ok(self.buffer())
    }

    /// The bytes up to `separator`, and that, or up to the end; `None` at the end. Held to its end in memory: bound it with
    /// `limit`.
    ///
    /// **Cancel safety:** what was read stays in the buffer.
    ///
    /// **Wake-up:** by bytes. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// The stream's; [`io::ErrorKind::InvalidData`] for a part longer than `limit`.
    pub async fn next_part(&mut self, separator: u8, limit: usize) -> io::Result<Option<Vec<u8>>> {
        loop {
            let bytes = self.fill().await?;
            if bytes.is_empty() {
                return Ok((!self.part.is_empty()).then(|| std::mem::take(&mut self.part)));
            }
            let found = bytes.iter().position(|&byte| byte == separator);
            let len = found.map_or(bytes.len(), |at| at + 1);
            if self.part.len() + len > limit {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a part longer than it may be"));
            }
            self.part.extend_from_slice(&self.buf[self.at..self.at + len]);
            self.at += len;
            if found.is_some() {
                return Ok(Some(std::mem::take(&mut self.part)));
            }
        }
    }

    /// The next line, without its end (`\n` or `\r\n`); `None` at the end. At most 1 MiB; for another limit,
    /// [`next_part`](Self::next_part).
    ///
    /// **Wake-up:** by bytes. **Complexity:** O(bytes), one allocation.
    ///
    /// # Errors
    /// The stream's; [`io::ErrorKind::InvalidData`] for one that is too long, or not UTF-8.
    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        let Some(mut line) = self.next_part(b'\n', 1 << 20).await? else { return Ok(None) };
        if line.pop_if(|&mut byte| byte == b'\n').is_some() {
            let _ = line.pop_if(|&mut byte| byte == b'\r');
        }
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        String::from_utf8(line).map(Some).map_err(invalid)
    }
}

impl<R> embedded_io::ErrorType for BufReader<R> {
    type Error = io::Error;
}

impl<R: Read<Error = io::Error>> Read for BufReader<R> {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill().await?;
        let len = bytes.len().min(into.len());
        into[..len].copy_from_slice(&bytes[..len]);
        self.at += len;
        Ok(len)
    }
}

impl<R: Read<Error = io::Error>> BufRead for BufReader<R> {
    async fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.fill().await
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.end);
    }
}
