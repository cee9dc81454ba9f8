//! Work within one process, measured by criterion.

use super::{BUILD, Effort, Group, Row, Table, cargo, peers};
use crate::problem::{Context, Problem, Result};
use crate::progress::{Mark, Step};
use crate::steps;
use std::path::Path;

/// The pieces of work, how many operations each is, and what an operation is.
const WORK: &[(&str, f64, &str)] = &[
    ("spawn_join", 1000.0, "spawn a task, run it, join it"),
    ("spawn_many", 1000.0, "one of 1000 tasks spawned at once, then joined"),
    ("yields", 2000.0, "give way, two tasks in turn"),
    ("ping_pong", 1000.0, "a value to another task and back, over two channels"),
    ("timer_cancel", 1000.0, "create a sleep, poll it, drop it"),
    ("live_timers", 100_000.0, "one of 100 000 sleeps that wait at once, then dropped"),
    ("net_echo", 8.0, "512 KiB over TCP and back, of eight over a new connection, both ends on this thread"),
];

const CONTENDERS: &[&str] = &["zokio", "tokio", "smol", "monoio", "compio", "glommio", BY_HAND];

/// No runtime, but the limit.
const BY_HAND: &str = "by hand";

/// What Zokio has bounds for, and no peers: handing a read to the driver is the first poll of its future.
const OWN: &[(&str, f64, &str)] =
    &[("pool_cycle", 1000.0, "a place of a pool taken and given back"), ("submit", 32.0, "a read of a file submitted")];

/// Who cannot do which work: a task of glommio's can have 32 767 wakers at most, smol has no such channels, and by hand one thread
/// would not have two ends.
const CANNOT: &[(&str, &str)] =
    &[("live_timers", "glommio"), ("net_echo", BY_HAND), ("sync-watch", "smol"), ("sync-broadcast", "smol")];

/// The same for several workers, where monoio, compio and glommio have none that share.
const SHARED_WORK: &[(&str, f64, &str)] = &[
    ("workers-spawn_many_local", 10_000.0, "one of 10 000 tasks spawned by a task"),
    ("workers-spawn_many_remote", 10_000.0, "one of 10 000 tasks spawned from outside"),
    ("workers-yield_many", 200_000.0, "give way, 200 tasks"),
    ("workers-ping_pong", 1000.0, "two tasks answer each other once, 1000 pairs"),
    ("workers-chained_spawn", 1000.0, "a task spawns the next"),
    ("workers-mpsc", 10_000.0, "a value from one of five tasks to another"),
    ("workers-remote_spawn_1", 12_800.0, "one of 12 800 tasks spawned by one thread"),
    ("workers-remote_spawn_8", 12_800.0, "one of 12 800 tasks spawned by eight threads at once"),
];

/// What tasks of several workers share.
const SYNC: &[(&str, f64, &str)] = &[
    ("sync-channel_alone", 5000.0, "a value sent and taken by one task"),
    ("sync-channel_full", 5000.0, "a value from one of five tasks, through a channel for 100"),
    ("sync-ring", 90_000.0, "a value to the next of 300 tasks in a ring"),
    ("sync-semaphore", 6000.0, "one of ten permits, for six tasks"),
    ("sync-semaphore_short", 1200.0, "one of two permits, for six tasks that give way with it"),
    ("sync-readers", 6000.0, "a look at what a lock guards, by six tasks"),
    ("sync-readers_and_writer", 1200.0, "a look, or one of six times a change, giving way"),
    ("sync-mutex", 1200.0, "a lock for one of six tasks, giving way with it"),
    ("sync-notify_all", 5000.0, "one of 100 tasks woken at once"),
    ("sync-watch", 10_000.0, "the latest value, to one of 100 tasks"),
    ("sync-broadcast", 10_000.0, "each value, to one of 100 tasks"),
    ("sync-timeouts", 10_000.0, "a bound of a second for what is ready"),
    ("sync-blocking", 1280.0, "a call on the pool of threads that may block, 16 at a time of eight tasks"),
];

