//! What tasks use among themselves.
//!
//! Every primitive is `const`-constructible, so it can be a static; every one may be used from any thread and any
//! interrupt priority; any number of tasks may wait, and they are served in the order in which they came. A waiter's node
//! lives in its future: nothing is allocated, and dropping the future takes it out in O(1).
//!
//! | type | what it is for |
//! |---|---|
//! | [`Mutex`] | data that one task at a time may use across an `await` |
//! | [`Notify`] | "something changed", to one waiter or all |
//! | [`Signal`] | the latest value, to one waiter |
//! | [`Channel`] | a bounded queue of values, many to many, with close and permits |
//! | [`Pipe`] | a bounded queue of bytes, one to one; the other end may be an interrupt handler |
//! | [`WakerCell`] | the waker of the one task that waits for an interrupt |

mod cell;
mod channel;
mod mutex;
mod notify;
mod pipe;
mod signal;
mod wait;

pub use cell::WakerCell;
pub use channel::{
    Channel, Closed, Permit, Recv, RecvError, Reserve, Send, TryRecvError, TryReserveError, TrySendError,
};
pub use mutex::{Mutex, MutexGuard, MutexLock};
pub use notify::{Notified, Notify};
pub use pipe::Pipe;
pub use signal::{Signal, SignalWait};
