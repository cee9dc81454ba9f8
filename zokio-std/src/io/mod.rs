//! What all kinds of I/O have in common: buffers that operations own while they use them.

mod buf;
mod pooled;
mod submission;
mod watched;

pub(crate) use buf::Loan;
pub use buf::{IoBuf, IoBufMut, Parts};
pub use pooled::{BufferPool, PooledBuf};
pub(crate) use submission::Submission;
pub(crate) use watched::Watched;