const SHARED_CONTENDERS: &[&str] = &["zokio", "tokio", "smol"];

/// Runs all and reads what criterion estimated.
pub fn run(effort: Effort) -> Result<Vec<Table>> {
    measure(effort, "in_process")?;
    let one = groups(WORK, CONTENDERS)?;
    let own = groups(OWN, &["zokio"])?;
    measure(effort, "workers")?;
    let workers = groups(SHARED_WORK, SHARED_CONTENDERS)?;
    let sync = groups(SYNC, SHARED_CONTENDERS)?;
    let table = |name, title: &str, groups| Table {
        name,
        title: format!("{title}: time for each operation"),
        unit: "ns",
        more_is_better: false,
        groups,
    };
    Ok(vec![
        table("in-process", "One thread, one process", one),
        table("own", "Zokio alone, one thread", own),
        table("workers", "Two workers, one process", workers),
        table("sync", "Channels, locks, timeouts and blocking calls of tasks on two workers", sync),
    ])
}

/// Has criterion measure all that is in `bench`.
fn measure(effort: Effort, bench: &str) -> Result<()> {
    let (seconds, samples) = (effort.seconds.to_string(), effort.samples.to_string());
    let warm_up = (effort.seconds / 3.0).to_string();
    let measure = ["--measurement-time", &seconds, "--warm-up-time", &warm_up, "--sample-size", &samples];
    // Only the estimates are read: no pictures, and they need no more resamples than this to be stable.
    let only = ["--noplot", "--nresamples", "10000"];
    let args: Vec<&str> = ["bench", "--bench", bench, "--"].into_iter().chain(measure).chain(only).collect();
    let step = Step::start(format!("work within one process, {bench}"));
    let output = steps::within(&step, &mut cargo(&args), BUILD)?;
    step.end(if output.ok() { Mark::Ok } else { Mark::Failed }, "");
    if !output.ok() {
        steps::show(&output);
        return Err(Problem::new("the benchmark of work within one process failed"));
    }
    Ok(())
}

/// What criterion estimated of this work.
fn groups(work: &[(&str, f64, &str)], contenders: &[&str]) -> Result<Vec<Group>> {
    let estimates = peers().join("target/criterion");
    let groups = work.iter().map(|(work, operations, what)| {
        let row = |contender: &&str| {
            let (median, low, high) = estimate(&estimates.join(work).join(contender).join("new/estimates.json"))?;
            let each = |nanos: f64| nanos / operations;
            let limit = *contender == BY_HAND;
            let contender = (*contender).to_owned();
            Ok(Row { contender, limit, median: each(median), low: each(low), high: each(high), more: vec![] })
        };
        let can = |contender: &&&str| !CANNOT.contains(&(*work, **contender));
        Ok(Group { name: (*what).to_owned(), rows: contenders.iter().filter(can).map(row).collect::<Result<_>>()? })
    });
    groups.collect()
}

/// The median and its confidence interval, in nanoseconds.
fn estimate(path: &Path) -> Result<(f64, f64, f64)> {
    let text = std::fs::read_to_string(path).doing(format_args!("reading {}", path.display()))?;
    parse(&text).ok_or_else(|| Problem::new(format!("{} is not what criterion writes", path.display())))
}

fn parse(text: &str) -> Option<(f64, f64, f64)> {
    let estimates: serde_json::Value = serde_json::from_str(text).ok()?;
    let median = estimates.get("median")?;
    let interval = median.get("confidence_interval")?;
    Some((
        median.get("point_estimate")?.as_f64()?,
        interval.get("lower_bound")?.as_f64()?,
        interval.get("upper_bound")?.as_f64()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_criterion_writes_is_read() {
        let text = r#"{"mean":{},"median":{"confidence_interval":{"confidence_level":0.95,"lower_bound":1.0,
                       "upper_bound":3.5},"point_estimate":2.0,"standard_error":0.1}}"#;
        assert_eq!(parse(text), Some((2.0, 1.0, 3.5)));
        assert_eq!(parse("{}"), None);
    }
}
