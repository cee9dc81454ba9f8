//! A lock that may be held across an `await`.

use super::wait::{WaitList, Waiter, left};
use crate::lock::Lock;
use crate::loom::UnsafeCell;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};

/// Data that one task at a time may use, also across an `await`.
///
/// Fair: unlocking hands the lock to whoever has waited longest; nobody overtakes. A waiting task waits asleep.
///
/// ```
/// use zokio_core::sync::Mutex;
///
/// static TOTAL: Mutex<u32> = Mutex::new(0);
///
/// async fn add(amount: u32) {
///     let mut total = TOTAL.lock().await;
///     *total += amount;
/// }
/// # let mut task = core::pin::pin!(add(2));
/// # assert!(task.as_mut().poll(&mut core::task::Context::from_waker(core::task::Waker::noop())).is_ready());
/// # assert_eq!(*TOTAL.try_lock().unwrap(), 2);
/// ```
pub struct Mutex<T: ?Sized> {
    state: Lock<State>,
    value: UnsafeCell<T>,
}

struct State {
    /// *Invariant "locked is one":* true from a successful lock until its guard is dropped; a grant passes it on.
    locked: bool,
    waiters: WaitList,
}

// SAFETY: "locked is one": one guard at a time reaches the value, on whatever thread it is.
unsafe impl<T: Send + ?Sized> Send for Mutex<T> {}
// SAFETY: as above.
unsafe impl<T: Send + ?Sized> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    /// An unlocked mutex around `value`.
    pub const fn new(value: T) -> Self {
        Self { state: Lock::new(State { locked: false, waiters: WaitList::new() }), value: UnsafeCell::new(value) }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits until the lock is this task's.
    ///
    /// **Cancel safety:** dropping the future loses its place in the queue; a lock that was handed to it goes on to the
    /// next. **Wake-up:** once, when the lock is handed over. **Complexity:** O(1). **Interrupt-safe.**
    pub const fn lock(&self) -> MutexLock<'_, T> {
        MutexLock { mutex: Some(self), waiter: Waiter::new() }
    }

    /// The lock, if it is free and nobody waits for it.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.state.with(State::try_lock).then(|| MutexGuard::new(self))
    }

    /// The value, which nobody else can be using.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    fn unlock(&self) {
        if let Some(waker) = self.state.with(State::unlock) {
            waker.wake();
        }
    }
}

impl State {
    /// Takes the lock for `waiter`, if it was granted it or if the lock is free.
    ///
    /// # Safety
    /// "One list", under the lock.
    #[inline]
    unsafe fn is_for(&mut self, waiter: &Waiter) -> bool {
        // SAFETY: the caller's word.
        unsafe { waiter.take_grant() || self.try_lock() }
    }

    #[inline]
    fn try_lock(&mut self) -> bool {
        // While somebody waits the lock is never free: `unlock` hands it over.
        !core::mem::replace(&mut self.locked, true)
    }

    #[inline]
    fn unlock(&mut self) -> Option<Waker> {
        self.locked = !self.waiters.is_empty();
        self.waiters.grant()
    }
}

impl<T: fmt::Debug + ?Sized> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_lock() {
            Some(value) => f.debug_tuple("Mutex").field(&&*value).finish(),
            None => f.write_str("Mutex(<locked>)"),
        }
    }
}

/// Waits for a [`Mutex`]; see [`Mutex::lock`].
#[must_use = "futures do nothing unless polled"]
pub struct MutexLock<'a, T: ?Sized> {
    /// `None` once the lock was handed out.
    mutex: Option<&'a Mutex<T>>,
    waiter: Waiter,
}

impl<'a, T: ?Sized> Future for MutexLock<'a, T> {
    type Output = MutexGuard<'a, T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(crate::coop::spend(cx));
        // SAFETY: nothing is moved out of the pin.
        let this = unsafe { self.get_unchecked_mut() };
        let Some(mutex) = this.mutex else { return Poll::Pending };
        loop {
            // SAFETY: "one list", under its lock.
            if mutex.state.with(|state| unsafe { state.is_for(&this.waiter) }) {
                this.mutex = None;
                return Poll::Ready(MutexGuard::new(mutex));
            }
            // SAFETY: pinned, and `Drop` leaves.
            if unsafe { mutex.wait(&this.waiter, cx) } {
                return Poll::Pending;
            }
        }
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits in the list, unless the lock can be had by now.
    ///
    /// # Safety
    /// "One list"; the waiter is pinned.
    #[inline(never)]
    unsafe fn wait(&self, waiter: &Waiter, cx: &mut Context<'_>) -> bool {
        let mut waker = Some(cx.waker().clone());
        self.state.with(|state| {
            // SAFETY: "one list", under its lock; the caller's word.
            unsafe {
                let waits = state.locked && !waiter.is_granted();
                if waits {
                    waiter.enqueue(&mut state.waiters, &mut waker, ());
                }
                waits
            }
        })
    }
}

impl<T: ?Sized> Drop for MutexLock<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(mutex) = self.mutex
            && self.waiter.is_used()
        {
            self.leave(mutex);
        }
    }
}

impl<T: ?Sized> MutexLock<'_, T> {
    #[cold]
    fn leave(&self, mutex: &Mutex<T>) {
        let (next, old) = mutex.state.with(|state| {
            // SAFETY: "one list", under its lock.
            let (granted, old) = unsafe { self.waiter.leave(&mut state.waiters) };
            (if granted { state.unlock() } else { None }, old)
        });
        left(old, next);
    }
}

/// The right to use a [`Mutex`]'s data; dropping it unlocks.
#[must_use = "dropping the guard unlocks at once"]
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    _value: PhantomData<&'a mut T>,
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    fn new(mutex: &'a Mutex<T>) -> Self {
        Self { mutex, _value: PhantomData }
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: "locked is one", and we are it.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: "locked is one", and we are it.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.mutex.unlock();
    }
}
