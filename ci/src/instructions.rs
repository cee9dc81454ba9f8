//! What operations cost on boards, in instructions: Zokio's compared with the golden numbers, the peers' beside them.

use crate::golden::{self, GoldenFile, Measured};
use crate::image::Image;
use crate::machines::{BENCHED, BENCHED_PEERS};
use crate::marks::Marks;
use crate::problem::{Context, Problem, Result};
use crate::progress::{Mark, Step};
use crate::results::Count;
use crate::running::board;
use crate::{steps, table};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Duration;

/// A run takes a few seconds.
const RUN: Duration = Duration::from_secs(120);

/// A program that does the measured work on some runtime.
pub struct Bench {
    pub runtime: &'static str,
    pub machine: &'static str,
    pub image: Image,
}

impl Bench {
    fn name(&self) -> String {
        format!("{}, {}", self.runtime, self.machine)
    }

    /// Runs the program in QEMU and counts.
    fn measure(&self, one_at_a_time: &str) -> Result<Measured> {
        let path = self.image.build()?;
        let image = std::fs::read(&path).doing(format_args!("reading {}", path.display()))?;
        let marks = Marks::of(&image).map_err(|error| Problem::new(format!("{}: {error}", path.display())))?;
        let step = Step::start(format!("count {}", self.name()));
        let options = format!("-icount shift={NANOS_SHIFT},sleep=off -rtc clock=vm {one_at_a_time} -d exec,nochain");
        let output = steps::quiet(&mut board(&path, &options), RUN);
        let ended_well = output.as_ref().is_ok_and(steps::Output::ok);
        step.end(if ended_well { Mark::Ok } else { Mark::Failed }, "");
        let output = output?;
        if !ended_well {
            return Err(Problem::new(format!("{} {}", self.name(), output.ending())));
        }
        let sizes = marks.sizes.iter().map(|(name, &size)| (format!("size of {name}"), size));
        Ok(marks.count(&output.all).into_iter().chain(sizes).collect())
    }
}

/// An instruction takes 2^this nanoseconds of the emulator's time: about as long as a cycle of the boards, so that a loop
/// that waits for a tick of a counter goes round as often as it does there.
const NANOS_SHIFT: u32 = 6;

const GOLDEN: GoldenFile = GoldenFile {
    path: "ci/golden/instructions.toml",
    what: "Instructions an operation, and sizes in bytes, on boards",
};

/// Measures Zokio, and the `peers` too if they are asked for; prints the table, and rewrites the golden file if `update`.
/// Counts the benches of Zokio that stayed within the golden numbers and those that did not.
pub fn run(update: bool, peers: bool) -> Result<Count> {
    let mut golden = GOLDEN.read()?;
    let one_at_a_time = one_at_a_time()?;
    let (mut measured, mut count, mut grown) = (BTreeMap::new(), Count::default(), Vec::new());
    for bench in BENCHED {
        let name = bench.name();
        let Ok(numbers) = bench.measure(one_at_a_time).inspect_err(|problem| println!("       {problem}")) else {
            count.failed += 1;
            continue;
        };
        let growth = if update { Vec::new() } else { golden.growth(&name, &numbers) };
        *(if growth.is_empty() { &mut count.passed } else { &mut count.failed }) += 1;
        grown.extend(growth);
        measured.insert(name, numbers);
    }
    for bench in BENCHED_PEERS {
        // What cannot be built or run here now was measured when the golden file was written.
        let now = if peers { bench.measure(one_at_a_time).ok() } else { None };
        let cached = golden.benches.get(&bench.name()).cloned();
        if let Some(numbers) = now.or(cached) {
            measured.insert(bench.name(), numbers);
        }
    }
    print(&measured);
    golden::tell(&grown, count.failed == 0);
    if update {
        golden.benches.extend(measured);
        GOLDEN.write(&golden)?;
    }
    Ok(count)
}

/// Runtimes and machines across, operations down.
fn print(measured: &BTreeMap<String, Measured>) {
    let benches = || BENCHED.iter().chain(BENCHED_PEERS).map(Bench::name).filter(|name| measured.contains_key(name));
    let operations: BTreeSet<&String> = measured.values().flat_map(BTreeMap::keys).collect();
    let row = |operation: &&String| {
        let cell = |bench: String| measured[&bench].get(*operation).map_or("-".to_owned(), u64::to_string);
        [(*operation).clone()].into_iter().chain(benches().map(cell)).collect::<Vec<_>>()
    };
    let rows: Vec<_> = operations.iter().map(row).collect();
    let benches: Vec<String> = benches().collect();
    let head: Vec<&str> = ["instructions, bytes"].into_iter().chain(benches.iter().map(String::as_str)).collect();
    println!("\n{}", table::lay_out(&head, &rows));
}

/// QEMU's option for one instruction a block, which was renamed.
fn one_at_a_time() -> Result<&'static str> {
    let mut command = Command::new("qemu-system-arm");
    let version = command.arg("--version").output().doing("asking qemu-system-arm for its version")?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let major = version.split_whitespace().find_map(|word| word.split_once('.')?.0.parse::<u32>().ok());
    Ok(if major.is_some_and(|major| major >= 9) { "-accel tcg,one-insn-per-tb=on" } else { "-singlestep" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_golden_file_parses_and_names_every_bench() {
        let golden = GOLDEN.read().unwrap();
        for bench in BENCHED.iter().chain(BENCHED_PEERS) {
            assert!(golden.benches.contains_key(&bench.name()), "{} has no golden numbers", bench.name());
        }
    }
}
