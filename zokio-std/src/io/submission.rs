//! One operation as a future.

use crate::reactor::{Fault, Held};
use crate::runtime::Handle;
use rustix::fd::RawFd;
use std::pin::Pin;
use std::task::{Context, Poll};
use zokio_core::driver::{Key, Op};

/// Submits an operation when it is polled for the first time, and ends with it; what the operation held comes back.
///
/// **Cancel safety:** dropping it asks the kernel for an early end. What the operation names stays with the runtime until
/// then, and a handle that it brings is closed.
pub(crate) struct Submission {
    runtime: Handle,
    op: Op<RawFd>,
    held: Option<Held>,
    key: Option<Key>,
}

// SAFETY: the pointers in the operation name what `held` keeps, which may go to any thread.
unsafe impl Send for Submission {}

impl Submission {
    /// # Safety
    /// All that the operation names is kept alive by `held`, and does not move when `held` does.
    pub(crate) unsafe fn new(runtime: Handle, op: Op<RawFd>, held: Held) -> Self {
        Self { runtime, op, held: Some(held), key: None }
    }

    /// Lets the operation go on, if it has begun, although nobody will hear of its end.
    #[cfg(windows)]
    pub(crate) fn leave(mut self) {
        if let Some(key) = self.key.take() {
            // Where the runtime is gone, it has let go of everything.
            let _orphan = self.runtime.with(|reactor| reactor.leave(key));
        }
    }
}

impl Future for Submission {
    type Output = (Result<u32, Fault>, Held);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { runtime, op, held, key } = self.get_mut();
        let polled = runtime.poll(cx, |reactor, waiter| {
            if key.is_none() {
                // SAFETY: the contract of `new`.
                match unsafe { reactor.start_held(op, held) } {
                    Ok(Err(started)) => *key = Some(started),
                    Ok(Ok(end)) => return Poll::Ready(end.result.map_err(Fault::Os)),
                    Err(fault) => return Poll::Ready(Err(fault)),
                }
            }
            let Some(started) = *key else { return Poll::Pending };
            reactor.poll_held(started, waiter).map(|(result, back)| {
                (*held, *key) = (Some(back), None);
                result.map_err(Fault::Os)
            })
        });
        polled.map(|result| (result, held.take().unwrap_or_default()))
    }
}

impl Drop for Submission {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            // Where the runtime is gone, it has let go of everything.
            let waits = matches!(self.op, Op::Poll { .. });
            let _orphan = self.runtime.with(|reactor| match waits {
                true => reactor.abandon_wait(key),
                false => reactor.abandon(key),
            });
        }
    }
}
