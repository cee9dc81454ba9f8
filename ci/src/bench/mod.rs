//! `cargo ci bench`: Zokio beside its peers, in one run, on this machine. Nothing here passes or fails by the clock; what
//! the servers answer and what the work returns is checked while it is measured.
//!
//! Writes `benches/results/*.json`, a chart for each table, and the page `benches/README.md`.

mod aims;
mod alone;
mod calls;
mod chart;
mod echo;
mod http;
mod in_process;
mod kv;
mod latency;
mod page;
mod reads;
mod says;
mod server;
mod windows;

use crate::problem::{Context, Result};
use crate::progress::Step;
use crate::repository::root;
use crate::steps;
use clap::ValueEnum;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A cold build of all peers on two slow cores.
const BUILD: Duration = Duration::from_secs(20 * 60);

/// How long everything is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    /// Rounds of every server, in turn; the median counts.
    rounds: usize,
    /// Milliseconds of load in a round.
    millis: u32,
    /// Seconds that criterion measures one piece of work.
    seconds: f64,
    /// Samples that criterion takes of it.
    samples: u32,
}

impl Effort {
    /// Within ten minutes on two cores.
    pub const QUICK: Self = Self { rounds: 3, millis: 400, seconds: 0.35, samples: 10 };
    /// For figures that are quoted; half an hour.
    pub const FULL: Self = Self { rounds: 5, millis: 2000, seconds: 2.5, samples: 30 };
}

/// One table: what was measured, of whom, in which unit, and the reference for ratios.
struct Table {
    /// File name and anchor.
    name: &'static str,
    title: String,
    unit: &'static str,
    /// Whether a larger figure is better.
    more_is_better: bool,
    /// Groups (workloads, numbers of connections), each with a figure per contender.
    groups: Vec<Group>,
}

struct Group {
    name: String,
    rows: Vec<Row>,
}

struct Row {
    contender: String,
    /// Written by hand, without a runtime: a limit, not a peer.
    limit: bool,
    median: f64,
    low: f64,
    high: f64,
    /// More columns, by name.
    more: Vec<(&'static str, f64)>,
}

impl Group {
    /// The best figure of a peer: of whoever is neither Zokio nor a limit.
    fn best_peer(&self, more_is_better: bool) -> Option<&Row> {
        let peers = self.rows.iter().filter(|row| !row.limit && !row.is_zokio());
        peers.min_by(|one, other| {
            let order = one.median.total_cmp(&other.median);
            if more_is_better { order.reverse() } else { order }
        })
    }
}

impl Row {
    fn is_zokio(&self) -> bool {
        self.contender.starts_with("zokio")
    }

    /// Median, lowest and highest of several runs.
    fn of(contender: impl Into<String>, limit: bool, mut runs: Vec<f64>, more: Vec<(&'static str, f64)>) -> Self {
        runs.sort_by(f64::total_cmp);
        let at = |index: usize| runs.get(index).copied().unwrap_or(f64::NAN);
        let (low, high) = (at(0), at(runs.len().saturating_sub(1)));
        Self { contender: contender.into(), limit, median: at(runs.len() / 2), low, high, more }
    }
}

/// Every contender in turn, round after round: what each brought.
fn in_turn<C, R>(
    step: &Step,
    effort: Effort,
    contenders: &[C],
    label: impl Fn(&C) -> &str,
    mut round: impl FnMut(&C) -> Result<R>,
) -> Result<Vec<Vec<R>>> {
    let mut brought: Vec<Vec<R>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..effort.rounds {
        for (contender, brought) in contenders.iter().zip(&mut brought) {
            step.note(label(contender));
            brought.push(round(contender)?);
        }
    }
    Ok(brought)
}

/// The median of several figures.
fn median(mut runs: Vec<f64>) -> f64 {
    runs.sort_by(f64::total_cmp);
    runs.get(runs.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Zokio beside its peers in wasm: a page of its own, by a script that speaks to the host's library.
fn wasi() {
    let Some(packages) = crate::component_host::find() else {
        println!("left out: figures in wasm, because the host of components is not here: cargo ci setup");
        return;
    };
    let mut figures = steps::command("python3", [root().join("benches/wasi/figures.py")]);
    // A peer that does not build today leaves the page as it is.
    figures.env("PYTHONPATH", packages).envs(crate::wasi_host::WASMI.find().map(|program| ("WASMI", program)));
    figures.envs(crate::jco::find().map(|_| ("JCO", crate::jco::folder())));
    let _ = steps::step("figures in wasm", &mut figures, BUILD);
}

/// The workspace of the peers.
fn peers() -> PathBuf {
    root().join("benches/peers")
}

/// A cargo command in it.
fn cargo(args: &[&str]) -> Command {
    let mut cargo = crate::repository::cargo(crate::repository::Workspace::Host, args[0], args[1..].iter().copied());
    cargo.current_dir(peers()).env_remove("CARGO_TARGET_DIR");
    cargo
}

/// What is measured, each by the name that asks for it alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Section {
    InProcess,
    Alone,
    Echo,
    Latency,
    Http,
    Reads,
    Kv,
    Windows,
    Wasi,
}

impl Section {
    /// Its tables; none where something that it needs is not here, or where it writes its own page.
    fn run(self, effort: Effort) -> Result<Vec<Table>> {
        Ok(match self {
            Self::InProcess => in_process::run(effort)?,
            Self::Alone => alone::run(effort)?,
            Self::Echo => echo::run(effort)?,
            Self::Latency => vec![latency::run(effort)?],
            Self::Http => http::run(effort)?.into_iter().collect(),
            Self::Reads => vec![reads::run(effort)?],
            Self::Kv => kv::run(effort)?.into_iter().collect(),
            Self::Windows => windows::run(effort)?.into_iter().collect(),
            Self::Wasi => {
                wasi();
                Vec::new()
            }
        })
    }
}

/// Builds, measures, and writes all that comes of it; of a page that there is, only what was measured now is replaced, where
/// `only` some sections are wanted.
pub fn run(effort: Effort, only: &[Section]) -> Result<bool> {
    steps::step("build the servers of all runtimes", &mut cargo(&["build", "--release", "--bins"]), BUILD)?;
    let mut tables = Vec::new();
    for section in Section::value_variants().iter().filter(|section| only.is_empty() || only.contains(section)) {
        tables.extend(section.run(effort)?);
    }
    let results = root().join("benches/results");
    std::fs::create_dir_all(&results).doing("making benches/results")?;
    let machine = Machine::here();
    for table in &tables {
        write(&results.join(format!("{}.json", table.name)), &to_json(table, &machine))?;
        write(&results.join(format!("{}.svg", table.name)), &chart::draw(table))?;
        println!("\n{}", page::for_terminal(table));
    }
    let page = root().join("benches/README.md");
    let aims = aims::section(&root().join("benches/aims.toml"), &results)?;
    let text = match std::fs::read_to_string(&page) {
        Ok(before) if !only.is_empty() => page::with(before, &tables, &aims),
        _ => page::markdown(&tables, &machine, &aims),
    };
    write(&page, &text)?;
    println!("benches/README.md and benches/results are written");
    Ok(true)
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).doing(format_args!("writing {}", path.display()))
}

/// What it was measured on, and with whom.
struct Machine {
    kernel: String,
    processor: String,
    cores: usize,
    rust: String,
    versions: Vec<(String, String)>,
}

impl Machine {
    fn here() -> Self {
        let first_line = |program: &str, args: &[&str]| {
            let output = steps::quiet(&mut steps::command(program, args), Duration::from_secs(10));
            output.map(|output| output.stdout.trim().to_owned()).unwrap_or_default()
        };
        let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|pair| pair.1));
        Self {
            kernel: first_line("uname", &["-sr"]),
            processor: model.unwrap_or("unknown").to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            rust: first_line("rustc", &["--version"]),
            versions: versions(&std::fs::read_to_string(peers().join("Cargo.lock")).unwrap_or_default()),
        }
    }
}

