//! The latest value, to one waiter.

use super::wait::{Look, WaitList, Waiter, left};
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
    value: Value<T>,
    waiters: WaitList,
}

/// *Invariant "promised":* the value is `Promised` exactly while a waiter has a grant, and it is this waiter's alone.
enum Value<T> {
    Nothing,
    /// Nobody waits, or it would be promised.
    Free(T),
    Promised(T),
}

impl<T> Value<T> {
    #[inline]
    fn take(&mut self) -> Option<T> {
        match core::mem::replace(self, Self::Nothing) {
            Self::Nothing => None,
            Self::Free(value) | Self::Promised(value) => Some(value),
        }
    }
}

impl<T> State<T> {
    /// Promises a value to the waiter that has waited longest, or keeps it for whoever comes. Returns whom to wake.
    #[inline]
    fn offer(&mut self, value: T) -> Option<Waker> {
        if self.waiters.is_empty() {
            self.value = Value::Free(value);
            return None;
        }
        self.value = Value::Promised(value);
        self.waiters.grant_inline()
    }

    /// Takes a value that is nobody's.
    #[inline]
    fn try_take(&mut self) -> Option<T> {
        if matches!(self.value, Value::Free(_)) { self.value.take() } else { None }
    }

    /// Takes the value that was promised to `waiter`, or one that is nobody's.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline]
    unsafe fn take_for(&mut self, waiter: &Waiter) -> Option<T> {
        // By "promised" nobody has a grant where there is no value, and the value is the waiter's where it has one.
        if matches!(self.value, Value::Nothing) {
            return None;
        }
        // SAFETY: the caller's word.
        let theirs = !unsafe { waiter.take_grant() } && matches!(self.value, Value::Promised(_));
        if theirs {
            return None;
        }
        // SAFETY: there is one.
        Some(unsafe { self.value.take().unwrap_unchecked() })
    }
}

impl<T> Signal<T> {
    /// No value.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { state: Lock::new(State { value: Value::Nothing, waiters: WaitList::new() }) }
    }

    /// Sets the value and wakes whoever has waited longest, once. Returns a value that nobody took.
    ///
    /// O(1), interrupt-safe.
    pub fn signal(&self, value: T) -> Option<T> {
        let mut before = None;
        // Apart from the waker, which then stays in registers.
        let waker = self.state.with(|state| match core::mem::replace(&mut state.value, Value::Nothing) {
            Value::Nothing => state.offer(value),
            Value::Free(old) => {
                state.value = Value::Free(value);
                before = Some(old);
                None
            }
            Value::Promised(old) => {
                state.value = Value::Promised(value);
                before = Some(old);
                None
            }
        });
        if let Some(waker) = waker {
            waker.wake();
        }
        before
    }

    /// The value, if there is one that is not a waiter's; takes it.
    pub fn try_take(&self) -> Option<T> {
        self.state.with(State::try_take)
    }

    /// Whether there is a value, be it a waiter's or nobody's.
    pub fn is_signaled(&self) -> bool {
        self.state.with(|state| !matches!(state.value, Value::Nothing))
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
        let look = self.signal.state.with(|state| {
            // SAFETY: "one list", under its lock; pinned, and `Drop` leaves.
            unsafe {
                if let Some(value) = state.take_for(&self.waiter) {
                    return Look::Found(value);
                }
                match self.waiter.enqueue_plain(&mut state.waiters, cx.waker(), ()) {
                    true => Look::Waits,
                    false => Look::Nothing,
                }
            }
        });
        match look {
            Look::Found(value) => Poll::Ready(value),
            Look::Waits => Poll::Pending,
            Look::Nothing => self.wait(cx),
        }
    }
}

impl<T> SignalWait<'_, T> {
    /// Waits in the list, unless there is a value for it by now. A function of its own: what need not clone needs fewer registers.
    #[inline(never)]
    fn wait(&self, cx: &mut Context<'_>) -> Poll<T> {
        let mut waker = Some(cx.waker().clone());
        self.signal.state.with(|state| {
            // SAFETY: "one list", under its lock; pinned, and `Drop` leaves.
            unsafe {
                let value = state.take_for(&self.waiter);
                if value.is_none() {
                    self.waiter.enqueue(&mut state.waiters, &mut waker, ());
                }
                value.map_or(Poll::Pending, Poll::Ready)
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
            if !granted {
                return (None, old);
            }
            if state.waiters.is_empty()
                && let Some(value) = state.value.take()
            {
                state.value = Value::Free(value);
            }
            // Or it is promised to the next.
            (state.waiters.grant(), old)
        });
        left(old, next);
    }
}
