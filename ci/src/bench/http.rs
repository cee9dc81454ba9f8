//! Hello over HTTP: the same hyper on Zokio and on tokio, asked by wrk.

use super::says::PATIENCE;
use super::server::Server;
use super::{Effort, Group, Row, Table, in_turn, median};
use crate::problem::{Problem, Result};
use crate::progress::{Mark, Step};
use crate::steps::{self, command, on_path};
use std::time::Duration;

const SERVERS: &[(&str, &str)] =
    &[("zokio, io_uring", "http-zokio uring"), ("zokio, epoll", "http-zokio epoll"), ("tokio", "http-tokio")];

const CONNECTIONS: &[u32] = &[1, 50, 500];

struct Round {
    rate: f64,
    p50: f64,
    p99: f64,
    user: f64,
    kernel: f64,
}

/// Every server with every number of connections, the servers in turn. Nothing where there is no wrk.
pub fn run(effort: Effort) -> Result<Option<Table>> {
    if on_path("wrk").is_none() {
        println!("  left out: HTTP, because wrk is not here: cargo ci setup");
        return Ok(None);
    }
    let mut groups = Vec::new();
    for &connections in CONNECTIONS {
        let name = format!("{connections} connections");
        let step = Step::start(format!("HTTP, {name}"));
        let rounds =
            in_turn(&step, effort, SERVERS, |server| server.0, |(_, words)| round(words, connections, effort.millis))?;
        step.end(Mark::Ok, "");
        let rows = SERVERS.iter().zip(rounds).map(|((label, _), rounds)| {
            let of = |part: fn(&Round) -> f64| rounds.iter().map(part).collect::<Vec<_>>();
            let more = [
                ("p50 us", median(of(|round| round.p50))),
                ("p99 us", median(of(|round| round.p99))),
                ("user us", median(of(|round| round.user))),
                ("kernel us", median(of(|round| round.kernel))),
            ];
            Row::of(*label, false, of(|round| round.rate), more.to_vec())
        });
        groups.push(Group { name, rows: rows.collect() });
    }
    Ok(Some(Table {
        name: "http",
        title: "Hello over HTTP/1.1, the same hyper, wrk on the other core".to_owned(),
        unit: "requests/s",
        more_is_better: true,
        groups,
    }))
}

fn round(words: &str, connections: u32, millis: u32) -> Result<Round> {
    let mut server = Server::start(words)?;
    let seconds = millis.div_ceil(1000);
    let mut wrk = command("taskset", ["-c", "1", "wrk", "-t1", "--latency"]);
    wrk.arg(format!("-c{connections}")).arg(format!("-d{seconds}s")).arg(format!("http://{}/", server.address));
    let output = steps::quiet(&mut wrk, Duration::from_secs(seconds.into()) + PATIENCE)?;
    let parsed = if output.ok() { parse(&output.stdout) } else { None };
    let Some((requests, rate, p50, p99)) = parsed else {
        return Err(Problem::new(format!("wrk says of {}: {}", server.shown, output.all.trim()))
            .next(format!("by hand: {}", steps::shown(&wrk))));
    };
    let (user, kernel) = server.spent(requests);
    Ok(Round { rate, p50, p99, user, kernel })
}

/// Requests, requests a second, and two latencies in microseconds; nothing where an answer was not as it should be.
fn parse(says: &str) -> Option<(f64, f64, f64, f64)> {
    if says.contains("Non-2xx") || says.contains("Socket errors") {
        return None;
    }
    let after = |mark: &str| says.lines().find_map(|line| line.trim().strip_prefix(mark)).map(str::trim);
    let requests = says.lines().find_map(|line| line.trim().split_once(" requests in ")?.0.parse().ok())?;
    Some((requests, after("Requests/sec:")?.parse().ok()?, micros(after("50%")?)?, micros(after("99%")?)?))
}

fn micros(text: &str) -> Option<f64> {
    let (number, scale) = [("us", 1.0), ("ms", 1e3), ("s", 1e6)]
        .into_iter()
        .find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, scale)))?;
    Some(number.parse::<f64>().ok()? * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAYS: &str = "Running 3s test @ http://127.0.0.1:1/\n  Latency Distribution\n     50%  173.00us\n     75%  201.00us\n\
                        \x20    99%    2.02ms\n  420924 requests in 3.00s, 41.74MB read\nRequests/sec: 140268.57\n";

    #[test]
    fn what_wrk_says_is_read() {
        assert_eq!(parse(SAYS), Some((420_924.0, 140_268.57, 173.0, 2020.0)));
        assert_eq!(parse(&format!("{SAYS}  Non-2xx or 3xx responses: 7\n")), None);
        assert_eq!(parse(&format!("{SAYS}  Socket errors: connect 0, read 3, write 0, timeout 0\n")), None);
        assert_eq!(parse("nothing"), None);
    }
}
