//! Latency under a load that does not wait: so many requests a second are due, whatever the server does.

use super::server::Server;
use super::{Effort, Group, Row, Table, echo, in_turn, median};
use crate::problem::Result;
use crate::progress::{Mark, Step};

const CONNECTIONS: u32 = 50;
const BYTES: u32 = 64;

/// Shares of what the fastest peer's server does at most. (A whole is where lines grow without end.)
const SHARES: &[(f64, &str)] = &[(0.5, "half"), (0.8, "four fifths")];

/// Every server under every load, the servers in turn. The load is a share of what tokio's does at most, which is found out
/// first.
pub fn run(effort: Effort) -> Result<Table> {
    let step = Step::start("latency: how much a server does at most");
    let most = echo::round(Server::start("echo-tokio")?, CONNECTIONS, BYTES, effort.millis, None)?.rate;
    step.end(Mark::Ok, "");
    let mut groups = Vec::new();
    for &(share, what) in SHARES {
        // As a round figure.
        let rate = (most * share / 1000.0).round() * 1000.0;
        let step = Step::start(format!("latency, {rate} requests/s"));
        let rounds = in_turn(
            &step,
            effort,
            echo::SERVERS,
            |server| server.0,
            |(_, words, _)| echo::round(Server::start(words)?, CONNECTIONS, BYTES, effort.millis, Some(rate)),
        )?;
        step.end(Mark::Ok, "");
        let rows = echo::SERVERS.iter().zip(rounds).map(|((label, _, limit), rounds)| {
            let of = |part: fn(&echo::Round) -> f64| rounds.iter().map(part).collect::<Vec<_>>();
            let more = [
                ("p50 us", median(of(|round| round.p50))),
                ("p99.9 us", median(of(|round| round.p999))),
                ("user us", median(of(|round| round.user))),
                ("kernel us", median(of(|round| round.kernel))),
                ("requests/s", median(of(|round| round.rate))),
            ];
            Row::of(*label, *limit, of(|round| round.p99), more.to_vec())
        });
        let name = format!("{rate} requests/s, {what} of what tokio does at most, {CONNECTIONS} connections");
        groups.push(Group { name, rows: rows.collect() });
    }
    Ok(Table {
        name: "latency",
        title: "Latency under a fixed load: the time from when a request is due to its answer, in 99 of 100 cases"
            .to_owned(),
        unit: "p99 us",
        more_is_better: false,
        groups,
    })
}
