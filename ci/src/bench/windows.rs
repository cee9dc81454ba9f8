//! TCP echo of programs for Windows, which wine runs; the client is the one of Linux.

use super::server::Server;
use super::{BUILD, Effort, Group, Row, Table, cargo, echo, in_turn, median, peers};
use crate::problem::Result;
use crate::progress::{Mark, Step};
use crate::steps;
use crate::windows::{TARGET, Wine, find};

/// A server: what it is called, and its program.
const SERVERS: &[(&str, &str)] = &[("zokio, IOCP", "echo-zokio"), ("tokio", "echo-tokio"), ("compio", "echo-compio")];

const CONNECTIONS: &[u32] = &[1, 50, 500];
const BYTES: u32 = 64;

/// Every server with every number of connections, the servers in turn. Nothing where there is no wine.
pub fn run(effort: Effort) -> Result<Option<Table>> {
    let Some(wine) = find() else {
        println!("  left out: echo on Windows, because wine is not here: cargo ci setup");
        return Ok(None);
    };
    let programs = SERVERS.iter().flat_map(|(_, program)| ["--bin", program]);
    let words: Vec<&str> = ["build", "--release", "--target", TARGET].into_iter().chain(programs).collect();
    steps::step("build the servers for Windows", &mut cargo(&words), BUILD)?;
    let mut groups = Vec::new();
    for &connections in CONNECTIONS {
        let name = format!("{connections} connections, {BYTES} bytes");
        let step = Step::start(format!("echo on Windows, {name}"));
        let rounds = in_turn(
            &step,
            effort,
            SERVERS,
            |server| server.0,
            |(_, program)| round(&wine, program, connections, effort.millis),
        )?;
        step.end(Mark::Ok, "");
        let rows = SERVERS.iter().zip(rounds).map(|((label, _), rounds)| {
            let of = |part: fn(&echo::Round) -> f64| rounds.iter().map(part).collect::<Vec<_>>();
            let more = [("p50 us", median(of(|round| round.p50))), ("p99 us", median(of(|round| round.p99)))];
            Row::of(*label, false, of(|round| round.rate), more.to_vec())
        });
        groups.push(Group { name, rows: rows.collect() });
    }
    Ok(Some(Table {
        name: "windows",
        title: "TCP echo on Windows as wine plays it, server on one core, client of Linux on the other".to_owned(),
        unit: "requests/s",
        more_is_better: true,
        groups,
    }))
}

fn round(wine: &Wine, program: &str, connections: u32, millis: u32) -> Result<echo::Round> {
    let program = peers().join("target").join(TARGET).join("release").join(program).with_extension("exe");
    let server = Server::of(wine.on_one_processor(&program), program.display().to_string())?;
    echo::round(server, connections, BYTES, millis, None)
}
