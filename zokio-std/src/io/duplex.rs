//! Two streams in memory that are connected to each other: a connection without a system.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use zokio_core::coop;

/// Two ends of a connection in memory, each with room for `capacity` bytes on their way to it (at least one).
///
/// For tests of protocols, and for parts of one program that talk as if they were two. It needs no runtime, and an end may go to
/// another thread. As with sockets, what was written before the other end went is still read, and then the end of the stream;
/// writing to one that is gone is [`BrokenPipe`](io::ErrorKind::BrokenPipe).
///
/// ```
/// let runtime = zokio_std::Runtime::new()?;
/// runtime.block_on(async {
///     let (mut client, mut server) = zokio_std::io::duplex(64);
///     assert_eq!(client.write(b"hello").await?, 5);
///     drop(client);
///     let mut into = [0; 8];
///     assert_eq!(server.read(&mut into).await?, 5);
///     assert_eq!(server.read(&mut into).await?, 0); // the end
///     std::io::Result::Ok(())
/// })?;
/// # std::io::Result::Ok(())
/// ```
pub fn duplex(capacity: usize) -> (Duplex, Duplex) {
    let (there, back) = (Way::new(capacity), Way::new(capacity));
    let one = Ends { incoming: back.clone(), outgoing: there.clone() };
    (Duplex(one), Duplex(Ends { incoming: there, outgoing: back }))
}

/// One end of a connection in memory; see [`duplex`].
#[derive(Debug)]
pub struct Duplex(pub(crate) Ends);

#[derive(Debug)]
pub(crate) struct Ends {
    incoming: Arc<Way>,
    outgoing: Arc<Way>,
}

/// One direction.
#[derive(Debug)]
struct Way(Mutex<State>);

#[derive(Debug)]
struct State {
    bytes: VecDeque<u8>,
    capacity: usize,
    /// Nothing more will be written.
    ended: bool,
    /// Nobody will read.
    abandoned: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Way {
    fn new(capacity: usize) -> Arc<Self> {
        let capacity = capacity.max(1);
        let bytes = VecDeque::with_capacity(capacity);
        Arc::new(Self(Mutex::new(State {
            bytes,
            capacity,
            ended: false,
            abandoned: false,
            reader: None,
            writer: None,
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and wakes outside the lock whom `change` says.
    fn change<R>(&self, change: impl FnOnce(&mut State) -> (R, Option<Waker>)) -> R {
        let (result, waker) = change(&mut self.state());
        if let Some(waker) = waker {
            waker.wake();
        }
        result
    }

    fn poll_read(&self, cx: &mut Context<'_>, into: &mut [MaybeUninit<u8>]) -> Poll<io::Result<usize>> {
        if into.is_empty() {
            return Poll::Ready(Ok(0));
        }
        ready!(coop::spend(cx));
        self.change(|state| {
            if state.bytes.is_empty() && !state.ended {
                state.reader = Some(cx.waker().clone());
                return (Poll::Pending, None);
            }
            let count = state.bytes.len().min(into.len());
            for (place, byte) in into.iter_mut().zip(state.bytes.drain(..count)) {
                place.write(byte);
            }
            (Poll::Ready(Ok(count)), if count > 0 { state.writer.take() } else { None })
        })
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        ready!(coop::spend(cx));
        self.change(|state| {
            if state.abandoned || state.ended {
                return (Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())), None);
            }
            let count = bytes.len().min(state.capacity - state.bytes.len());
            if count == 0 {
                state.writer = Some(cx.waker().clone());
                return (Poll::Pending, None);
            }
            state.bytes.extend(&bytes[..count]);
            (Poll::Ready(Ok(count)), state.reader.take())
        })
    }

    fn end(&self) {
        self.change(|state| {
            state.ended = true;
            ((), state.reader.take())
        });
    }

    fn abandon(&self) {
        self.change(|state| {
            state.abandoned = true;
            state.bytes.clear();
            ((), state.writer.take())
        });
    }
}

impl Ends {
    #[allow(dead_code, reason = "for the traits of others")]
    pub(crate) fn poll_read(&self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        // SAFETY: initialised bytes may be written as if they were not; none is made uninitialised.
        self.poll_read_uninit(cx, unsafe { &mut *(std::ptr::from_mut(into) as *mut [MaybeUninit<u8>]) })
    }

    /// Writes as many bytes as it says, from the front.
    pub(crate) fn poll_read_uninit(
        &self,
        cx: &mut Context<'_>,
        into: &mut [MaybeUninit<u8>],
    ) -> Poll<io::Result<usize>> {
        self.incoming.poll_read(cx, into)
    }

    pub(crate) fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.outgoing.poll_write(cx, bytes)
    }

    #[allow(dead_code, reason = "for the traits of others")]
    pub(crate) fn poll_write_vectored(&self, cx: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let first = pieces.iter().find(|piece| !piece.is_empty()).map_or(&[][..], |piece| piece);
        self.poll_write(cx, first)
    }

    /// What was written is with the other end at once.
    #[allow(dead_code, reason = "for the traits of others")]
    pub(crate) fn poll_flush(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    #[allow(dead_code, reason = "for the traits of others")]
    pub(crate) fn poll_shutdown(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.outgoing.end();
        Poll::Ready(Ok(()))
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.outgoing.end();
        self.incoming.abandon();
    }
}

impl Duplex {
    /// Reads what is there, or waits for something; 0 is the end of the stream.
    ///
    /// **Cancel safety:** bytes are taken by the poll that returns them; dropping the future loses none. **Wake-up:** by a write
    /// of the other end, or its end. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// None; the result is what streams have.
    pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| self.0.poll_read(cx, into)).await
    }

    /// Writes as much as there is room for, waiting for some.
    ///
    /// **Cancel safety:** nothing is written by a future that is dropped before it is ready. **Wake-up:** by a read of the other
    /// end, or its end. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// [`BrokenPipe`](io::ErrorKind::BrokenPipe) where the other end is gone, or after [`shutdown`](Self::shutdown).
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        poll_fn(|cx| self.0.poll_write(cx, bytes)).await
    }

    /// Ends the writing direction: the other end reads what was written, and then the end.
    pub fn shutdown(&mut self) {
        self.0.outgoing.end();
    }
}

impl embedded_io::ErrorType for Duplex {
    type Error = io::Error;
}

impl embedded_io_async::Read for Duplex {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Self::read(self, into).await
    }
}

