//! `cargo ci demo`: one application on every machine, one session with a stock client, one table.

use crate::benchmark::{self, Load, Rates};
use crate::client::Client;
use crate::machines::{MACHINES, Machine, Start};
use crate::problem::Result;
use crate::progress::{GREEN, Mark, RED, Step, paint};
use crate::results::Count;
use crate::running::Running;
use crate::sections::Sizes;
use crate::session::CHECKS;
use crate::setup::Tools;
use crate::table::{self, grouped};
use std::path::PathBuf;
use std::time::Duration;

const BENCHMARK: Duration = Duration::from_secs(300);

/// What came of one machine.
#[derive(Default)]
struct Row {
    sizes: Option<Sizes>,
    commands: u64,
    passed: usize,
    failed: usize,
    rates: [Option<Rates>; 2],
}

/// Runs the session on every machine, with the benchmark if `measure`, and prints the table. Counts the checks.
pub fn run(tools: &Tools, measure: bool) -> Count {
    let mut images: Vec<(usize, Result<PathBuf>)> = Vec::new();
    for (number, machine) in MACHINES.iter().enumerate() {
        let built = images.iter().find(|(other, _)| MACHINES[*other].kv == machine.kv);
        let image = built.map_or_else(|| machine.kv.build(), |(_, image)| image.clone());
        images.push((number, image));
    }
    let rows: Vec<Row> =
        MACHINES.iter().zip(&images).map(|(machine, (_, image))| one(machine, image, tools, measure)).collect();
    println!("\n{}", lay_out(&rows, measure));
    let sum = |part: fn(&Row) -> usize| rows.iter().map(part).sum();
    Count { passed: sum(|row| row.passed), failed: sum(|row| row.failed) }
}

/// The session on one machine, without a table. Counts the checks.
pub fn alone(machine: &Machine, tools: &Tools) -> Count {
    let row = one(machine, &machine.kv.build(), tools, false);
    Count { passed: row.passed, failed: row.failed }
}

fn one(machine: &Machine, image: &Result<PathBuf>, tools: &Tools, measure: bool) -> Row {
    let mut row = Row::default();
    let step = Step::start(format!("session on {}", machine.name));
    let mut problems = Vec::new();
    let started = image.clone().and_then(|image| {
        row.sizes = Sizes::of(&image).ok();
        Running::start(machine, &image, tools)
    });
    match started {
        Err(problem) => problems.push(problem),
        Ok(mut running) => {
            let mut client = running.client();
            for check in CHECKS {
                step.note(check.name);
                match check.run(&mut client, &machine.limits) {
                    Ok(applies) => row.passed += usize::from(applies),
                    Err(problem) => problems.push(running.with_log(problem)),
                }
            }
            if measure && problems.is_empty() {
                match rates(machine, &mut client, &step) {
                    Ok(rates) => row.rates = rates,
                    Err(problem) => problems.push(running.with_log(problem)),
                }
            }
            row.commands = client.commands();
        }
    }
    row.failed = problems.len();
    let mark = if problems.is_empty() { Mark::Ok } else { Mark::Failed };
    step.end(mark, &format!("{} checks passed, {} failed", row.passed, row.failed));
    for problem in problems {
        println!("       {problem}");
    }
    row
}

/// Full load where there is TCP. A line takes one client at a time; what it carries is measured too, with one.
fn rates(machine: &Machine, client: &mut Client, step: &Step) -> Result<[Option<Rates>; 2]> {
    let loads = match machine.start {
        Start::Tcp { .. } => [1, 16].map(|pipeline| Load { clients: 50, requests: 100_000, pipeline, core: None }),
        Start::Ethernet => [1, 16].map(|pipeline| Load { clients: 4, requests: 10_000, pipeline, core: None }),
        _ => [1, 16].map(|pipeline| Load { clients: 1, requests: 2_000, pipeline, core: None }),
    };
    let mut rates = [None; 2];
    for (load, rates) in loads.into_iter().zip(&mut rates) {
        step.note(&format!("redis-benchmark -c {} -P {}", load.clients, load.pipeline));
        *rates = Some(benchmark::run(step, client.port(), load, BENCHMARK)?);
        client.count(load.commands());
    }
    client.still_serves().map_err(|problem| problem.while_doing("after redis-benchmark"))?;
    Ok(rates)
}

fn lay_out(rows: &[Row], measured: bool) -> String {
    let mut head = vec!["machine", "driver", "text", "data", "bss", "static RAM", "commands"];
    if measured {
        head.extend(["set/get/incr per s", "with -P 16"]);
    }
    head.push("result");
    let cells = MACHINES.iter().zip(rows).map(|(machine, row)| {
        let size = |part: fn(&Sizes) -> u64| row.sizes.as_ref().map_or("-".to_owned(), |sizes| grouped(part(sizes)));
        let mut cells = vec![machine.name.to_owned(), machine.driver.to_owned()];
        cells.extend([
            size(|s| s.text),
            size(|s| s.data),
            size(|s| s.bss),
            size(Sizes::static_ram),
            grouped(row.commands),
        ]);
        if measured {
            cells.extend(row.rates.iter().map(|rates| rates.map_or("-".to_owned(), |rates| rates.shown())));
        }
        let (word, colour) = if row.failed == 0 { ("passed", GREEN) } else { ("FAILED", RED) };
        cells.push(paint(word, colour));
        cells
    });
    table::lay_out(&head, &cells.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_per_machine_and_says_which_failed() {
        let row = |failed| Row { sizes: None, commands: 1234, passed: 3, failed, rates: [None, None] };
        let rows: Vec<Row> = (0..MACHINES.len()).map(|number| row(usize::from(number == 2))).collect();
        let text = lay_out(&rows, true);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2 + MACHINES.len());
        assert!(lines[2].contains("passed") && lines[4].contains("FAILED") && lines[3].contains("1 234"), "{text}");
        assert!(!lay_out(&rows, false).contains("per s"));
    }

    /// The session itself is right if the program whose clients we use passes it. Run it with redis-server installed:
    /// `cargo test -p zokio-ci -- --ignored`.
    #[test]
    #[ignore = "needs redis-server"]
    fn the_session_passes_on_redis() {
        use crate::machines::Limits;
        use crate::steps::command;
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let words =
            format!("--port {port} --save '' --notify-keyspace-events Ex --loglevel warning --proto-max-bulk-len 1mb");
        let mut redis = command("redis-server", words.split(' ').map(|word| if word == "''" { "" } else { word }));
        let _redis = crate::group::Group::start(&mut redis).unwrap();
        let mut client = Client::new(vec![port], true);
        let until = std::time::Instant::now() + Duration::from_secs(20);
        while client.cli(&["PING"]).is_err() {
            assert!(std::time::Instant::now() < until, "redis-server does not answer");
        }
        // Redis has no number of keys that it is full with.
        let limits = Limits { value_too_long: (1 << 20) + 1, keys: 0 };
        for check in CHECKS {
            match check.run(&mut client, &limits) {
                Ok(applies) => println!("{}: {applies}", check.name),
                Err(problem) => panic!("{problem}"),
            }
        }
        let step = Step::start("redis-benchmark");
        let load = Load { clients: 50, requests: 10_000, pipeline: 16, core: None };
        println!("{}", benchmark::run(&step, port, load, BENCHMARK).unwrap().shown());
    }
}
