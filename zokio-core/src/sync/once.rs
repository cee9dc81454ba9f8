//! A value that is made once, when it is first needed.

use super::crowd::{Crowd, Seat, wake_before};
use super::permits::Permits;
use crate::lock::Lock;
use crate::loom::{AtomicUsize, Ordering, UnsafeCell};
use core::fmt;
use core::future::poll_fn;
use core::mem::MaybeUninit;
use core::pin::pin;
use core::task::Poll;

/// A place for a value that is set once, and then only read.
///
/// Whoever needs it first makes it, which may take an `await`; the others wait. A task that is dropped while it makes
/// the value leaves that to the next in line.
///
/// ```
/// use zokio_core::sync::OnceCell;
///
/// struct Settings { baud: u32 }
/// static SETTINGS: OnceCell<Settings> = OnceCell::new();
///
/// async fn baud(read_flash: impl AsyncFnOnce() -> Settings) -> u32 {
///     SETTINGS.get_or_init(read_flash).await.baud
/// }
/// # let mut task = core::pin::pin!(baud(async || Settings { baud: 115_200 }));
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert_eq!(task.as_mut().poll(&mut cx), core::task::Poll::Ready(115_200));
/// # assert!(SETTINGS.set(Settings { baud: 9_600 }).is_err());
/// # assert_eq!(SETTINGS.get().unwrap().baud, 115_200);
/// ```
pub struct OnceCell<T> {
    /// *Invariant "full is for good":* 1 once the value is written. It is written by whoever has the right, before the
    /// store, and never again until the cell is borrowed mutably.
    full: AtomicUsize,
    /// The right to write: one permit, closed when it is used.
    right: Permits,
    value: UnsafeCell<MaybeUninit<T>>,
    waiting: Lock<Crowd>,
}

// SAFETY: "full is for good": the value is moved in by one thread and shared by all.
unsafe impl<T: Send + Sync> Sync for OnceCell<T> {}

impl<T> OnceCell<T> {
    /// An empty cell.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self {
            full: AtomicUsize::new(0),
            right: Permits::new(1),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            waiting: Lock::new(Crowd::new()),
        }
    }

    /// The value, if there is one.
    ///
    /// One load; interrupt-safe.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        // Acquire: pairs with the release in `fill`, so that whoever sees the 1 sees the value behind it, too.
        if self.full.load(Ordering::Acquire) == 0 {
            return None;
        }
        // SAFETY: "full is for good".
        Some(unsafe { (*self.value.get()).assume_init_ref() })
    }

    /// Sets the value, if there is none and nobody is making one.
    ///
    /// O(tasks that wait); interrupt-safe.
    ///
    /// # Errors
    /// The value, if it was not needed.
    pub fn set(&self, value: T) -> Result<(), T> {
        if self.right.try_claim(1).is_err() {
            return Err(value);
        }
        self.fill(value);
        Ok(())
    }

    /// The value; if there is none yet, what `init` makes. Of several tasks one runs its `init`, the others wait.
    ///
    /// **Cancel safety:** dropping the future while `init` runs drops that too, and the next in line runs its own.
    /// **Wake-up:** once, when there is a value or it is this task's turn to make it. **Complexity:** one load when there
    /// is a value. **Interrupt-safe.** An `init` that waits for the same cell waits for ever.
    pub async fn get_or_init(&self, init: impl AsyncFnOnce() -> T) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        match self.turn().await {
            Ok(value) => value,
            Err(right) => right.fill(init().await),
        }
    }

    /// As [`get_or_init`](Self::get_or_init), but `init` may fail; then the next in line runs its own.
    ///
    /// # Errors
    /// That of `init`.
    pub async fn get_or_try_init<E>(&self, init: impl AsyncFnOnce() -> Result<T, E>) -> Result<&T, E> {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        match self.turn().await {
            Ok(value) => Ok(value),
            Err(right) => Ok(right.fill(init().await?)),
        }
    }

    /// Waits until somebody has set the value.
    ///
    /// **Cancel safety:** changes nothing. **Wake-up:** once, when the value is there. **Complexity:** O(1).
    /// **Interrupt-safe.**
    pub async fn wait(&self) -> &T {
        let mut seat = pin!(Seat::new(&self.waiting));
        poll_fn(|cx| {
            if let Some(value) = self.get() {
                return Poll::Ready(value);
            }
            // Looks again under the lock that `fill` takes after it says so: no value comes in between unseen.
            seat.as_mut().poll(cx, |_| self.get())
        })
        .await
    }

    /// Waits for the value or the right to make it.
    async fn turn(&self) -> Result<&T, Right<'_, T>> {
        match self.right.claim(1).await {
            Ok(()) => Err(Right { cell: self }),
            // SAFETY: "full is for good": only `fill` closes, after the store, and the lock orders us after it.
            Err(_) => Ok(unsafe { (*self.value.get()).assume_init_ref() }),
        }
    }

    /// Writes the value; the caller has the right, which is gone with this.
    fn fill(&self, value: T) -> &T {
        // SAFETY: "full is for good": we have the right, and nobody reads before the store below. A reference made here
        // would be unique, and must not live beyond it.
        unsafe { (*self.value.get()).write(value) };
        // Release: see `get`.
        self.full.store(1, Ordering::Release);
        self.right.close();
        let round = self.waiting.with(Crowd::advance);
        wake_before(&self.waiting, round);
        // SAFETY: "full is for good".
        unsafe { (*self.value.get()).assume_init_ref() }
    }

    /// The value, which nobody else can be using.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        // SAFETY: "full is for good".
        self.get().is_some().then(|| unsafe { self.value.get_mut().assume_init_mut() })
    }

    /// Takes the value out; the cell is as new.
    pub fn take(&mut self) -> Option<T> {
        core::mem::replace(self, Self::new()).into_inner()
    }

    /// The value.
    pub fn into_inner(self) -> Option<T> {
        let full = self.get().is_some();
        // Relaxed: the cell is ours alone.
        self.full.store(0, Ordering::Relaxed);
        // SAFETY: "full is for good"; it is read once, because the cell says now that it is empty.
        full.then(|| unsafe { (*self.value.get()).assume_init_read() })
    }
}

/// The right to make a cell's value; dropping it hands it on.
struct Right<'a, T> {
    cell: &'a OnceCell<T>,
}

impl<'a, T> Right<'a, T> {
    fn fill(self, value: T) -> &'a T {
        let cell = self.cell;
        core::mem::forget(self);
        cell.fill(value)
    }
}

impl<T> Drop for Right<'_, T> {
    fn drop(&mut self) {
        self.cell.right.release(1);
    }
}

impl<T> Drop for OnceCell<T> {
    fn drop(&mut self) {
        if self.get().is_some() {
            // SAFETY: "full is for good"; nobody reads it after this.
            unsafe { self.value.get_mut().assume_init_drop() }
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(value) => f.debug_tuple("OnceCell").field(value).finish(),
            None => f.write_str("OnceCell(<empty>)"),
        }
    }
}
