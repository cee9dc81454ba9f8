//! The stream traits of tokio.

use crate::io::Duplex;
#[cfg(unix)]
use crate::net::UnixStream;
use crate::net::{OwnedReadHalf, OwnedWriteHalf, TcpStream};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

macro_rules! reads {
    ($stream:ty) => {
        impl AsyncRead for $stream {
            fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
                // SAFETY: only written to.
                let room = unsafe { buf.unfilled_mut() };
                self.0.poll_read_uninit(cx, room).map_ok(|len| {
                    // SAFETY: that many bytes were written.
                    unsafe { buf.assume_init(len) };
                    buf.advance(len);
                })
            }
        }
    };
}

macro_rules! writes {
    ($stream:ty) => {
        impl AsyncWrite for $stream {
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

reads!(Duplex);
reads!(TcpStream);
#[cfg(unix)]
reads!(UnixStream);
reads!(OwnedReadHalf);
writes!(Duplex);
writes!(TcpStream);
#[cfg(unix)]
writes!(UnixStream);
writes!(OwnedWriteHalf);
