//! Files and directories.
//!
//! On Windows reading and writing goes through the completion port. On io_uring the operations that the ring has go through it: open, read, write, sync, allocate, metadata, rename, remove,
//! make a directory. Everything else, and all of it on epoll and kqueue, is done by threads of
//! the [pool](crate::blocking::BlockingPool); the completion comes the same way.
//!
//! **Cancel safety** of all operations on paths: dropping the future does not undo what has begun. What an operation names
//! stays with the runtime until it has ended.
//!
//! ```
//! use zokio_std::{Runtime, fs};
//!
//! let path = std::env::temp_dir().join(format!("zokio-doc-{}", std::process::id()));
//! Runtime::new()?.block_on(async {
//!     fs::write(&path, b"some text".to_vec()).await?;
//!     assert_eq!(fs::read_to_string(&path).await?, "some text");
//!     assert_eq!(fs::metadata(&path).await?.len(), 9);
//!     fs::remove_file(&path).await
//! })?;
//! # std::io::Result::Ok(())
//! ```

mod directory;
mod file;
mod metadata;
mod options;
mod paths;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;
mod walk;
mod whole;

pub use directory::{DirEntry, ReadDir, read_dir};
pub use file::File;
pub use metadata::{Metadata, metadata, symlink_metadata};
pub use options::OpenOptions;
pub use paths::{
    canonicalize, copy, create_dir, create_dir_all, exists, hard_link, read_link, remove_dir, remove_dir_all,
    remove_file, rename,
};
#[cfg(unix)]
pub use system::{set_permissions, symlink};
#[cfg(windows)]
pub use system::{symlink_dir, symlink_file};
pub use walk::{Walk, walk};
pub use whole::{read, read_to_string, write};

use crate::blocking::BlockingPool;
use crate::io::Submission;
use crate::reactor::Held;
use crate::runtime::Handle;
use rustix::fd::RawFd;
use std::io;
use zokio_core::driver::{FileOp, Op};

/// The runtime that runs on this thread, as an error where there is none.
fn current() -> io::Result<Handle> {
    Handle::try_current().ok_or_else(|| {
        let text = "no Zokio runtime runs on this thread; call this from inside `Runtime::block_on`";
        io::Error::new(io::ErrorKind::NotConnected, text)
    })
}

/// Does `op` on `runtime`.
///
/// # Safety
/// As [`Submission::new`].
unsafe fn submit(runtime: Handle, op: FileOp<RawFd>, held: Held) -> Submission {
    // SAFETY: the caller's word.
    unsafe { Submission::new(runtime, Op::File(op), held) }
}

/// Makes a call that blocks, on a thread of the pool.
pub(crate) async fn blocking<T: Send + 'static>(f: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    match BlockingPool::shared().call(f)?.await {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
