//! The two directions of a stream.

use crate::p2::driver::Subscription;
use core::task::Poll;
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

    pub(in crate::p2) async fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        self.subscription.retry(|| self.try_read(into)).await
    }

    pub(super) async fn read_exact(&self, mut into: &mut [u8]) -> io::Result<()> {
        while !into.is_empty() {
            match self.read(into).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                len => into = &mut into[len..],
            }
        }
        Ok(())
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

    pub(in crate::p2) async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.subscription.retry(|| self.try_write(bytes)).await
    }

    pub(super) async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let len = self.write(bytes).await?;
            bytes = &bytes[len..];
        }
        Ok(())
    }

    /// Until the host has passed on everything.
    pub(in crate::p2) async fn flush(&self) -> io::Result<()> {
        self.stream.flush().map_err(|error| failed("flush", error))?;
        // There is no room before.
        self.subscription.retry(|| self.room()).await.map(|_| ())
    }
}
