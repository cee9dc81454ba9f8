//! One direction of a pipe on Windows, each with at most one overlapped operation in flight.

use super::{Loan, Submission};
use crate::driver::carries_messages;
use crate::reactor::Held;
use crate::runtime::Handle;
use rustix::fd::RawFd;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use windows_sys::Win32::Foundation::{ERROR_MORE_DATA, ERROR_NO_DATA};
use windows_sys::Win32::System::Pipes::{GetNamedPipeHandleStateW, PIPE_READMODE_MESSAGE};
use zokio_core::driver::{FileOp, Op, RawBuf};

/// At most so many bytes go through a pipe at a time.
const CHUNK: usize = 16 << 10;
/// The longest message: as long as the system's numbers allow.
const MESSAGE: usize = u32::MAX as usize;

/// An end of a pipe, opened for overlapped operations, which live in this runtime.
#[derive(Clone, Debug)]
pub(crate) struct Pipe {
    runtime: Handle,
    handle: Arc<OwnedHandle>,
    /// Whether each write is a message.
    messages: bool,
}

impl Pipe {
    /// # Errors
    /// Where the runtime has ended.
    pub(crate) fn new(runtime: Handle, handle: OwnedHandle) -> io::Result<Self> {
        let messages = carries_messages(handle.as_raw_handle());
        let pipe = Self { runtime, handle: Arc::new(handle), messages };
        runtime.with(|reactor| reactor.welcome(pipe.number()))?;
        Ok(pipe)
    }

    /// Whether each read ends where a message does, if not before.
    fn reads_messages(&self) -> bool {
        let (mut state, nothing) = (0, std::ptr::null_mut());
        let handle = self.handle.as_raw_handle();
        // SAFETY: the handle is open; writes the state, and nothing else is asked for.
        let known = self.messages
            && unsafe { GetNamedPipeHandleStateW(handle, &mut state, nothing, nothing, nothing, nothing.cast(), 0) }
                != 0;
        known && state & PIPE_READMODE_MESSAGE != 0
    }

    pub(crate) fn handle(&self) -> &OwnedHandle {
        &self.handle
    }

    fn number(&self) -> RawFd {
        self.handle.as_raw_handle().expose_provenance() as RawFd
    }

    /// Waits for somebody at the other end, who needs no address.
    pub(crate) fn meet(&self) -> Submission {
        let address = RawBuf { ptr: std::ptr::null_mut(), len: 0 };
        self.submit(Op::Connect { handle: self.number(), address }, None)
    }

    fn read(&self, buffer: Vec<u8>) -> Submission {
        let loan = Loan::new(buffer);
        let op = FileOp::Read { handle: self.number(), buf: loan.room(CHUNK), offset: 0 };
        self.submit(Op::File(op), Some(loan))
    }

    fn write(&self, buffer: Vec<u8>) -> Submission {
        let loan = Loan::new(buffer);
        let op = FileOp::Write { handle: self.number(), buf: loan.contents(), offset: 0 };
        self.submit(Op::File(op), Some(loan))
    }

    fn submit(&self, op: Op<RawFd>, buffer: Option<Loan>) -> Submission {
        let held = Held { file: Some(self.handle.clone()), buffer, ..Held::default() };
        // SAFETY: the pipe and the buffer are held.
        unsafe { Submission::new(self.runtime, op, held) }
    }
}

/// The direction that bytes leave by.
///
/// **Cancel safety:** bytes are accepted in one step, and written whatever becomes of the future, or of this, afterwards.
pub(crate) struct PipeWriter {
    pipe: Pipe,
    /// What was accepted and is not all written.
    writing: Option<Submission>,
    buffer: Vec<u8>,
}

impl fmt::Debug for PipeWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pipe.fmt(f)
    }
}

impl PipeWriter {
    pub(crate) fn new(runtime: Handle, handle: OwnedHandle) -> io::Result<Self> {
        Pipe::new(runtime, handle).map(Self::of)
    }

    pub(crate) const fn of(pipe: Pipe) -> Self {
        Self { pipe, writing: None, buffer: Vec::new() }
    }

