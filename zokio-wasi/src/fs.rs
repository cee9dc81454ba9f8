//! Files in the directories that the host has opened.
//!
//! **Blocking.** No host lets a module wait for a file, so every call is done when its future is polled first, and all tasks wait
//! meanwhile. Cancel safety follows: a future that was not polled has done nothing, and one that was has done all.
//!
//! The names are those of `zokio_std::fs`, so that a program moves by changing one import; positions are read and written through
//! borrowed buffers here, because nothing outlives the call. On preview 1 by the feature `std`.
//!
//! ```no_run
//! use zokio_wasi::fs;
//! # async fn keep() -> std::io::Result<()> {
//! fs::write("state.txt", b"on").await?;
//! assert_eq!(fs::read_to_string("state.txt").await?, "on");
//! # Ok(()) }
//! ```

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::string::String;
use std::vec::Vec;

pub use std::fs::{DirEntry, Metadata};

/// How a file is opened; what is not said is off.
///
/// ```
/// use zokio_wasi::fs::{self, OpenOptions};
/// # zokio_wasi::block_on(async {
/// let mut log = OpenOptions::new().append(true).create(true).open("options-example.log").await?;
/// log.write_all(b"began\n").await?;
/// assert_eq!(fs::read("options-example.log").await?, b"began\n");
/// # fs::remove_file("options-example.log").await })?.map_err(Box::<dyn std::error::Error>::from)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct OpenOptions(fs::OpenOptions);

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

macro_rules! option {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub fn $name(mut self, on: bool) -> Self {
            self.0.$name(on);
            self
        }
    };
}

impl OpenOptions {
    /// Nothing is asked for yet.
    pub fn new() -> Self {
        Self(fs::OpenOptions::new())
    }

    option! {
        /// For reading.
        read
    }
    option! {
        /// For writing.
        write
    }
    option! {
        /// For writing at what is the end by then.
        append
    }
    option! {
        /// Forgets what is in it. Needs [`write`](Self::write).
        truncate
    }
    option! {
        /// Makes the file if there is none.
        create
    }
    option! {
        /// Makes the file, and fails if there is one.
        create_new
    }

    /// Opens the file at `path`.
    ///
    /// # Errors
    /// The host's, above all [`io::ErrorKind::NotFound`]; names outside the opened directories are not found either.
    pub async fn open(&self, path: impl AsRef<Path>) -> io::Result<File> {
        self.0.open(path).map(File)
    }
}

/// A file, with a cursor.
///
/// **Cancel safety:** an operation is done in its first poll, so a future that was dropped has done nothing or all.
/// **Wake-up:** none is needed. **Costs:** a few calls of the host, during which all tasks wait.
///
/// ```
/// use zokio_wasi::fs::{self, File};
/// # zokio_wasi::block_on(async {
/// let mut file = File::create("file-example.bin").await?;
/// file.write_all(b"hello world").await?;
/// file.write_all_at(b"W", 6).await?;
/// let mut word = [0; 5];
/// assert_eq!(file.read_at(&mut word, 6).await?, 5);
/// assert_eq!((&word, file.metadata().await?.len()), (b"World", 11));
/// # fs::remove_file("file-example.bin").await })?.map_err(Box::<dyn std::error::Error>::from)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct File(fs::File);

impl File {
    /// Opens a file to read.
    ///
    /// # Errors
    /// As [`OpenOptions::open`].
    pub async fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        fs::File::open(path).map(Self)
    }

    /// Makes a file to write and read, empty if there is one.
    ///
    /// # Errors
    /// As [`OpenOptions::open`].
    pub async fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path).await
    }

    /// Reads at the cursor, once, and moves it; 0 is the end of the file.
    ///
    /// # Errors
    /// The host's.
    pub async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }

    /// Appends everything from the cursor to the end of the file to `into`; says how many bytes those were.
    ///
    /// # Errors
    /// The host's.
    pub async fn read_to_end(&mut self, into: &mut Vec<u8>) -> io::Result<usize> {
        self.0.read_to_end(into)
    }

    /// Writes some bytes at the cursor, and moves it.
    ///
    /// # Errors
    /// The host's.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// Writes all of `bytes` at the cursor.
    ///
    /// # Errors
    /// The host's; a part may have been written.
    pub async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    /// Moves the cursor; says where it is then.
    ///
    /// # Errors
    /// The host's.
    pub async fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }

    /// Reads at `position`, once, and leaves the cursor behind it; 0 is the end of the file.
    ///
    /// # Errors
    /// The host's.
    pub async fn read_at(&mut self, into: &mut [u8], position: u64) -> io::Result<usize> {
        self.0.seek(SeekFrom::Start(position))?;
        self.0.read(into)
    }

    /// Writes all of `bytes` at `position`, and leaves the cursor behind them.
    ///
    /// # Errors
    /// The host's; a part may have been written.
    pub async fn write_all_at(&mut self, bytes: &[u8], position: u64) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(position))?;
        self.0.write_all(bytes)
    }

    /// Size, kind, times.
    ///
    /// # Errors
    /// The host's.
    pub async fn metadata(&self) -> io::Result<Metadata> {
        self.0.metadata()
    }

    /// Cuts the file off at `len` bytes, or fills it up with zeroes.
    ///
    /// # Errors
    /// The host's.
    pub async fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    /// Makes what was written last.
    ///
    /// # Errors
    /// The host's.
    pub async fn sync_all(&self) -> io::Result<()> {
        self.0.sync_all()
    }
}

