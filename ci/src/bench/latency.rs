//! Latency under a load that does not wait: so many requests a second are due, whatever the server does.

use super::server::Server;
use super::{Effort, Group, Row, Table, echo, in_turn, median};
use crate::problem::Result;
use crate::progress::{Mark, Step};

const CONNECTIONS: u32 = 50;
const BYTES: u32 = 64;

/// Shares of what the fastest peer's server does at most. (A whole is where lines grow without end.)
const SHARES: &[(f64, &str)] = &[(0.5, "half"), (0.8, "four fifths")];

/// What a round brought, in microseconds, but for the requests a second.
struct Round {
    rate: f64,
    p50: f64,
    p99: f64,
    p999: f64,
    user: f64,
    kernel: f64,
}

/// Every server under every load, the servers in turn. The load is a share of what tokio's does at most, which is found out
/// first.
pub fn run(effort: Effort) -> Result<Table> {
    let step = Step::start("latency: how much a server does at most");
    let server = Server::start("echo-tokio")?;
    let says = echo::ask(&server, CONNECTIONS, BYTES, effort.millis, None)?;
    let most = says.number("requests")? / says.number("seconds")?;
    drop(server);
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
            |(_, words, _)| round(words, rate, effort.millis),
        )?;
        step.end(Mark::Ok, "");
        let rows = echo::SERVERS.iter().zip(rounds).map(|((label, _, limit), rounds)| {
            let of = |part: fn(&Round) -> f64| rounds.iter().map(part).collect::<Vec<_>>();
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

fn round(words: &str, rate: f64, millis: u32) -> Result<Round> {
    let mut server = Server::start(words)?;
    let says = echo::ask(&server, CONNECTIONS, BYTES, millis, Some(rate))?;
    let requests = says.number("requests")?;
    let (user, kernel) = server.spent(echo::with_warm_up(requests));
    Ok(Round {
        rate: requests / says.number("seconds")?,
        p50: says.number("p50")?,
        p99: says.number("p99")?,
        p999: says.number("p999")?,
        user,
        kernel,
    })
}
