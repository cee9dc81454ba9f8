//! The loop: polls what is ready, parks the driver until something is, fires the timers.
//!
//! Which of the ready tasks is next is a type, a [`Strategy`]; who looks on is another, an [`Observer`]. By default tasks are
//! polled first in, first out, and nobody looks on.
//!
//! An executor is an ordinary value that owns its driver. Only its [`Ready`] queue is static, because wakers reach it.
//!
//! ```no_run
//! # use zokio_core::driver::{Driver, Unpark, Wait};
//! # use zokio_core::time::{Clock, Instant, SortedList, Timers};
//! # #[derive(Clone)] struct Token;
//! # impl Unpark for Token { fn unpark(&self) {} }
//! # struct Idle;
//! # impl Driver for Idle {
//! #     type Unparker = Token;
//! #     type Error = core::convert::Infallible;
//! #     fn now(&self) -> Instant { Instant::ZERO }
//! #     fn unparker(&self) -> Token { Token }
//! #     fn park(&mut self, _: Wait) -> Result<(), Self::Error> { Ok(()) }
//! # }
//! # static TIMERS: Timers<SortedList> = Timers::new();
//! # #[derive(Clone, Copy)] struct Ticks;
//! # unsafe impl Clock for Ticks {
//! #     type Store = SortedList;
//! #     fn now(&self) -> Instant { Instant::ZERO }
//! #     fn timers(&self) -> &Timers<SortedList> { &TIMERS }
//! # }
//! use zokio_core::executor::{Executor, Ready};
//!
//! #[zokio_core::task(pool = 2)]
//! async fn greet(name: &'static str) {
//!     // …
//! }
//!
//! static READY: Ready<Token> = Ready::new();
//!
//! let mut executor = Executor::new(&READY, Idle, Ticks);
//! executor.spawner().spawn(greet("one")).unwrap().detach();
//! executor.spawner().spawn(greet("two")).unwrap().detach();
//! let Err(never) = executor.run();
//! ```

mod block_on;
mod running;
mod stats;
mod strategy;
mod turn;

pub use crate::task::Ready;
pub use block_on::{BlockOnError, Deadlock};
pub use running::{Running, Teller};
#[cfg(feature = "defmt")]
pub(crate) use stats::Names;
pub use stats::{Observer, Roster, Totals, Turn};
pub use strategy::{Deadline, Fifo, Priority, Strategy};
pub use turn::Executor;
