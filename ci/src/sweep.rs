//! The pre-emption sweep: on each kind of board an interrupt at every instruction boundary of the core, and the proof that
//! it would find a fault.

use crate::division;
use crate::image::Image;
use crate::machines::{PLANTED_SWEEP, SWEEPS, SWEPT_SECTIONS, cpu_options};
use crate::problem::{Problem, Result};
use crate::progress::{Mark, Step};
use crate::results::{self, Count};
use crate::running::board;
use crate::steps::{self, Output};
use std::path::Path;
use std::time::Duration;

/// An instruction takes longer than a tick of any timer that interrupts.
const VIRTUAL_TIME: &str = "-icount shift=10 -rtc clock=vm";

/// A sweep takes less than a second where nothing is lost.
const SWEEP: Duration = Duration::from_secs(120);

/// A planted fault may also show as a hang.
const PLANTED: Duration = Duration::from_secs(20);

/// All boards, and the planted fault.
pub fn run() -> Count {
    let mut count = Count::default();
    for image in SWEEPS {
        count += counted(sound(image, cpu_options(image)));
    }
    count + counted(planted())
}

fn counted(result: Result<Count>) -> Count {
    result.unwrap_or_else(|problem| {
        println!("       {problem}");
        Count { passed: 0, failed: 1 }
    })
}

/// Every section of a board passes; and the image, which has all of the core in it that is of any size, does not divide in 64 bits.
fn sound(image: &Image, options: &str) -> Result<Count> {
    let path = image.build()?;
    let divisions = division::of(&path)?;
    if !divisions.is_empty() {
        return Err(Problem::new(format!("{} divides in 64 bits: {}", image.bin, divisions.join(", "))));
    }
    let step = Step::start(format!("pre-emption {}{options}", image.bin));
    let output = steps::within(&step, &mut board(&path, &format!("{VIRTUAL_TIME}{options}")), SWEEP)?;
    let passed = results::report(&output.all);
    let count = Count { passed, failed: usize::from(!output.ok() || passed != SWEPT_SECTIONS) };
    let total = output.stdout.lines().rev().find_map(|line| line.split_once(": ")).map_or("", |(_, total)| total);
    step.end(if count.failed > 0 { Mark::Failed } else { Mark::Ok }, total);
    if count.failed > 0 {
        steps::show(&output);
    }
    Ok(count)
}

/// Every section fails where nothing masks interrupts.
fn planted() -> Result<Count> {
    let path = PLANTED_SWEEP.build()?;
    let step = Step::start("pre-emption sweep of a planted fault");
    let mut count = Count::default();
    let mut missed = Vec::new();
    for section in 0..SWEPT_SECTIONS {
        let output = one_planted(&path, section)?;
        if found(&output) {
            count.passed += 1;
        } else {
            missed.push(section.to_string());
        }
    }
    count.failed = missed.len();
    step.end(
        if missed.is_empty() { Mark::Ok } else { Mark::Failed },
        &format!("found in {} of {SWEPT_SECTIONS} sections", count.passed),
    );
    if missed.is_empty() {
        return Ok(count);
    }
    Err(Problem::new(format!("nobody noticed that interrupts were not masked in sections {}", missed.join(", "))))
}

fn one_planted(path: &Path, section: usize) -> Result<Output> {
    steps::quiet(&mut board(path, &format!("{VIRTUAL_TIME} -append {section}")), PLANTED)
}

/// Whether a run found something: it said so, or died of it, or hung; not if it could not be started.
fn found(output: &Output) -> bool {
    let said = ["FAILED", "panicked", "hard fault"].iter().any(|word| output.all.contains(word));
    output.status.is_none() || (!output.ok() && said)
}
