//! What is done to names of files and directories.

use super::{blocking, c_path, current, submit};
use crate::reactor::Held;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use zokio_core::driver::FileOp;

/// Gives a file another name. A file that has that name goes away by this, in one step.
///
/// # Errors
/// The system's, above all [`io::ErrorKind::CrossesDevices`].
pub async fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    let (from, to) = (c_path(from.as_ref())?, c_path(to.as_ref())?);
    let op = FileOp::Rename { from: from.as_ptr(), to: to.as_ptr() };
    // SAFETY: both paths are held.
    unsafe { submit(current()?, op, Held { path: from, other_path: to, ..Held::default() }) }.await.0?;
    Ok(())
}

async fn remove(path: &Path, directory: bool) -> io::Result<()> {
    let path = c_path(path)?;
    let op = FileOp::Remove { path: path.as_ptr(), directory };
    // SAFETY: the path is held.
    unsafe { submit(current()?, op, Held { path, ..Held::default() }) }.await.0?;
    Ok(())
}

/// Removes the name of a file, and the file with its last name.
///
/// # Errors
/// The system's.
pub async fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    remove(path.as_ref(), false).await
}

/// Removes an empty directory.
///
/// # Errors
/// The system's, above all [`io::ErrorKind::DirectoryNotEmpty`].
pub async fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
    remove(path.as_ref(), true).await
}

/// Removes a directory with everything in it. Symbolic links are removed, not followed.
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
/// # Errors
/// The system's, above all [`io::ErrorKind::AlreadyExists`].
pub async fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    let path = c_path(path.as_ref())?;
    let op = FileOp::MakeDirectory { path: path.as_ptr(), mode: 0o777 };
    // SAFETY: the path is held.
    unsafe { submit(current()?, op, Held { path, ..Held::default() }) }.await.0?;
    Ok(())
}

/// Makes a directory, and those on the way to it. One that is there already is no error.
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
/// # Errors
/// The system's.
pub async fn copy(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<u64> {
    let (from, to) = (from.as_ref().to_owned(), to.as_ref().to_owned());
    blocking(move || std::fs::copy(from, to)).await
}

/// Gives the file at `original` one more name.
///
/// # Errors
/// The system's.
pub async fn hard_link(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    blocking(move || std::fs::hard_link(original, link)).await
}

/// Makes a symbolic link that leads to `original`, which need not be there.
///
/// # Errors
/// The system's.
pub async fn symlink(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    blocking(move || std::os::unix::fs::symlink(original, link)).await
}

/// Where a symbolic link leads.
///
/// # Errors
/// The system's.
pub async fn read_link(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    blocking(move || std::fs::read_link(path)).await
}

/// The path without links and detours.
///
/// # Errors
/// The system's.
pub async fn canonicalize(path: impl AsRef<Path>) -> io::Result<PathBuf> {
    let path = path.as_ref().to_owned();
    blocking(move || std::fs::canonicalize(path)).await
}

/// Changes the permissions of the file at `path`.
///
/// # Errors
/// The system's.
pub async fn set_permissions(path: impl AsRef<Path>, mode: u32) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    blocking(move || std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))).await
}
