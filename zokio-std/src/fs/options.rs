//! How a file is opened.

use super::system::{self, Own};
use super::{File, current};
use std::io;
use std::path::Path;

/// How a file is opened; what is not said is off.
///
/// ```no_run
/// # async fn open() -> std::io::Result<()> {
/// let log = zokio_std::fs::OpenOptions::new().append(true).create(true).open("log").await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    pub(super) read: bool,
    pub(super) write: bool,
    pub(super) append: bool,
    pub(super) truncate: bool,
    pub(super) create: bool,
    pub(super) create_new: bool,
    pub(super) own: Own,
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
        Self { read, write, append, truncate, create, create_new, own: Own::DEFAULT }
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

    /// Whether the options go together.
    fn check(&self) -> io::Result<()> {
        let invalid = |text| Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        let writes = self.write || self.append;
        if !self.read && !writes {
            return invalid("a file is opened for reading, writing or both");
        }
        if !writes && (self.truncate || self.create || self.create_new) {
            return invalid("only a file that is opened for writing is made or truncated");
        }
        if self.append && self.truncate && !self.create_new {
            return invalid("a file is appended to or truncated, not both");
        }
        Ok(())
    }

    /// Opens the file at `path`.
    ///
    /// **Cancel safety:** a file that was opened nevertheless is closed; one that was made stays.
    ///
    /// **Wake-up:** as of a [`File`].
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::InvalidInput`] for options that contradict each other, and for a path with a zero byte;
    /// [`io::ErrorKind::NotConnected`] where no runtime runs on this thread.
    pub async fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        self.check()?;
        let runtime = current()?;
        Ok(File::new(runtime, system::open(runtime, self, path.as_ref()).await?))
    }
}
