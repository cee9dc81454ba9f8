//! What is known about a file.

use super::{c_path, current, submit};
use crate::driver::system::{self, Record};
use crate::reactor::Held;
use crate::runtime::Handle;
use rustix::fs::{FileType, RawMode};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;
use zokio_core::driver::FileOp;

/// What is known about a file.
#[derive(Clone, Debug)]
pub struct Metadata(Record);

impl Metadata {
    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        system::len(&self.0)
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kind(&self) -> FileType {
        FileType::from_raw_mode(system::permissions(&self.0) as RawMode)
    }

    /// Whether it is an ordinary file.
    pub fn is_file(&self) -> bool {
        self.kind().is_file()
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.kind().is_dir()
    }

    /// Whether it is a symbolic link; only [`symlink_metadata`] can find one.
    pub fn is_symlink(&self) -> bool {
        self.kind().is_symlink()
    }

    /// Its permissions: the low twelve bits of the mode.
    pub fn mode(&self) -> u32 {
        system::permissions(&self.0) & 0o7777
    }

    /// Its number on its file system.
    pub fn ino(&self) -> u64 {
        system::ino(&self.0)
    }

    /// How many names it has.
    pub fn nlink(&self) -> u32 {
        system::nlink(&self.0)
    }

    /// Who owns it: the user, and the group.
    pub fn owner(&self) -> (u32, u32) {
        system::owner(&self.0)
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
/// # Errors
/// The system's, above all [`io::ErrorKind::NotFound`].
pub async fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    look_at(current()?, None, c_path(path.as_ref())?, true).await
}

/// What is known about the file at `path`, which may be a symbolic link.
///
/// # Errors
/// The system's, above all [`io::ErrorKind::NotFound`].
pub async fn symlink_metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    look_at(current()?, None, c_path(path.as_ref())?, false).await
}

/// Looks at an open file (with an empty path) or at a path.
pub(super) async fn look_at(
    runtime: Handle,
    file: Option<Arc<OwnedFd>>,
    path: Vec<u8>,
    follow: bool,
) -> io::Result<Metadata> {
    // SAFETY: numbers only, for which 0 is a value.
    let mut stat: Vec<Record> = vec![unsafe { std::mem::zeroed() }];
    let (flags, mask) = system::how_to_look(file.is_some(), follow);
    let op = FileOp::Stat {
        handle: file.as_ref().map(|file| file.as_raw_fd()),
        path: path.as_ptr(),
        flags,
        mask,
        out: stat.as_mut_ptr().cast(),
    };
    let held = Held { file, path, stat, ..Held::default() };
    // SAFETY: all of it is held.
    let (result, mut held) = unsafe { submit(runtime, op, held) }.await;
    result?;
    Ok(Metadata(held.stat.pop().ok_or(io::ErrorKind::NotConnected)?))
}
