//! What a broadcast answers when there is no value.

use core::fmt;

/// Why no value was received.
///
/// Told apart in the example of [`Broadcast`](super::Broadcast).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum BroadcastRecvError {
    /// This many values were overwritten before they were received; the next call goes on with the oldest there is.
    Lagged(u32),
    /// The broadcast is closed, and everything was received.
    Closed,
}

/// Why no value was received at once.
///
/// ```
/// use zokio_core::sync::{Broadcast, BroadcastTryRecvError};
/// let events = Broadcast::<u8, 2>::new();
/// let mut subscriber = events.subscribe();
/// assert_eq!(subscriber.try_recv(), Err(BroadcastTryRecvError::Empty));
/// (1..=3).for_each(|event| events.send(event).unwrap());
/// assert_eq!(subscriber.try_recv(), Err(BroadcastTryRecvError::Lagged(1)));
/// assert_eq!(subscriber.try_recv(), Ok(2));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum BroadcastTryRecvError {
    /// There is none now, or another subscriber clones it at this very moment (which this call has interrupted, or runs
    /// beside): [`recv`](super::Subscriber::recv) waits for either.
    Empty,
    /// This many values were overwritten before they were received; the next call goes on with the oldest there is.
    Lagged(u32),
    /// The broadcast is closed, and everything was received.
    Closed,
}

impl From<BroadcastRecvError> for BroadcastTryRecvError {
    fn from(error: BroadcastRecvError) -> Self {
        match error {
            BroadcastRecvError::Lagged(missed) => Self::Lagged(missed),
            BroadcastRecvError::Closed => Self::Closed,
        }
    }
}

impl fmt::Display for BroadcastRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        BroadcastTryRecvError::from(*self).fmt(f)
    }
}

impl fmt::Display for BroadcastTryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the broadcast has no new value"),
            Self::Lagged(missed) => write!(f, "the subscriber was too slow: it missed {missed} values"),
            Self::Closed => f.write_str("the broadcast is closed"),
        }
    }
}

impl core::error::Error for BroadcastRecvError {}
impl core::error::Error for BroadcastTryRecvError {}
