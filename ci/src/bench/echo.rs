//! TCP echo: one process for each server, pinned to one core, and one independent client on the other.

use super::{Effort, Group, Row, Table, median, peers};
use crate::group::Group as Processes;
use crate::problem::{Context, Problem, Result};
use crate::progress::{Mark, Step};
use crate::steps;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A server: what it is called, its program with arguments, and whether it was written by hand.
const SERVERS: &[(&str, &str, bool)] = &[
    ("by hand, epoll", "echo-raw-epoll", true),
    ("by hand, io_uring", "echo-raw-uring", true),
    ("zokio, io_uring", "echo-zokio uring", false),
    ("zokio, epoll", "echo-zokio epoll", false),
    ("tokio", "echo-tokio", false),
    ("smol", "echo-smol", false),
    ("monoio", "echo-monoio", false),
    ("compio", "echo-compio", false),
];

/// Connections at once, and bytes in a message.
const LOADS: &[(u32, u32)] = &[(1, 64), (50, 64), (50, 1024), (1000, 64)];

/// A server must start, and a client end, within this beyond its own time.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a round brought.
struct Round {
    rate: f64,
    p50: f64,
    p99: f64,
    p999: f64,
    user: f64,
    kernel: f64,
}

/// Every server under every load, the servers in turn.
pub fn run(effort: Effort) -> Result<Vec<Table>> {
    let mut groups = Vec::new();
    for &(connections, bytes) in LOADS {
        let name = format!("{connections} connections, {bytes} bytes");
        let step = Step::start(format!("echo, {name}"));
        let mut rounds: Vec<Vec<Round>> = SERVERS.iter().map(|_| Vec::new()).collect();
        for _ in 0..effort.rounds {
            for ((label, words, _), rounds) in SERVERS.iter().zip(&mut rounds) {
                step.note(label);
                rounds.push(round(words, connections, bytes, effort.millis)?);
            }
        }
        step.end(Mark::Ok, "");
        let rows = SERVERS.iter().zip(rounds).map(|((label, _, limit), rounds)| {
            let of = |part: fn(&Round) -> f64| rounds.iter().map(part).collect::<Vec<_>>();
            let more = [
                ("p50 us", median(of(|round| round.p50))),
                ("p99 us", median(of(|round| round.p99))),
                ("p99.9 us", median(of(|round| round.p999))),
                ("user us", median(of(|round| round.user))),
                ("kernel us", median(of(|round| round.kernel))),
            ];
            Row::of(*label, *limit, of(|round| round.rate), more.to_vec())
        });
        groups.push(Group { name, rows: rows.collect() });
    }
    Ok(vec![Table {
        name: "echo",
        title: "TCP echo, server on one core, client on the other".to_owned(),
        unit: "requests/s",
        more_is_better: true,
        groups,
    }])
}

fn round(words: &str, connections: u32, bytes: u32, millis: u32) -> Result<Round> {
    let programs = peers().join("target/release");
    let mut words = words.split(' ');
    let program = programs.join(words.next().unwrap_or_default());
    let mut server = Processes::start(
        Command::new("taskset").args(["-c", "0"]).arg(&program).args(words).stdin(Stdio::null()).stdout(Stdio::piped()),
    )?;
    let shown = program.display().to_string();
    let output = server.child().stdout.take().ok_or_else(|| Problem::new("the server has no output"))?;
    let mut address = String::new();
    BufReader::new(output).read_line(&mut address).doing(format_args!("reading the address of {shown}"))?;
    if address.is_empty() {
        return Err(Problem::new(format!("{shown} ended before it listened")).next(format!("by hand: {shown}")));
    }
    let process = server.child().id();
    let before = processor_time(process);
    let load = [connections, bytes, millis].map(|number| number.to_string());
    let mut client = Command::new("taskset");
    client.args(["-c", "1"]).arg(programs.join("echo-client")).arg(address.trim()).args(load);
    let output = steps::quiet(&mut client, Duration::from_millis(u64::from(millis)) * 2 + PATIENCE)?;
    let after = processor_time(process);
    let wrong = || {
        Problem::new(format!("the client of {shown} says: {}", output.all.trim()))
            .next(format!("by hand: {}", steps::shown(&client)))
    };
    if !output.ok() {
        return Err(wrong());
    }
    let says: serde_json::Value = serde_json::from_str(output.stdout.trim()).map_err(|_| wrong())?;
    let number = |name: &str| says.get(name).and_then(serde_json::Value::as_f64).ok_or_else(wrong);
    let (requests, seconds) = (number("requests")?, number("seconds")?);
    // The warm-up is a tenth of the time, and costs the server as much.
    let each = |ticks: u64| ticks as f64 * 10_000.0 / (requests * 1.1);
    Ok(Round {
        rate: requests / seconds,
        p50: number("p50")?,
        p99: number("p99")?,
        p999: number("p999")?,
        user: each(after.0.saturating_sub(before.0)),
        kernel: each(after.1.saturating_sub(before.1)),
    })
}

/// User and kernel time of a process so far, in hundredths of a second.
fn processor_time(process: u32) -> (u64, u64) {
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