    /// Accepts bytes when those before are written. What ends at once tells of its own failure, and the rest of the one before.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        ready!(self.poll_flush(cx))?;
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        // A message is written by one operation, however long it is.
        let most = if self.pipe.messages { MESSAGE } else { CHUNK };
        buffer.extend_from_slice(&bytes[..bytes.len().min(most)]);
        let len = buffer.len();
        self.writing = Some(self.pipe.write(buffer));
        match self.poll_flush(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(len)),
        }
    }

    /// Waits until everything that was accepted is written.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(writing) = &mut self.writing else { return Poll::Ready(Ok(())) };
        let (result, held) = ready!(Pin::new(writing).poll(cx));
        self.writing = None;
        // SAFETY: the vector that was lent, as it was.
        self.buffer = held.buffer.map_or_else(Vec::new, |loan| unsafe { loan.give_back(0) });
        Poll::Ready(match result.map(|len| len as usize).map_err(io::Error::from) {
            Ok(len) if len < self.buffer.len() => Err(io::ErrorKind::WriteZero.into()),
            Ok(_) => Ok(()),
            // "The pipe is being closed" is not among the errors that the standard library knows.
            Err(error) if error.raw_os_error() == Some(ERROR_NO_DATA as i32) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(error) => Err(error),
        })
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        poll_fn(|cx| self.poll_write(cx, bytes)).await
    }

    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// Forgets what was accepted and is not written.
    pub(crate) fn reset(&mut self) {
        self.writing = None;
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        if let Some(writing) = self.writing.take() {
            writing.leave();
        }
    }
}

/// The direction that bytes come by.
///
/// **Cancel safety:** a read goes on when its future is dropped, and what it brings is for the next.
pub(crate) struct PipeReader {
    pipe: Pipe,
    /// A read that is under way, perhaps of a future that was dropped.
    reading: Option<Submission>,
    /// What was read, and is taken from `at` on.
    unread: Vec<u8>,
    at: usize,
    /// Whether what is read is of one message each time.
    whole: bool,
    /// What was read is a part of a message whose rest is in the pipe yet.
    rest: bool,
}

impl fmt::Debug for PipeReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pipe.fmt(f)
    }
}

impl PipeReader {
    pub(crate) fn new(runtime: Handle, handle: OwnedHandle) -> io::Result<Self> {
        Pipe::new(runtime, handle).map(Self::of)
    }

    pub(crate) fn of(pipe: Pipe) -> Self {
        let whole = pipe.reads_messages();
        Self { pipe, whole, reading: None, unread: Vec::new(), at: 0, rest: false }
    }

    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        if into.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if self.at == self.unread.len() {
            ready!(self.poll_fill(cx))?;
        }
        let len = into.len().min(self.unread.len() - self.at);
        into[..len].copy_from_slice(&self.unread[self.at..][..len]);
        self.at += len;
        Poll::Ready(Ok(len))
    }

    /// Reads what comes next; there is nothing unread.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { pipe, reading, unread, at, rest, .. } = self;
        let submission = reading.get_or_insert_with(|| {
            let mut buffer = std::mem::take(unread);
            buffer.clear();
            buffer.reserve(CHUNK);
            *at = 0;
            pipe.read(buffer)
        });
        let (result, held) = ready!(Pin::new(submission).poll(cx));
        *reading = None;
        let result = result.map(|len| len as usize).map_err(io::Error::from);
        *rest = matches!(&result, Err(error) if error.raw_os_error() == Some(ERROR_MORE_DATA as i32));
        let result = if *rest { Ok(CHUNK) } else { result };
        let len = *result.as_ref().unwrap_or(&0);
        // SAFETY: the vector that was lent, with what was read into its room: all of it, if there was more than fitted.
        *unread = held.buffer.map_or_else(Vec::new, |loan| unsafe { loan.give_back(len) });
        Poll::Ready(result.map(drop))
    }

    pub(crate) async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        poll_fn(|cx| self.poll_read(cx, into)).await
    }

    /// Whether what was taken last is a part of a message, and the rest comes next.
    pub(crate) fn in_message(&self) -> bool {
        self.whole && (self.at < self.unread.len() || self.rest)
    }

    /// Forgets what came and was not taken.
    pub(crate) fn reset(&mut self) {
        (self.reading, self.at, self.rest) = (None, 0, false);
        self.unread.clear();
    }
}
