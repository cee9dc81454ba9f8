//! Standard input, output and error. What is behind them may block (a terminal, a file, a pipe that others share), so threads of
//! the blocking pool make the calls.

use crate::blocking::{BlockingPool, Call};
use embedded_io_async::{ErrorType, Read, Write};
use std::future::poll_fn;
use std::io::{self, Read as _, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// How many bytes one call moves at most.
const PIECE: usize = 16 << 10;

/// A buffer that went to a thread and came back, and what came of the call.
type Moved<T> = Call<(Vec<u8>, io::Result<T>)>;

/// Standard input; see [`stdin`].
#[derive(Debug)]
pub struct Stdin {
    reading: Option<Moved<usize>>,
    /// What was read; from `at` on it is still to be handed out.
    bytes: Vec<u8>,
    at: usize,
}

/// Standard input. Several of these take bytes from each other, as several readers of any pipe do.
///
/// ```no_run
/// # async fn run() -> std::io::Result<()> {
/// let mut input = zokio_std::io::stdin();
/// let mut bytes = [0; 80];
/// let len = input.read(&mut bytes).await?;
/// # let _ = len; Ok(()) }
/// ```
pub fn stdin() -> Stdin {
    Stdin { reading: None, bytes: Vec::new(), at: 0 }
}

impl Stdin {
    /// Reads what is there, or waits for it; 0 is the end.
    ///
    /// **Cancel safety:** a read that is dropped goes on in its thread, and the next one has its bytes. **Wake-up:** by the end
    /// of the call. **Complexity:** one call of a thread for up to 16 KiB; it occupies the thread while it waits, also past the
    /// end of the runtime.
    ///
    /// # Errors
    /// The system's, and those of [`BlockingPool::submit`].
    pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| self.poll_read(cx, into)).await
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            let unread = &self.bytes[self.at..];
            if !unread.is_empty() || into.is_empty() {
                let len = unread.len().min(into.len());
                into[..len].copy_from_slice(&unread[..len]);
                self.at += len;
                return Poll::Ready(Ok(len));
            }
            if self.reading.is_none() {
                let mut bytes = std::mem::take(&mut self.bytes);
                self.at = 0;
                self.reading = Some(BlockingPool::shared().call(move || {
                    bytes.resize(PIECE, 0);
                    let read = io::stdin().lock().read(&mut bytes);
                    bytes.truncate(*read.as_ref().unwrap_or(&0));
                    (bytes, read)
                })?);
            }
            let (bytes, read) = ready!(take(&mut self.reading, cx))?;
            self.bytes = bytes;
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(1..) => {}
                end => return Poll::Ready(end),
            }
        }
    }
}

/// Takes the end of a call in.
fn take<T>(call: &mut Option<Moved<T>>, cx: &mut Context<'_>) -> Poll<io::Result<(Vec<u8>, io::Result<T>)>> {
    let Some(pending) = call else { return Poll::Ready(Ok((Vec::new(), Err(io::ErrorKind::Other.into())))) };
    let ended = ready!(Pin::new(pending).poll(cx));
    *call = None;
    Poll::Ready(ended.map_err(|_| io::Error::other("the thread that moved the bytes panicked")))
}

/// Standard output or standard error; see [`stdout`] and [`stderr`].
#[derive(Debug)]
pub struct Output {
    writing: Option<Moved<()>>,
    /// A buffer that came back.
    spare: Vec<u8>,
    to_error: bool,
}

/// Standard output.
///
/// ```
/// # zokio_std::Runtime::new()?.block_on(async {
/// let mut output = zokio_std::io::stdout();
/// output.write_all(b"hello\n").await?;
/// output.flush().await
/// # })?; std::io::Result::Ok(())
/// ```
pub fn stdout() -> Output {
    Output { writing: None, spare: Vec::new(), to_error: false }
}

/// Standard error.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::io::stderr().write_all(b"no such file\n").await?;
/// # Ok(()) }
/// ```
pub fn stderr() -> Output {
    Output { to_error: true, ..stdout() }
}

impl Output {
    /// Accepts up to 16 KiB of `bytes`; waits until what was accepted before is written.
    ///
    /// **Cancel safety:** a write that is dropped has accepted nothing; what was accepted is written, also if this is dropped,
    /// but not if the process ends first: [`flush`](Self::flush). **Wake-up:** by the end of the call before.
    /// **Complexity:** a copy, and a call of a thread.
    ///
    /// # Errors
    /// The system's, of what was accepted before; those of [`BlockingPool::submit`].
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.flush().await?;
        let len = bytes.len().min(PIECE);
        if len > 0 {
            let (mut piece, to_error) = (std::mem::take(&mut self.spare), self.to_error);
            piece.clear();
            piece.extend_from_slice(&bytes[..len]);
            self.writing = Some(BlockingPool::shared().call(move || {
                let written = match to_error {
                    true => io::stderr().lock().write_all(&piece),
                    false => {
                        let mut output = io::stdout().lock();
                        output.write_all(&piece).and_then(|()| output.flush())
                    }
                };
                (piece, written)
            })?);
        }
        Ok(len)
    }

    /// Writes all of `bytes`; the last of it is [flushed](Self::flush) by whoever wants to know that it is written.
    ///
    /// **Cancel safety:** dropped, it has accepted a part. Otherwise as [`write`](Self::write).
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let len = self.write(bytes).await?;
            bytes = &bytes[len..];
        }
        Ok(())
    }

    /// Waits until what was accepted is written.
    ///
    /// **Cancel safety:** nothing is lost. **Wake-up:** by the end of the call.
    ///
    /// **Complexity:** one call of a thread.
    ///
    /// # Errors
    /// The system's.
    pub async fn flush(&mut self) -> io::Result<()> {
        if self.writing.is_some() {
            let (piece, written) = poll_fn(|cx| take(&mut self.writing, cx)).await?;
            self.spare = piece;
            written?;
        }
        Ok(())
    }
}

impl ErrorType for Stdin {
    type Error = io::Error;
}

impl Read for Stdin {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Self::read(self, into).await
    }
}

impl ErrorType for Output {
    type Error = io::Error;
}

impl Write for Output {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        Self::flush(self).await
    }
}
