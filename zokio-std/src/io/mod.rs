//! What all kinds of I/O have in common: buffers that operations own while they use them, copying, and buffered streams over
//! anything with the traits of `embedded-io-async`.

mod buf;
mod buf_reader;
mod buf_writer;
mod copy;
mod duplex;
#[cfg(windows)]
mod pipe;
mod pooled;
mod stdio;
mod submission;
mod watched;

pub(crate) use buf::Loan;
pub use buf::{IoBuf, IoBufMut, Parts};
pub use buf_reader::BufReader;
pub use buf_writer::BufWriter;
pub use copy::{InMemory, copy};
pub use duplex::{Duplex, duplex};
#[cfg(windows)]
pub(crate) use pipe::{Pipe, PipeReader, PipeWriter};
pub use pooled::{BufferPool, PooledBuf};
pub use stdio::{Output, Stdin, stderr, stdin, stdout};
pub(crate) use submission::Submission;
pub(crate) use watched::Watched;
