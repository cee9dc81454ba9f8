//! What is done to names of files and directories.

use super::{blocking, system};
use std::io;
use std::path::{Path, PathBuf};

/// Gives a file another name. A file that has that name goes away by this, in one step.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::fs::rename("config.new", "config").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's, above all [`io::ErrorKind::CrossesDevices`].
pub async fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    system::rename(from.as_ref(), to.as_ref()).await
}

/// Removes the name of a file, and the file with its last name.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::fs::remove_file("draft.txt").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's.
pub async fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    system::remove_file(path.as_ref()).await
}

/// Removes an empty directory.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::fs::remove_dir("empty").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's, above all [`io::ErrorKind::DirectoryNotEmpty`].
pub async fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
    system::remove_dir(path.as_ref()).await
}

/// Removes a directory with everything in it. Symbolic links are removed, not followed.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::fs::remove_dir_all("target/scratch").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's; a part may have been removed.
pub async fn remove_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    // The standard library's holds directories open on its way down, so nobody can lead it elsewhere.
    blocking(move || std::fs::remove_dir_all(path)).await
}

/// Makes a directory.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::fs::create_dir("logs").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's, above all [`io::ErrorKind::AlreadyExists`].
pub async fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    system::create_dir(path.as_ref()).await
}

/// Makes a directory, and those on the way to it. One that is there already is no error.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::fs::create_dir_all("logs/2026/11").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's; a part may have been made.
pub async fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    let mut missing = Vec::new();
    let mut next = Some(path.as_ref());
    while let Some(path) = next.filter(|path| !path.as_os_str().is_empty()) {
        match create_dir(path).await {
            Ok(()) => break,
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push(path),
            Err(_) if is_dir(path).await => break,
            Err(error) => return Err(error),
        }
        next = path.parent();
    }
    while let Some(path) = missing.pop() {
        match create_dir(path).await {
            Ok(()) => {}
            // Somebody else was faster.
            Err(_) if is_dir(path).await => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn is_dir(path: &Path) -> bool {
    super::metadata(path).await.is_ok_and(|metadata| metadata.is_dir())
}

/// Whether there is something at `path`.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// if !zokio_std::fs::exists("config").await? {
///     // …
/// }
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's, where it does not let one know.
pub async fn exists(path: impl AsRef<Path>) -> io::Result<bool> {
    match super::metadata(path).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Copies a file with its permissions; says how many bytes those were.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let bytes = zokio_std::fs::copy("config", "config.old").await?;
/// # let _ = bytes;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's.
pub async fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<u64> {
    let (from, to) = (from.as_ref().to_owned(), to.as_ref().to_owned());
    blocking(move || std::fs::copy(from, to)).await
}

/// Gives the file at `original` one more name.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::fs::hard_link("report.pdf", "latest.pdf").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's.
pub async fn hard_link(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    blocking(move || std::fs::hard_link(original, link)).await
}

/// Where a symbolic link leads.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let release = zokio_std::fs::read_link("current").await?;
/// # let _ = release;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's.
pub async fn read_link(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    blocking(move || std::fs::read_link(path)).await
}

/// The path without links and detours.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let whole = zokio_std::fs::canonicalize("../src").await?;
/// # assert!(whole.is_absolute());
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's.
pub async fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    blocking(move || std::fs::canonicalize(path)).await
}
