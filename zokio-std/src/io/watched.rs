//! A descriptor that is waited for, and then used by ordinary calls: datagrams, pipes, processes.

use super::Submission;
use crate::driver::system;
use crate::reactor::{Fault, Held};
use crate::runtime::Handle;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use zokio_core::driver::{Errno, Interest, Key, Op};

const AGAIN: Errno = Errno(rustix::io::Errno::AGAIN.raw_os_error() as u16);
const INTERRUPTED: Errno = Errno(rustix::io::Errno::INTR.raw_os_error() as u16);

fn send(socket: BorrowedFd<'_>, bytes: &[u8], to: Option<SocketAddr>) -> rustix::io::Result<usize> {
    match to {
        Some(to) => rustix::net::sendto(socket, bytes, system::QUIET, &to),
        None => rustix::net::send(socket, bytes, system::QUIET),
    }
}

/// A datagram that the driver sends.
struct Message {
    runtime: Handle,
    key: Option<Key>,
}

impl Future for Message {
    type Output = Result<u32, Fault>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { runtime, key } = self.get_mut();
        let Some(started) = *key else { return Poll::Ready(Err(Fault::Gone)) };
        let polled = runtime.poll(cx, |reactor, waiter| reactor.poll_message(started, waiter));
        if polled.is_ready() {
            *key = None;
        }
        polled
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            // Where the runtime is gone, it has let go of everything.
            let _orphan = self.runtime.with(|reactor| reactor.leave(key));
        }
    }
}

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

    /// Sends a datagram, to who this is connected to or to an address: by the driver, where that sends many with one call.
    ///
    /// **Cancel safety:** a datagram is sent whole or not at all; one that was handed to the driver is sent although the future is
    /// dropped.
    pub(crate) async fn send(&self, bytes: &[u8], to: Option<SocketAddr>) -> io::Result<usize> {
        loop {
            let handed = poll_fn(|cx| {
                let started =
                    self.runtime.poll(cx, |reactor, _| Poll::Ready(reactor.start_message(&self.file, to, bytes)));
                // Where the runtime is gone there is no driver; the socket is still ours.
                started.map(|started| match started {
                    Err(Fault::Gone) => Ok(None),
                    started => started,
                })
            });
            let Some(key) = handed.await? else {
                return self.attempt(Interest::Writable, |socket| send(socket, bytes, to)).await;
            };
            match (Message { runtime: self.runtime, key: Some(key) }).await {
                Err(Fault::Os(AGAIN)) => self.ready(Interest::Writable).await?,
                Err(Fault::Os(INTERRUPTED)) => {}
                sent => return Ok(sent? as usize),
            }
        }
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
