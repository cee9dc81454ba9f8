//! One runtime alone in a process with very many things of a kind: memory for each, and time.

use super::says::Says;
use super::{Effort, Group, Row, Table, in_turn, peers};
use crate::problem::Result;
use crate::progress::{Mark, Step};
use std::process::Command;
use std::time::Duration;

/// What they are called, and by the program.
const CONTENDERS: &[(&str, &str)] = &[
    ("zokio, io_uring", "zokio-uring"),
    ("zokio, epoll", "zokio-epoll"),
    ("tokio", "tokio"),
    ("smol", "smol"),
    ("monoio", "monoio"),
    ("compio", "compio"),
    ("glommio", "glommio"),
];

/// Whose wakers may be used by other threads only with a feature that costs it elsewhere, or not at all.
const OF_ONE_THREAD: &[&str] = &["monoio", "glommio"];

struct Work {
    program: &'static str,
    what: &'static str,
    /// Whether other threads wake.
    threads: bool,
    /// Whether one run says it all: memory, or the sum of a million.
    steady: bool,
}

const MEMORY: &[Work] = &[
    Work {
        program: "tasks",
        what: "one of a million tasks that wait, its future of 32 bytes",
        threads: false,
        steady: true,
    },
    Work { program: "timers", what: "one of a million tasks that sleep", threads: false, steady: true },
    Work {
        program: "connections",
        what: "one of 5000 connections that a task reads from",
        threads: false,
        steady: true,
    },
];

const TIME: &[Work] = &[
    Work {
        program: "million",
        what: "one of a million tasks that sleep for up to a second, processor time",
        threads: false,
        steady: true,
    },
    Work {
        program: "pummel-1",
        what: "a wake by another thread, which does nothing else",
        threads: true,
        steady: false,
    },
    Work { program: "pummel-8", what: "a wake by eight threads, which do nothing else", threads: true, steady: false },
];

/// All of it, the runtimes in turn.
pub fn run(effort: Effort) -> Result<Vec<Table>> {
    let table = |name, title: &str, unit, number, work| {
        let groups = groups(effort, number, work)?;
        Ok(Table { name, title: title.to_owned(), unit, more_is_better: false, groups })
    };
    Ok(vec![
        table("memory", "Memory in use for each of very many, allocator included", "bytes", "bytes", MEMORY)?,
        table("many", "Time for each of very many", "ns", "nanos", TIME)?,
    ])
}

fn groups(effort: Effort, number: &str, all: &[Work]) -> Result<Vec<Group>> {
    let groups = all.iter().map(|work| {
        let step = Step::start(format!("alone: {}", work.program));
        let takes_part = |(_, program): &&(&str, &str)| !work.threads || !OF_ONE_THREAD.contains(program);
        let contenders: Vec<_> = CONTENDERS.iter().filter(takes_part).collect();
        let effort = if work.steady { Effort { rounds: 1, ..effort } } else { effort };
        let figures = in_turn(&step, effort, &contenders, |one| one.0, |one| figure(one.1, work.program, number))?;
        step.end(Mark::Ok, "");
        let rows = contenders.iter().zip(figures).map(|(one, figures)| Row::of(one.0, false, figures, vec![]));
        Ok(Group { name: work.what.to_owned(), rows: rows.collect() })
    });
    groups.collect()
}

fn figure(runtime: &str, work: &str, number: &str) -> Result<f64> {
    let mut alone = Command::new(peers().join("target/release/alone"));
    alone.args([runtime, work]);
    Says::of(&mut alone, Duration::from_secs(30))?.number(number)
}
