//! A server on a core of its own.

use super::peers;
use super::says::PATIENCE;
use crate::group::Group as Processes;
use crate::problem::{Context, Problem, Result};
use crate::steps;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// A server that runs; it ends with this.
pub struct Server {
    processes: Processes,
    /// Where it listens.
    pub address: String,
    /// Its program.
    pub shown: String,
    before: (u64, u64),
}

impl Server {
    /// Starts a program of the peers, with its arguments, on the first core; it says where it listens.
    pub fn start(words: &str) -> Result<Self> {
        let mut pinned = Command::new("taskset");
        pinned.args(["-c", "0"]);
        Self::under(pinned, words)
    }

    /// As [`start`](Self::start), run by another command.
    pub fn under(mut command: Command, words: &str) -> Result<Self> {
        let mut words = words.split(' ');
        let program = peers().join("target/release").join(words.next().unwrap_or_default());
        command.arg(&program).args(words);
        Self::of(command, program.display().to_string())
    }

    /// As [`start`](Self::start), by a whole command.
    pub fn of(mut command: Command, shown: String) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut processes = Processes::start(&mut command)?;
        let output = processes.child().stdout.take().ok_or_else(|| Problem::new("the server has no output"))?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address).doing(format_args!("reading the address of {shown}"))?;
        if address.is_empty() {
            return Err(Problem::new(format!("{shown} ended before it listened")).next(format!("by hand: {shown}")));
        }
        let before = processor_time(processes.child().id());
        Ok(Self { processes, address: address.trim().to_owned(), shown, before })
    }

    /// Ends the program, and waits until the command that runs it has ended too.
    pub fn end(mut self) -> Result<()> {
        let id = self.processes.child().id().to_string();
        steps::quiet(Command::new("pkill").args(["-TERM", "-P", &id]), PATIENCE)?;
        self.processes.child().wait().doing(format_args!("waiting for {}", self.shown)).map(drop)
    }

    /// User and kernel time since the start, in microseconds for each of so many requests.
    pub fn spent(&mut self, requests: f64) -> (f64, f64) {
        let after = processor_time(self.processes.child().id());
        let each = |ticks: u64| ticks as f64 * TICK / requests;
        (each(after.0.saturating_sub(self.before.0)), each(after.1.saturating_sub(self.before.1)))
    }
}

/// Of what [`processor_time`] counts, in microseconds.
pub const TICK: f64 = 10_000.0;

/// User and kernel time of a process so far, in ticks.
pub fn processor_time(process: u32) -> (u64, u64) {
    parse(&std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default()).unwrap_or_default()
}

fn parse(stat: &str) -> Option<(u64, u64)> {
    // The name, in parentheses, may have spaces in it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    Some((fields.get(11)?.parse().ok()?, fields.get(12)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_past_the_name() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194304 100 0 0 0 17 5 0 0 20 0 1 0 1000 1 1";
        assert_eq!(parse(stat), Some((17, 5)));
        assert_eq!(parse(""), None);
    }
}
