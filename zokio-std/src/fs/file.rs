//! An open file.

use super::system::{self, OpenFile};
use super::{Metadata, OpenOptions, submit};
use crate::io::{IoBuf, IoBufMut, Loan};
use crate::reactor::Held;
use crate::runtime::Handle;
use std::io::{self, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use zokio_core::driver::FileOp;

/// At most so many bytes of a borrowed buffer go through the file's own at a time.
const CHUNK: usize = 64 << 10;

/// An open file, with a cursor of its own.
///
/// Two ways to read and write. [`read_at`](Self::read_at) and [`write_at`](Self::write_at) name the position, take a buffer by
/// value and give it back: nothing is copied. [`read`](Self::read) and [`write`](Self::write) borrow a buffer and move the
/// cursor; the bytes are copied once, because a borrow may end before the kernel is done.
///
/// **Dropping** closes the file when the last operation on it has ended.
///
/// **Cancel safety** of all operations on files and paths: dropping the future does not undo what has begun, and what it uses stays with
/// the runtime until that has ended.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// use std::io::SeekFrom;
/// use zokio_std::fs::OpenOptions;
///
/// let mut file = OpenOptions::new().read(true).write(true).create(true).open("table").await?;
/// file.write_all(b"first line\n").await?;
/// file.seek(SeekFrom::Start(0)).await?;
/// let mut text = [0; 5];
/// file.read(&mut text).await?;
/// // At a position, into a buffer that the kernel fills itself:
/// let (read, buffer) = file.read_at(Vec::with_capacity(4096), 6).await;
/// println!("{} bytes: {buffer:?}", read?);
/// file.sync_data().await?;
/// # Ok(()) }
/// ```
///
/// **Wake-up** of all of them: by the end of the operation. **Complexity:** one operation of the kernel's.
#[derive(Debug)]
pub struct File {
    pub(super) runtime: Handle,
    pub(super) file: Arc<OpenFile>,
    cursor: u64,
    /// Serves borrowed reads and writes, one after the other.
    own: Vec<u8>,
}

impl File {
    pub(super) fn new(runtime: Handle, file: OpenFile) -> Self {
        Self { runtime, file: Arc::new(file), cursor: 0, own: Vec::new() }
    }

    /// The open file, which stays open with this.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn shared(&self) -> Arc<OpenFile> {
        self.file.clone()
    }

    /// Opens a file for reading.
    ///
    /// **Wake-up:** as of a [`File`].
    ///
    /// # Errors
    /// As [`OpenOptions::open`].
    pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        OpenOptions::new().read(true).open(path).await
    }

    /// Makes a file, or forgets what is in it, and opens it for writing.
    ///
    /// **Wake-up:** as of a [`File`].
    ///
    /// # Errors
    /// As [`OpenOptions::open`].
    pub async fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        OpenOptions::new().write(true).create(true).truncate(true).open(path).await
    }

    pub(super) fn held(&self) -> Held {
        Held { file: Some(self.file.clone()), ..Held::default() }
    }

    /// Reads from `offset` into the room that `buf` has behind its length, and adds to the length what was read. 0 is the end
    /// of the file, or that there is no room.
    ///
    /// **Cancel safety:** nothing is lost but the buffer. **Complexity:** no copy, no allocation.
    ///
    /// **Wake-up:** as of a [`File`].
    ///
    /// # Errors
    /// The system's; the buffer comes back too (empty, where the runtime ended meanwhile).
    pub async fn read_at<B: IoBufMut>(&self, buf: B, offset: u64) -> (io::Result<usize>, B) {
        self.read_some(buf, offset, usize::MAX).await
    }

    /// At most `limit` bytes.
    pub(crate) async fn read_some<B: IoBufMut>(&self, buf: B, offset: u64, limit: usize) -> (io::Result<usize>, B) {
        let loan = Loan::new(buf);
        let op = FileOp::Read { handle: system::number(&self.file), buf: loan.room(limit), offset };
        // SAFETY: file and buffer are held.
        let (result, held) = unsafe { submit(self.runtime, op, Held { buffer: Some(loan), ..self.held() }) }.await;
        let read = result.map_or(0, |read| read as usize);
        // SAFETY: the buffer that was lent, with what was read into its room.
        let buf = held.buffer.map_or_else(B::empty, |loan| unsafe { loan.give_back(read) });
        (result.map(|_| read).map_err(Into::into), buf)
    }

    /// Writes the contents of `buf` to `offset`; says how many bytes were taken.
    ///
    /// **Cancel safety:** dropping the future does not undo what has begun. **Complexity:** no copy, no allocation.
    ///
    /// **Wake-up:** as of a [`File`].
    ///
    /// # Errors
    /// The system's; the buffer comes back too (empty, where the runtime ended meanwhile).
    pub async fn write_at<B: IoBuf>(&self, buf: B, offset: u64) -> (io::Result<usize>, B) {
        let loan = Loan::new(buf);
        let op = FileOp::Write { handle: system::number(&self.file), buf: loan.contents(), offset };
        // SAFETY: file and buffer are held.
        let (result, held) = unsafe { submit(self.runtime, op, Held { buffer: Some(loan), ..self.held() }) }.await;
        // SAFETY: the buffer that was lent, as it was.
        let buf = held.buffer.map_or_else(B::empty, |loan| unsafe { loan.give_back(0) });
        (result.map(|written| written as usize).map_err(Into::into), buf)
    }

    /// Reads some bytes at the cursor, and moves it. 0 is the end of the file (or `into` is empty).
    ///
    /// **Cancel safety:** a read that is dropped has not moved the cursor, so nothing is lost. **Complexity:** O(bytes), no
    /// allocation after the first.
    ///
    /// **Wake-up:** as of a [`File`].
    ///
    /// # Errors
    /// The system's.
    pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let want = into.len().min(CHUNK);
        let mut own = std::mem::take(&mut self.own);
        own.clear();
        own.reserve(want);
        let (read, own) = self.read_some(own, self.cursor, want).await;
        let len = read?;
        into[..len].copy_from_slice(&own[..len]);
        self.cursor += len as u64;
        self.own = own;
        Ok(len)
    }

    /// Writes some bytes at the cursor (or at the end, for a file that is appended to), and moves it.
    ///
    /// **Cancel safety:** a write that is dropped may have been done; the cursor has not moved, so the next one writes to the
    /// same place. **Complexity:** O(bytes), no allocation after the first.
    ///
    /// **Wake-up:** as of a [`File`].
    ///
    /// # Errors
    /// The system's, above all [`io::ErrorKind::StorageFull`].
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut own = std::mem::take(&mut self.own);
        own.clear();
        own.extend_from_slice(&bytes[..bytes.len().min(CHUNK)]);
        let (written, own) = self.write_at(own, self.cursor).await;
        self.own = own;
        let len = written?;
        self.cursor += len as u64;
        Ok(len)
    }

    /// Writes all of `bytes`.
    ///
    /// **Cancel safety:** a part may have been written, and the cursor moved by it.
    ///
    /// **Wake-up:** as of a [`File`].
    ///
    /// # Errors
    /// As [`write`](Self::write); [`io::ErrorKind::WriteZero`] if the system takes nothing.
    pub async fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write(bytes).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                len => bytes = &bytes[len..],
            }
        }
        Ok(())
    }

    /// Appends everything from the cursor to the end of the file to `into`; says how many bytes those were.
    ///
    /// **Cancel safety:** what was read stays in `into`, and the cursor behind it.
    ///
    /// **Wake-up:** as of a [`File`].
    ///
    /// # Errors
    /// The system's.
    pub async fn read_to_end(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        let before = into.len();
        let mut chunk = Vec::with_capacity(CHUNK);
        loop {
            chunk.clear();
            let read;
            (read, chunk) = self.read_at(chunk, self.cursor).await;
            match read? {
                0 => return Ok(into.len() - before),
                len => self.cursor += len as u64,
            }
            into.extend_from_slice(&chunk);
        }
    }

    /// Moves the cursor; says where it is then.
    ///
    /// **Cancel safety:** as of a [`File`].
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for a place before the beginning; for the end, what [`metadata`](Self::metadata) says.
    pub async fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::Current(by) => (self.cursor, by),
            SeekFrom::End(by) => (self.metadata().await?.len(), by),
        };
        let at = base.checked_add_signed(by).filter(|&at| i64::try_from(at).is_ok());
        self.cursor = at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "a place that no file has"))?;
        Ok(self.cursor)
    }

    /// What is known about the file.
    ///
    /// **Cancel safety:** as of a [`File`].
    ///
    /// # Errors
    /// The system's.
    pub async fn metadata(&self) -> io::Result<Metadata> {
        Ok(Metadata(system::look(self).await?))
    }

    /// Waits until the bytes, and all that is known about the file, are stored.
    ///
    /// **Cancel safety:** as of a [`File`].
    ///
    /// # Errors
    /// The system's, also of earlier writes.
    pub async fn sync_all(&self) -> io::Result<()> {
        system::sync(self, false).await
    }

    /// Waits until the bytes are stored.
    ///
    /// **Cancel safety:** as of a [`File`].
    ///
    /// # Errors
    /// The system's, also of earlier writes.
    pub async fn sync_data(&self) -> io::Result<()> {
        system::sync(self, true).await
    }

    /// Reserves room for `len` bytes at `offset`, so that writing there cannot run out of it. A shorter file grows.
    ///
    /// **Cancel safety:** as of a [`File`].
    ///
    /// # Errors
    /// The system's, above all [`io::ErrorKind::StorageFull`], and [`io::ErrorKind::Unsupported`] on some file systems, and on NetBSD and OpenBSD.
    pub async fn allocate(&self, offset: u64, len: u64) -> io::Result<()> {
        system::allocate(self, offset, len).await
    }

    /// Cuts the file off at `len` bytes, or fills it up with zeroes.
    ///
    /// **Cancel safety:** as of a [`File`].
    ///
    /// # Errors
    /// The system's.
    pub async fn set_len(&self, len: u64) -> io::Result<()> {
        system::set_len(self, len).await
    }
}

impl embedded_io::ErrorType for File {
    type Error = io::Error;
}

impl embedded_io_async::Read for File {
    async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Self::read(self, into).await
    }
}

impl embedded_io_async::Write for File {
    async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::write(self, bytes).await
    }

    /// Nothing is kept back, so nothing is done; [`sync_data`](Self::sync_data) is what makes it last.
    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl embedded_io_async::Seek for File {
    async fn seek(&mut self, to: embedded_io::SeekFrom) -> io::Result<u64> {
        Self::seek(self, to.into()).await
    }
}
