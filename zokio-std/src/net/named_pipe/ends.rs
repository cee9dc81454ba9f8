//! The two directions of a pipe, and what servers and clients do with both.

use crate::io::{Pipe, PipeReader, PipeWriter};
use std::io;

/// The direction that bytes come by; see [`NamedPipeServer::split`](super::NamedPipeServer::split).
///
/// In use: see the example of a [`NamedPipeServer`](super::NamedPipeServer).
#[derive(Debug)]
pub struct NamedPipeReader(PipeReader);

/// The direction that bytes leave by; see [`NamedPipeServer::split`](super::NamedPipeServer::split).
///
/// What it accepted is still written when it is dropped; the pipe stays open until then.
///
/// In use: see the example of a [`NamedPipeServer`](super::NamedPipeServer).
#[derive(Debug)]
pub struct NamedPipeWriter(PipeWriter);

/// Both directions of `pipe`.
pub(super) fn both(pipe: Pipe) -> (NamedPipeReader, NamedPipeWriter) {
    (NamedPipeReader(PipeReader::of(pipe.clone())), NamedPipeWriter(PipeWriter::of(pipe)))
}

impl NamedPipeReader {
    /// Reads some bytes; 0 is the end: the other side has closed the pipe. (So it is what a message of no bytes brings, which other
    /// programs can send.) Where messages are read, no read brings bytes of two.
    ///
    /// **Cancel safety:** a read that is dropped has taken nothing. **Wake-up:** by bytes, or the end. **Complexity:** O(bytes);
    /// up to 16 KiB are taken from the system at a time and kept for the reads that follow. No allocation after the first.
    ///
    /// # Errors
    /// The system's: `ERROR_PIPE_LISTENING` (536) where no client has come yet, [`io::ErrorKind::PermissionDenied`] where the
    /// pipe was not opened for reading.
    pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).await
    }

    /// Whether what the last read brought is a part of a message ([`PipeMode::Message`](super::PipeMode::Message)): its rest, or
    /// more of it, comes with the next. Never of a pipe that is read as bytes.
    pub fn in_message(&self) -> bool {
        self.0.in_message()
    }

    pub(super) fn reset(&mut self) {
        self.0.reset();
    }
}

impl NamedPipeWriter {
    /// Accepts some bytes for writing, at most 16 KiB, or all of them where they are a message; waits until those before are
    /// written. No bytes are no message.
    ///
    /// **Cancel safety:** a write that is dropped has accepted nothing. **Wake-up:** by room. **Complexity:** O(bytes), no
    /// allocation after the first.
    ///
    /// # Errors
    /// The system's, also of what was accepted before: above all [`io::ErrorKind::BrokenPipe`] where the other side has closed the
    /// pipe, [`io::ErrorKind::PermissionDenied`] where the pipe was not opened for writing.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).await
    }

    /// Accepts all of `bytes` for writing.
    ///
    /// **Cancel safety:** a part may have been accepted. Otherwise as [`write`](Self::write).
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            bytes = &bytes[self.write(bytes).await?..];
        }
        Ok(())
    }

    /// Waits until the system has taken everything that was accepted. The other side may have yet to read it.
    ///
    /// **Cancel safety:** dropping the future changes nothing. **Wake-up:** by room. **Complexity:** O(1).
    ///
    /// # Errors
    /// What became of what was accepted.
    pub async fn flush(&mut self) -> io::Result<()> {
        self.0.flush().await
    }

    pub(super) fn reset(&mut self) {
        self.0.reset();
    }
}

impl embedded_io::ErrorType for NamedPipeReader {
    type Error = io::Error;
}

impl embedded_io_async::Read for NamedPipeReader {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Self::read(self, into).await
    }
}

impl embedded_io::ErrorType for NamedPipeWriter {
    type Error = io::Error;
}

impl embedded_io_async::Write for NamedPipeWriter {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        Self::flush(self).await
    }
}

/// Both directions on a type with the fields `pipe`, `reader` and `writer`.
macro_rules! both_directions {
    ($end:ty) => {
        impl $end {
            /// As [`NamedPipeReader::read`](super::NamedPipeReader::read).
            ///
            /// # Errors
            /// As there.
            pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.reader.read(into).await
            }

            /// As [`NamedPipeReader::in_message`](super::NamedPipeReader::in_message).
            pub fn in_message(&self) -> bool {
                self.reader.in_message()
            }

            /// As [`NamedPipeWriter::write`](super::NamedPipeWriter::write).
            ///
            /// # Errors
            /// As there.
            pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.writer.write(bytes).await
            }

            /// As [`NamedPipeWriter::write_all`](super::NamedPipeWriter::write_all).
            ///
            /// # Errors
            /// As there.
            pub async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
                self.writer.write_all(bytes).await
            }

            /// As [`NamedPipeWriter::flush`](super::NamedPipeWriter::flush).
            ///
            /// # Errors
            /// As there.
            pub async fn flush(&mut self) -> io::Result<()> {
                self.writer.flush().await
            }

            /// The two directions, to be used at the same time.
            pub fn split(&mut self) -> (&mut NamedPipeReader, &mut NamedPipeWriter) {
                (&mut self.reader, &mut self.writer)
            }

            /// The two directions, each to go where it likes. The pipe is closed when both are dropped.
            pub fn into_split(self) -> (NamedPipeReader, NamedPipeWriter) {
                (self.reader, self.writer)
            }
        }

        impl AsHandle for $end {
            fn as_handle(&self) -> BorrowedHandle<'_> {
                self.pipe.handle().as_handle()
            }
        }

        impl embedded_io::ErrorType for $end {
            type Error = io::Error;
        }

        impl embedded_io_async::Read for $end {
            async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                Self::read(self, into).await
            }
        }

        impl embedded_io_async::Write for $end {
            async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                Self::write(self, bytes).await
            }

            async fn flush(&mut self) -> io::Result<()> {
                Self::flush(self).await
            }
        }
    };
}
pub(super) use both_directions;
