//! Values that belong to a task.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread::LocalKey;

/// Declares values that belong to the task that runs, wherever it runs: statics of type [`TaskLocal`].
///
/// ```
/// zokio_std::task_local! {
///     /// Who asked.
///     pub static REQUEST: u64;
/// }
///
/// async fn log() -> String {
///     REQUEST.with(|number| format!("request {number}"))
/// }
///
/// # zokio_std::Runtime::new()?.block_on(async {
/// assert_eq!(REQUEST.scope(7, log()).await, "request 7");
/// assert!(REQUEST.try_with(|_| ()).is_none());
/// # });
/// # std::io::Result::Ok(())
/// ```
#[macro_export]
macro_rules! task_local {
    ($($(#[$attribute:meta])* $visibility:vis static $name:ident: $kind:ty;)*) => {$(
        $(#[$attribute])*
        $visibility static $name: $crate::task::TaskLocal<$kind> = {
            ::std::thread_local! {
                static SLOT: ::std::cell::RefCell<::core::option::Option<$kind>> =
                    const { ::std::cell::RefCell::new(::core::option::Option::None) };
            }
            $crate::task::TaskLocal::new(&SLOT)
        };
    )*};
}

/// A value that a task has while it is inside of [`scope`](Self::scope); see [`task_local!`](crate::task_local).
pub struct TaskLocal<T: 'static>(&'static LocalKey<RefCell<Option<T>>>);

impl<T: 'static> TaskLocal<T> {
    #[doc(hidden)]
    pub const fn new(slot: &'static LocalKey<RefCell<Option<T>>>) -> Self {
        Self(slot)
    }

    /// Runs `future` with `value`. Tasks that it spawns do not have it.
    ///
    /// **Cancel safety:** that of the future.
    ///
    /// **Wake-up:** by the future. **Complexity:** O(1), no allocation.
    pub fn scope<F: Future>(&'static self, value: T, future: F) -> Scoped<T, F> {
        Scoped { key: self, value: Some(value), future }
    }

    /// Runs `f` on the value.
    ///
    /// # Panics
    /// Outside of any [`scope`](Self::scope) of this key.
    #[track_caller]
    pub fn with<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        match self.try_with(f) {
            Some(result) => result,
            None => panic!("the task has no value for this key; run it inside of `scope`"),
        }
    }

    /// Runs `f` on the value, if there is one.
    pub fn try_with<R>(&'static self, f: impl FnOnce(&T) -> R) -> Option<R> {
        self.0.with_borrow(|value| value.as_ref().map(f))
    }
}

impl<T> fmt::Debug for TaskLocal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TaskLocal(..)")
    }
}

/// What [`TaskLocal::scope`] returns.
///
/// In use: see the example of [`task_local`](crate::task_local). **Cancel safety:** that of the future.
///
/// **Wake-up:** by the future. **Complexity:** O(1), no allocation.
#[must_use = "futures do nothing unless polled"]
pub struct Scoped<T: 'static, F> {
    key: &'static TaskLocal<T>,
    /// While the future is not being polled.
    value: Option<T>,
    future: F,
}

impl<T: 'static, F: Future> Future for Scoped<T, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        /// Changes the two values back, also if the future panics.
        struct Back<'a, T: 'static>(&'static TaskLocal<T>, &'a mut Option<T>);
        impl<T> Drop for Back<'_, T> {
            fn drop(&mut self) {
                self.0.0.with_borrow_mut(|value| std::mem::swap(value, self.1));
            }
        }
        // SAFETY: the future stays where it is; the others are not pinned.
        let this = unsafe { self.get_unchecked_mut() };
        this.key.0.with_borrow_mut(|value| std::mem::swap(value, &mut this.value));
        let _back = Back(this.key, &mut this.value);
        // SAFETY: pinned with `self`.
        unsafe { Pin::new_unchecked(&mut this.future) }.poll(cx)
    }
}

impl<T, F> fmt::Debug for Scoped<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scoped(..)")
    }
}
