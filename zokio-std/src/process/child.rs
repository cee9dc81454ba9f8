//! A program that runs.

use super::pipe::{ChildStderr, ChildStdin, ChildStdout};
use super::system::End;
use crate::blocking::BlockingPool;
use crate::runtime::Handle;
use std::io;
use std::process::{ExitStatus, Output};

/// A program that was started.
///
/// **Dropping** it before its end was seen lets it run on (its entry in the system's table of processes stays until ours ends),
/// or kills it and takes it out of the table, as [`Command::kill_on_drop`](super::Command::kill_on_drop) says.
///
/// In use: see the example of a [`Command`](super::Command).
#[derive(Debug)]
pub struct Child {
    /// Where it reads, if that is a pipe. Dropping it is the end of what it reads.
    pub stdin: Option<ChildStdin>,
    /// What it writes, if that is a pipe.
    pub stdout: Option<ChildStdout>,
    /// The errors that it writes, if that is a pipe.
    pub stderr: Option<ChildStderr>,
    /// Let go of before the child, whose handle it waits for: `None` only while this is dropped.
    end: Option<End>,
    /// `None` only while this is dropped.
    inner: Option<std::process::Child>,
    status: Option<ExitStatus>,
    kill_on_drop: bool,
}

impl Child {
    pub(super) fn start(command: &mut std::process::Command, kill_on_drop: bool) -> io::Result<Self> {
        let runtime = Handle::try_current().ok_or_else(|| {
            let text = "no Zokio runtime runs on this thread; call this from inside `Runtime::block_on`";
            io::Error::new(io::ErrorKind::NotConnected, text)
        })?;
        let mut inner = command.spawn()?;
        let rest = (|| {
            let end = End::of(runtime, &inner)?;
            let stdin = inner.stdin.take().map(|pipe| ChildStdin::new(runtime, pipe.into())).transpose()?;
            let stdout = inner.stdout.take().map(|pipe| ChildStdout::new(runtime, pipe.into())).transpose()?;
            let stderr = inner.stderr.take().map(|pipe| ChildStderr::new(runtime, pipe.into())).transpose()?;
            io::Result::Ok((end, stdin, stdout, stderr))
        })();
        match rest {
            Ok((end, stdin, stdout, stderr)) => {
                Ok(Self { stdin, stdout, stderr, inner: Some(inner), end: Some(end), status: None, kill_on_drop })
            }
            Err(error) => {
                // What cannot be waited for is not left behind.
                let _ = inner.kill();
                let _ = inner.wait();
                Err(error)
            }
        }
    }

    fn inner(&mut self) -> &mut std::process::Child {
        match &mut self.inner {
            Some(inner) => inner,
            None => unreachable!("not dropped"),
        }
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.inner.as_ref().map_or(0, std::process::Child::id)
    }

    /// Its status, if it has ended.
    ///
    /// # Errors
    /// The system's.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.status.is_none() {
            self.status = self.inner().try_wait()?;
        }
        Ok(self.status)
    }

    /// Waits for its end. Closes its input first, so that it does not wait for more.
    ///
    /// **Cancel safety:** dropping the future changes nothing; the next one takes the end. **Wake-up:** by the end of the program.
    ///
    /// **Complexity:** O(1).
    ///
    /// # Errors
    /// The system's.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.stdin = None;
        loop {
            if let Some(status) = self.try_wait()? {
                return Ok(status);
            }
            if let Some(end) = &mut self.end {
                end.seen().await?;
            }
        }
    }

    /// Takes all that it writes to its pipes, and waits for its end.
    ///
    /// **Cancel safety:** what was read is lost, and the program runs on unless it is killed on drop.
    ///
    /// **Wake-up:** by what it writes, and by its end. **Complexity:** O(bytes).
    ///
    /// # Errors
    /// The system's.
    pub async fn wait_with_output(mut self) -> io::Result<Output> {
        let (mut stdout, mut stderr) = (self.stdout.take(), self.stderr.take());
        let out = async {
            match &mut stdout {
                Some(pipe) => pipe.read_to_end().await,
                None => Ok(Vec::new()),
            }
        };
        let err = async {
            match &mut stderr {
                Some(pipe) => pipe.read_to_end().await,
                None => Ok(Vec::new()),
            }
        };
        let (status, stdout, stderr) = crate::future::join((self.wait(), out, err)).await;
        Ok(Output { status: status?, stdout: stdout?, stderr: stderr? })
    }

    /// Kills it. Its end comes by [`wait`](Self::wait).
    ///
    /// # Errors
    /// The system's; none if it has ended already.
    pub fn kill(&mut self) -> io::Result<()> {
        self.inner().kill()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end = None;
        if let (true, None, Some(mut inner)) = (self.kill_on_drop, self.status, self.inner.take()) {
            let _ = inner.kill();
            // Soon over, but not at once.
            let _ = BlockingPool::shared().submit(move || {
                let _ = inner.wait();
            });
        }
    }
}
