//! Calls that block, as tasks.

use crate::blocking::{BlockingPool, Call};
use crate::runtime::{JoinError, Panic};
use std::pin::Pin;
use std::task::{Context, Poll};

/// What [`spawn_blocking`] returns.
///
/// **Complexity:** O(1).
#[derive(Debug)]
#[must_use = "the outcome comes only to whoever awaits it"]
pub struct Blocking<T>(Call<T>);

/// Runs `f` on a thread of the [shared pool](BlockingPool::shared), where it may block as long as it likes.
///
/// **Cancel safety:** dropping what is returned does not stop the call. **Wake-up:** by the end of the call.
///
/// ```
/// # zokio_std::Runtime::new()?.block_on(async {
/// let sum = zokio_std::task::spawn_blocking(|| (1..=10).sum::<u32>()).await;
/// assert_eq!(sum.unwrap(), 55);
/// # });
/// # std::io::Result::Ok(())
/// ```
///
/// **Complexity:** a place in a line, and a thread if none is idle.
///
/// # Panics
/// If there is no thread and none can be started.
#[track_caller]
pub fn spawn_blocking<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> Blocking<T> {
    match BlockingPool::shared().call(f) {
        Ok(call) => Blocking(call),
        Err(error) => panic!("no thread for a blocking call: {error}"),
    }
}

impl<T: Send + 'static> Future for Blocking<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map_err(|payload| JoinError::Panicked(Panic::new(payload)))
    }
}
