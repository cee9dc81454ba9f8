//! What files are on Unix: operations as data, for the ring or for a thread; and what only Unix knows of them.

use super::{File, Metadata, OpenOptions, blocking, current, submit};
pub(super) use crate::driver::system::{Record, accessed, created, len, modified};
use crate::driver::system::{how_to_look, ino, nlink, owner, permissions};
use crate::reactor::{Held, Names};
use crate::runtime::Handle;
use rustix::fs::{FileType, Mode, OFlags, RawMode};
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use zokio_core::driver::FileOp;

pub(super) type OpenFile = OwnedFd;

/// What operations call it.
pub(super) fn number(file: &OpenFile) -> RawFd {
    file.as_raw_fd()
}

/// How a file is opened, as far as only Unix knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own {
    mode: u32,
    flags: u32,
}

impl Own {
    pub(super) const DEFAULT: Self = Self { mode: 0o666, flags: 0 };
}

/// A path as the kernel reads it.
fn c_path(path: &Path) -> io::Result<Vec<u8>> {
    CString::new(path.as_os_str().as_bytes())
        .map(CString::into_bytes_with_nul)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a path with a zero byte in it"))
}

fn flags(options: &OpenOptions) -> OFlags {
    let mut flags = match (options.read, options.write || options.append) {
        (true, true) => OFlags::RDWR,
        (false, true) => OFlags::WRONLY,
        _ => OFlags::RDONLY,
    };
    flags.set(OFlags::APPEND, options.append);
    flags.set(OFlags::TRUNC, options.truncate);
    flags.set(OFlags::CREATE, options.create || options.create_new);
    flags.set(OFlags::EXCL, options.create_new);
    let ours = OFlags::RWMODE | OFlags::APPEND | OFlags::TRUNC | OFlags::CREATE | OFlags::EXCL;
    flags | (OFlags::from_bits_retain(options.own.flags) & !ours)
}

pub(super) async fn open(runtime: Handle, options: &OpenOptions, path: &Path) -> io::Result<OpenFile> {
    let path = c_path(path)?;
    let op = FileOp::Open { path: path.as_ptr(), flags: flags(options).bits(), mode: options.own.mode };
    // SAFETY: the path is held.
    let opened = unsafe { submit(runtime, op, Names::held(path)) }.await.0?;
    // SAFETY: a handle that the kernel made for this operation, and gave to us only.
    Ok(unsafe { OwnedFd::from_raw_fd(opened as RawFd) })
}

pub(super) async fn sync(file: &File, data_only: bool) -> io::Result<()> {
    let op = FileOp::Sync { handle: number(&file.file), data_only };
    // SAFETY: the file is held.
    unsafe { submit(file.runtime, op, file.held()) }.await.0?;
    Ok(())
}

pub(super) async fn allocate(file: &File, offset: u64, len: u64) -> io::Result<()> {
    let op = FileOp::Allocate { handle: number(&file.file), mode: 0, offset, len };
    // SAFETY: the file is held.
    unsafe { submit(file.runtime, op, file.held()) }.await.0?;
    Ok(())
}

pub(super) async fn set_len(file: &File, len: u64) -> io::Result<()> {
    let file = file.file.clone();
    blocking(move || Ok(rustix::fs::ftruncate(&*file, len)?)).await
}

/// What is known about an open file.
pub(super) async fn look(file: &File) -> io::Result<Record> {
    look_at(file.runtime, Some(file.file.clone()), vec![0], true).await
}

/// What is known about the file at `path`.
pub(super) async fn look_for(path: &Path, follow: bool) -> io::Result<Record> {
    look_at(current()?, None, c_path(path)?, follow).await
}

/// Looks at an open file (with an empty path) or at a path.
async fn look_at(runtime: Handle, file: Option<Arc<OwnedFd>>, path: Vec<u8>, follow: bool) -> io::Result<Record> {
    // SAFETY: numbers only, for which 0 is a value.
    let mut stat: Vec<Record> = vec![unsafe { std::mem::zeroed() }];
    let (flags, mask) = how_to_look(file.is_some(), follow);
    let op = FileOp::Stat {
        handle: file.as_deref().map(number),
        path: path.as_ptr(),
        flags,
        mask,
        out: stat.as_mut_ptr().cast(),
    };
    let file = file.map(|file| file as Arc<dyn Send + Sync>);
    let names = Names { path, stat, ..Names::default() };
    let held = Held { file, names: Some(Box::new(names)), ..Held::default() };
    // SAFETY: all of it is held.
    let (result, held) = unsafe { submit(runtime, op, held) }.await;
    result?;
    let record = held.names.and_then(|mut names| names.stat.pop());
    Ok(record.ok_or(io::ErrorKind::NotConnected)?)
}

