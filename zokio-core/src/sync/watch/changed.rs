//! Waiting for a change.

use super::{State, Watch};
use crate::sync::crowd::Seat;
use crate::sync::{RecvError, TryRecvError};
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use futures_core::Stream;

/// Learns of the changes of a [`Watch`], from [`Watch::watcher`] on. A clone has seen the same value.
///
/// It is a number and a reference: it costs nothing while it does not wait, and nobody counts watchers.
///
/// In use: see the example of a [`Watch`].
#[derive(Clone)]
pub struct Watcher<'a, T> {
    pub(super) watch: &'a Watch<T>,
    /// The version that it has seen.
    pub(super) seen: u32,
}

impl<T> State<T> {
    /// Borrows the value if it is another than the one that was seen.
    fn unseen(&mut self, seen: &mut u32) -> Option<Result<(T, u32), RecvError>> {
        if *seen == self.version {
            return self.closed.then_some(Err(RecvError));
        }
        let (value, version) = self.borrow()?;
        *seen = version;
        Some(Ok((value, version)))
    }
}

impl<T: Clone> Watcher<'_, T> {
    /// Waits until there is a value that this watcher has not seen, and returns it. Of several the latest. The future is
    /// a [`Stream`], too.
    ///
    /// **Cancel safety:** a value is seen by the poll that returns it. **Wake-up:** once a change. **Complexity:** O(1),
    /// and a clone. **Interrupt-safe.**
    ///
    /// # Errors
    /// [`RecvError`] once it is closed and this watcher has seen the last value.
    pub const fn changed(&mut self) -> Changed<'_, T> {
        Changed { seat: Seat::new(&self.watch.state), watch: self.watch, seen: &mut self.seen }
    }

    /// A value that this watcher has not seen, if there is one.
    ///
    /// O(1), and a clone; interrupt-safe.
    ///
    /// # Errors
    /// [`TryRecvError`]; empty also if somebody else looks at the value at this very moment (which this call has
    /// interrupted, or runs beside).
    pub fn try_changed(&mut self) -> Result<T, TryRecvError> {
        match self.watch.state.with(|state| state.unseen(&mut self.seen)) {
            Some(Ok((value, version))) => Ok(T::clone(&self.watch.lent(value, version))),
            Some(Err(RecvError)) => Err(TryRecvError::Closed),
            None => Err(TryRecvError::Empty),
        }
    }
}

impl<T> Watcher<'_, T> {
    /// Whether there is a value that this watcher has not seen.
    pub fn has_changed(&self) -> bool {
        self.watch.state.with(|state| state.version) != self.seen
    }
}

pin_project_lite::pin_project! {
    /// Waits for a change, as a future; or for one after the other until the watch is closed, as a stream. See
    /// [`Watcher::changed`], and the example of a [`Watch`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Changed<'a, T> {
        #[pin]
        seat: Seat<'a, State<T>>,
        watch: &'a Watch<T>,
        seen: &'a mut u32,
    }
}

impl<T: Clone> Future for Changed<'_, T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(crate::coop::spend(cx));
        let this = self.project();
        let found = ready!(this.seat.poll(cx, |state| state.unseen(this.seen)));
        Poll::Ready(found.map(|(value, version)| T::clone(&this.watch.lent(value, version))))
    }
}

impl<T: Clone> Stream for Changed<'_, T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll(cx).map(Result::ok)
    }
}
