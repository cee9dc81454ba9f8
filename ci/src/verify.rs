//! `cargo ci verify`: the heavy proof. One step for each technique, a table at the end; what cannot be had on this machine
//! is said in one line and does not count as a failure.

use crate::problem::Result;
use crate::progress::{GREEN, Mark, RED, Step, elapsed, paint};
use crate::repository::{Workspace, cargo, root};
use crate::results::{self, Count};
use crate::steps::{self, command, on_path};
use crate::{sweep, table};
use std::process::Command;
use std::time::{Duration, Instant};

/// The longest step on two slow cores.
const LONG: Duration = Duration::from_secs(60 * 60);
/// Asking rustup what is there, or for a component.
const ASK: Duration = Duration::from_secs(5 * 60);

/// A technique.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Technique {
    /// Every order of the steps of two or three threads
    Loom,
    /// Undefined behaviour, by both models of borrowing, in several schedules
    Miri,
    /// Data races of the threaded tests
    Tsan,
    /// Memory errors and leaks of the threaded tests
    Asan,
    /// Random operations against models, many cases
    Proptest,
    /// Ten thousand connections, storms, faults and a minute of random cancels
    Load,
    /// An interrupt on every instruction boundary, in QEMU
    Sweep,
    /// Whether the tests notice changes in the sources; only when named, because it takes hours
    Mutants,
}

impl Technique {
    const ALWAYS: &[Self] = &[Self::Loom, Self::Miri, Self::Tsan, Self::Asan, Self::Proptest, Self::Load, Self::Sweep];

    fn name(self) -> &'static str {
        match self {
            Self::Loom => "loom",
            Self::Miri => "miri",
            Self::Tsan => "TSan",
            Self::Asan => "ASan, LSan",
            Self::Proptest => "proptest",
            Self::Load => "load",
            Self::Sweep => "pre-emption sweep",
            Self::Mutants => "mutants",
        }
    }
}

/// What came of one step.
enum Outcome {
    Ran(Count),
    /// Why it was left out.
    LeftOut(String),
}

/// One row of the table.
struct Row {
    technique: Technique,
    on: String,
    outcome: Outcome,
    took: Duration,
}

/// Runs the named techniques, or all but the mutants. Counts tests; a step that could not be had counts as neither.
pub fn run(techniques: &[Technique]) -> Count {
    let techniques = if techniques.is_empty() { Technique::ALWAYS } else { techniques };
    let mut rows = Vec::new();
    for &technique in techniques {
        match technique {
            Technique::Loom => rows.push(loom(None)),
            Technique::Miri => miri(&mut rows),
            Technique::Tsan => sanitizer(&mut rows, technique, "thread"),
            Technique::Asan => sanitizer(&mut rows, technique, "address"),
            Technique::Proptest => rows.push(proptest()),
            Technique::Load => rows.push(load()),
            Technique::Sweep => {
                let start = Instant::now();
                let outcome = Outcome::Ran(sweep::run());
                rows.push(Row { technique, on: "the core on five boards".into(), outcome, took: start.elapsed() });
            }
            Technique::Mutants => rows.push(mutants()),
        }
    }
    let cells: Vec<_> = rows.iter().map(Row::cells).collect();
    println!("\n{}", table::lay_out(&["technique", "on", "passed", "failed", "took", "result"], &cells));
    rows.iter().fold(Count::default(), |count, row| match row.outcome {
        Outcome::Ran(ran) => count + ran,
        Outcome::LeftOut(_) => count,
    })
}

/// The part of it that gates a landing: all loom models, with fewer preemptions.
pub fn slice() -> Count {
    match loom(Some("2")).outcome {
        Outcome::Ran(count) => count,
        Outcome::LeftOut(_) => Count::default(),
    }
}

impl Row {
    fn cells(&self) -> Vec<String> {
        let (passed, failed, result) = match &self.outcome {
            Outcome::Ran(Count { passed, failed: 0 }) => (passed.to_string(), "0".to_owned(), paint("passed", GREEN)),
            Outcome::Ran(Count { passed, failed }) => (passed.to_string(), failed.to_string(), paint("FAILED", RED)),
            Outcome::LeftOut(why) => ("-".to_owned(), "-".to_owned(), format!("left out: {why}")),
        };
        vec![self.technique.name().to_owned(), self.on.clone(), passed, failed, elapsed(self.took), result]
    }
}

