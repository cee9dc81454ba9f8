//! What can go wrong, with the call and the descriptor that it went wrong with.

use super::abi::{self, Fd};
use core::fmt;
use embedded_io_async::ErrorKind;
use zokio_core::driver::Errno;

/// Why a preview 1 operation failed.
///
/// ```
/// use zokio_wasi::p1::{Error, abi};
///
/// let error = Error::Descriptor { call: "fd_read", fd: 5, errno: abi::BADF };
/// assert_eq!(error.to_string(), "fd_read failed for descriptor 5: EBADF (8)");
/// assert_eq!(embedded_io_async::Error::kind(&error), embedded_io_async::ErrorKind::InvalidInput);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Error {
    /// More futures wait for descriptors than the [`Reactor`](super::Reactor) has room for.
    Full {
        /// How many may wait at a time; a constant of the reactor's type.
        capacity: usize,
    },
    /// A call about one descriptor failed.
    Descriptor {
        /// The preview 1 function.
        call: &'static str,
        /// The descriptor.
        fd: Fd,
        /// What the host said.
        errno: Errno,
    },
    /// A call about no descriptor in particular failed.
    Host {
        /// The preview 1 function.
        call: &'static str,
        /// What the host said.
        errno: Errno,
    },
    /// The host took no byte of a write that had some.
    WriteZero {
        /// The descriptor.
        fd: Fd,
    },
    /// A wait without deadline on nothing at all, which could never end.
    NothingArmed,
}

impl Error {
    /// The host's error number, if it gave one.
    pub const fn errno(&self) -> Option<Errno> {
        match *self {
            Self::Descriptor { errno, .. } | Self::Host { errno, .. } => Some(errno),
            Self::Full { .. } | Self::WriteZero { .. } | Self::NothingArmed => None,
        }
    }
}

/// `EBADF (8)`, or only the number where the name is not known.
struct Named(Errno);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match abi::name(self.0) {
            Some(name) => write!(f, "{name} ({})", self.0.0),
            None => write!(f, "errno {}", self.0.0),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Full { capacity } => {
                write!(f, "all {capacity} places for waiting descriptors are taken; give the reactor more")
            }
            Self::Descriptor { call, fd, errno } => write!(f, "{call} failed for descriptor {fd}: {}", Named(errno)),
            Self::Host { call, errno } => write!(f, "{call} failed: {}", Named(errno)),
            Self::WriteZero { fd } => write!(f, "descriptor {fd} takes no more bytes"),
            Self::NothingArmed => f.write_str("nothing to wait for: no deadline and no descriptor"),
        }
    }
}

impl core::error::Error for Error {}

impl embedded_io_async::Error for Error {
    fn kind(&self) -> ErrorKind {
        match self.errno() {
            Some(abi::PIPE) => ErrorKind::BrokenPipe,
            Some(abi::PERM | abi::NOTCAPABLE) => ErrorKind::PermissionDenied,
            Some(abi::NOTSUP) => ErrorKind::Unsupported,
            Some(abi::INTR) => ErrorKind::Interrupted,
            Some(abi::INVAL | abi::BADF) => ErrorKind::InvalidInput,
            Some(_) => ErrorKind::Other,
            None => match self {
                Self::WriteZero { .. } => ErrorKind::WriteZero,
                Self::Full { .. } => ErrorKind::OutOfMemory,
                _ => ErrorKind::Other,
            },
        }
    }
}

#[cfg(feature = "std")]
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        Self::new(embedded_io_async::Error::kind(&error).into(), error)
    }
}
