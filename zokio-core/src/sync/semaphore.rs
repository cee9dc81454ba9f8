//! A number of permits, taken several at once.

use super::permits::{Claim, Permits, Refused};
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

/// A number of permits that tasks take and give back: how many may do something at once, or how much of something.
///
/// Fair: whoever has waited longest is served first. A request for many is not overtaken by requests for few, even
/// while there would be enough for them.
///
/// ```
/// use zokio_core::sync::Semaphore;
///
/// // 1500 bytes of buffer, shared by everybody who sends.
/// static BUFFER: Semaphore = Semaphore::new(1500);
///
/// async fn send(packet: &[u8]) {
///     let Ok(_room) = BUFFER.acquire(packet.len()).await else { return };
///     // … until it is out; then the room is free again
/// }
/// # let mut task = core::pin::pin!(send(&[0; 1000]));
/// # assert!(task.as_mut().poll(&mut core::task::Context::from_waker(core::task::Waker::noop())).is_ready());
/// # assert_eq!(BUFFER.available(), 1500);
/// ```
pub struct Semaphore {
    permits: Permits,
}

/// The semaphore is closed.
///
/// ```
/// use zokio_core::sync::{AcquireError, Semaphore};
/// async fn enter(room: &Semaphore) -> Result<(), AcquireError> {
///     let _permit = room.acquire(1).await?;
///     Ok(())
/// }
/// # let closed = Semaphore::new(1);
/// # closed.close();
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert_eq!(core::pin::pin!(enter(&closed)).poll(&mut cx), core::task::Poll::Ready(Err(AcquireError)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AcquireError;

/// Why no permits were acquired.
///
/// ```
/// use zokio_core::sync::{Semaphore, TryAcquireError};
/// let room = Semaphore::new(1);
/// assert!(matches!(room.try_acquire(2), Err(TryAcquireError::NoPermits)));
/// room.close();
/// assert!(matches!(room.try_acquire(1), Err(TryAcquireError::Closed)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TryAcquireError {
    /// There are not that many now, or somebody waits for some.
    NoPermits,
    /// The semaphore is closed.
    Closed,
}

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the semaphore is closed")
    }
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPermits => "the semaphore has not that many permits now",
            Self::Closed => "the semaphore is closed",
        })
    }
}

impl core::error::Error for AcquireError {}
impl core::error::Error for TryAcquireError {}

impl Semaphore {
    /// A semaphore of `permits` permits.
    pub const fn new(permits: usize) -> Self {
        Self { permits: Permits::new(permits) }
    }

    /// Waits until `count` permits are this task's. Asking for more than will ever be there waits for ever, and holds up
    /// everybody behind.
    ///
    /// **Cancel safety:** dropping the future loses its place in the line; permits that it was granted go on to the next.
    /// **Wake-up:** once, when all `count` are there. **Complexity:** O(1). **Interrupt-safe.**
    ///
    /// # Errors
    /// [`AcquireError`] once the semaphore is closed.
    pub const fn acquire(&self, count: usize) -> Acquire<'_> {
        Acquire { claim: self.permits.claim(count), semaphore: self, count }
    }

    /// `count` permits, if there are that many and nobody waits for some.
    ///
    /// O(1), interrupt-safe.
    ///
    /// # Errors
    /// [`TryAcquireError`].
    pub fn try_acquire(&self, count: usize) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        match self.permits.try_claim(count) {
            Ok(()) => Ok(SemaphorePermit { semaphore: self, count }),
            Err(Refused::NotNow) => Err(TryAcquireError::NoPermits),
            Err(Refused::Closed) => Err(TryAcquireError::Closed),
        }
    }

    /// Adds `count` permits, also such as were never taken. There are never more than `usize::MAX`.
    ///
    /// O(requests that this serves), the lock is released between any two; interrupt-safe.
    pub fn add_permits(&self, count: usize) {
        self.permits.release(count);
    }

    /// Refuses every request from now on, and those that wait. Permits that are out stay valid.
    ///
    /// O(waiters); the lock is released between any two.
    pub fn close(&self) {
        self.permits.close();
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }

    /// How many permits nobody holds; while somebody waits for more, they are not to be had.
    pub fn available(&self) -> usize {
        self.permits.free()
    }
}

pin_project_lite::pin_project! {
    /// Waits for permits; see [`Semaphore::acquire`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Acquire<'a> {
        #[pin]
        claim: Claim<'a>,
        semaphore: &'a Semaphore,
        count: usize,
    }
}

impl<'a> Future for Acquire<'a> {
    type Output = Result<SemaphorePermit<'a>, AcquireError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answer = ready!(this.claim.poll(cx));
        Poll::Ready(match answer {
            Ok(()) => Ok(SemaphorePermit { semaphore: this.semaphore, count: *this.count }),
            Err(_) => Err(AcquireError),
        })
    }
}

/// Permits of a [`Semaphore`]; dropping them gives them back.
#[must_use = "permits that are dropped are given back at once"]
pub struct SemaphorePermit<'a> {
    semaphore: &'a Semaphore,
    count: usize,
}

impl SemaphorePermit<'_> {
    /// How many permits these are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Uses the permits up: they are not given back, only [`Semaphore::add_permits`] makes new ones.
    pub fn forget(self) {
        core::mem::forget(self);
    }
}

impl Drop for SemaphorePermit<'_> {
    fn drop(&mut self) {
        self.semaphore.add_permits(self.count);
    }
}
