//! The end of a program, and pipes to and from it, on Unix: descriptors that are waited for.

use crate::driver::system::exit_descriptor;
use crate::io::Watched;
use crate::runtime::Handle;
use rustix::process::Pid;
use std::io;
use std::os::fd::OwnedFd;
use zokio_core::driver::Interest;

pub(super) type Raw = OwnedFd;

/// Tells when a program has ended.
#[derive(Debug)]
pub(super) struct End(Watched);

impl End {
    pub(super) fn of(runtime: Handle, child: &std::process::Child) -> io::Result<Self> {
        let pid = Pid::from_raw(child.id() as i32).ok_or(io::ErrorKind::InvalidData)?;
        // Not taken out of the table before we do it, so the number is still its own.
        Ok(Self(Watched::new(runtime, exit_descriptor(pid)?)?))
    }

    /// Waits until the program has ended.
    pub(super) async fn seen(&mut self) -> io::Result<()> {
        self.0.ready(Interest::Readable).await
    }
}

fn pipe(runtime: Handle, pipe: OwnedFd) -> io::Result<Watched> {
    rustix::io::ioctl_fionbio(&pipe, true)?;
    Watched::new(runtime, pipe)
}

/// What a program reads.
#[derive(Debug)]
pub(super) struct Writer(Watched);

impl Writer {
    pub(super) fn new(runtime: Handle, fd: OwnedFd) -> io::Result<Self> {
        Ok(Self(pipe(runtime, fd)?))
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.attempt(Interest::Writable, |pipe| rustix::io::write(pipe, bytes)).await
    }

    /// Nothing is ever accepted without being written.
    #[allow(clippy::unused_async, reason = "waits elsewhere")]
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a program writes.
#[derive(Debug)]
pub(super) struct Reader(Watched);

impl Reader {
    pub(super) fn new(runtime: Handle, fd: OwnedFd) -> io::Result<Self> {
        Ok(Self(pipe(runtime, fd)?))
    }

    pub(super) async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.attempt(Interest::Readable, |pipe| rustix::io::read(pipe, &mut *into)).await
    }
}
