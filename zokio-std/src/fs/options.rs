//! How a file is opened.

use super::{File, c_path, current, submit};
use crate::reactor::Held;
use rustix::fs::OFlags;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::path::Path;
use zokio_core::driver::FileOp;

/// How a file is opened; what is not said is off.
///
/// ```no_run
/// # async fn open() -> std::io::Result<()> {
/// let log = zokio_std::fs::OpenOptions::new().append(true).create(true).open("log").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    read: bool,
    write: bool,
    append: bool,
    truncate: bool,
    create: bool,
    create_new: bool,
    mode: u32,
    custom: u32,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl OpenOptions {
    /// Nothing is asked for yet.
    pub const fn new() -> Self {
        let (read, write, append, truncate, create, create_new) = (false, false, false, false, false, false);
        Self { read, write, append, truncate, create, create_new, mode: 0o666, custom: 0 }
    }

    /// For reading.
    pub const fn read(mut self, on: bool) -> Self {
        self.read = on;
        self
    }

    /// For writing.
    pub const fn write(mut self, on: bool) -> Self {
        self.write = on;
        self
    }

    /// For writing at what is the end by then, whoever else writes.
    pub const fn append(mut self, on: bool) -> Self {
        self.append = on;
        self
    }

    /// Forgets what is in it. Needs [`write`](Self::write).
    pub const fn truncate(mut self, on: bool) -> Self {
        self.truncate = on;
        self
    }

    /// Makes the file if there is none. Needs [`write`](Self::write) or [`append`](Self::append).
    pub const fn create(mut self, on: bool) -> Self {
        self.create = on;
        self
    }

    /// Makes the file, and fails if there is one.
    pub const fn create_new(mut self, on: bool) -> Self {
        self.create_new = on;
        self
    }

    /// The permissions of a file that this makes, less the process' mask; `0o666` by default.
    pub const fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// More flags of `open(2)`, such as `O_DIRECT`. Those that the other options set are not taken from here.
    pub const fn custom_flags(mut self, flags: i32) -> Self {
        self.custom = flags as u32;
        self
    }

    fn flags(&self) -> io::Result<OFlags> {
        let invalid = |text| Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        let writes = self.write || self.append;
        let mut flags = match (self.read, writes) {
            (true, false) => OFlags::RDONLY,
            (false, true) => OFlags::WRONLY,
            (true, true) => OFlags::RDWR,
            (false, false) => return invalid("a file is opened for reading, writing or both"),
        };
        if !writes && (self.truncate || self.create || self.create_new) {
            return invalid("only a file that is opened for writing is made or truncated");
        }
        if self.append && self.truncate && !self.create_new {
            return invalid("a file is appended to or truncated, not both");
        }
        flags.set(OFlags::APPEND, self.append);
        flags.set(OFlags::TRUNC, self.truncate);
        flags.set(OFlags::CREATE, self.create || self.create_new);
        flags.set(OFlags::EXCL, self.create_new);
        let own = OFlags::RWMODE | OFlags::APPEND | OFlags::TRUNC | OFlags::CREATE | OFlags::EXCL;
        Ok(flags | (OFlags::from_bits_retain(self.custom) & !own))
    }

    /// Opens the file at `path`.
    ///
    /// **Cancel safety:** a file that was opened nevertheless is closed; one that was made stays.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::InvalidInput`] for options that contradict each other, and for a path with a zero byte;
    /// [`io::ErrorKind::NotConnected`] where no runtime runs on this thread.
    pub async fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        let (runtime, flags, path) = (current()?, self.flags()?, c_path(path.as_ref())?);
        let op = FileOp::Open { path: path.as_ptr(), flags: flags.bits(), mode: self.mode };
        // SAFETY: the path is held.
        let opened = unsafe { submit(runtime, op, Held { path, ..Held::default() }) }.await.0?;
        // SAFETY: a handle that the kernel made for this operation, and gave to us only.
        Ok(File::new(runtime, unsafe { OwnedFd::from_raw_fd(opened as RawFd) }))
    }
}
