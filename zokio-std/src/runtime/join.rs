//! The handle of a task on the heap.

use super::catch::Payload;
use super::joiner::Joiner;
use super::tasks::{Output, exchange_joiner, table};
use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use zokio_core::task::raw::Header;
use zokio_core::task::raw::state::{ALIVE, AWAITED, DONE, EMPTY, HANDLE};

/// A spawned task: await its result, [`abort`](Self::abort) it, or drop the handle to let it run on its own.
///
/// **Cancel safety:** awaiting by reference and dropping that future changes nothing.
/// **Wake-up:** once, by the task's end. O(1).
///
/// ```
/// use zokio_std::task::JoinError;
/// use zokio_std::{Runtime, spawn_local};
///
/// Runtime::new()?.block_on(async {
///     let never = spawn_local(std::future::pending::<()>());
///     never.abort();
///     assert!(matches!(never.await, Err(JoinError::Aborted)));
/// });
/// # std::io::Result::Ok(())
/// ```
#[must_use = "dropping the handle detaches the task; say `.detach()` if that is meant"]
pub struct JoinHandle<T> {
    /// `None` once the result was taken.
    task: Option<NonNull<Header>>,
    output: PhantomData<T>,
}

// SAFETY: the handle's only access to the task's values is the output, a `T`, after `DONE` gave it away.
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: `&JoinHandle` reads and sets atomic bits only.
unsafe impl<T: Send> Sync for JoinHandle<T> {}

impl<T> Unpin for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// # Safety
    /// `task` is a heap task that was claimed with `HANDLE`, and its output is a `T`.
    pub(super) unsafe fn new(task: NonNull<Header>) -> Self {
        Self { task: Some(task), output: PhantomData }
    }

    /// Ends the task as soon as its runtime comes to it: the future is dropped there, and awaiting gives
    /// [`JoinError::Aborted`]. Does nothing if the task has ended.
    pub fn abort(&self) {
        if let Some(task) = self.task {
            // SAFETY: `HANDLE` keeps the task, which was started.
            unsafe { table(task).abort(task) };
        }
    }

    /// Whether the task has ended: by itself, aborted, or with its runtime.
    pub fn is_finished(&self) -> bool {
        // SAFETY: `HANDLE` keeps the task.
        self.task.is_none_or(|task| unsafe { task.as_ref() }.state().load(Ordering::Relaxed) & ALIVE == 0)
    }

    /// Lets the task run on its own; the same as dropping the handle.
    pub fn detach(self) {}

    /// The result, if the task has ended; takes it.
    fn take(&mut self) -> Option<Result<T, JoinError>> {
        let ended = self.take_output()?;
        Some(ended.and_then(|output| output.into_result().map_err(|payload| JoinError::Panicked(Panic(payload)))))
    }

    /// The output, if the task has ended; takes it.
    fn take_output(&mut self) -> Option<Result<Output<T>, JoinError>> {
        let Some(task) = self.task else { return Some(Err(JoinError::Taken)) };
        // SAFETY: `HANDLE` keeps the task. Acquire: whoever sees `DONE` sees the output.
        let state = unsafe { task.as_ref() }.state().load(Ordering::Acquire);
        if state & DONE == 0 {
            return None;
        }
        let result = if state & EMPTY != 0 {
            Err(JoinError::Aborted)
        } else {
            // SAFETY: `DONE` without `EMPTY`: the output is there and ours; it is read once, because `task` goes.
            Ok(unsafe { task.byte_add(table(task).body).cast().read() })
        };
        self.task = None;
        // SAFETY: the bits are the handle's.
        unsafe { Header::clear(task, HANDLE | DONE | EMPTY | AWAITED) };
        Some(result)
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(result) = self.take() {
            return Poll::Ready(result);
        }
        let Some(task) = self.task else { return Poll::Ready(Err(JoinError::Taken)) };
        let waker = Joiner::new(cx.waker().clone());
        // SAFETY: `HANDLE` is ours, and keeps the task; the exchange is of its joiner.
        match unsafe { task.as_ref().await_end(|joiner| exchange_joiner(task, joiner), waker) } {
            Ok(_displaced) => Poll::Pending,
            Err(_waker) => self.take().map_or(Poll::Pending, Poll::Ready),
        }
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        let Some(task) = self.task else { return };
        // SAFETY: `HANDLE` keeps the task.
        let state = unsafe { task.as_ref() }.state();
        // A task that has not ended sees the bit cleared and drops its output itself.
        let mut now = state.load(Ordering::Relaxed);
        while now & DONE == 0 {
            match state.compare_exchange_weak(now, now & !(HANDLE | AWAITED), Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(other) => now = other,
            }
        }
        drop(self.take_output());
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("finished", &self.is_finished()).finish()
    }
}

/// Why a task has no result.
///
/// ```
/// use zokio_std::task::JoinError;
/// use zokio_std::{Runtime, spawn_local};
///
/// Runtime::new()?.block_on(async {
///     match spawn_local(async { panic!("no bread") }).await {
///         Err(JoinError::Panicked(panic)) => assert_eq!(panic.message(), "no bread"),
///         _ => unreachable!(),
///     }
/// });
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum JoinError {
    /// It was aborted before it ended, or its runtime ended first.
    Aborted,
    /// It panicked.
    Panicked(Panic),
    /// Its result was taken before.
    Taken,
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aborted => f.write_str("the task was aborted"),
            Self::Panicked(panic) => write!(f, "the task panicked: {}", panic.message()),
            Self::Taken => f.write_str("the task's result was taken before"),
        }
    }
}

impl std::error::Error for JoinError {}

/// What a task panicked with.
///
/// In use: see the example of a [`JoinError`].
pub struct Panic(Payload);

// SAFETY: through `&Panic` nothing is reached but a `&'static str` or a `String`, which may be shared.
unsafe impl Sync for Panic {}

const _: () = {
    const fn may_be_shared<T: Send + Sync>() {}
    may_be_shared::<JoinError>();
};

impl Panic {
    pub(crate) fn new(payload: Payload) -> Self {
        Self(payload)
    }

    /// The message, if it is text.
    pub fn message(&self) -> &str {
        let text = self.0.downcast_ref::<&'static str>().copied();
        text.or_else(|| self.0.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no text)")
    }

    /// The value, to be looked at or to be thrown on with [`std::panic::resume_unwind`].
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        self.0
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Panic").field(&self.message()).finish()
    }
}
