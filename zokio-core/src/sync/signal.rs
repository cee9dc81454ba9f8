//! The latest value, to one waiter.

use super::wait::{Look, WaitList, Waiter};
use crate::lock::Lock;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

/// Holds the latest value until somebody takes it; a newer value replaces an older one.
///
/// For events of which only the last matters: a button's state, a measurement, a target. Whoever has waited longest
/// takes it, and nobody overtakes: a value that came while somebody waited is that waiter's, also if a newer one replaces
/// it before the waiter is polled. Where every value matters, use a [`Channel`](super::Channel).
///
/// ```
/// use zokio_core::sync::Signal;
///
/// static TARGET: Signal<u32> = Signal::new();
///
/// async fn follow() -> u32 {
///     TARGET.wait().await
/// }
/// # TARGET.signal(1);
/// assert_eq!(TARGET.signal(7), Some(1)); // the old value comes back
/// # let mut task = core::pin::pin!(follow());
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert_eq!(task.as_mut().poll(&mut cx), core::task::Poll::Ready(7));
/// ```
pub struct Signal<T> {
    state: Lock<State<T>>,
}

struct State<T> {
    value: Option<T>,
    /// *Invariant "promised":* a waiter was granted the value and has not fetched it. There is a value then, for this
    /// waiter alone; and while there is none, or it is nobody's, nobody else who waits could have it.
    promised: bool,
    waiters: WaitList,
}

impl<T> State<T> {
    /// Promises a value that is nobody's to the waiter that has waited longest. Returns whom to wake.
    #[inline]
    fn grant(&mut self) -> Option<Waker> {
        if self.promised || self.waiters.is_empty() {
            return None;
        }
        self.promised = true;
        self.waiters.grant()
    }

    /// Takes a value that is nobody's; nobody waits then, or it would be somebody's.
    #[inline]
    fn try_take(&mut self) -> Option<T> {
        if self.promised { None } else { self.value.take() }
    }
}

impl<T> Signal<T> {
    /// No value.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { state: Lock::new(State { value: None, promised: false, waiters: WaitList::new() }) }
    }

    /// Sets the value and wakes whoever has waited longest, once. Returns a value that nobody took.
    ///
    /// O(1), interrupt-safe.
    pub fn signal(&self, value: T) -> Option<T> {
        let (old, waker) = self.state.with(|state| (state.value.replace(value), state.grant()));
        if let Some(waker) = waker {
            waker.wake();
        }
        old
    }

    /// The value, if there is one that is not a waiter's; takes it.
    pub fn try_take(&self) -> Option<T> {
        self.state.with(State::try_take)
    }

    /// Whether there is a value, be it a waiter's or nobody's.
    pub fn is_signaled(&self) -> bool {
        self.state.with(|state| state.value.is_some())
    }

    /// Waits for a value and takes it.
    ///
    /// **Cancel safety:** a value is taken by a poll that returns it; dropping the future before leaves it for the next
    /// waiter, who is woken. **Wake-up:** once. **Complexity:** O(1). **Interrupt-safe.**
    pub const fn wait(&self) -> SignalWait<'_, T> {
        SignalWait { signal: self, waiter: Waiter::new() }
    }
}

/// Waits for a [`Signal`]; see [`Signal::wait`].
#[must_use = "futures do nothing unless polled"]
pub struct SignalWait<'a, T> {
    signal: &'a Signal<T>,
    waiter: Waiter,
}

impl<T> Future for SignalWait<'_, T> {
    type Output = T;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        loop {
            let look = self.signal.state.with(|state| {
                // SAFETY: "one list", under its lock; pinned, and `Drop` leaves.
                unsafe {
                    if self.waiter.take_grant() {
                        state.promised = false;
                    }
                    if let Some(value) = state.try_take() {
                        return Look::Found(value);
                    }
                    match self.waiter.enqueue_plain(&mut state.waiters, cx.waker(), ()) {
                        true => Look::Waits,
                        false => Look::Nothing,
                    }
                }
            });
            match look {
                Look::Found(value) => return Poll::Ready(value),
                Look::Waits => return Poll::Pending,
                Look::Nothing => {}
            }
            if self.wait(cx) {
                return Poll::Pending;
            }
        }
    }
}

impl<T> SignalWait<'_, T> {
    /// Waits in the list, unless there is a value for it by now.
    #[inline(never)]
    fn wait(&self, cx: &mut Context<'_>) -> bool {
        let mut waker = Some(cx.waker().clone());
        self.signal.state.with(|state| {
            // SAFETY: "one list", under its lock; pinned, and `Drop` leaves.
            unsafe {
                let waits = !self.waiter.is_granted() && (state.promised || state.value.is_none());
                if waits {
                    self.waiter.enqueue(&mut state.waiters, &mut waker, ());
                }
                waits
            }
        })
    }
}

impl<T> Drop for SignalWait<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.waiter.is_used() {
            self.leave();
        }
    }
}

impl<T> SignalWait<'_, T> {
    #[cold]
    fn leave(&self) {
        let (next, old) = self.signal.state.with(|state| {
            // SAFETY: "one list", under its lock.
            let (granted, old) = unsafe { self.waiter.leave(&mut state.waiters) };
            if granted {
                state.promised = false;
                return (state.grant(), old);
            }
            (None, old)
        });
        drop(old);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}
