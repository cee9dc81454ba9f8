//! Everything below a directory.

use super::{DirEntry, ReadDir, read_dir};
use std::io;
use std::path::{Path, PathBuf};

/// Everything below a directory, each directory before what is in it. Symbolic links are given out, not followed.
///
/// In use: see the example of [`walk`].
#[derive(Debug)]
pub struct Walk {
    open: Vec<ReadDir>,
    /// Given out, and to be gone into next.
    next: Option<PathBuf>,
}

/// Everything below the directory at `path`, which is not given out itself.
///
/// ```
/// # let root = std::env::temp_dir().join(format!("zokio-walk-{}", std::process::id()));
/// # zokio_std::Runtime::new()?.block_on(async {
/// use zokio_std::fs;
/// fs::create_dir_all(root.join("a/b")).await?;
/// let mut walk = fs::walk(&root);
/// assert_eq!(walk.next_entry().await?.unwrap().path(), root.join("a"));
/// assert_eq!(walk.next_entry().await?.unwrap().path(), root.join("a/b"));
/// assert!(walk.next_entry().await?.is_none());
/// # fs::remove_dir_all(&root).await })?;
/// # std::io::Result::Ok(())
/// ```
pub fn walk(path: impl AsRef<Path>) -> Walk {
    Walk { open: Vec::new(), next: Some(path.as_ref().to_owned()) }
}

impl Walk {
    /// The next entry; `None` at the end. As many directories are open as it is deep.
    ///
    /// **Cancel safety:** as of [`ReadDir::next_entry`].
    ///
    /// **Complexity:** as of [`ReadDir::next_entry`].
    ///
    /// # Errors
    /// The system's, for one entry or directory; the walk goes on without it.
    pub async fn next_entry(&mut self) -> io::Result<Option<DirEntry>> {
        if let Some(directory) = self.next.take() {
            self.open.push(read_dir(directory).await?);
        }
        while let Some(last) = self.open.last_mut() {
            if let Some(entry) = last.next_entry().await? {
                self.next = entry.is_dir().then(|| entry.path().to_owned());
                return Ok(Some(entry));
            }
            self.open.pop();
        }
        Ok(None)
    }
}
