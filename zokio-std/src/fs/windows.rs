//! What files are on Windows: overlapped for reading and writing, which goes through the completion port; everything else is
//! done by threads of the pool.

use super::{File, OpenOptions, blocking};
use crate::runtime::Handle;
use rustix::fd::RawFd;
use std::io;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle};
use std::path::Path;
use std::time::SystemTime;
use windows_sys::Win32::Storage::FileSystem::FILE_FLAG_OVERLAPPED;

pub(super) type OpenFile = std::fs::File;

/// What is known about a file.
pub(super) type Record = std::fs::Metadata;

/// What operations call it.
pub(super) fn number(file: &OpenFile) -> RawFd {
    file.as_raw_handle().expose_provenance() as RawFd
}

/// How a file is opened, as far as only Windows knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own {
    share: Option<u32>,
    flags: u32,
}

impl Own {
    pub(super) const DEFAULT: Self = Self { share: None, flags: 0 };
}

/// On Windows only.
impl OpenOptions {
    /// What others may do with the file while it is open, as `CreateFile` takes it; everything by default.
    pub const fn share_mode(mut self, mode: u32) -> Self {
        self.own.share = Some(mode);
        self
    }

    /// More flags of `CreateFile`.
    pub const fn custom_flags(mut self, flags: u32) -> Self {
        self.own.flags = flags;
        self
    }
}

pub(super) async fn open(runtime: Handle, options: &OpenOptions, path: &Path) -> io::Result<OpenFile> {
    let mut open = std::fs::OpenOptions::new();
    open.read(options.read).write(options.write).append(options.append).truncate(options.truncate);
    open.create(options.create).create_new(options.create_new);
    open.custom_flags(FILE_FLAG_OVERLAPPED | options.own.flags);
    options.own.share.map(|mode| open.share_mode(mode));
    let path = path.to_owned();
    let file = blocking(move || open.open(path)).await?;
    runtime.with(|reactor| reactor.welcome(number(&file)))?;
    Ok(file)
}

pub(super) async fn sync(file: &File, data_only: bool) -> io::Result<()> {
    let file = file.file.clone();
    blocking(move || if data_only { file.sync_data() } else { file.sync_all() }).await
}

/// The system has no room without bytes but the one behind the end of a file, so a file that is long enough has it already.
pub(super) async fn allocate(file: &File, offset: u64, len: u64) -> io::Result<()> {
    let file = file.file.clone();
    let end = offset.saturating_add(len);
    blocking(move || if file.metadata()?.len() < end { file.set_len(end) } else { Ok(()) }).await
}

pub(super) async fn set_len(file: &File, len: u64) -> io::Result<()> {
    let file = file.file.clone();
    blocking(move || file.set_len(len)).await
}

/// What is known about an open file.
pub(super) async fn look(file: &File) -> io::Result<Record> {
    let file = file.file.clone();
    blocking(move || file.metadata()).await
}

/// What is known about the file at `path`.
pub(super) async fn look_for(path: &Path, follow: bool) -> io::Result<Record> {
    let path = path.to_owned();
    blocking(move || if follow { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) }).await
}

pub(super) fn len(record: &Record) -> u64 {
    record.len()
}

pub(super) fn is_file(record: &Record) -> bool {
    record.is_file()
}

pub(super) fn is_dir(record: &Record) -> bool {
    record.is_dir()
}

pub(super) fn is_symlink(record: &Record) -> bool {
    record.is_symlink()
}

pub(super) fn modified(record: &Record) -> SystemTime {
    record.modified().unwrap_or(SystemTime::UNIX_EPOCH)
}

pub(super) fn accessed(record: &Record) -> SystemTime {
    record.accessed().unwrap_or(SystemTime::UNIX_EPOCH)
}

pub(super) fn created(record: &Record) -> Option<SystemTime> {
    record.created().ok()
}

pub(super) async fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (from.to_owned(), to.to_owned());
    blocking(move || std::fs::rename(from, to)).await
}

pub(super) async fn remove_file(path: &Path) -> io::Result<()> {
    let path = path.to_owned();
    blocking(move || std::fs::remove_file(path)).await
}

pub(super) async fn remove_dir(path: &Path) -> io::Result<()> {
    let path = path.to_owned();
    blocking(move || std::fs::remove_dir(path)).await
}

pub(super) async fn create_dir(path: &Path) -> io::Result<()> {
    let path = path.to_owned();
    blocking(move || std::fs::create_dir(path)).await
}

/// Makes a symbolic link that leads to the file `original`, which need not be there. On Windows only.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::fs::symlink_file("report.pdf", "latest.pdf").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's; most users may not.
pub async fn symlink_file(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    blocking(move || std::os::windows::fs::symlink_file(original, link)).await
}

/// Makes a symbolic link that leads to the directory `original`, which need not be there. On Windows only.
///
/// **Cancel safety:** as of a [`File`](super::File).
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// zokio_std::fs::symlink_dir("releases/7", "current").await?;
/// # Ok(()) }
/// ```
///
/// # Errors
/// The system's; most users may not.
pub async fn symlink_dir(original: impl AsRef<Path>, link: impl AsRef<Path>) -> io::Result<()> {
    let (original, link) = (original.as_ref().to_owned(), link.as_ref().to_owned());
    blocking(move || std::os::windows::fs::symlink_dir(original, link)).await
}

impl AsHandle for File {
    fn as_handle(&self) -> BorrowedHandle<'_> {
        self.file.as_handle()
    }
}
