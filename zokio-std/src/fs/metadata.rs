//! What is known about a file.

use super::{c_path, current, submit};
use crate::reactor::Held;
use crate::runtime::Handle;
use rustix::fs::{AtFlags, FileType, Statx, StatxFlags, StatxTimestamp};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use zokio_core::driver::FileOp;

/// What is known about a file.
#[derive(Clone, Debug)]
pub struct Metadata(Statx);

impl Metadata {
    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        self.0.stx_size
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.0.stx_mode.into())
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
        u32::from(self.0.stx_mode) & 0o7777
    }

    /// Its number on its file system.
    pub fn ino(&self) -> u64 {
        self.0.stx_ino
    }

    /// How many names it has.
    pub fn nlink(&self) -> u32 {
        self.0.stx_nlink
    }

    /// Who owns it: the user, and the group.
    pub fn owner(&self) -> (u32, u32) {
        (self.0.stx_uid, self.0.stx_gid)
    }

    /// When its bytes were last changed.
    pub fn modified(&self) -> SystemTime {
        time(&self.0.stx_mtime)
    }

    /// When it was last read, as far as the file system keeps account.
    pub fn accessed(&self) -> SystemTime {
        time(&self.0.stx_atime)
    }

    /// When it was made, if the file system knows.
    pub fn created(&self) -> Option<SystemTime> {
        (self.0.stx_mask & StatxFlags::BTIME.bits() != 0).then(|| time(&self.0.stx_btime))
    }
}

fn time(at: &StatxTimestamp) -> SystemTime {
    let seconds = Duration::from_secs(at.tv_sec.unsigned_abs());
    let whole = if at.tv_sec < 0 { SystemTime::UNIX_EPOCH - seconds } else { SystemTime::UNIX_EPOCH + seconds };
    whole + Duration::from_nanos(at.tv_nsec.into())
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
    let mut stat: Vec<Statx> = vec![unsafe { std::mem::zeroed() }];
    let mut flags = AtFlags::empty();
    flags.set(AtFlags::EMPTY_PATH, file.is_some());
    flags.set(AtFlags::SYMLINK_NOFOLLOW, !follow);
    let op = FileOp::Stat {
        handle: file.as_ref().map(|file| file.as_raw_fd()),
        path: path.as_ptr(),
        flags: flags.bits(),
        mask: (StatxFlags::BASIC_STATS | StatxFlags::BTIME).bits(),
        out: stat.as_mut_ptr().cast(),
    };
    let held = Held { file, path, stat, ..Held::default() };
    // SAFETY: all of it is held.
    let (result, mut held) = unsafe { submit(runtime, op, held) }.await;
    result?;
    Ok(Metadata(held.stat.pop().ok_or(io::ErrorKind::NotConnected)?))
}
