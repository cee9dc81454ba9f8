//! Files in the directories that the host has opened.
//!
//! **Blocking.** No host of preview 2 lets a component wait for a file, so every call is done when its future is polled first,
//! and all tasks wait meanwhile. Cancel safety follows: a future that was not polled has done nothing, and one that was has done all.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::vec::Vec;

pub use std::fs::{DirEntry, Metadata};

/// A file, read and written at positions.
#[derive(Debug)]
pub struct File(fs::File);

impl File {
    /// Opens a file to read.
    ///
    /// # Errors
    /// The host's, above all [`io::ErrorKind::NotFound`]; names outside the opened directories are not found either.
    pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        fs::File::open(path).map(Self)
    }

    /// Makes a file to write and read, empty if there is one.
    ///
    /// # Errors
    /// The host's.
    pub async fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        fs::File::options().read(true).write(true).create(true).truncate(true).open(path).map(Self)
    }

    /// Reads at `position`, once; 0 is the end of the file.
    ///
    /// # Errors
    /// The host's.
    pub async fn read_at(&mut self, into: &mut [u8], position: u64) -> io::Result<usize> {
        self.0.seek(SeekFrom::Start(position))?;
        self.0.read(into)
    }

    /// Writes all of `bytes` at `position`.
    ///
    /// # Errors
    /// The host's; a part may have been written.
    pub async fn write_all_at(&mut self, bytes: &[u8], position: u64) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(position))?;
        self.0.write_all(bytes)
    }

    /// Size, kind, times.
    ///
    /// # Errors
    /// The host's.
    pub async fn metadata(&self) -> io::Result<Metadata> {
        self.0.metadata()
    }
}

/// All of a file.
///
/// # Errors
/// The host's.
pub async fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    fs::read(path)
}

/// Makes a file with these contents, or replaces those of one.
///
/// # Errors
/// The host's.
pub async fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    fs::write(path, contents)
}

/// The entries of a directory, in no order.
///
/// # Errors
/// The host's.
pub async fn read_dir(path: impl AsRef<Path>) -> io::Result<Vec<DirEntry>> {
    fs::read_dir(path)?.collect()
}

/// Removes a file.
///
/// # Errors
/// The host's.
pub async fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    fs::remove_file(path)
}
