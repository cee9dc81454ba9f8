//! A blocking call as a future.

use super::BlockingPool;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

/// Where the outcome lies until it is taken.
struct Outcome<T> {
    value: Option<thread::Result<T>>,
    waker: Option<Waker>,
}

/// The outcome of a [call](BlockingPool::call): what it returned, or what it panicked with.
///
/// **Cancel safety:** dropping it does not stop the call, whose result is dropped where it was made. **Wake-up:** by the
/// end of the call.
///
/// In use: see the example of a [`BlockingPool`](super::BlockingPool).
///
/// **Complexity:** O(1).
#[must_use = "the outcome comes only to whoever awaits it"]
pub struct Call<T>(Arc<Mutex<Outcome<T>>>);

impl<T: Send + 'static> Call<T> {
    pub(super) fn start(pool: &BlockingPool, f: impl FnOnce() -> T + Send + 'static) -> io::Result<Self> {
        let outcome = Arc::new(Mutex::new(Outcome { value: None, waker: None }));
        let theirs = outcome.clone();
        pool.submit(move || {
            let value = catch_unwind(AssertUnwindSafe(f));
            let waker = {
                let mut outcome = theirs.lock().unwrap_or_else(PoisonError::into_inner);
                outcome.value = Some(value);
                outcome.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        })?;
        Ok(Self(outcome))
    }
}

impl<T> std::fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

impl<T> Future for Call<T> {
    type Output = thread::Result<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let displaced;
        {
            let mut outcome = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(value) = outcome.value.take() {
                return Poll::Ready(value);
            }
            displaced = outcome.waker.replace(cx.waker().clone());
        }
        // Foreign code, so not under the lock.
        drop(displaced);
        Poll::Pending
    }
}
