//! `cargo ci`: everything that has to be done to this repository, one verb each.

mod bench;
mod benchmark;
mod bridge;
mod client;
mod component_host;
mod defmt_print;
mod demo;
mod division;
mod examples;
mod golden;
mod group;
mod hot_paths;
mod http_handler;
mod image;
mod installed;
mod instructions;
mod jco;
mod kqueue;
mod machines;
mod marks;
mod problem;
mod progress;
mod readme;
mod report;
mod repository;
mod resp;
mod results;
mod running;
mod sections;
mod session;
mod setup;
mod size;
mod steps;
mod sweep;
mod table;
mod terminal;
mod test;
mod verify;
mod wasi_examples;
mod wasi_host;
mod windows;

use clap::{Parser, Subcommand};
use problem::{Problem, Result};
use std::process::ExitCode;

/// Everything that has to be done to this repository.
#[derive(Parser)]
#[command(name = "cargo ci", bin_name = "cargo ci")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Fetch what the other verbs need: cross targets, QEMU, a WASI host, redis-tools
    Setup,
    /// Run the key-value server on every machine, with redis-cli and redis-benchmark as clients
    Demo,
    /// Run everything that gates a landing; the last line is `N passed, N failed`
    Test,
    /// Show what a configured runtime is and takes on every machine
    Report,
    /// Run the examples in QEMU and on hosts of WASI, and compare what they say with what is expected (a part of `test`)
    Examples,
    /// Interrupt the core at every instruction boundary, on each kind of board in QEMU (a part of `test`)
    Sweep,
    /// Run the driver of Windows under wine: its tests, and a session with the key-value server (a part of `test`)
    Windows,
    /// Measure the embedded images and what operations cost, on boards and on a host, and compare with the golden numbers
    Size {
        /// Take what is measured now as the golden numbers
        #[arg(long)]
        update: bool,
    },
    /// The heavy proof: models, sanitizers, miri, many random cases, every instruction boundary
    Verify {
        /// Only these
        techniques: Vec<verify::Technique>,
    },
    /// Measure Zokio beside its peers and write the page and the charts in benches
    Bench {
        /// Ten minutes instead of an hour
        #[arg(long)]
        quick: bool,
        /// Only these, and keep the rest of the page
        only: Vec<bench::Section>,
    },
}

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("cargo ci: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Does what was asked for; `false` if it has said already that something failed.
fn run(cli: &Cli) -> Result<bool> {
    group::end_all_on_signal()?;
    match cli.verb {
        Verb::Setup => complete(&setup::run()).map(|()| true),
        Verb::Demo => {
            let tools = setup::run();
            let passed = demo::run(&tools, true).failed == 0;
            complete(&tools).map(|()| passed)
        }
        Verb::Test => {
            let tools = setup::run();
            let count = test::run(&tools, |words| Cli::try_parse_from(words).is_ok());
            println!("{} passed, {} failed", count.passed, count.failed);
            Ok(count.failed == 0)
        }
        Verb::Report => {
            let tools = setup::run();
            let passed = report::run(&tools, |_| true).failed == 0;
            complete(&tools).map(|()| passed)
        }
        Verb::Examples => {
            setup::run();
            Ok(examples::run().failed == 0)
        }
        Verb::Sweep => {
            setup::run();
            Ok(sweep::run().failed == 0)
        }
        Verb::Windows => {
            let tools = setup::run();
            let count = test::on_windows(&tools);
            Ok(count.failed == 0 && count.passed > 0)
        }
        Verb::Size { update } => {
            setup::run();
            let sizes = size::run(update, true)?;
            let instructions = instructions::run(update, true)?;
            let host = hot_paths::run(update, true)?;
            Ok(sizes.failed + instructions.failed + host.failed == 0)
        }
        Verb::Verify { ref techniques } => {
            setup::run();
            let count = verify::run(techniques);
            println!("{} passed, {} failed", count.passed, count.failed);
            Ok(count.failed == 0)
        }
        Verb::Bench { quick, ref only } => {
            bench::run(if quick { bench::Effort::QUICK } else { bench::Effort::FULL }, only)
        }
    }
}

fn complete(tools: &setup::Tools) -> Result<()> {
    let what = match tools.missing.len() {
        0 => return Ok(()),
        1 => "one thing is missing".to_owned(),
        several => format!("{several} things are missing"),
    };
    Err(Problem::new(what).next("get it as the lines marked \"missing\" say, then run this again"))
}
