//! Operations on files as data.

use super::RawBuf;

/// A path named by an operation, as the platform writes it: bytes that end with a NUL on Unix. Plain data: whoever submits
/// the operation answers for its validity.
///
/// ```
/// use zokio_core::driver::{FileOp, RawPath};
///
/// let path: RawPath = c"/etc/hostname".as_ptr().cast();
/// let open = FileOp::<i32>::Open { path, flags: 0, mode: 0 };
/// # assert!(matches!(open, FileOp::Open { mode: 0, .. }));
/// ```
pub type RawPath = *const u8;

/// An operation on files. What flags and modes mean is the platform's business; so is the layout of what
/// [`Stat`](Self::Stat) writes.
///
/// ```
/// use zokio_core::driver::{FileOp, Op, RawBuf};
///
/// let mut bytes = [0u8; 512];
/// let buf = RawBuf { ptr: bytes.as_mut_ptr(), len: 512 };
/// let second_block = Op::File(FileOp::Read { handle: 3, buf, offset: 512 });
/// # assert!(matches!(second_block, Op::File(FileOp::Read { offset: 512, .. })));
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum FileOp<H> {
    /// Opens a file. The result is the new handle.
    Open {
        /// Which.
        path: RawPath,
        /// The platform's flags.
        flags: u32,
        /// The permissions of a file that this creates.
        mode: u32,
    },
    /// Reads at a position. The result is the number of bytes; 0 is the end of the file.
    Read {
        /// The file.
        handle: H,
        /// Where the bytes go.
        buf: RawBuf,
        /// Where they begin in the file.
        offset: u64,
    },
    /// Writes at a position. The result is the number of bytes taken.
    Write {
        /// The file.
        handle: H,
        /// The bytes.
        buf: RawBuf,
        /// Where they go in the file.
        offset: u64,
    },
    /// Makes what was written last. The result is 0.
    Sync {
        /// The file.
        handle: H,
        /// Only the bytes, and what is needed to find them.
        data_only: bool,
    },
    /// Reserves room for a range, or whatever else `mode` says. The result is 0.
    Allocate {
        /// The file.
        handle: H,
        /// The platform's flags.
        mode: u32,
        /// Where the range begins.
        offset: u64,
        /// How long it is.
        len: u64,
    },
    /// Writes what is known about a file to `out`. The result is 0.
    Stat {
        /// The file, if it is open; otherwise the path is looked at.
        handle: Option<H>,
        /// Which; empty for an open file.
        path: RawPath,
        /// The platform's flags.
        flags: u32,
        /// What is asked for, as the platform's mask.
        mask: u32,
        /// Room for the platform's record.
        out: *mut u8,
    },
    /// Gives a file another name. The result is 0.
    Rename {
        /// Its name.
        from: RawPath,
        /// The new one, which may be that of a file that goes away by this.
        to: RawPath,
    },
    /// Removes a name. The result is 0.
    Remove {
        /// Which.
        path: RawPath,
        /// Whether it is that of a directory, which must be empty.
        directory: bool,
    },
    /// Makes a directory. The result is 0.
    MakeDirectory {
        /// Which.
        path: RawPath,
        /// Its permissions.
        mode: u32,
    },
}

impl<H> FileOp<H> {
    /// Whether the result is a new handle, which somebody has to close.
    pub const fn opens(&self) -> bool {
        matches!(self, Self::Open { .. })
    }
}
