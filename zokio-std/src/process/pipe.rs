//! Pipes to and from a program.

use crate::io::Watched;
use crate::runtime::Handle;
use std::io;
use std::os::fd::OwnedFd;
use zokio_core::driver::Interest;

fn pipe(runtime: Handle, pipe: OwnedFd) -> io::Result<Watched> {
    rustix::io::ioctl_fionbio(&pipe, true)?;
    Watched::new(runtime, pipe)
}

/// What a program reads.
#[derive(Debug)]
pub struct ChildStdin(Watched);

impl ChildStdin {
    pub(super) fn new(runtime: Handle, fd: OwnedFd) -> io::Result<Self> {
        Ok(Self(pipe(runtime, fd)?))
    }

    /// Writes some bytes; waits until there is room.
    ///
    /// **Cancel safety:** a write that is dropped has written nothing.
    ///
    /// # Errors
    /// The system's, above all [`io::ErrorKind::BrokenPipe`].
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.attempt(Interest::Writable, |pipe| rustix::io::write(pipe, bytes)).await
    }

    /// Writes all of `bytes`.
    ///
    /// **Cancel safety:** a part may have been written.
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
        Ok(())
    }
}

macro_rules! output {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(Watched);

        impl $name {
            pub(super) fn new(runtime: Handle, fd: OwnedFd) -> io::Result<Self> {
                Ok(Self(pipe(runtime, fd)?))
            }

            /// Reads some bytes; 0 is the end.
            ///
            /// **Cancel safety:** a read that is dropped has taken nothing.
            ///
            /// # Errors
            /// The system's.
            pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                self.0.attempt(Interest::Readable, |pipe| rustix::io::read(pipe, &mut *into)).await
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
