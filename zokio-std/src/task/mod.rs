//! Several tasks together: sets, cancellation, values of a task, calls that block.

mod blocking;
mod cancel;
mod local;
mod set;

pub use crate::runtime::{JoinError, JoinHandle, Panic, spawn, spawn_local};
pub use blocking::{Blocking, spawn_blocking};
pub use cancel::{CancellationToken, Cancelled};
pub use local::{Scoped, TaskLocal};
pub use set::JoinSet;
pub use zokio_core::task::scope;

#[doc(inline)]
pub use crate::task_local;