/// The versions of the peers, from their lock file.
fn versions(lock: &str) -> Vec<(String, String)> {
    const PEERS: &[&str] = &["tokio", "async-executor", "async-io", "monoio", "compio", "glommio", "io-uring", "hyper"];
    let Ok(lock) = lock.parse::<toml::Table>() else { return Vec::new() };
    let packages = lock.get("package").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let text = |package: &toml::Value, key: &str| package.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let named = packages.iter().filter_map(|package| Some((text(package, "name")?, text(package, "version")?)));
    let mut versions: Vec<_> = named.filter(|(name, _)| PEERS.contains(&name.as_str())).collect();
    // Of two versions in the lock file the newer one is what the work runs on.
    versions.reverse();
    versions.dedup_by(|one, other| one.0 == other.0);
    versions.reverse();
    versions
}

fn to_json(table: &Table, machine: &Machine) -> String {
    let groups = table.groups.iter().map(|group| {
        let rows = group.rows.iter().map(|row| {
            let more: serde_json::Map<_, _> =
                row.more.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure))).collect();
            json!({ "contender": row.contender, "limit": row.limit, "median": row.median, "low": row.low,
                    "high": row.high, "more": more })
        });
        json!({ "name": group.name, "rows": rows.collect::<Vec<_>>() })
    });
    let versions: serde_json::Map<_, _> =
        machine.versions.iter().map(|(name, version)| (name.clone(), json!(version))).collect();
    let whole = json!({
        "title": table.title, "unit": table.unit, "more_is_better": table.more_is_better,
        "machine": { "kernel": machine.kernel, "processor": machine.processor, "cores": machine.cores,
                     "rust": machine.rust, "versions": versions },
        "groups": groups.collect::<Vec<_>>(),
    });
    format!("{whole:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn table() -> Table {
        let rows = vec![
            Row::of("by hand", true, vec![5.0], vec![]),
            Row::of("zokio", false, vec![3.0, 1.0, 2.0], vec![("p99", 7.0)]),
            Row::of("one", false, vec![4.0], vec![("p99", 8.0)]),
            Row::of("other", false, vec![8.0], vec![("p99", 9.0)]),
        ];
        let groups = vec![Group { name: "work".to_owned(), rows }];
        Table { name: "t", title: "T".to_owned(), unit: "ns", more_is_better: false, groups }
    }

    #[test]
    fn the_median_counts_and_the_spread_is_kept() {
        let table = table();
        let row = &table.groups[0].rows[1];
        assert_eq!((row.median, row.low, row.high), (2.0, 1.0, 3.0));
    }

    #[test]
    fn neither_zokio_nor_a_limit_is_a_peer() {
        let table = table();
        assert_eq!(table.groups[0].best_peer(false).map(|row| row.contender.as_str()), Some("one"));
        assert_eq!(table.groups[0].best_peer(true).map(|row| row.contender.as_str()), Some("other"));
    }

    #[test]
    fn versions_come_from_the_lock_file() {
        let lock =
            "[[package]]\nname = \"tokio\"\nversion = \"1.2.3\"\n[[package]]\nname = \"x\"\nversion = \"1.0.0\"\n";
        assert_eq!(versions(lock), [("tokio".to_owned(), "1.2.3".to_owned())]);
        assert!(versions("not a lock file").is_empty());
    }
}
