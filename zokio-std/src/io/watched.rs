//! A descriptor that is waited for, and then used by ordinary calls: datagrams, pipes, processes.

use super::Submission;
use crate::reactor::Held;
use crate::runtime::Handle;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::io;
use std::sync::Arc;
use zokio_core::driver::{Interest, Op};

/// A non-blocking descriptor of this runtime. Any number of tasks may wait for it.
///
/// **Cancel safety:** waiting takes nothing, and what takes something does not wait. So nothing is lost by dropping a future.
#[derive(Debug)]
pub(crate) struct Watched {
    runtime: Handle,
    file: Arc<OwnedFd>,
}

impl Watched {
    /// # Errors
    /// Where the runtime has ended.
    pub(crate) fn new(runtime: Handle, file: OwnedFd) -> io::Result<Self> {
        runtime.with(|reactor| reactor.welcome(file.as_raw_fd()))?;
        Ok(Self { runtime, file: Arc::new(file) })
    }

    /// The descriptor, which stays open with this.
    pub(crate) fn shared(&self) -> &Arc<OwnedFd> {
        &self.file
    }

    /// Waits until it is ready, which may be untrue by the time it is used.
    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<()> {
        let op = Op::Poll { handle: self.file.as_raw_fd(), interest };
        // SAFETY: names no memory; the file is held.
        unsafe { Submission::new(self.runtime, op, Held { file: Some(self.file.clone()), ..Held::default() }) }
            .await
            .0?;
        Ok(())
    }

    /// Calls `attempt` until it does not say "would block", waiting in between.
    pub(crate) async fn attempt<R>(
        &self,
        interest: Interest,
        mut attempt: impl FnMut(BorrowedFd<'_>) -> rustix::io::Result<R>,
    ) -> io::Result<R> {
        loop {
            match attempt(self.file.as_fd()) {
                Err(rustix::io::Errno::AGAIN) => self.ready(interest).await?,
                Err(rustix::io::Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // A wait that was given up, and whose end is not told yet: until then the file, and its address, would stay.
        if Arc::strong_count(&self.file) > 1 {
            self.runtime.settle();
        }
        // A kernel forgets what is closed; libkqueue has to be told, or its duplicate keeps a pipe open.
        #[cfg(zokio_libkqueue)]
        if Arc::strong_count(&self.file) == 1 {
            let _ = self.runtime.with(|reactor| reactor.welcome(self.file.as_raw_fd()));
        }
    }
}

impl AsFd for Watched {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
