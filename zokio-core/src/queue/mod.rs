//! The queues that the core is built on.

mod ready;

pub(crate) use ready::{Batch, Inbox, Link};
