//! How many system calls a server makes for a request: counted by strace, in a run of its own, because being looked at is slow.

use super::peers;
use crate::group::Group as Processes;
use crate::problem::{Context, Problem, Result};
use crate::steps;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// The system calls of a server for a request under this load.
pub fn per_request(words: &str, connections: u32, bytes: u32, millis: u32) -> Result<f64> {
    let programs = peers().join("target/release");
    let counts = peers().join("target/calls");
    let mut words = words.split(' ');
    let program = programs.join(words.next().unwrap_or_default());
    let shown = program.display().to_string();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-c", "-o"]).arg(&counts).arg(&program).args(words);
    let mut server = Processes::start(strace.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()))?;
    let output = server.child().stdout.take().ok_or_else(|| Problem::new("the server has no output"))?;
    let mut address = String::new();
    BufReader::new(output).read_line(&mut address).doing(format_args!("reading the address of {shown}"))?;
    let load = [connections, bytes, millis].map(|number| number.to_string());
    let mut client = Command::new(programs.join("echo-client"));
    client.arg(address.trim()).args(load);
    let output = steps::quiet(&mut client, Duration::from_millis(u64::from(millis)) * 2 + PATIENCE)?;
    // The program, not the one who counts: that writes what it counted when the program has ended.
    let id = server.child().id().to_string();
    steps::quiet(Command::new("pkill").args(["-TERM", "-P", &id]), PATIENCE)?;
    server.child().wait().doing(format_args!("waiting for {shown}"))?;
    let counted = std::fs::read_to_string(&counts).doing(format_args!("reading {}", counts.display()))?;
    let says: serde_json::Value = serde_json::from_str(output.stdout.trim()).unwrap_or_default();
    let requests = says.get("requests").and_then(serde_json::Value::as_f64);
    match (requests, total(&counted)) {
        // The warm-up is a tenth of the time.
        (Some(requests), Some(calls)) if requests > 0.0 => Ok(calls as f64 / (requests * 1.1)),
        _ => Err(Problem::new(format!("no system calls of {shown} were counted"))),
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
