//! What all streams are: a socket of the reactor's.

use crate::reactor::{Fault, Reactor, Waiter};
use crate::runtime::Handle;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::net::Shutdown;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

/// A connected socket, or one that is being connected.
#[derive(Debug)]
pub(crate) struct Stream {
    runtime: Handle,
    id: u32,
}

impl Stream {
    /// The stream of a connected socket.
    pub(super) fn adopt(runtime: Handle, socket: OwnedFd) -> io::Result<Self> {
        let id = runtime.with(|reactor| reactor.adopt(socket))??;
        Ok(Self { runtime, id })
    }

    /// Connects `socket`.
    pub(super) async fn connect(runtime: Handle, socket: OwnedFd, address: std::net::SocketAddr) -> io::Result<Self> {
        let stream = Self::adopt(runtime, socket)?;
        let started = poll_fn(|cx| stream.poll(cx, |reactor, id, _| Poll::Ready(reactor.start_connect(id, address))));
        if started.await?.is_none() {
            poll_fn(|cx| stream.poll(cx, |reactor, id, waiter| reactor.poll_connect(id, waiter))).await?;
        }
        Ok(stream)
    }

    /// The number of its record, for tests that look there.
    #[cfg(test)]
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    pub(super) fn with<R>(&self, f: impl FnOnce(&mut Reactor, u32) -> Result<R, Fault>) -> Result<R, Fault> {
        self.runtime.with(|reactor| f(reactor, self.id))?
    }

    pub(super) fn poll<R>(
        &self,
        cx: &mut Context<'_>,
        f: impl FnOnce(&mut Reactor, u32, &mut Waiter<'_>) -> Poll<Result<R, Fault>>,
    ) -> Poll<Result<R, Fault>> {
        self.runtime.poll(cx, |reactor, waiter| f(reactor, self.id, waiter))
    }

    pub(crate) fn poll_read(&self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        if into.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.poll(cx, |reactor, id, waiter| reactor.poll_receive(id, into, waiter)).map_err(io::Error::from)
    }

    /// As [`poll_read`](Self::poll_read), into memory that has contents afterwards as far as is said.
    #[cfg(any(feature = "hyper", feature = "tokio"))]
    pub(crate) fn poll_read_uninit(
        &self,
        cx: &mut Context<'_>,
        into: &mut [std::mem::MaybeUninit<u8>],
    ) -> Poll<io::Result<usize>> {
        if into.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.poll(cx, |reactor, id, waiter| reactor.poll_receive_uninit(id, into, waiter)).map_err(io::Error::from)
    }

    pub(crate) fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.poll(cx, |reactor, id, waiter| reactor.poll_write(id, bytes, waiter)).map_err(io::Error::from)
    }

    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, |reactor, id, waiter| reactor.poll_flush(id, waiter)).map_err(io::Error::from)
    }

    /// Flushes, then ends the writing direction.
    pub(crate) fn poll_shutdown(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.poll_flush(cx) {
            Poll::Ready(Ok(())) => Poll::Ready(self.end_writing()),
            other => other,
        }
    }

    fn end_writing(&self) -> io::Result<()> {
        match self.on_socket(|socket| rustix::net::shutdown(socket, Shutdown::Write)) {
            // The peer was faster.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            other => other,
        }
    }

    pub(super) async fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| self.poll_read(cx, into)).await
    }

    pub(super) async fn peek(&self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        poll_fn(|cx| self.poll(cx, |reactor, id, waiter| reactor.poll_peek(id, into, waiter)).map_err(io::Error::from))
            .await
    }

    pub(crate) fn poll_read_vectored(
        &self,
        cx: &mut Context<'_>,
        pieces: &mut [io::IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        if pieces.iter().all(|piece| piece.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        self.poll(cx, |reactor, id, waiter| reactor.poll_receive_vectored(id, pieces, waiter)).map_err(io::Error::from)
    }

    pub(super) async fn read_exact(&self, into: &mut [u8]) -> io::Result<()> {
        let mut filled = 0;
        while filled < into.len() {
            match self.read(&mut into[filled..]).await? {
                0 => {
                    let missing = format!("the stream ended after {filled} of {} bytes", into.len());
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, missing));
                }
                len => filled += len,
            }
        }
        Ok(())
    }

    pub(super) async fn read_vectored(&self, pieces: &mut [io::IoSliceMut<'_>]) -> io::Result<usize> {
        poll_fn(|cx| self.poll_read_vectored(cx, pieces)).await
    }

    pub(crate) fn poll_write_vectored(
        &self,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut total = 0;
        for piece in pieces.iter().filter(|piece| !piece.is_empty()) {
            match self.poll_write(cx, piece) {
                Poll::Ready(Ok(len)) => {
                    total += len;
                    if len < piece.len() {
                        break;
                    }
                }
                // What was accepted is told; the error comes again.
                _ if total > 0 => break,
                other => return other,
            }
        }
        Poll::Ready(Ok(total))
    }

    pub(super) async fn write_vectored(&self, pieces: &[io::IoSlice<'_>]) -> io::Result<usize> {
        poll_fn(|cx| self.poll_write_vectored(cx, pieces)).await
    }

    pub(super) async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        poll_fn(|cx| self.poll_write(cx, bytes)).await
    }

    pub(super) async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let len = self.write(bytes).await?;
            bytes = &bytes[len..];
        }
        Ok(())
    }

    pub(super) async fn flush(&self) -> io::Result<()> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// Waits for room to send.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) async fn room(&self) -> io::Result<()> {
        Ok(poll_fn(|cx| self.poll(cx, |reactor, id, waiter| reactor.poll_room(id, waiter))).await?)
    }

    pub(super) async fn shutdown(&self) -> io::Result<()> {
        poll_fn(|cx| self.poll_shutdown(cx)).await
    }

    /// Under the lock, so that the runtime cannot end, and close the handle, meanwhile.
    pub(super) fn on_socket<R>(&self, f: impl FnOnce(BorrowedFd<'_>) -> Result<R, rustix::io::Errno>) -> io::Result<R> {
        let result = self.with(|reactor, id| Ok(f(reactor.socket(id))))?;
        Ok(result?)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Where the runtime is gone, it has closed the socket.
        let _orphans = self.runtime.with(|reactor| reactor.release(self.id));
    }
}
