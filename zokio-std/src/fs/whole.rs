//! Whole files at once.

use super::{File, OpenOptions};
use crate::io::IoBuf;
use std::io;
use std::path::Path;

/// Everything in the file at `path`.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let image: Vec<u8> = zokio_std::fs::read("logo.png").await?;
/// # let _ = image;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's.
pub async fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    let file = File::open(path).await?;
    let expected = usize::try_from(file.metadata().await?.len()).unwrap_or(0);
    // One more, so that the end is found without another allocation; files of the kernel say that they are empty.
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(expected.saturating_add(1).max(4096))?;
    loop {
        if bytes.len() == bytes.capacity() {
            bytes.try_reserve(bytes.len())?;
        }
        let at = bytes.len() as u64;
        let read;
        (read, bytes) = file.read_at(bytes, at).await;
        if read? == 0 {
            return Ok(bytes);
        }
    }
}

/// Everything in the file at `path`, as text.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let text = zokio_std::fs::read_to_string("notes.txt").await?;
/// # let _ = text;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's; [`io::ErrorKind::InvalidData`] if it is not UTF-8.
pub async fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    String::from_utf8(read(path).await?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Makes a file of `bytes`, in the place of the one at `path` if there is one.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::fs::write("notes.txt", b"buy bread".as_slice()).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's; a part may have been written.
pub async fn write(path: impl AsRef<Path>, bytes: impl IoBuf + AsRef<[u8]>) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(path).await?;
    let whole = bytes.as_ref().len();
    let (written, bytes) = file.write_at(bytes, 0).await;
    let mut at = written?;
    while at < whole {
        // Rare: a signal, or more than one operation takes.
        let rest = bytes.as_ref()[at..].to_vec();
        let (written, _) = file.write_at(rest, at as u64).await;
        match written? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            len => at += len,
        }
    }
    Ok(())
}
