//! What is known about a file.

use super::system::{self, Record};
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// What is known about a file.
///
/// In use: see the example of [`metadata`].
#[derive(Clone, Debug)]
pub struct Metadata(pub(super) Record);

impl Metadata {
    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        system::len(&self.0)
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is an ordinary file.
    pub fn is_file(&self) -> bool {
        system::is_file(&self.0)
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        system::is_dir(&self.0)
    }

    /// Whether it is a symbolic link; only [`symlink_metadata`] can find one.
    pub fn is_symlink(&self) -> bool {
        system::is_symlink(&self.0)
    }

    /// When its bytes were last changed.
    pub fn modified(&self) -> SystemTime {
        system::modified(&self.0)
    }

    /// When it was last read, as far as the file system keeps account.
    pub fn accessed(&self) -> SystemTime {
        system::accessed(&self.0)
    }

    /// When it was made, if the file system knows.
    pub fn created(&self) -> Option<SystemTime> {
        system::created(&self.0)
    }
}

/// What is known about the file at `path`; of a symbolic link, what it leads to.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let known = zokio_std::fs::metadata("Cargo.toml").await?;
/// println!("{} bytes, changed {:?}", known.len(), known.modified());
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's, above all [`io::ErrorKind::NotFound`].
pub async fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    Ok(Metadata(system::look_for(path.as_ref(), true).await?))
}

/// What is known about the file at `path`, which may be a symbolic link.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let is_link = zokio_std::fs::symlink_metadata("current").await?.is_symlink();
/// # let _ = is_link;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's, above all [`io::ErrorKind::NotFound`].
pub async fn symlink_metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    Ok(Metadata(system::look_for(path.as_ref(), false).await?))
}
