//! Child processes that do not outlive `cargo ci`, whichever way it ends.
//!
//! Every child leads a process group of its own, so that ending it also ends what it started (cargo's rustc, the
//! Python host's module). The groups alive are listed here; a `Group` that is dropped ends its own, the signal handler
//! ends all of them.

use crate::problem::{Context, Result};
use std::process::{Child, Command, ExitStatus};
use std::sync::Mutex;
use std::time::{Duration, Instant};

static ALIVE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// A child process with everything it started; ended and reaped when this is dropped.
pub struct Group {
    child: Child,
    reaped: bool,
}

impl Group {
    /// Starts `command` at the head of a new process group.
    pub fn start(command: &mut Command) -> Result<Self> {
        platform::lead_a_group(command);
        let name = command.get_program().to_string_lossy().into_owned();
        // The lock is held across the spawn: a signal that comes in between waits and then finds the child listed.
        let mut alive = ALIVE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let child = command.spawn().doing(format_args!("starting {name}"))?;
        alive.push(child.id());
        Ok(Self { child, reaped: false })
    }

    /// The child itself, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The exit status if the child has ended. What it left running in its group is ended with it.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().ok().flatten();
        if status.is_some() && !std::mem::replace(&mut self.reaped, true) {
            // Only right after the child was reaped: later its number may belong to a group of somebody else.
            platform::end_group(self.child.id());
        }
        status
    }

    /// Waits until the child ends; `None` if it still runs after `limit`.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + limit;
        loop {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            if Instant::now() >= until {
                return None;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let id = self.child.id();
        let mut alive = ALIVE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if self.ended().is_none() {
            platform::end_group(id);
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        alive.retain(|other| *other != id);
    }
}

/// From now on Ctrl-C, SIGTERM and SIGHUP end every group and then this process, with exit code 130.
pub fn end_all_on_signal() -> Result<()> {
    let handler = || {
        let alive = ALIVE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        alive.iter().for_each(|id| platform::end_group(*id));
        eprintln!("\ncargo ci: interrupted; everything it started has been ended");
        std::process::exit(130);
    };
    ctrlc::set_handler(handler).map_err(|error| crate::problem::Problem::new(format!("signal handler: {error}")))
}

#[cfg(unix)]
mod platform {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    pub fn lead_a_group(command: &mut Command) {
        command.process_group(0);
        // A SIGKILL leaves this process no time to end anybody, so on Linux the kernel does it. The signal comes when
        // the *thread* that started the child ends, which is why groups are started by threads that outlive them.
        #[cfg(target_os = "linux")]
        // SAFETY: pre_exec's rule (only async-signal-safe calls between fork and exec): prctl is one system call.
        unsafe {
            command.pre_exec(|| Ok(nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?));
        }
    }

    pub fn end_group(id: u32) {
        // The group may be gone already; there is nothing else to do about an error here.
        let _ = killpg(Pid::from_raw(id.cast_signed()), Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
mod platform {
    use std::process::Command;

    pub fn lead_a_group(_command: &mut Command) {}

    /// Without process groups only the child itself is ended, by `Group::drop`.
    pub fn end_group(_id: u32) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    #[test]
    fn a_dropped_group_takes_its_grandchildren_along() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 1000 & echo $!; wait"]).stdout(Stdio::piped());
        let mut group = Group::start(&mut shell).unwrap();
        let mut line = String::new();
        BufReader::new(group.child().stdout.take().unwrap()).read_line(&mut line).unwrap();
        let grandchild = nix::unistd::Pid::from_raw(line.trim().parse().unwrap());
        assert!(nix::sys::signal::kill(grandchild, None).is_ok());
        drop(group);
        // Whoever inherits orphans here reaps it; until then it is a zombie, which runs no more.
        let until = Instant::now() + Duration::from_secs(10);
        while std::fs::read_to_string(format!("/proc/{grandchild}/stat")).is_ok_and(|stat| !stat.contains(") Z")) {
            assert!(Instant::now() < until, "the grandchild still runs");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn waiting_is_bounded() {
        let mut group = Group::start(Command::new("sleep").arg("1000")).unwrap();
        assert!(group.wait(Duration::from_millis(10)).is_none());
        let mut group = Group::start(&mut Command::new("true")).unwrap();
        assert!(group.wait(Duration::from_secs(10)).unwrap().success());
    }
}
