//! Other programs: starting them, talking to them through pipes, and waiting for their end: on Linux by a pidfd, on BSDs by a
//! kqueue, without a thread and without a signal handler; on Windows by a thread of the system's that waits for all of them.
//!
//! ```
//! use zokio_std::{Runtime, process::Command};
//!
//! Runtime::new()?.block_on(async {
//!     let output = Command::new("echo").arg("hello").output().await?;
//!     assert!(output.status.success());
//!     assert_eq!(output.stdout, b"hello\n");
//!     std::io::Result::Ok(())
//! })
//! # ?; std::io::Result::Ok(())
//! ```

mod child;
mod command;
mod pipe;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;

pub use child::Child;
pub use command::Command;
pub use pipe::{ChildStderr, ChildStdin, ChildStdout};
pub use std::process::{ExitStatus, Output, Stdio};
