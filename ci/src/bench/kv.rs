//! The key-value server beside redis-server, both under redis-benchmark.

use super::server::{TICK, processor_time};
use super::{BUILD, Effort, Group, Row, Table, in_turn, median};
use crate::benchmark::{self, Load, Rates};
use crate::group::Group as Processes;
use crate::problem::{Problem, Result};
use crate::progress::{Mark, Step};
use crate::repository::{Workspace, cargo, target_folder};
use crate::running::free_port;
use crate::steps::{self, on_path};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// From the start to the first connection.
const BOOT: Duration = Duration::from_secs(20);

const SERVERS: &[(&str, Option<&str>)] =
    &[("redis-server", None), ("zokio kv, io_uring", Some("uring")), ("zokio kv, epoll", Some("epoll"))];

/// SET, GET and INCR per second with 50 clients, without and with a pipeline. Nothing where there is no redis-server.
pub fn run(effort: Effort) -> Result<Option<Table>> {
    if on_path("redis-server").is_none() || on_path("redis-benchmark").is_none() {
        println!("  left out: kv beside redis-server; apt-get install redis-server redis-tools brings them");
        return Ok(None);
    }
    steps::step("build kv-server", &mut cargo(Workspace::Host, "build", ["--release", "-p", "kv-server"]), BUILD)?;
    let mut groups = Vec::new();
    for (pipeline, requests) in [(1, 25 * effort.millis), (16, 200 * effort.millis)] {
        let step = Step::start(format!("kv, 50 clients, pipeline {pipeline}"));
        let rates = in_turn(
            &step,
            effort,
            SERVERS,
            |server| server.0,
            |(_, driver)| round(&step, *driver, Load { clients: 50, requests, pipeline, core: Some(1) }),
        )?;
        step.end(Mark::Ok, "");
        type Part = fn(&Rates) -> f64;
        // A client that is slower than all servers makes them equal; what each of them spent says which is the faster.
        let spent = |rounds: &[(Rates, f64)]| {
            let spent = median(rounds.iter().map(|(_, spent)| *spent).collect());
            vec![("server us", spent)]
        };
        let parts: [(&str, Part); 3] =
            [("SET", |rates| rates.set), ("GET", |rates| rates.get), ("INCR", |rates| rates.incr)];
        for (command, part) in parts {
            let rows = SERVERS.iter().zip(&rates).map(|((label, _), rounds)| {
                Row::of(*label, false, rounds.iter().map(|(rates, _)| part(rates)).collect(), spent(rounds))
            });
            groups.push(Group { name: format!("{command}, pipeline {pipeline}"), rows: rows.collect() });
        }
    }
    Ok(Some(Table {
        name: "kv",
        title: "Key-value server under redis-benchmark, 50 clients".to_owned(),
        unit: "requests/s",
        more_is_better: true,
        groups,
    }))
}

/// The rates, and the processor time of the server for a request, in microseconds.
fn round(step: &Step, driver: Option<&str>, load: Load) -> Result<(Rates, f64)> {
    let port = free_port()?;
    let mut server = Command::new("taskset");
    server.args(["-c", "0"]);
    match driver {
        Some(driver) => {
            server.arg(target_folder().join("release/kv-server"));
            server.args(["--listen", &format!("127.0.0.1:{port}"), "--driver", driver]);
        }
        None => {
            server.args(["redis-server", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
        }
    }
    let shown = steps::shown(&server);
    let mut server = Processes::start(server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))?;
    let until = Instant::now() + BOOT;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if Instant::now() > until {
            return Err(Problem::new("the server does not answer").next(format!("by hand: {shown}")));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let before = processor_time(server.child().id());
    let rates = benchmark::run(step, port, load, Duration::from_secs(300))?;
    let after = processor_time(server.child().id());
    let ticks = (after.0 + after.1).saturating_sub(before.0 + before.1);
    Ok((rates, ticks as f64 * TICK / load.commands() as f64))
}
