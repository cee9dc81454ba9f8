//! The two directions of a connection: borrowed, and owned.

use super::send_file::send_file;
use super::send_owned::send_owned;
use super::stream::Stream;
use crate::fs::File;
use crate::io::IoBuf;
use std::io;
use std::sync::Arc;

/// The reading direction of a stream; see [`TcpStream::split`](super::TcpStream::split).
///
/// In use: see the example of a [`TcpStream`](super::TcpStream).
#[derive(Debug)]
pub struct ReadHalf<'a>(pub(super) &'a Stream);

/// The writing direction of a stream; see [`TcpStream::split`](super::TcpStream::split).
///
/// In use: see the example of a [`TcpStream`](super::TcpStream).
#[derive(Debug)]
pub struct WriteHalf<'a>(pub(super) &'a Stream);

/// The reading direction of a stream; see [`TcpStream::into_split`](super::TcpStream::into_split).
///
/// In use: see the example of a [`TcpStream`](super::TcpStream).
#[derive(Debug)]
pub struct OwnedReadHalf(pub(crate) Arc<Stream>);

/// The writing direction of a stream; see [`TcpStream::into_split`](super::TcpStream::into_split).
///
/// Dropping it does not end the direction, because the other half may be in use still;
/// [`shutdown`](Self::shutdown) does.
///
/// In use: see the example of a [`TcpStream`](super::TcpStream).
#[derive(Debug)]
pub struct OwnedWriteHalf(pub(crate) Arc<Stream>);

pub(super) fn owned(stream: Stream) -> (OwnedReadHalf, OwnedWriteHalf) {
    let stream = Arc::new(stream);
    (OwnedReadHalf(stream.clone()), OwnedWriteHalf(stream))
}

macro_rules! reads {
    ($half:ty) => {
        impl $half {
            /// As [`TcpStream::read`](super::TcpStream::read).
            ///
            /// # Errors
            /// As there.
            pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0.read(into).await
            }

            /// As [`TcpStream::read_exact`](super::TcpStream::read_exact).
            ///
            /// # Errors
            /// As there.
            pub async fn read_exact(&mut self, into: &mut [u8]) -> io::Result<()> {
                self.0.read_exact(into).await
            }

            /// As [`TcpStream::peek`](super::TcpStream::peek).
            ///
            /// # Errors
            /// As there.
            pub async fn peek(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0.peek(into).await
            }

            /// As [`TcpStream::read_vectored`](super::TcpStream::read_vectored).
            ///
            /// # Errors
            /// As there.
            pub async fn read_vectored(&mut self, pieces: &mut [io::IoSliceMut<'_>]) -> io::Result<usize> {
                self.0.read_vectored(pieces).await
            }
        }

        impl embedded_io::ErrorType for $half {
            type Error = io::Error;
        }

        impl embedded_io_async::Read for $half {
            async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0.read(into).await
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
                self.0.write(bytes).await
            }

            /// As [`TcpStream::write_all`](super::TcpStream::write_all).
            ///
            /// # Errors
            /// As there.
            pub async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
                self.0.write_all(bytes).await
            }

            /// As [`TcpStream::write_vectored`](super::TcpStream::write_vectored).
            ///
            /// # Errors
            /// As there.
            pub async fn write_vectored(&mut self, pieces: &[io::IoSlice<'_>]) -> io::Result<usize> {
                self.0.write_vectored(pieces).await
            }

            /// As [`TcpStream::flush`](super::TcpStream::flush).
            ///
            /// # Errors
            /// As there.
            pub async fn flush(&mut self) -> io::Result<()> {
                self.0.flush().await
            }

            /// As [`TcpStream::write_all_owned`](super::TcpStream::write_all_owned).
            ///
            /// # Errors
            /// As there.
            pub async fn write_all_owned<B: IoBuf>(&mut self, buf: B) -> (io::Result<()>, B) {
                send_owned(&self.0, buf).await
            }

            /// As [`TcpStream::send_file`](super::TcpStream::send_file).
            ///
            /// # Errors
            /// As there.
            pub async fn send_file(&mut self, file: &File, offset: u64, len: u64) -> io::Result<u64> {
                send_file(&self.0, file, offset, len).await
            }

            /// As [`TcpStream::shutdown`](super::TcpStream::shutdown).
            ///
            /// # Errors
            /// As there.
            pub async fn shutdown(&mut self) -> io::Result<()> {
                self.0.shutdown().await
            }
        }

        impl embedded_io::ErrorType for $half {
            type Error = io::Error;
        }

        impl embedded_io_async::Write for $half {
            async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.write(bytes).await
            }

            async fn flush(&mut self) -> io::Result<()> {
                self.0.flush().await
            }
        }
    };
}

reads!(ReadHalf<'_>);
reads!(OwnedReadHalf);
writes!(WriteHalf<'_>);
writes!(OwnedWriteHalf);
