//! What hyper asks of a runtime.

use crate::io::Duplex;
use crate::net::TcpStream;
#[cfg(unix)]
use crate::net::UnixStream;
use hyper::rt::ReadBufCursor;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

macro_rules! stream {
    ($stream:ty) => {
        impl hyper::rt::Read for $stream {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                mut buf: ReadBufCursor<'_>,
            ) -> Poll<io::Result<()>> {
                // SAFETY: only written to.
                let room = unsafe { buf.as_mut() };
                self.0.poll_read_uninit(cx, room).map_ok(|len| {
                    // SAFETY: that many bytes were written.
                    unsafe { buf.advance(len) }
                })
            }
        }

        impl hyper::rt::Write for $stream {
            fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
                self.0.poll_write(cx, bytes)
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.0.poll_flush(cx)
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.0.poll_shutdown(cx)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                pieces: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                self.0.poll_write_vectored(cx, pieces)
            }
        }
    };
}

stream!(Duplex);
stream!(TcpStream);
#[cfg(unix)]
stream!(UnixStream);

/// Runs hyper's tasks on the thread that they were made on, as [`spawn_local`](crate::spawn_local) does.
///
/// In use: see the example of a [`Server`](crate::http::Server).
#[derive(Clone, Copy, Debug, Default)]
pub struct HyperExecutor;

impl<F: Future + 'static> hyper::rt::Executor<F> for HyperExecutor {
    /// # Panics
    /// If no runtime runs on this thread.
    fn execute(&self, future: F) {
        crate::spawn_local(future).detach();
    }
}

/// Time for hyper, on the clock of the runtime that runs on the thread where it is asked for.
///
/// In use: see the example of a [`Server`](crate::http::Server).
#[derive(Clone, Copy, Debug, Default)]
pub struct HyperTimer;

/// A sleep as hyper wants it.
struct Slept(crate::time::Sleep);

impl Future for Slept {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: pinned with `self`.
        let sleep = unsafe { self.map_unchecked_mut(|this| &mut this.0) };
        sleep.poll(cx).map(drop)
    }
}

impl hyper::rt::Sleep for Slept {}

impl hyper::rt::Timer for HyperTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Slept(crate::time::sleep(duration)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        self.sleep(deadline.saturating_duration_since(Instant::now()))
    }
}