impl embedded_io_async::Write for Duplex {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes).await
    }

    /// Nothing to do: what was written is with the other end.
    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::future::join;

    /// Every byte arrives, in its order, through room for fewer; then the end.
    #[test]
    fn bytes_arrive_in_order_through_little_room() {
        for capacity in [1, 3, 64] {
            let (mut one, mut other) = duplex(capacity);
            let sent: Vec<u8> = (0..=255).cycle().take(10_000).collect();
            let write = async {
                let mut rest = &sent[..];
                while !rest.is_empty() {
                    let count = one.write(&rest[..rest.len().min(97)]).await.unwrap();
                    assert!((1..=capacity).contains(&count));
                    rest = &rest[count..];
                }
                one.shutdown();
                assert_eq!(one.write(b"x").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
            };
            let read = async {
                let (mut received, mut into) = (Vec::new(), [0; 41]);
                loop {
                    match other.read(&mut into).await.unwrap() {
                        0 => break received,
                        count => received.extend_from_slice(&into[..count]),
                    }
                }
            };
            let runtime = crate::Runtime::new().unwrap();
            assert_eq!(runtime.block_on(join((write, read))).1, sent);
        }
    }

    #[test]
    fn whoever_is_gone_is_noticed() {
        let runtime = crate::Runtime::new().unwrap();
        runtime.block_on(async {
            let (mut one, other) = duplex(4);
            assert_eq!(one.write(b"12345").await.unwrap(), 4);
            // A writer that waits is told, too.
            let waits = async { one.write(b"x").await.unwrap_err().kind() };
            let goes = async { drop(other) };
            assert_eq!(join((waits, goes)).await.0, io::ErrorKind::BrokenPipe);
            assert_eq!(one.read(&mut [0; 4]).await.unwrap(), 0);
        });
    }
}
