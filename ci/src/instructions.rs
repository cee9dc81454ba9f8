//! What operations cost on boards, in instructions: Zokio's compared with the golden numbers, the peers' beside them.

use crate::image::Image;
use crate::machines::{BENCHED, BENCHED_PEERS};
use crate::marks::Marks;
use crate::problem::{Context, Problem, Result};
use crate::progress::{GREEN, Mark, RED, Step, paint};
use crate::repository::root;
use crate::results::Count;
use crate::running::board;
use crate::{steps, table};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
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

/// A number for each operation.
type Measured = BTreeMap<String, u64>;

/// The golden numbers: by bench, and how far a number may grow before it counts.
#[derive(Debug, PartialEq)]
struct Golden {
    tolerance_percent: u64,
    benches: BTreeMap<String, Measured>,
}

/// Measures Zokio, and the `peers` too if they are asked for; prints the table, and rewrites the golden file if `update`.
/// Counts the benches of Zokio that stayed within the golden numbers and those that did not.
pub fn run(update: bool, peers: bool) -> Result<Count> {
    let mut golden = Golden::read()?;
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
    for growth in &grown {
        println!("{}", paint(growth, RED));
    }
    if grown.is_empty() && count.failed == 0 {
        println!("{}", paint("no operation grew", GREEN));
    }
    if update {
        golden.benches.extend(measured);
        std::fs::write(golden_file(), golden.to_text()).doing("writing ci/golden/instructions.toml")?;
        println!("ci/golden/instructions.toml is rewritten");
    } else if !grown.is_empty() {
        println!("If the growth is wanted: cargo ci size --update, and say in the commit what it buys.");
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

fn golden_file() -> PathBuf {
    root().join("ci/golden/instructions.toml")
}

impl Golden {
    fn read() -> Result<Self> {
        let text = std::fs::read_to_string(golden_file()).doing("reading ci/golden/instructions.toml")?;
        Self::parse(&text).ok_or_else(|| {
            Problem::new("ci/golden/instructions.toml is not what `cargo ci size --update` writes")
                .next("git checkout ci/golden/instructions.toml")
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let mut table: toml::Table = text.parse().ok()?;
        let number = |value: &toml::Value| u64::try_from(value.as_integer()?).ok();
        let tolerance_percent = number(&table.remove("tolerance_percent")?)?;
        let benches = table.into_iter().map(|(name, numbers)| {
            let numbers =
                numbers.as_table()?.iter().map(|(operation, value)| Some((operation.clone(), number(value)?)));
            Some((name, numbers.collect::<Option<_>>()?))
        });
        Some(Self { tolerance_percent, benches: benches.collect::<Option<_>>()? })
    }

    fn to_text(&self) -> String {
        let mut text = format!(
            "# Instructions an operation, and sizes in bytes, on boards; checked by `cargo ci size` and `cargo ci test`, \
             written by\n# `cargo ci size --update`. A number of Zokio's that grows by more than this many percent \
             fails.\ntolerance_percent = {}\n",
            self.tolerance_percent
        );
        for (name, numbers) in &self.benches {
            text += &format!("\n[\"{name}\"]\n");
            for (operation, number) in numbers {
                text += &format!("\"{operation}\" = {number}\n");
            }
        }
        text
    }

    /// A sentence for each number of `bench` that grew too much, has no golden number, or is gone.
    fn growth(&self, bench: &str, new: &Measured) -> Vec<String> {
        let Some(old) = self.benches.get(bench) else { return vec![format!("{bench}: no golden numbers")] };
        let grew = |(operation, &new): (&String, &u64)| match old.get(operation) {
            None => Some(format!("{bench}: {operation} has no golden number")),
            Some(&old) if new > old + old * self.tolerance_percent / 100 => {
                Some(format!("{bench}: {operation} grew from {old} to {new}"))
            }
            Some(_) => None,
        };
        let gone = old.keys().filter(|operation| !new.contains_key(*operation));
        let gone = gone.map(|operation| format!("{bench}: {operation} was not measured"));
        new.iter().filter_map(grew).chain(gone).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden() -> Golden {
        let numbers = [("yield".to_owned(), 100), ("timer".to_owned(), 10)].into();
        Golden { tolerance_percent: 3, benches: [("Zokio, board".to_owned(), numbers)].into() }
    }

    #[test]
    fn growth_is_told_and_so_is_what_is_missing() {
        let growth = |numbers: &[(&str, u64)]| {
            let numbers = numbers.iter().map(|(name, number)| ((*name).to_owned(), *number)).collect();
            golden().growth("Zokio, board", &numbers)
        };
        assert!(growth(&[("yield", 103), ("timer", 10)]).is_empty());
        assert!(growth(&[("yield", 90), ("timer", 1)]).is_empty());
        assert_eq!(growth(&[("yield", 104), ("timer", 10)]), ["Zokio, board: yield grew from 100 to 104"]);
        assert_eq!(growth(&[("yield", 100), ("timer", 11)]), ["Zokio, board: timer grew from 10 to 11"]);
        assert_eq!(growth(&[("yield", 100)]), ["Zokio, board: timer was not measured"]);
        assert_eq!(growth(&[("yield", 1), ("timer", 1), ("x", 1)]), ["Zokio, board: x has no golden number"]);
    }

    #[test]
    fn what_is_written_reads_back() {
        assert_eq!(Golden::parse(&golden().to_text()), Some(golden()));
        assert_eq!(Golden::parse("tolerance_percent = 3\nx = 3"), None);
    }

    #[test]
    fn the_committed_golden_file_parses_and_names_every_bench() {
        let golden = Golden::read().unwrap();
        for bench in BENCHED.iter().chain(BENCHED_PEERS) {
            assert!(golden.benches.contains_key(&bench.name()), "{} has no golden numbers", bench.name());
        }
    }
}
