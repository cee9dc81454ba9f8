//! What operations cost on a host, in instructions of the program's own and in allocations: counted by valgrind, so that
//! no clock and no other program has a say. Zokio's are compared with the golden numbers, tokio's stand beside them.

use crate::golden::{self, GoldenFile, Measured};
use crate::problem::{Problem, Result};
use crate::progress::{Mark, Step};
use crate::repository::{Workspace, cargo, target_folder};
use crate::results::Count;
use crate::steps::{self, command, on_path};
use crate::table;
use std::path::{Path, PathBuf};
use std::time::Duration;

const BUILD: Duration = Duration::from_secs(20 * 60);
/// A run takes a few seconds.
const RUN: Duration = Duration::from_secs(300);

/// As the program calls them, and what they are.
const PIECES: &[(&str, &str)] = &[
    ("spawn_join", "a task spawned, run, joined"),
    ("spawn_many", "one of 1000 tasks spawned at once, joined"),
    ("yields", "two tasks give way, one each"),
    ("ping_pong", "a value to another task and back"),
    ("timeouts", "a timeout armed and dropped"),
    ("echo", "64 bytes over TCP and back, both ends, epoll"),
];

/// Operations in a round of the program.
const OPERATIONS: u64 = 1000;
/// Rounds of the two runs whose difference is measured.
const ROUNDS: [u64; 2] = [1, 6];

const GOLDEN: GoldenFile = GoldenFile {
    path: "ci/golden/hot-paths.toml",
    what: "Instructions an operation on a host (x86-64), and allocations in a thousand",
};

/// Measures Zokio, and tokio too if `peers` are asked for; prints the table, and rewrites the golden file if `update`.
pub fn run(update: bool, peers: bool) -> Result<Count> {
    if !cfg!(target_arch = "x86_64") || on_path("valgrind").is_none() {
        println!("left out: instructions on the host, which need x86-64 and valgrind: cargo ci setup");
        return Ok(Count::default());
    }
    let mut golden = GOLDEN.read()?;
    let program = build()?;
    let ours = measure(&program, "zokio")?;
    // What was measured when the golden file was written will do.
    let cached = golden.benches.get("tokio").cloned().filter(|_| !peers);
    let theirs = cached.map_or_else(|| measure(&program, "tokio"), Ok)?;
    print(&ours, &theirs);
    let grown = if update { Vec::new() } else { golden.growth("zokio", &ours) };
    golden::tell(&grown, true);
    if update {
        golden.benches = [("zokio".to_owned(), ours), ("tokio".to_owned(), theirs)].into();
        GOLDEN.write(&golden)?;
    }
    Ok(Count { passed: PIECES.len().saturating_sub(grown.len()), failed: grown.len() })
}

/// Through libc: valgrind takes the system's own entry for the time away, and rustix's other way looks for it.
fn build() -> Result<PathBuf> {
    let folder = target_folder().join("hot-paths");
    let mut build = cargo(Workspace::Host, "build", ["--release", "--package", "zokio-benches", "--bin", "hot-paths"]);
    build.arg("--target-dir").arg(&folder).env("RUSTFLAGS", "--cfg rustix_use_libc");
    steps::step("build hot-paths", &mut build, BUILD)?;
    Ok(folder.join("release/hot-paths"))
}

fn measure(program: &Path, runtime: &str) -> Result<Measured> {
    let step = Step::start(format!("count {runtime} on the host"));
    let measured = PIECES.iter().map(|(piece, _)| {
        let [few, many] = ROUNDS.map(|rounds| count(&step, program, runtime, piece, rounds));
        let (few, many) = (few?, many?);
        let operations = (ROUNDS[1] - ROUNDS[0]) * OPERATIONS;
        let instructions = many.instructions.saturating_sub(few.instructions) / operations;
        let allocations = (many.allocations.saturating_sub(few.allocations) * 1000).div_ceil(operations);
        Ok([((*piece).to_owned(), instructions), (format!("{piece}, allocations"), allocations)])
    });
    let measured: Result<Vec<_>> = measured.collect();
    step.end(if measured.is_ok() { Mark::Ok } else { Mark::Failed }, "");
    Ok(measured?.into_iter().flatten().collect())
}

struct Counted {
    instructions: u64,
    allocations: u64,
}

fn count(step: &Step, program: &Path, runtime: &str, piece: &str, rounds: u64) -> Result<Counted> {
    let mut valgrind = command("valgrind", ["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.arg(program).args([runtime, piece, &rounds.to_string()]);
    let output = steps::within(step, &mut valgrind, RUN)?;
    if !output.ok() {
        steps::show(&output);
        return Err(Problem::new(format!("hot-paths {runtime} {piece} {rounds} {}", output.ending())));
    }
    parse(&output.all).ok_or_else(|| Problem::new(format!("no counts of {piece} on {runtime} by valgrind")))
}

fn parse(output: &str) -> Option<Counted> {
    let instructions = output.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())?;
    let allocations = output.lines().find_map(|line| line.split_once(" allocations in ")?.0.trim().parse().ok())?;
    Some(Counted { instructions, allocations })
}

fn print(ours: &Measured, theirs: &Measured) {
    let rows: Vec<_> = PIECES
        .iter()
        .map(|(piece, what)| {
            let allocations = format!("{piece}, allocations");
            let of = |measured: &Measured, name: &str| measured.get(name).copied().unwrap_or(0);
            let (mine, other) = (of(ours, piece), of(theirs, piece));
            let per = |measured| format!("{:.3}", of(measured, &allocations) as f64 / 1000.0);
            vec![
                (*what).to_owned(),
                mine.to_string(),
                other.to_string(),
                format!("{:.2}", mine as f64 / other.max(1) as f64),
                per(ours),
                per(theirs),
            ]
        })
        .collect();
    let head = ["instructions on the host", "Zokio", "tokio", "ratio", "allocations", "tokio's"];
    println!("\n{}", table::lay_out(&head, &rows));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_found_in_what_valgrind_prints() {
        let counted = parse("==1== x\n3 allocations in 1000 operations\n==1== Collected : 2309\n").unwrap();
        assert_eq!((counted.instructions, counted.allocations), (2309, 3));
        assert!(parse("==1== Collected : 2309\n").is_none());
    }

    #[test]
    fn every_piece_has_golden_numbers() {
        let golden = GOLDEN.read().unwrap();
        for (piece, _) in PIECES {
            for runtime in ["zokio", "tokio"] {
                let numbers = &golden.benches[runtime];
                assert!(numbers.contains_key(*piece) && numbers.contains_key(&format!("{piece}, allocations")));
            }
        }
    }
}