fn kind(record: &Record) -> FileType {
    FileType::from_raw_mode(permissions(record) as RawMode)
}

pub(super) fn is_file(record: &Record) -> bool {
    kind(record).is_file()
}

pub(super) fn is_dir(record: &Record) -> bool {
    kind(record).is_dir()
}

pub(super) fn is_symlink(record: &Record) -> bool {
    kind(record).is_symlink()
}

pub(super) async fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (c_path(from)?, c_path(to)?);
    let op = FileOp::Rename { from: from.as_ptr(), to: to.as_ptr() };
    let names = Names { path: from, other_path: to, ..Names::default() };
    let held = Held { names: Some(Box::new(names)), ..Held::default() };
    // SAFETY: both paths are held.
    unsafe { submit(current()?, op, held) }.await.0?;
    Ok(())
}

pub(super) async fn remove_file(path: &Path) -> io::Result<()> {
    remove(path, false).await
}

pub(super) async fn remove_dir(path: &Path) -> io::Result<()> {
    remove(path, true).await
}

async fn remove(path: &Path, directory: bool) -> io::Result<()> {
    let path = c_path(path)?;
    let op = FileOp::Remove { path: path.as_ptr(), directory };
    // SAFETY: the path is held.
    unsafe { submit(current()?, op, Names::held(path)) }.await.0?;
    Ok(())
}

pub(super) async fn create_dir(path: &Path) -> io::Result<()> {
    let path = c_path(path)?;
    let op = FileOp::MakeDirectory { path: path.as_ptr(), mode: 0o777 };
    // SAFETY: the path is held.
    unsafe { submit(current()?, op, Names::held(path)) }.await.0?;
    Ok(())
}

/// Makes a symbolic link that leads to `original`, which need not be there.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::fs::symlink("releases/7", "current").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's.
pub async fn symlink(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    blocking(move || std::os::unix::fs::symlink(original, link)).await
}

/// Changes the permissions of the file at `path`. On Unix only.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::fs::set_permissions("key.pem", 0o600).await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's.
pub async fn set_permissions(path: impl AsRef<Path>, mode: u32) -> io::Result<()> {
    let path = path.as_ref().to_owned();
    blocking(move || std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))).await
}

/// On Unix only.
impl OpenOptions {
    /// The permissions of a file that this makes, less the process' mask; `0o666` by default.
    pub const fn mode(mut self, mode: u32) -> Self {
        self.own.mode = mode;
        self
    }

    /// More flags of `open(2)`, such as `O_DIRECT`. Those that the other options set are not taken from here.
    pub const fn custom_flags(mut self, flags: i32) -> Self {
        self.own.flags = flags as u32;
        self
    }
}

/// On Unix only.
impl Metadata {
    /// Its permissions: the low twelve bits of the mode.
    pub fn mode(&self) -> u32 {
        permissions(&self.0) & 0o7777
    }

    /// Its number on its file system.
    pub fn ino(&self) -> u64 {
        ino(&self.0)
    }

    /// How many names it has.
    pub fn nlink(&self) -> u32 {
        nlink(&self.0)
    }

    /// Who owns it: the user, and the group.
    pub fn owner(&self) -> (u32, u32) {
        owner(&self.0)
    }
}

/// On Unix only.
impl File {
    /// Changes the file's permissions.
    ///
    /// **Cancel safety:** as of a [`File`].
    ///
    /// # Errors
    /// The system's.
    pub async fn set_permissions(&self, mode: u32) -> io::Result<()> {
        let file = self.file.clone();
        blocking(move || Ok(rustix::fs::fchmod(&*file, Mode::from_bits_truncate(mode as RawMode))?)).await
    }
}

impl AsFd for File {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}
