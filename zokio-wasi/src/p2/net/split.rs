//! The two directions of a connection: borrowed, and owned.

use super::tcp::TcpStream;
use embedded_io_async::{ErrorType, Read, Write};
use std::io;
use std::rc::Rc;

/// The reading direction of a stream; see [`TcpStream::split`](super::TcpStream::split).
///
/// ```no_run
/// use zokio_core::future::join;
/// use zokio_wasi::net::TcpStream;
///
/// zokio_wasi::block_on(async {
///     let mut stream = TcpStream::connect_host("localhost:7").await?;
///     let (mut reader, mut writer) = stream.split();
///     let mut answer = [0; 5];
///     let (sent, received) = join((writer.write_all(b"hello"), reader.read_exact(&mut answer))).await;
///     sent.and(received)
/// })??;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ReadHalf<'a>(pub(super) &'a TcpStream);

/// The writing direction of a stream; see [`TcpStream::split`](super::TcpStream::split).
///
/// In use: see [`ReadHalf`].
pub struct WriteHalf<'a>(pub(super) &'a TcpStream);

/// The reading direction of a stream; see [`TcpStream::into_split`](super::TcpStream::into_split), which has an example.
pub struct OwnedReadHalf(pub(super) Rc<TcpStream>);

/// The writing direction of a stream; see [`TcpStream::into_split`](super::TcpStream::into_split), which has an example.
///
/// Dropping it does not end the direction, because the other half may be in use still; [`shutdown`](Self::shutdown) does.
pub struct OwnedWriteHalf(pub(super) Rc<TcpStream>);

macro_rules! reads {
    ($half:ty) => {
        impl $half {
            /// As [`TcpStream::read`](super::TcpStream::read).
            ///
            /// # Errors
            /// As there.
            pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0.directions().0.read(into).await
            }

            /// As [`TcpStream::read_exact`](super::TcpStream::read_exact).
            ///
            /// # Errors
            /// As there.
            pub async fn read_exact(&mut self, into: &mut [u8]) -> io::Result<()> {
                self.0.directions().0.read_exact(into).await
            }
        }

        impl ErrorType for $half {
            type Error = io::Error;
        }

        impl Read for $half {
            async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0.directions().0.read(into).await
            }
        }
    };
}

macro_rules! writes {
    ($half:ty) => {
        impl $half {
            /// As [`TcpStream::write`](super::TcpStream::write).
            ///
            /// # Errors
            /// As there.
            pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.directions().1.write(bytes).await
            }

            /// As [`TcpStream::write_all`](super::TcpStream::write_all).
            ///
            /// # Errors
            /// As there.
            pub async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
                self.0.directions().1.write_all(bytes).await
            }

            /// As [`TcpStream::flush`](super::TcpStream::flush).
            ///
            /// # Errors
            /// As there.
            pub async fn flush(&mut self) -> io::Result<()> {
                self.0.directions().1.flush().await
            }

            /// As [`TcpStream::shutdown`](super::TcpStream::shutdown).
            ///
            /// # Errors
            /// As there.
            pub async fn shutdown(&mut self) -> io::Result<()> {
                self.0.end().await
            }
        }

        impl ErrorType for $half {
            type Error = io::Error;
        }

        impl Write for $half {
            async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.directions().1.write(bytes).await
            }

            /// Nothing is kept back here, and the host passes bytes on by itself.
            async fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
    };
}

reads!(ReadHalf<'_>);
reads!(OwnedReadHalf);
writes!(WriteHalf<'_>);
writes!(OwnedWriteHalf);
