//! The two directions of a connection, borrowed.

use super::TcpStream;
use std::io;

/// The reading direction of a [`TcpStream`]; see [`TcpStream::split`].
#[derive(Debug)]
pub struct ReadHalf<'a>(pub(super) &'a TcpStream);

/// The writing direction of a [`TcpStream`]; see [`TcpStream::split`].
#[derive(Debug)]
pub struct WriteHalf<'a>(pub(super) &'a TcpStream);

impl ReadHalf<'_> {
    /// As [`TcpStream::read`].
    ///
    /// # Errors
    /// As there.
    pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_shared(into).await
    }
}

impl WriteHalf<'_> {
    /// As [`TcpStream::write`].
    ///
    /// # Errors
    /// As there.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_shared(bytes).await
    }

    /// As [`TcpStream::write_all`].
    ///
    /// # Errors
    /// As there.
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let len = self.0.write_shared(bytes).await?;
            bytes = &bytes[len..];
        }
        Ok(())
    }

    /// As [`TcpStream::flush`].
    ///
    /// # Errors
    /// As there.
    pub async fn flush(&mut self) -> io::Result<()> {
        self.0.flush_shared().await
    }
}

impl embedded_io::ErrorType for ReadHalf<'_> {
    type Error = io::Error;
}

impl embedded_io::ErrorType for WriteHalf<'_> {
    type Error = io::Error;
}

impl embedded_io_async::Read for ReadHalf<'_> {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read_shared(into).await
    }
}

impl embedded_io_async::Write for WriteHalf<'_> {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write_shared(bytes).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.0.flush_shared().await
    }
}
