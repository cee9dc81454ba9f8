//! TCP echo: one process for each server, pinned to one core, and one independent client on the other.

use super::server::Server;
use super::{Effort, Group, Row, Table, calls, median, peers};
use crate::problem::{Problem, Result};
use crate::progress::{Mark, Step};
use crate::steps::{self, on_path};
use std::process::Command;
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
        let calls = |words: &str| calls::per_request(words, connections, bytes, 500).unwrap_or(f64::NAN);
        let calls: Vec<f64> = match on_path("strace") {
            Some(_) => SERVERS.iter().map(|(_, words, _)| calls(words)).collect(),
            None => vec![f64::NAN; SERVERS.len()],
        };
        step.end(Mark::Ok, "");
        let rows = SERVERS.iter().zip(rounds).zip(calls).map(|(((label, _, limit), rounds), calls)| {
            let of = |part: fn(&Round) -> f64| rounds.iter().map(part).collect::<Vec<_>>();
            let more = [
                ("p50 us", median(of(|round| round.p50))),
                ("p99 us", median(of(|round| round.p99))),
                ("p99.9 us", median(of(|round| round.p999))),
                ("user us", median(of(|round| round.user))),
                ("kernel us", median(of(|round| round.kernel))),
                ("calls", calls),
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
    let mut server = Server::start(words)?;
    let load = [connections, bytes, millis].map(|number| number.to_string());
    let mut client = Command::new("taskset");
    client.args(["-c", "1"]).arg(peers().join("target/release/echo-client")).arg(&server.address).args(load);
    let output = steps::quiet(&mut client, Duration::from_millis(u64::from(millis)) * 2 + PATIENCE)?;
    let wrong = || {
        Problem::new(format!("the client of {} says: {}", server.shown, output.all.trim()))
            .next(format!("by hand: {}", steps::shown(&client)))
    };
    if !output.ok() {
        return Err(wrong());
    }
    let says: serde_json::Value = serde_json::from_str(output.stdout.trim()).map_err(|_| wrong())?;
    let number = |name: &str| says.get(name).and_then(serde_json::Value::as_f64).ok_or_else(wrong);
    let (requests, seconds) = (number("requests")?, number("seconds")?);
    let rate = requests / seconds;
    let (p50, p99, p999) = (number("p50")?, number("p99")?, number("p999")?);
    // The warm-up is a tenth of the time, and costs the server as much.
    let (user, kernel) = server.spent(requests * 1.1);
    Ok(Round { rate, p50, p99, p999, user, kernel })
}
