//! The two directions of a stream.

use crate::p2::driver::Subscription;
use core::task::Poll;
use embedded_io_async::{ErrorType, Read, Write};
use std::io;
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

fn failed(call: &'static str, error: StreamError) -> io::Error {
    match error {
        StreamError::Closed => io::Error::new(io::ErrorKind::BrokenPipe, std::format!("{call}: the stream is closed")),
        StreamError::LastOperationFailed(error) => {
            io::Error::other(std::format!("{call}: {}", error.to_debug_string()))
        }
    }
}

/// A stream to be read, and its pollable: in this order for "child first".
pub(in crate::p2) struct Reading {
    subscription: Subscription,
    stream: InputStream,
}

impl Reading {
    pub(in crate::p2) fn new(stream: InputStream) -> Self {
        Self { subscription: Subscription::new(stream.subscribe()), stream }
    }

    pub(in crate::p2) const fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// Reads what is there.
    pub(in crate::p2) fn try_read(&self, into: &mut [u8]) -> Poll<io::Result<usize>> {
        if into.is_empty() {
            return Poll::Ready(Ok(0));
        }
        match self.stream.read(into.len() as u64) {
            Ok(bytes) if bytes.is_empty() => Poll::Pending,
            Ok(bytes) => {
                let len = bytes.len().min(into.len());
                into[..len].copy_from_slice(&bytes[..len]);
                Poll::Ready(Ok(len))
            }
            Err(StreamError::Closed) => Poll::Ready(Ok(0)),
            Err(error) => Poll::Ready(Err(failed("read", error))),
        }
    }

    pub(in crate::p2) async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.subscription.retry(|| self.try_read(into)).await
    }
}

/// A stream to be written, and its pollable: in this order for "child first".
pub(in crate::p2) struct Writing {
    subscription: Subscription,
    stream: OutputStream,
}

impl Writing {
    pub(in crate::p2) fn new(stream: OutputStream) -> Self {
        Self { subscription: Subscription::new(stream.subscribe()), stream }
    }

    pub(in crate::p2) const fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// How many bytes the host takes now; pending while it takes none.
    fn room(&self) -> Poll<io::Result<usize>> {
        match self.stream.check_write() {
            Ok(0) => Poll::Pending,
            Ok(room) => Poll::Ready(Ok(usize::try_from(room).unwrap_or(usize::MAX))),
            Err(error) => Poll::Ready(Err(failed("check-write", error))),
        }
    }

    /// Writes what the host takes now.
    pub(in crate::p2) fn try_write(&self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.room().map(|room| {
            let len = room?.min(bytes.len());
            self.stream.write(&bytes[..len]).map(|()| len).map_err(|error| failed("write", error))
        })
    }

    pub(in crate::p2) async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.subscription.retry(|| self.try_write(bytes)).await
    }

    /// Until the host has passed on everything.
    pub(in crate::p2) async fn flush(&mut self) -> io::Result<()> {
        self.stream.flush().map_err(|error| failed("flush", error))?;
        // There is no room before.
        self.subscription.retry(|| self.room()).await.map(|_| ())
    }
}

/// The reading direction of a stream; see [`TcpStream::split`](super::TcpStream::split).
///
/// ```no_run
/// use embedded_io_async::{Read, Write};
/// use zokio_core::future::join;
/// use zokio_wasi::net::TcpStream;
///
/// zokio_wasi::block_on(async {
///     let mut stream = TcpStream::connect_host("localhost:7").await?;
///     let (mut reader, mut writer) = stream.split();
///     let mut answer = [0; 5];
///     let (sent, received) = join((writer.write_all(b"hello"), reader.read(&mut answer))).await;
///     sent?;
///     received
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ReadHalf<'a>(pub(super) &'a mut Reading);

/// The writing direction of a stream; see [`TcpStream::split`](super::TcpStream::split).
///
/// In use: see [`ReadHalf`].
pub struct WriteHalf<'a>(pub(super) &'a mut Writing);

impl ErrorType for ReadHalf<'_> {
    type Error = io::Error;
}

impl Read for ReadHalf<'_> {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).await
    }
}

impl ErrorType for WriteHalf<'_> {
    type Error = io::Error;
}

impl Write for WriteHalf<'_> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).await
    }

    /// Nothing is kept back here, and the host passes bytes on by itself.
    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