/// Runs tests as a step, and tells of those that failed.
fn tests(technique: Technique, on: &str, command: &mut Command) -> Row {
    let start = Instant::now();
    let step = Step::start(format!("{}: {on}", technique.name()));
    let count = match steps::within(&step, command, LONG) {
        Ok(output) => {
            let mut count = results::libtest(&output.stdout).unwrap_or_default();
            // A program with a harness of its own says "suite: N passed, N failed" for all its tests.
            count += output.stdout.lines().filter_map(suite).fold(Count::default(), |sum, count| sum + count);
            if count.failed == 0 && (!output.ok() || count.passed == 0) {
                count.failed = 1;
            }
            let mark = if count.failed == 0 { Mark::Ok } else { Mark::Failed };
            step.end(mark, &format!("{} passed, {} failed", count.passed, count.failed));
            if count.failed > 0 {
                steps::show(&output);
            }
            count
        }
        Err(problem) => {
            step.end(Mark::Failed, "");
            println!("       {problem}");
            Count { passed: 0, failed: 1 }
        }
    };
    Row { technique, on: on.to_owned(), outcome: Outcome::Ran(count), took: start.elapsed() }
}

fn suite(line: &str) -> Option<Count> {
    let (passed, failed) = line.strip_prefix("suite: ")?.split_once(" passed, ")?;
    Some(Count { passed: passed.parse().ok()?, failed: failed.strip_suffix(" failed")?.parse().ok()? })
}

fn left_out(technique: Technique, on: &str, why: &str) -> Row {
    println!("  --   {}: {on}: left out, {why}", technique.name());
    Row { technique, on: on.to_owned(), outcome: Outcome::LeftOut(why.to_owned()), took: Duration::ZERO }
}

fn loom(preemptions: Option<&str>) -> Row {
    let args = ["--release", "-p", "zokio-core", "--target-dir", "target/loom", "--test", "loom_*"];
    let mut cargo = cargo(Workspace::Host, "test", args);
    cargo.env("RUSTFLAGS", "--cfg loom");
    if let Some(bound) = preemptions {
        cargo.env("LOOM_MAX_PREEMPTIONS", bound);
    }
    tests(Technique::Loom, "models of queues, tasks, timers and channels", &mut cargo)
}

/// A cargo command of the nightly toolchain.
fn nightly<'a>(verb: &str, args: impl IntoIterator<Item = &'a str>) -> Command {
    // `cargo` in PATH is rustup's, but under `cargo run` the stable one stands before it: rustup is asked by name.
    let mut command = command("rustup", ["run", "nightly", "cargo", verb]);
    command.args(args).current_dir(root()).env("CARGO_TERM_COLOR", "never").env_remove("RUSTUP_TOOLCHAIN");
    for name in ["CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS"] {
        command.env_remove(name);
    }
    command
}

/// Why a component of the nightly toolchain cannot be had, if it cannot.
fn missing(component: &str) -> Option<String> {
    if on_path("rustup").is_none() {
        return Some(format!("no rustup here to bring {component}"));
    }
    let added = steps::quiet(&mut command("rustup", ["component", "add", "--toolchain", "nightly", component]), ASK);
    match added {
        Ok(output) if output.ok() => None,
        _ => Some(format!("rustup toolchain install nightly --component {component} brings it")),
    }
}

/// The suite once by each model of borrowing, and the threads in several schedules. Leaks count.
fn miri(rows: &mut Vec<Row>) {
    let technique = Technique::Miri;
    if let Some(why) = missing("miri").or_else(|| missing("rust-src")) {
        return rows.push(left_out(technique, "the core", &why));
    }
    for (on, model) in [("the suite, stacked borrows", ""), ("the suite, tree borrows", "-Zmiri-tree-borrows")] {
        let mut cargo = nightly("miri", ["test", "--target-dir", "target/miri", "-p", "zokio-suite", "--tests"]);
        cargo.env("MIRIFLAGS", format!("-Zmiri-disable-isolation {model}"));
        rows.push(tests(technique, on, &mut cargo));
    }
    let memory = ["test", "--target-dir", "target/miri", "-p", "zokio-core", "--test", "memory"];
    let mut cargo = nightly("miri", memory);
    cargo.env("MIRIFLAGS", "-Zmiri-disable-isolation -Zmiri-tree-borrows");
    rows.push(tests(technique, "memory strategies, tree borrows", &mut cargo));
    let threads = [
        "test",
        "--target-dir",
        "target/miri",
        "-p",
        "zokio-core",
        "--test",
        "threads",
        "--test",
        "sync_threads",
        "--test",
        "scope",
        "--test",
        "queues",
    ];
    for seed in 0..4 {
        let model = if seed % 2 == 0 { "" } else { "-Zmiri-tree-borrows" };
        let mut cargo = nightly("miri", threads);
        cargo.env("MIRIFLAGS", format!("-Zmiri-disable-isolation -Zmiri-seed={seed} {model}"));
        rows.push(tests(technique, &format!("threads, seed {seed}"), &mut cargo));
    }
}

