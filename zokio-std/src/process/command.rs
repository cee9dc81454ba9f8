//! What is to be started, and how.

use super::child::Child;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};

/// A program to be started. As [`std::process::Command`], with ends that can be awaited.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// use zokio_std::process::{Command, Stdio};
///
/// let mut sort = Command::new("sort").stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
/// let mut to = sort.stdin.take().expect("a pipe");
/// to.write_all(b"b\na\n").await?;
/// drop(to);
/// let output = sort.wait_with_output().await?;
/// assert_eq!(output.stdout, b"a\nb\n");
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Command {
    inner: std::process::Command,
    kill_on_drop: bool,
}

impl Command {
    /// The program of this name, or at this path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        std::process::Command::new(program).into()
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.inner.arg(arg);
        self
    }

    /// More arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.inner.args(args);
        self
    }

    /// An environment variable.
    pub fn env(mut self, key: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.inner.env(key, value);
        self
    }

    /// Where it starts.
    pub fn current_dir(mut self, path: impl AsRef<Path>) -> Self {
        self.inner.current_dir(path);
        self
    }

    /// What it reads; ours by default.
    pub fn stdin(mut self, from: impl Into<Stdio>) -> Self {
        self.inner.stdin(from);
        self
    }

    /// Where it writes; where we do by default.
    pub fn stdout(mut self, to: impl Into<Stdio>) -> Self {
        self.inner.stdout(to);
        self
    }

    /// Where it writes errors; where we do by default.
    pub fn stderr(mut self, to: impl Into<Stdio>) -> Self {
        self.inner.stderr(to);
        self
    }

    /// Whether the program is killed when its [`Child`] is dropped before its end was seen; it is not by default.
    pub fn kill_on_drop(mut self, on: bool) -> Self {
        self.kill_on_drop = on;
        self
    }

    /// Starts it. The call blocks for as long as the system takes to make a process.
    ///
    /// # Errors
    /// The system's, above all [`io::ErrorKind::NotFound`]; [`io::ErrorKind::NotConnected`] where no runtime runs on this
    /// thread.
    pub fn spawn(&mut self) -> io::Result<Child> {
        Child::start(&mut self.inner, self.kill_on_drop)
    }

    /// Starts it and waits for its end.
    ///
    /// **Complexity:** as of [`Child::wait`].
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn) and [`Child::wait`].
    pub async fn status(mut self) -> io::Result<ExitStatus> {
        self.spawn()?.wait().await
    }

    /// Starts it, and takes all that it writes until its end.
    ///
    /// **Cancel safety:** dropping the future leaves the program running, unless [`kill_on_drop`](Self::kill_on_drop).
    ///
    /// **Wake-up:** by what it writes, and by its end. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn) and [`Child::wait_with_output`].
    pub async fn output(self) -> io::Result<Output> {
        let mut this = self.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        this.spawn()?.wait_with_output().await
    }
}

impl From<std::process::Command> for Command {
    fn from(inner: std::process::Command) -> Self {
        Self { inner, kill_on_drop: false }
    }
}
