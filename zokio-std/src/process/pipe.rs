//! Pipes to and from a program.

use super::system::{Raw, Reader, Writer};
use crate::runtime::Handle;
use std::io;

/// What a program reads.
///
/// In use: see the example of a [`Command`](super::Command).
#[derive(Debug)]
pub struct ChildStdin(Writer);

impl ChildStdin {
    pub(super) fn new(runtime: Handle, pipe: Raw) -> io::Result<Self> {
        Writer::new(runtime, pipe).map(Self)
    }

    /// Writes some bytes; waits until there is room. On Windows the system may have yet to take them when this returns: then
    /// the next write waits for that, and tells if it failed.
    ///
    /// **Cancel safety:** a write that is dropped has written nothing.
    ///
    /// **Wake-up:** by room. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// The system's, above all [`io::ErrorKind::BrokenPipe`].
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).await
    }

    /// Writes all of `bytes`.
    ///
    /// **Cancel safety:** a part may have been written.
    ///
    /// **Wake-up:** by room. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            bytes = &bytes[self.write(bytes).await?..];
        }
        Ok(())
    }
}

impl embedded_io::ErrorType for ChildStdin {
    type Error = io::Error;
}

impl embedded_io_async::Write for ChildStdin {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes).await
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.0.flush().await
    }
}

macro_rules! output {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(Reader);

        impl $name {
            pub(super) fn new(runtime: Handle, pipe: Raw) -> io::Result<Self> {
                Reader::new(runtime, pipe).map(Self)
            }

            /// Reads some bytes; 0 is the end.
            ///
            /// **Cancel safety:** a read that is dropped has taken nothing.
            ///
            /// # Errors
            /// The system's.
            pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0.read(into).await
            }

            /// Reads everything until the end.
            ///
            /// # Errors
            /// The system's.
            pub async fn read_to_end(&mut self) -> io::Result<Vec<u8>> {
                let (mut all, mut chunk) = (Vec::new(), [0; 4096]);
                loop {
                    match self.read(&mut chunk).await? {
                        0 => return Ok(all),
                        len => all.extend_from_slice(&chunk[..len]),
                    }
                }
            }
        }

        impl embedded_io::ErrorType for $name {
            type Error = io::Error;
        }

        impl embedded_io_async::Read for $name {
            async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                Self::read(self, into).await
            }
        }
    };
}

output! {
    /// What a program writes.
    ChildStdout
}
output! {
    /// The errors that a program writes.
    ChildStderr
}
