//! TCP echo: one process for each server, pinned to one core, and one independent client on the other.

use super::says::Says;
use super::server::Server;
use super::{Effort, Group, Row, Table, calls, in_turn, median, peers};
use crate::problem::Result;
use crate::progress::{Mark, Step};
use crate::steps::on_path;
use std::process::Command;
use std::time::Duration;

/// A server: what it is called, its program with arguments, and whether it was written by hand.
pub(super) const SERVERS: &[(&str, &str, bool)] = &[
    ("by hand, epoll", "echo-raw-epoll", true),
    ("by hand, io_uring", "echo-raw-uring", true),
    ("zokio, io_uring", "echo-zokio uring", false),
    ("zokio, epoll", "echo-zokio epoll", false),
    ("tokio", "echo-tokio", false),
    ("smol", "echo-smol", false),
    ("monoio", "echo-monoio", false),
    ("compio", "echo-compio", false),
    ("glommio", "echo-glommio", false),
];

/// Connections at once, and bytes in a message.
const LOADS: &[(u32, u32)] = &[(1, 64), (50, 64), (50, 1024), (1000, 64)];

/// Milliseconds in which system calls are counted, three times as many in the longer run: some thousand requests.
const COUNTED: u32 = 150;

/// What a round brought.
pub(super) struct Round {
    pub(super) rate: f64,
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
    pub(super) user: f64,
    pub(super) kernel: f64,
}

/// Every server under every load, the servers in turn.
pub fn run(effort: Effort) -> Result<Vec<Table>> {
    let mut groups = Vec::new();
    for &(connections, bytes) in LOADS {
        let name = format!("{connections} connections, {bytes} bytes");
        let step = Step::start(format!("echo, {name}"));
        let rounds = in_turn(
            &step,
            effort,
            SERVERS,
            |server| server.0,
            |(_, words, _)| round(Server::start(words)?, connections, bytes, effort.millis, None),
        )?;
        let calls = |words: &str| calls::per_request(words, connections, bytes, COUNTED).unwrap_or(f64::NAN);
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

/// One server under one load, of which `rate` is as for [`ask`].
pub(super) fn round(mut server: Server, connections: u32, bytes: u32, millis: u32, rate: Option<f64>) -> Result<Round> {
    let says = ask(&server, connections, bytes, millis, rate)?;
    let requests = says.number("requests")?;
    let (user, kernel) = server.spent(says.number("all")?);
    Ok(Round {
        rate: requests / says.number("seconds")?,
        p50: says.number("p50")?,
        p99: says.number("p99")?,
        p999: says.number("p999")?,
        user,
        kernel,
    })
}

/// Has the client ask `server` from the second core: so many requests a second, or as many as it gets answered.
pub(super) fn ask(server: &Server, connections: u32, bytes: u32, millis: u32, rate: Option<f64>) -> Result<Says> {
    let load = [connections, bytes, millis].map(|number| number.to_string());
    let mut client = Command::new("taskset");
    client.args(["-c", "1"]).arg(peers().join("target/release/echo-client")).arg(&server.address).args(load);
    client.args(rate.map(|rate| rate.to_string()));
    Says::of(&mut client, Duration::from_millis(u64::from(millis)) * 2)
}
