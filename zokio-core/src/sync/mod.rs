//! What tasks use among themselves.
//!
//! Every primitive is `const`-constructible, so it can be a static; every one may be used from any thread and any
//! interrupt priority; any number of tasks may wait, and they are served in the order in which they came. A waiter's node
//! lives in its future: nothing is allocated, and dropping the future takes it out in O(1).
//!
//! | type | what it is for |
//! |---|---|
//! | [`Mutex`] | data that one task at a time may use across an `await` |
//! | [`RwLock`] | data that many may read or one may write, across an `await` |
//! | [`Semaphore`] | a number of permits, taken several at once |
//! | [`OnceCell`] | a value that is made once, when it is first needed |
//! | [`Barrier`] | several tasks that go on together |
//! | [`Notify`] | "something changed", to one waiter or all |
//! | [`Signal`] | the latest value, to one waiter |
//! | [`Channel`] | a bounded queue of values, many to many, with close, permits, and ends that close it when they go |
//! | [`SpscChannel`] | a bounded queue of values, one to one, that pass without a lock; either end may be an interrupt handler |
//! | [`Oneshot`] | one value, from one sender to one receiver |
//! | [`Broadcast`] | every value to every subscriber |
//! | [`Watch`] | the latest value, to everybody |
//! | [`Pipe`] | a bounded queue of bytes, one to one; the other end may be an interrupt handler |
//! | [`WakerCell`] | the waker of the one task that waits for an interrupt |

mod barrier;
mod broadcast;
mod cell;
mod channel;
mod crowd;
mod loan;
mod mutex;
mod notify;
mod once;
mod oneshot;
mod permits;
mod pipe;
mod rwlock;
mod semaphore;
mod signal;
mod spsc;
mod wait;
mod watch;

pub use barrier::{Barrier, BarrierWait, BarrierWaitResult};
pub use broadcast::{Broadcast, BroadcastRecv, BroadcastRecvError, BroadcastTryRecvError, Subscriber};
pub use cell::WakerCell;
pub use channel::{
    Channel, Closed, Permit, Receiver, Recv, RecvError, Reserve, Send, Sender, TryRecvError, TryReserveError,
    TrySendError,
};
pub use mutex::{Mutex, MutexGuard, MutexLock};
pub use notify::{Notified, Notify};
pub use once::OnceCell;
pub use oneshot::{Oneshot, OneshotReceiver, OneshotSender};
pub use pipe::Pipe;
pub use rwlock::{RwLock, RwLockRead, RwLockReadGuard, RwLockWrite, RwLockWriteGuard};
pub use semaphore::{Acquire, AcquireError, Semaphore, SemaphorePermit, TryAcquireError};
pub use signal::{Signal, SignalWait};
pub use spsc::{SpscChannel, SpscPermit, SpscReceiver, SpscRecv, SpscSend, SpscSender};
pub use watch::{Changed, Watch, Watcher};
