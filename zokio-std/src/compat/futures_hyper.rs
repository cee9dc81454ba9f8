//! hyper on any stream that has the traits of futures-io, as those of rustls have.

use futures_io::{AsyncRead, AsyncWrite};
use hyper::rt::ReadBufCursor;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Gives the traits of `hyper::rt` to a stream with those of futures-io, such as one of `futures-rustls`.
///
/// ```
/// use zokio_std::compat::FuturesIo;
///
/// fn is_for_hyper(_: impl hyper::rt::Read + hyper::rt::Write) {}
/// # zokio_std::Runtime::new()?.block_on(async {
/// let (stream, _) = zokio_std::io::duplex(64);
/// is_for_hyper(FuturesIo(stream));
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct FuturesIo<S>(
    /// The stream.
    pub S,
);

impl<S: AsyncRead + Unpin> hyper::rt::Read for FuturesIo<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        // SAFETY: only written to.
        let room = unsafe { buf.as_mut() };
        // The stream gets memory that has a value: it may read it.
        room.fill(MaybeUninit::new(0));
        // SAFETY: all of it was just written.
        let room = unsafe { &mut *(std::ptr::from_mut(room) as *mut [u8]) };
        let room_len = room.len();
        let len = ready!(Pin::new(&mut self.0).poll_read(cx, room))?;
        assert!(len <= room_len, "the stream read more than there was room for");
        // SAFETY: that many bytes have a value.
        unsafe { buf.advance(len) };
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> hyper::rt::Write for FuturesIo<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, pieces)
    }
}
