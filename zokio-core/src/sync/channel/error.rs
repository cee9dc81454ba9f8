//! What a channel answers when it cannot do what was asked.

use core::fmt;

/// The channel is closed. The value comes back.
///
/// ```
/// use zokio_core::sync::{Channel, Closed};
/// async fn last(channel: &Channel<u8, 2>) -> Result<(), Closed<u8>> {
///     channel.send(7).await
/// }
/// # let channel = Channel::new();
/// # channel.close();
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert_eq!(core::pin::pin!(last(&channel)).poll(&mut cx), core::task::Poll::Ready(Err(Closed(7))));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Closed<T>(
    /// The value that was not sent.
    pub T,
);

/// Why a value was not sent. It comes back.
///
/// ```
/// use zokio_core::sync::{Channel, TrySendError};
/// let channel = Channel::<u8, 1>::new();
/// channel.try_send(1).unwrap();
/// assert_eq!(channel.try_send(2), Err(TrySendError::Full(2)));
/// channel.close();
/// assert_eq!(channel.try_send(3), Err(TrySendError::Closed(3)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TrySendError<T> {
    /// No place is free; receive, or wait with `send`.
    Full(T),
    /// The channel is closed.
    Closed(T),
}

/// Why no place was reserved.
///
/// ```
/// use zokio_core::sync::{Channel, TryReserveError};
/// let channel = Channel::<u8, 1>::new();
/// let place = channel.try_reserve().unwrap();
/// assert!(matches!(channel.try_reserve(), Err(TryReserveError::Full)));
/// place.send(1);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TryReserveError {
    /// No place is free.
    Full,
    /// The channel is closed.
    Closed,
}

/// The channel is closed and empty.
///
/// ```
/// use zokio_core::sync::{Channel, RecvError};
/// async fn sum(numbers: &Channel<u8, 2>) -> u8 {
///     let mut sum = 0;
///     loop {
///         match numbers.recv().await {
///             Ok(number) => sum += number,
///             Err(RecvError) => return sum,
///         }
///     }
/// }
/// # let channel = Channel::new();
/// # channel.try_send(7).unwrap();
/// # channel.close();
/// # let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
/// # assert_eq!(core::pin::pin!(sum(&channel)).poll(&mut cx), core::task::Poll::Ready(7));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RecvError;

/// Why no value was received.
///
/// ```
/// use zokio_core::sync::{Channel, TryRecvError};
/// let channel = Channel::<u8, 1>::new();
/// assert_eq!(channel.try_recv(), Err(TryRecvError::Empty));
/// channel.close();
/// assert_eq!(channel.try_recv(), Err(TryRecvError::Closed));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TryRecvError {
    /// There is none now.
    Empty,
    /// The channel is closed and empty.
    Closed,
}

const CLOSED: &str = "the channel is closed";

macro_rules! errors {
    ($([$($parameter:ident)?] $name:ty { $($pattern:pat => $text:expr),* $(,)? })*) => {$(
        impl$(<$parameter>)? fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $($pattern => $text,)*
                })
            }
        }
        impl$(<$parameter: fmt::Debug>)? core::error::Error for $name {}
    )*};
}

errors! {
    [T] Closed<T> { _ => CLOSED }
    [T] TrySendError<T> { Self::Full(_) => "the channel is full", Self::Closed(_) => CLOSED }
    [] TryReserveError { Self::Full => "the channel is full", Self::Closed => CLOSED }
    [] RecvError { _ => "the channel is closed and empty" }
    [] TryRecvError { Self::Empty => "the channel is empty", Self::Closed => "the channel is closed and empty" }
}
