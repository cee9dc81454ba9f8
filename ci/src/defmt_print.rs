//! `defmt-print`, which reads what firmware writes with defmt. Built from source, which takes a minute or two.

use crate::image::Image;
use crate::installed::Installed;
use crate::problem::{Context, Problem, Result};
use crate::running::board;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What is printed in the lines of a task's life, in this order, and of the board's types.
const EXPECTED: &[&str] = &[
    "Spawned { task: 0x",
    r#"name: "measure" }"#,
    r#"Polled { task: 0x"#,
    "Parking { wait: Until(",
    "Unparked { fired: 1 }",
    r#"name: "measure", ended: true }"#,
    "the sum is Ok(Ok(15))",
    "Usage { most: ",
    "Clock(Ticks(12500000 Hz)) Nvic Overrun",
];

/// The program.
pub const PROGRAM: Installed =
    Installed { package: "defmt-print", version: "1.2.0", program: "defmt-print", options: &[] };

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
