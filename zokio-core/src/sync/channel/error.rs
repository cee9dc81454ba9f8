//! What a channel answers when it cannot do what was asked.

use core::fmt;

/// The channel is closed. The value comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Closed<T>(pub T);

/// Why a value was not sent. It comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TrySendError<T> {
    /// No place is free; receive, or wait with `send`.
    Full(T),
    /// The channel is closed.
    Closed(T),
}

/// Why no place was reserved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TryReserveError {
    /// No place is free.
    Full,
    /// The channel is closed.
    Closed,
}

/// The channel is closed and empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecvError;

/// Why no value was received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
