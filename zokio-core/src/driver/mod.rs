//! The platform under an executor: a clock, a way to sleep, and a way to be woken.
//!
//! Two levels. [`Driver`] is all that an [executor](crate::executor) needs, so a board, a simulator or a test
//! implements four functions. [`IoDriver`] adds completion-based I/O for platforms that have it.

mod file;
mod io;
pub mod readiness;
mod slots;
mod table;

pub use file::{FileOp, RawPath};
pub use io::{
    Caps, Completion, CompletionFlags, Errno, InFlight, Interest, IoDriver, Key, Op, RawBuf, RecvPool, Staged,
    SubmitError,
};
pub use slots::{Completed, Orphaned, Slot, Slots};
pub use table::{FixedTable, Table};

use crate::time::Instant;

/// How long [`Driver::park`] may wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Wait {
    /// Look for events and return at once; never sleep.
    Poll,
    /// Return at this instant at the latest.
    Until(Instant),
    /// Return only after an event or an unpark.
    Forever,
}

/// A clock, a way to sleep, and a way to be woken.
///
/// # Contract
/// - `now` never goes backwards.
/// - `park` returns after an event, after an unpark, or at the deadline; it may also return early for no reason.
/// - The unpark is a *sticky token*: one given between two parks makes the next park return at once, however the race
///   with an interrupt or another thread falls. Several tokens before one park count as one.
/// - After arming a hardware alarm, `park` reads the clock again, so that a deadline that passed in between is not lost.
///
/// A driver that breaks the contract loses wake-ups; it cannot cause undefined behaviour.
///
/// ```
/// use zokio_core::driver::{Driver, Unpark, Wait};
/// use zokio_core::time::Instant;
///
/// /// A driver for tests: time stands still unless somebody waits for it.
/// struct Virtual(u64);
/// #[derive(Clone)]
/// struct Nobody;
///
/// impl Unpark for Nobody {
///     fn unpark(&self) {}
/// }
///
/// impl Driver for Virtual {
///     type Unparker = Nobody;
///     type Error = core::convert::Infallible;
///     const REMOTE_WAKE: bool = false;
///     fn now(&self) -> Instant {
///         Instant::from_nanos(self.0)
///     }
///     fn unparker(&self) -> Nobody {
///         Nobody
///     }
///     fn park(&mut self, wait: Wait) -> Result<(), Self::Error> {
///         if let Wait::Until(at) = wait {
///             self.0 = self.0.max(at.as_nanos());
///         }
///         Ok(())
///     }
/// }
///
/// let mut driver = Virtual(0);
/// driver.park(Wait::Until(Instant::from_nanos(7))).unwrap();
/// assert_eq!(driver.now(), Instant::from_nanos(7));
/// ```
pub trait Driver {
    /// The handle that ends a park from elsewhere.
    type Unparker: Unpark;
    /// What can go wrong while parking. [`Infallible`](core::convert::Infallible) on a board.
    type Error;

    /// Whether anything outside the executor's own thread can wake a task: an interrupt, another thread, a signal.
    /// Where it is `false` (WASI, a simulator), parking with nothing armed and no deadline is a proven deadlock.
    const REMOTE_WAKE: bool = true;

    /// The time now. Cheap; called once or twice a turn.
    fn now(&self) -> Instant;

    /// The time, asked once right after a park.
    ///
    /// A driver whose clock is dear to read (a host call, a slow bus) answers with the reading that its park ended with. That
    /// is never later than now, so that no timer fires early; one that has become due since fires in the next turn.
    fn woke_at(&self) -> Instant {
        self.now()
    }

    /// A handle that ends a park, now or the next one.
    fn unparker(&self) -> Self::Unparker;

    /// Waits as `wait` says, and processes the platform's events meanwhile.
    ///
    /// # Errors
    /// What the platform reports; the executor passes it on and can be turned again.
    fn park(&mut self, wait: Wait) -> Result<(), Self::Error>;

    /// As [`park`](Self::park), but returns without waiting if `ready` says that there is something to do. What the executor
    /// calls.
    ///
    /// Where the [unparker](Unpark::NEEDED) is not needed, `ready` is to be asked with interrupts masked, and the wait to
    /// begin before they are unmasked: then nothing becomes ready between the look and the wait.
    ///
    /// # Errors
    /// As `park`.
    #[inline]
    fn park_unless(&mut self, wait: Wait, ready: impl Fn() -> bool) -> Result<(), Self::Error> {
        self.park(if ready() { Wait::Poll } else { wait })
    }

    /// As [`park_unless`](Self::park_unless); tells how late it is at least where that is known without asking a clock, so that an
    /// executor need not call [`woke_at`](Self::woke_at). What the executor calls where its timers are to be fast rather than small.
    ///
    /// # Errors
    /// As `park`.
    #[inline]
    fn park_telling(&mut self, wait: Wait, ready: impl Fn() -> bool) -> Result<Option<Instant>, Self::Error> {
        self.park_unless(wait, ready)?;
        Ok(None)
    }

    /// Whether an event is armed that could end a park without a deadline: an I/O operation in flight, a descriptor
    /// being watched. Asked only where [`REMOTE_WAKE`](Self::REMOTE_WAKE) is `false`.
    fn is_armed(&self) -> bool {
        false
    }
}

/// Ends a park of the driver it came from.
///
/// Callable from any thread and, on a board, from any interrupt; lock-free and short.
///
/// Where several cores may unpark at once the token is to be left by a read-modify-write (a `swap`, not a plain store) or a
/// system call, and taken by one: then a park that takes a token sees everything that was pushed by *all* who left one,
/// not only by the last. On a single core a plain store is enough.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use zokio_core::driver::Unpark;
///
/// /// A token that a park takes with a `swap`.
/// #[derive(Clone, Default)]
/// struct Token(Arc<AtomicBool>);
///
/// impl Unpark for Token {
///     fn unpark(&self) {
///         if !self.0.swap(true, Ordering::AcqRel) {
///             // … and wake the thread, if it may be parked
///         }
///     }
/// }
///
/// let token = Token::default();
/// token.clone().unpark();
/// assert!(token.0.swap(false, Ordering::AcqRel), "sticky: the next park finds it");
/// ```
pub trait Unpark: Clone + Send + Sync + 'static {
    /// Whether the executor's wakers have to unpark. Where it is `false`, [`Driver::park_unless`] finds out by itself, and
    /// waking a task is shorter.
    const NEEDED: bool = true;

    /// Leaves the token that ends the current or the next park.
    fn unpark(&self);
}
