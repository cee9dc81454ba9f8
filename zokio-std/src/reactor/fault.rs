//! Why an operation on a socket failed, small enough to be passed around where nothing may be allocated.

use std::io;
use zokio_core::driver::{Errno, SubmitError};

/// An error before it becomes an [`io::Error`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The system's.
    Os(Errno),
    /// More operations in flight, or sockets open, than the runtime was built for.
    Full,
    /// The driver takes nothing more before its next turn, and only another thread may turn it.
    Crowded,
    /// The runtime that the thing belongs to has ended.
    Gone,
}

impl From<rustix::io::Errno> for Fault {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Os(Errno(error.raw_os_error() as u16))
    }
}

impl From<SubmitError> for Fault {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Os(errno) => Self::Os(errno),
            _ => Self::Full,
        }
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Os(Errno(errno)) => Self::from_raw_os_error(errno.into()),
            Fault::Full => Self::new(
                io::ErrorKind::QuotaExceeded,
                "more operations in flight than the runtime was built for; see `Builder::operations`",
            ),
            Fault::Crowded => Self::new(io::ErrorKind::WouldBlock, "the driver is busy on another thread; try again"),
            Fault::Gone => Self::new(io::ErrorKind::NotConnected, "the runtime that this belongs to has ended"),
        }
    }
}
