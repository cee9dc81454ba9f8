//! `defmt-print`, which reads what firmware writes with defmt. Built from source, which takes a minute or two.

use crate::image::Image;
use crate::problem::{Context, Problem, Result};
use crate::progress::Step;
use crate::repository::target_folder;
use crate::running::board;
use crate::setup::complaint;
use crate::steps::{self, command, on_path};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const VERSION: &str = "1.2.0";
const INSTALL: Duration = Duration::from_secs(15 * 60);

/// What is printed in the lines of a task's life, in this order.
const EXPECTED: &[&str] = &[
    "Spawned { task: 0x",
    r#"name: "measure" }"#,
    r#"Polled { task: 0x"#,
    "Parking { wait: Until(",
    "Unparked { fired: 1 }",
    r#"name: "measure", ended: true }"#,
    "the sum is Ok(Ok(15))",
];

fn folder() -> PathBuf {
    target_folder().join("tools/defmt-print")
}

/// The program, if it is here.
pub fn find() -> Option<PathBuf> {
    let ours = folder().join("bin/defmt-print");
    if ours.is_file() { Some(ours) } else { on_path("defmt-print") }
}

/// Builds it if it is not here.
pub fn fetch(step: &Step) -> Result<()> {
    if find().is_some() {
        return Ok(());
    }
    step.note("building defmt-print");
    let mut install =
        command("cargo", ["install", "--quiet", "--locked", "--version", VERSION, "defmt-print", "--root"]);
    // Not in the folder of this workspace, which another cargo may hold.
    install.arg(folder()).env("CARGO_TARGET_DIR", folder().join("target"));
    let output = steps::within(step, &mut install, INSTALL)?;
    let _ = std::fs::remove_dir_all(folder().join("target"));
    if output.ok() {
        return Ok(());
    }
    Err(Problem::new(complaint(&output.all)).next(steps::shown(&install)))
}

/// Runs `image`, built at `path`, and has `printer` read what it writes: the events, in their order.
pub fn reads(printer: &Path, image: &Image, path: &Path, options: &str) -> Result<()> {
    let name = image.name();
    let mut run = board(path, options);
    let run = run.stdin(Stdio::null()).stderr(Stdio::null()).output().doing(format_args!("running {name}"))?;
    if !run.status.success() {
        return Err(Problem::new(format!("{name} ended with {}", run.status)));
    }
    let mut print = Command::new(printer);
    print.arg("-e").arg(path).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut print = print.spawn().doing("starting defmt-print")?;
    // Less than a pipe holds; it reads to the end and prints then.
    print.stdin.take().map_or(Ok(()), |mut input| input.write_all(&run.stdout)).doing("feeding defmt-print")?;
    let printed = print.wait_with_output().doing("waiting for defmt-print")?;
    let printed = String::from_utf8_lossy(&printed.stdout);
    let mut rest = &*printed;
    for words in EXPECTED {
        let Some(at) = rest.find(words) else {
            printed.lines().for_each(|line| println!("       | {line}"));
            return Err(Problem::new(format!("of {} bytes no {words:?} came out where it should", run.stdout.len())));
        };
        rest = &rest[at + words.len()..];
    }
    Ok(())
}
