//! A lock that many may hold to read, or one to write, across an `await`.

use super::permits::{Claim, Permits};
use crate::loom::UnsafeCell;
use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::pin::Pin;
use core::task::{Context, Poll};

/// A reader holds one permit, a writer all that there are.
const READ: usize = 1;
const WRITE: usize = usize::MAX;

/// Data that many tasks may read at once, or one may write, also across an `await`.
///
/// Fair: served in the order in which they came. Readers that come while a writer waits, wait behind it, so neither side
/// starves; readers that wait one after the other are let in together.
///
/// ```
/// use zokio_core::sync::RwLock;
///
/// static LIMITS: RwLock<(i32, i32)> = RwLock::new((0, 100));
///
/// async fn within(value: i32) -> bool {
///     let limits = LIMITS.read().await;
///     limits.0 <= value && value <= limits.1
/// }
///
/// async fn raise(by: i32) {
///     LIMITS.write().await.1 += by;
/// }
/// # fn now<T>(task: impl Future<Output = T>) -> T {
/// #     let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// #     match core::pin::pin!(task).poll(&mut cx) { core::task::Poll::Ready(it) => it, _ => panic!("it waits") }
/// # }
/// # now(raise(10));
/// # assert!(now(within(110)) && !now(within(111)));
/// ```
pub struct RwLock<T: ?Sized> {
    /// *Invariant "all or one":* a write guard holds all permits, a read guard one, so by "counted" there is one write
    /// guard and no other, or there are read guards only.
    permits: Permits,
    value: UnsafeCell<T>,
}

// SAFETY: whoever owns it owns the value.
unsafe impl<T: Send + ?Sized> Send for RwLock<T> {}
// SAFETY: "all or one": readers share the value between threads, a writer has it on its own.
unsafe impl<T: Send + Sync + ?Sized> Sync for RwLock<T> {}

impl<T> RwLock<T> {
    /// An unlocked lock around `value`.
    pub const fn new(value: T) -> Self {
        Self { permits: Permits::new(WRITE), value: UnsafeCell::new(value) }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until this task may read.
    ///
    /// **Cancel safety:** dropping the future loses its place in the line; a lock that was handed to it goes on to the
    /// next. **Wake-up:** once, when it may read. **Complexity:** O(1). **Interrupt-safe.**
    pub const fn read(&self) -> RwLockRead<'_, T> {
        RwLockRead { claim: self.permits.claim(READ), lock: self }
    }

    /// Waits until this task may write.
    ///
    /// **Cancel safety:** dropping the future loses its place in the line; a lock that was handed to it goes on to the
    /// next, and readers that waited only for this writer are let in. **Wake-up:** once, when it may write.
    /// **Complexity:** O(1). **Interrupt-safe.**
    pub const fn write(&self) -> RwLockWrite<'_, T> {
        RwLockWrite { claim: self.permits.claim(WRITE), lock: self }
    }

    /// The right to read, if nobody writes and nobody waits.
    ///
    /// O(1), interrupt-safe.
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.permits.try_claim(READ).is_ok().then(|| RwLockReadGuard { lock: self, _value: PhantomData })
    }

    /// The right to write, if nobody reads or writes and nobody waits.
    ///
    /// O(1), interrupt-safe.
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        self.permits.try_claim(WRITE).is_ok().then(|| RwLockWriteGuard { lock: self, _value: PhantomData })
    }

    /// The value, which nobody else can be using.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

impl<T: fmt::Debug + ?Sized> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_read() {
            Some(value) => f.debug_tuple("RwLock").field(&&*value).finish(),
            None => f.write_str("RwLock(<locked>)"),
        }
    }
}

macro_rules! futures {
    ($($(#[$doc:meta])* $future:ident => $guard:ident;)*) => {$(
        pin_project_lite::pin_project! {
            $(#[$doc])*
            #[must_use = "futures do nothing unless polled"]
            pub struct $future<'a, T: ?Sized> {
                #[pin]
                claim: Claim<'a>,
                lock: &'a RwLock<T>,
            }
        }

        impl<'a, T: ?Sized> Future for $future<'a, T> {
            type Output = $guard<'a, T>;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                let this = self.project();
                match this.claim.poll(cx) {
                    Poll::Ready(Ok(())) => Poll::Ready($guard { lock: this.lock, _value: PhantomData }),
                    // Nobody closes the permits of a lock.
                    _ => Poll::Pending,
                }
            }
        }

        impl<T: ?Sized> Deref for $guard<'_, T> {
            type Target = T;
            #[inline]
            fn deref(&self) -> &T {
                // SAFETY: "all or one", and this guard holds its part.
                unsafe { &*self.lock.value.get() }
            }
        }
    )*};
}

futures! {
    /// Waits to read; see [`RwLock::read`].
    RwLockRead => RwLockReadGuard;
    /// Waits to write; see [`RwLock::write`].
    RwLockWrite => RwLockWriteGuard;
}

/// The right to read a [`RwLock`]'s data; dropping it ends it.
#[must_use = "dropping the guard unlocks at once"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    _value: PhantomData<&'a T>,
}

/// The right to use a [`RwLock`]'s data alone; dropping it ends it.
#[must_use = "dropping the guard unlocks at once"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    _value: PhantomData<&'a mut T>,
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: "all or one", and this guard holds all.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// Goes on as a reader, with nobody having written in between. Readers that are next in line are let in.
    pub fn downgrade(self) -> RwLockReadGuard<'a, T> {
        let lock = self.lock;
        core::mem::forget(self);
        lock.permits.release(WRITE - READ);
        RwLockReadGuard { lock, _value: PhantomData }
    }
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.permits.release(READ);
    }
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.permits.release(WRITE);
    }
}
