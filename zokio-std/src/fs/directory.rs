//! What is in a directory.

use super::blocking;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Entries that are fetched at a time.
const BATCH: usize = 64;

/// Something in a directory.
///
/// In use: see the example of [`read_dir`].
#[derive(Clone, Debug)]
pub struct DirEntry {
    path: PathBuf,
    kind: Option<std::fs::FileType>,
}

impl DirEntry {
    /// The directory's path and the name in it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its name in the directory.
    pub fn file_name(&self) -> OsString {
        self.path.file_name().unwrap_or_default().to_owned()
    }

    /// What it is, as far as the directory says. A symbolic link is a symbolic link.
    pub fn file_type(&self) -> Option<std::fs::FileType> {
        self.kind
    }

    /// Whether it is a directory, and not a link to one.
    pub fn is_dir(&self) -> bool {
        self.kind.is_some_and(|kind| kind.is_dir())
    }
}

/// The entries of a directory, in no order; without `.` and `..`.
///
/// In use: see the example of [`read_dir`].
#[derive(Debug)]
pub struct ReadDir {
    source: Option<std::fs::ReadDir>,
    /// Fetched and not yet given out, the next one last.
    fetched: Vec<io::Result<DirEntry>>,
}

/// Opens the directory at `path`.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let mut entries = zokio_std::fs::read_dir(".").await?;
/// while let Some(entry) = entries.next_entry().await? {
///     println!("{}", entry.path().display());
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's, above all [`io::ErrorKind::NotADirectory`].
pub async fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    let path = path.as_ref().to_owned();
    let source = blocking(move || std::fs::read_dir(path)).await?;
    Ok(ReadDir { source: Some(source), fetched: Vec::new() })
}

impl ReadDir {
    /// The next entry; `None` at the end.
    ///
    /// **Cancel safety:** dropping it while it waits for a thread ends the listing; use it to its end.
    ///
    /// **Wake-up:** as of a [`File`](super::File).
    ///
    /// **Complexity:** one call of a thread for 64 entries.
    ///
    /// # Errors
    /// The system's, for this entry.
    pub async fn next_entry(&mut self) -> io::Result<Option<DirEntry>> {
        if self.fetched.is_empty()
            && let Some(mut source) = self.source.take()
        {
            let fetched;
            (self.source, fetched) = blocking(move || {
                let mut fetched: Vec<_> = source.by_ref().take(BATCH).map(|entry| entry.map(known)).collect();
                fetched.reverse();
                Ok(((fetched.len() == BATCH).then_some(source), fetched))
            })
            .await?;
            self.fetched = fetched;
        }
        self.fetched.pop().transpose()
    }
}

fn known(entry: std::fs::DirEntry) -> DirEntry {
    DirEntry { path: entry.path(), kind: entry.file_type().ok() }
}
