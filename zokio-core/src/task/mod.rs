//! Where a task lives, and what can be done with it.
//!
//! A task is a [header](raw::Header) followed by its future, in one of three places:
//!
//! 1. [`#[task(pool = N)]`](macro@crate::task): an exactly sized static slot for an `async fn`;
//! 2. [`TaskArena`]: slots of a fixed size for any future that fits;
//! 3. [`scope`]: tasks inside the parent's own future, which may borrow from it.
//!
//! [`JoinHandle`] is the other end: await the result, abort, or detach by dropping. [`AsyncFn`] is a function that can be
//! started again.

mod arena;
mod async_fn;
mod awaited;
mod due;
mod header;
mod join;
mod label;
mod pool;
mod ready;
mod scope;
mod shared;
mod slot;
mod spawn;
#[doc(hidden)]
pub mod state;
mod waker;

pub use arena::{ArenaTask, TaskArena};
pub use async_fn::AsyncFn;
pub use join::{Join, JoinError, JoinHandle};
pub use label::TaskKind;
pub use pool::PoolTask;
pub use scope::{Scope, ScopeFull, ScopedHandle, scope};
pub use spawn::{SendSpawner, Spawn, SpawnError, Spawner};

pub(crate) use due::deadline;
pub(crate) use header::{Header, Ran, Vtable};
pub(crate) use label::Label;
pub use ready::Ready;
pub(crate) use ready::{ReadyCore, ReadyRef};
pub(crate) use waker::{Plain, cloned, dropped, plain, wake_by_ref, woken_if_plain};

/// What other places for tasks are built from: `zokio-std`'s heap slots, and what `#[task]` expands to.
///
/// Not covered by semantic versioning.
#[doc(hidden)]
pub mod raw {
    pub use super::due::Due;
    pub use super::header::{Ending, Header, Ran, Vtable};
    pub use super::label::Label;
    pub use super::pool::{Pool, PoolBytes, TaskFn, ending, pool_align, pool_size, vtable};
    pub use super::ready::{ROOT_WAKER, ReadyRef};
    pub use super::shared::RanShared;
    pub use super::slot::{Body, Slot};
    pub use super::state;
}