/// The threaded tests, with an instrumented standard library.
fn sanitizer(rows: &mut Vec<Row>, technique: Technique, name: &str) {
    let target = "x86_64-unknown-linux-gnu";
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return rows.push(left_out(technique, "threaded tests", "only set up for x86-64 Linux"));
    }
    if let Some(why) = missing("rust-src") {
        return rows.push(left_out(technique, "threaded tests", &why));
    }
    let folder = format!("target/sanitize-{name}");
    let common = ["-Zbuild-std", "--target", target, "--target-dir", &folder];
    let core =
        ["-p", "zokio-core", "--test", "threads", "--test", "sync_threads", "--test", "queues", "--test", "memory"];
    let std = ["-p", "zokio-std", "--test", "runtime"];
    for (on, args) in [("the core between threads", &core[..]), ("zokio-std's runtime", &std[..])] {
        let mut cargo = nightly("test", common.into_iter().chain(args.iter().copied()));
        // Through libc a sanitizer sees what is mapped and unmapped. Of a mapping that a system call made behind its back it
        // would think that whoever had the address before still uses it.
        cargo.env("RUSTFLAGS", format!("-Zsanitizer={name} --cfg=rustix_use_libc"));
        cargo.env("LSAN_OPTIONS", format!("suppressions={}", root().join("ci/leaks.txt").display()));
        rows.push(tests(technique, on, &mut cargo));
    }
}

fn proptest() -> Row {
    let args = ["--release", "-p", "zokio-core", "--tests"];
    let mut cargo = cargo(Workspace::Host, "test", args);
    cargo.env("PROPTEST_CASES", "20000");
    tests(Technique::Proptest, "stores, queues, memory and channels, 20 000 cases each", &mut cargo)
}

fn load() -> Row {
    let mut cargo = cargo(Workspace::Host, "test", ["--release", "-p", "zokio-std", "--test", "load"]);
    cargo.env("ZOKIO_LOAD", "full");
    tests(Technique::Load, "servers on io_uring and on epoll, every byte accounted for", &mut cargo)
}

fn mutants() -> Row {
    let (technique, on) = (Technique::Mutants, "queues, tasks and timers of the core");
    if on_path("cargo-mutants").is_none() {
        return left_out(technique, on, "cargo install --locked cargo-mutants brings it");
    }
    let start = Instant::now();
    let run = || -> Result<Count> {
        let folders =
            ["zokio-core/src/queue/**", "zokio-core/src/task/**", "zokio-core/src/time/**", "zokio-core/src/pool.rs"];
        let mut words = vec!["mutants", "-p", "zokio-core", "-j1"];
        folders.iter().for_each(|folder| words.extend(["-f", folder]));
        words.extend(["--output", "target", "--timeout", "60"]);
        // Those that are quick: each mutant is built and tested anew.
        words.extend(["--", "--lib", "--test", "queues", "--test", "timers", "--test", "threads"]);
        let output = steps::step("mutants", command("cargo", words).current_dir(root()), 12 * LONG)?;
        let survivors = output.all.lines().filter(|line| line.starts_with("MISSED")).count();
        Ok(Count { passed: 1, failed: survivors })
    };
    let outcome = match run() {
        Ok(count) => Outcome::Ran(count),
        Err(problem) => {
            println!("       {problem}");
            Outcome::Ran(Count { passed: 0, failed: 1 })
        }
    };
    Row { technique, on: on.to_owned(), outcome, took: start.elapsed() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suites_own_line_is_counted() {
        assert_eq!(suite("suite: 133 passed, 2 failed"), Some(Count { passed: 133, failed: 2 }));
        assert_eq!(suite("test result: ok. 1 passed; 0 failed"), None);
    }
}
