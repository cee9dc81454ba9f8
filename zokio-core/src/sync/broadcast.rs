//! Every value to every subscriber.

mod error;
mod receive;
mod subscriber;

pub use error::{BroadcastRecvError, BroadcastTryRecvError};
pub use receive::BroadcastRecv;
pub use subscriber::Subscriber;

use super::Closed;
use super::crowd::{Crowd, Crowded, wake_before};
use crate::lock::Lock;
use crate::sentence::require;

/// The last `N` values, for any number of subscribers: each sees each value, in order.
///
/// Sending never waits: a subscriber that is more than `N` values behind loses the oldest, and is told how many. Values
/// are kept until newer ones take their place. [`close`](Self::close) ends it: what was sent is still received.
///
/// A subscriber receives a clone, and clones with the channel unlocked: for that moment it borrows the value from the
/// channel, and others that want the same value wait for it (or, if `N` newer ones come, lose it).
///
/// ```
/// use zokio_core::sync::{Broadcast, BroadcastRecvError};
///
/// static EVENTS: Broadcast<u16, 4> = Broadcast::new();
///
/// async fn log(mut write: impl FnMut(u16)) {
///     let mut events = EVENTS.subscribe();
///     loop {
///         match events.recv().await {
///             Ok(event) => write(event),
///             Err(BroadcastRecvError::Lagged(missed)) => write(missed as u16),
///             Err(_) => return, // closed
///         }
///     }
/// }
/// # let mut seen = 0;
/// # let mut task = Box::pin(log(|event| seen += event));
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert!(task.as_mut().poll(&mut cx).is_pending());
/// # for _ in 0..6 { EVENTS.send(100).unwrap() }
/// # EVENTS.close();
/// # assert!(task.as_mut().poll(&mut cx).is_ready());
/// # drop(task);
/// # assert_eq!(seen, 402); // four, and that two were missed
/// ```
pub struct Broadcast<T, const N: usize> {
    state: Lock<State<T, N>>,
}

/// *Invariant "the last N":* the value number `sent - age` is in the slot `age` before `head`, for `age` from 1 to `N`,
/// unless it was never sent or a subscriber has borrowed it.
struct State<T, const N: usize> {
    slots: [Option<T>; N],
    /// The slot of the next value.
    head: usize,
    /// How many values were sent, wrapping.
    sent: u32,
    closed: bool,
    /// Somebody waits for a value that is borrowed.
    wanted: bool,
    crowd: Crowd,
}

impl<T, const N: usize> Crowded for State<T, N> {
    fn crowd(&mut self) -> &mut Crowd {
        &mut self.crowd
    }
}

/// Where a subscriber finds its next value.
enum Place {
    Slot(usize),
    /// This many values ago it was overwritten.
    Overwritten(u32),
    NotSent,
}

impl<T, const N: usize> State<T, N> {
    /// Where the value number `number` is.
    fn find(&self, number: u32) -> Place {
        let age = self.sent.wrapping_sub(number);
        match usize::try_from(age).unwrap_or(usize::MAX) {
            0 => Place::NotSent,
            slots if slots > N => Place::Overwritten(age - N as u32),
            slots if slots <= self.head => Place::Slot(self.head - slots),
            slots => Place::Slot(self.head + N - slots),
        }
    }

    /// Puts a value in. Returns the one whose place it took.
    fn put(&mut self, value: T) -> Option<T> {
        let old = self.slots.get_mut(self.head).and_then(|slot| slot.replace(value));
        self.head = if self.head + 1 == N { 0 } else { self.head + 1 };
        self.sent = self.sent.wrapping_add(1);
        old
    }
}

impl<T, const N: usize> Broadcast<T, N> {
    /// Open, without values.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        const {
            require(N > 0, "a broadcast needs room for at least one value");
            require(N < 1 << 31, "a broadcast counts values in 32 bits: its room is below 2^31");
        };
        Self {
            state: Lock::new(State {
                slots: [const { None }; N],
                head: 0,
                sent: 0,
                closed: false,
                wanted: false,
                crowd: Crowd::new(),
            }),
        }
    }

    /// Sends `value` to every subscriber, those that come later excepted. Never waits, whoever lags.
    ///
    /// O(waiters), the lock is released between any two; interrupt-safe. The value that is `N` older is dropped.
    ///
    /// # Errors
    /// [`Closed`] with the value in it.
    pub fn send(&self, value: T) -> Result<(), Closed<T>> {
        let (old, round) = self.state.with(|state| {
            if state.closed {
                return Err(Closed(value));
            }
            Ok((state.put(value), state.crowd.advance()))
        })?;
        wake_before(&self.state, round);
        drop(old);
        Ok(())
    }

    /// A subscriber to what is sent from now on.
    pub fn subscribe(&self) -> Subscriber<'_, T, N> {
        Subscriber { broadcast: self, next: self.state.with(|state| state.sent) }
    }

    /// Ends it: nothing more can be sent; subscribers receive what was.
    ///
    /// O(waiters); the lock is released between any two.
    pub fn close(&self) {
        let round = self.state.with(|state| {
            state.closed = true;
            state.crowd.advance()
        });
        wake_before(&self.state, round);
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.state.with(|state| state.closed)
    }

    /// How many values behind a subscriber may be.
    pub const fn capacity(&self) -> usize {
        N
    }
}