impl embedded_io_async::ErrorType for File {
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

    async fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All of a file.
///
/// Cancel safety, costs and an example: as of [`File`].
///
/// # Errors
/// The host's.
pub async fn read(path: impl AsRef<Path>) -> io::Result<Vec<u8>> {
    fs::read(path)
}

/// All of a file, as text.
///
/// Cancel safety, costs and an example: as of [`File`].
///
/// # Errors
/// The host's; [`io::ErrorKind::InvalidData`] if it is not UTF-8.
pub async fn read_to_string(path: impl AsRef<Path>) -> io::Result<String> {
    fs::read_to_string(path)
}

/// Makes a file with these contents, or replaces those of one.
///
/// Cancel safety, costs and an example: as of [`File`].
///
/// # Errors
/// The host's.
pub async fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
    fs::write(path, contents)
}

/// Size, kind, times.
///
/// Cancel safety, costs and an example: as of [`File`].
///
/// # Errors
/// The host's.
pub async fn metadata(path: impl AsRef<Path>) -> io::Result<Metadata> {
    fs::metadata(path)
}

/// The entries of a directory, in no order.
///
/// ```
/// use zokio_wasi::fs;
/// # zokio_wasi::block_on(async {
/// fs::create_dir_all("dir-example/inner").await?;
/// fs::write("dir-example/draft", "text").await?;
/// fs::rename("dir-example/draft", "dir-example/final").await?;
/// let mut names = Vec::new();
/// let mut entries = fs::read_dir("dir-example").await?;
/// while let Some(entry) = entries.next_entry().await? {
///     names.push(entry.file_name());
/// }
/// names.sort();
/// assert_eq!(names, ["final", "inner"]);
/// fs::remove_file("dir-example/final").await?;
/// fs::remove_dir("dir-example/inner").await?;
/// # fs::remove_dir("dir-example").await })?.map_err(Box::<dyn std::error::Error>::from)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ReadDir(fs::ReadDir);

impl ReadDir {
    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// The host's, for this entry.
    pub async fn next_entry(&mut self) -> io::Result<Option<DirEntry>> {
        self.0.next().transpose()
    }
}

/// Opens the directory at `path`.
///
/// Cancel safety and costs are those of a [`File`]; in use: [`ReadDir`].
///
/// # Errors
/// The host's.
pub async fn read_dir(path: impl AsRef<Path>) -> io::Result<ReadDir> {
    fs::read_dir(path).map(ReadDir)
}

/// Makes a directory, and those on the way to it. One that is there already is no error.
///
/// Cancel safety and costs are those of a [`File`]; in use: [`ReadDir`].
///
/// # Errors
/// The host's.
pub async fn create_dir_all(path: impl AsRef<Path>) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Makes a directory.
///
/// Cancel safety and costs are those of a [`File`]; in use: [`ReadDir`].
///
/// # Errors
/// The host's.
pub async fn create_dir(path: impl AsRef<Path>) -> io::Result<()> {
    fs::create_dir(path)
}

/// Removes an empty directory.
///
/// Cancel safety and costs are those of a [`File`]; in use: [`ReadDir`].
///
/// # Errors
/// The host's.
pub async fn remove_dir(path: impl AsRef<Path>) -> io::Result<()> {
    fs::remove_dir(path)
}

/// Removes a file.
///
/// Cancel safety and costs are those of a [`File`]; in use: [`ReadDir`].
///
/// # Errors
/// The host's.
pub async fn remove_file(path: impl AsRef<Path>) -> io::Result<()> {
    fs::remove_file(path)
}

/// Gives a file another name.
///
/// Cancel safety and costs are those of a [`File`]; in use: [`ReadDir`].
///
/// # Errors
/// The host's.
pub async fn rename(from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
    fs::rename(from, to)
}
