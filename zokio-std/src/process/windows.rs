//! The end of a program, and pipes to and from it, on Windows: a wait by a thread of the system's, and overlapped operations.

use crate::io::{Loan, Submission};
use crate::reactor::Held;
use crate::runtime::Handle;
use rustix::fd::RawFd;
use std::ffi::c_void;
use std::future::poll_fn;
use std::io;
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker, ready};
use windows_sys::Win32::Foundation::{ERROR_NO_DATA, HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Threading::{
    INFINITE, RegisterWaitForSingleObject, UnregisterWaitEx, WT_EXECUTEINWAITTHREAD, WT_EXECUTEONLYONCE,
};
use zokio_core::driver::{FileOp, Op};

pub(super) type Raw = OwnedHandle;

/// At most so many bytes go through a pipe at a time.
const CHUNK: usize = 16 << 10;

#[derive(Debug, Default)]
struct Ended {
    ended: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

/// Tells when a program has ended.
///
/// *Invariant "told while it lives":* the system has the address of `state` until the wait is given back, which waits for a call
/// that is under way; `state` is let go of afterwards.
#[derive(Debug)]
pub(super) struct End {
    state: Arc<Ended>,
    wait: HANDLE,
}

// SAFETY: the wait is a number, which any thread may give back.
unsafe impl Send for End {}
// SAFETY: as above.
unsafe impl Sync for End {}

/// Runs on a thread of the system's.
unsafe extern "system" fn ended(state: *mut c_void, _timed_out: bool) {
    // SAFETY: "told while it lives".
    let state = unsafe { &*state.cast_const().cast::<Ended>() };
    state.ended.store(true, Ordering::Release);
    let waker = state.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl End {
    pub(super) fn of(_runtime: Handle, child: &std::process::Child) -> io::Result<Self> {
        let state = Arc::new(Ended::default());
        let mut wait: HANDLE = std::ptr::null_mut();
        let flags = WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD;
        let context = Arc::as_ptr(&state).cast_mut().cast::<c_void>();
        // SAFETY: the process' handle is open as long as the child, which outlives this; "told while it lives".
        let done = unsafe {
            RegisterWaitForSingleObject(&mut wait, child.as_raw_handle(), Some(ended), context, INFINITE, flags)
        };
        if done == 0 { Err(io::Error::last_os_error()) } else { Ok(Self { state, wait }) }
    }

    /// Waits until the program has ended.
    pub(super) async fn seen(&mut self) -> io::Result<()> {
        poll_fn(|cx| {
            // First the waker, then the look: an end in between finds the one or is seen by the other.
            let before = self.state.waker.lock().unwrap_or_else(PoisonError::into_inner).replace(cx.waker().clone());
            drop(before);
            if self.state.ended.load(Ordering::Acquire) { Poll::Ready(Ok(())) } else { Poll::Pending }
        })
        .await
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // SAFETY: given back once. Waits for a call that is under way.
        unsafe { UnregisterWaitEx(self.wait, INVALID_HANDLE_VALUE) };
    }
}

/// One end of a pipe, with at most one operation in flight.
#[derive(Debug)]
struct Pipe {
    runtime: Handle,
    handle: Arc<OwnedHandle>,
}

impl Pipe {
    /// The standard library makes pipes whose near end is overlapped: it reads both of a program's outputs at once by that.
    fn new(runtime: Handle, handle: OwnedHandle) -> io::Result<Self> {
        runtime.with(|reactor| reactor.welcome(number(&handle)))?;
        Ok(Self { runtime, handle: Arc::new(handle) })
    }

    fn read(&self, buffer: Vec<u8>) -> Submission {
        let loan = Loan::new(buffer);
        let op = FileOp::Read { handle: number(&self.handle), buf: loan.room(CHUNK), offset: 0 };
        self.submit(op, loan)
    }

    fn write(&self, buffer: Vec<u8>) -> Submission {
        let loan = Loan::new(buffer);
        let op = FileOp::Write { handle: number(&self.handle), buf: loan.contents(), offset: 0 };
        self.submit(op, loan)
    }

    fn submit(&self, op: FileOp<RawFd>, loan: Loan) -> Submission {
        let held = Held { file: Some(self.handle.clone()), buffer: Some(loan), ..Held::default() };
        // SAFETY: the pipe and the buffer are held.
        unsafe { Submission::new(self.runtime, Op::File(op), held) }
    }
}

fn number(handle: &OwnedHandle) -> RawFd {
    handle.as_raw_handle().expose_provenance() as RawFd
}

/// What a program reads.
pub(super) struct Writer {
    pipe: Pipe,
    /// A write that is under way, perhaps of a future that was dropped.
    writing: Option<Submission>,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.pipe.fmt(f)
    }
}

impl Writer {
    pub(super) fn new(runtime: Handle, handle: OwnedHandle) -> io::Result<Self> {
        Ok(Self { pipe: Pipe::new(runtime, handle)?, writing: None, buffer: Vec::with_capacity(CHUNK) })
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        // What a dropped future began is done first: its bytes are on their way.
        self.written().await?;
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        buffer.extend_from_slice(&bytes[..bytes.len().min(CHUNK)]);
        self.writing = Some(self.pipe.write(buffer));
        self.written().await
    }

    async fn written(&mut self) -> io::Result<usize> {
        poll_fn(|cx| {
            let Some(writing) = &mut self.writing else { return Poll::Ready(Ok(0)) };
            let (result, held) = ready!(Pin::new(writing).poll(cx));
            self.writing = None;
            // SAFETY: the vector that was lent, as it was.
            self.buffer = held.buffer.map_or_else(Vec::new, |loan| unsafe { loan.give_back(0) });
            Poll::Ready(match result.map(|len| len as usize).map_err(io::Error::from) {
                // "The pipe is being closed" is not among the errors that the standard library knows.
                Err(error) if error.raw_os_error() == Some(ERROR_NO_DATA as i32) => {
                    Err(io::ErrorKind::BrokenPipe.into())
                }
                result => result,
            })
        })
        .await
    }
}

/// What a program writes.
pub(super) struct Reader {
    pipe: Pipe,
    /// A read that is under way, perhaps of a future that was dropped.
    reading: Option<Submission>,
    /// What was read, and is taken from `at` on.
    unread: Vec<u8>,
    at: usize,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.pipe.fmt(f)
    }
}

impl Reader {
    pub(super) fn new(runtime: Handle, handle: OwnedHandle) -> io::Result<Self> {
        let unread = Vec::with_capacity(CHUNK);
        Ok(Self { pipe: Pipe::new(runtime, handle)?, reading: None, unread, at: 0 })
    }

    pub(super) async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.at == self.unread.len() {
            let Self { pipe, reading, unread, at } = self;
            let taken = poll_fn(|cx| {
                let submission = reading.get_or_insert_with(|| {
                    let mut buffer = std::mem::take(unread);
                    buffer.clear();
                    *at = 0;
                    pipe.read(buffer)
                });
                let (result, held) = ready!(Pin::new(submission).poll(cx));
                *reading = None;
                let len = result.as_ref().map_or(0, |&len| len as usize);
                // SAFETY: the vector that was lent, with what was read into its room.
                *unread = held.buffer.map_or_else(Vec::new, |loan| unsafe { loan.give_back(len) });
                Poll::Ready(result.map_err(io::Error::from))
            });
            taken.await?;
        }
        let len = into.len().min(self.unread.len() - self.at);
        into[..len].copy_from_slice(&self.unread[self.at..][..len]);
        self.at += len;
        Ok(len)
    }
}
