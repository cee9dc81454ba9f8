//! How many system calls a server makes for a request: counted by strace, in a run of its own, because being looked at is slow.

use super::server::Server;
use super::{echo, peers};
use crate::problem::{Context, Problem, Result};
use std::process::{Command, Stdio};

/// The system calls of a server for a request under this load: what a longer run makes more of than a short one, so that
/// neither the start nor the connections are in it.
pub fn per_request(words: &str, connections: u32, bytes: u32, millis: u32) -> Result<f64> {
    let short = counted(words, connections, bytes, millis)?;
    let long = counted(words, connections, bytes, 3 * millis)?;
    match (long.0 - short.0, long.1 - short.1) {
        (calls, requests) if requests > 0.0 => Ok(calls / requests),
        _ => Err(Problem::new(format!("{words} answered no more in the longer run"))),
    }
}

/// The system calls of a server in a run, and the requests.
fn counted(words: &str, connections: u32, bytes: u32, millis: u32) -> Result<(f64, f64)> {
    let counts = peers().join("target/calls");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-c", "-o"]).arg(&counts).stderr(Stdio::null());
    let server = Server::under(strace, words)?;
    let requests = echo::ask(&server, connections, bytes, millis, None)?.number("all")?;
    let shown = server.shown.clone();
    // Who counts writes what it counted when the program has ended.
    server.end()?;
    let counted = std::fs::read_to_string(&counts).doing(format_args!("reading {}", counts.display()))?;
    match total(&counted) {
        Some(calls) => Ok((calls as f64, requests)),
        None => Err(Problem::new(format!("no system calls of {shown} were counted"))),
    }
}

/// The last line of strace's table.
fn total(table: &str) -> Option<u64> {
    let line = table.lines().rev().find(|line| line.trim_end().ends_with(" total"))?;
    // Percent, seconds, microseconds a call, calls; some versions leave the third out.
    let words: Vec<&str> = line.split_whitespace().collect();
    let calls = words.iter().skip(2).filter_map(|word| word.parse::<u64>().ok());
    calls.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_read() {
        let table = "% time     seconds  usecs/call     calls    errors syscall\n\
                     ------ ----------- ----------- --------- --------- ------------------\n \
                     51.00    0.000034           1        34           sendto\n\
                     ------ ----------- ----------- --------- --------- ------------------\n\
                     100.00    0.000067           0      2068         3 total\n";
        assert_eq!(total(table), Some(2068));
        assert_eq!(total("nothing"), None);
    }
}
