//! Reads of a file that is in memory: what the way there and back costs.

use super::says::Says;
use super::{Effort, Group, Row, Table, in_turn, peers};
use crate::problem::{Context, Result};
use crate::progress::{Mark, Step};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const READERS: &[(&str, &str, bool)] = &[
    ("by hand, io_uring", "reads-raw-uring", true),
    ("zokio, io_uring", "reads-zokio uring", false),
    ("zokio, epoll", "reads-zokio epoll", false),
    ("tokio", "reads-tokio", false),
    ("monoio", "reads-monoio", false),
    ("compio", "reads-compio", false),
];

/// What a program calls it, and what it is.
const PATTERNS: &[(&str, &str)] =
    &[("random", "4 KiB from anywhere, 32 at once"), ("sequential", "512 KiB, one after the other")];

/// Blocks of 4 KiB in the file: 256 MiB, more than any cache of a processor.
const BLOCKS: u64 = 1 << 16;

/// Every reader with every pattern, the readers in turn.
pub fn run(effort: Effort) -> Result<Table> {
    let path = make()?;
    let mut groups = Vec::new();
    for (pattern, what) in PATTERNS {
        let step = Step::start(format!("reads, {pattern}"));
        let rates = in_turn(
            &step,
            effort,
            READERS,
            |reader| reader.0,
            |(_, words, _)| round(words, &path, pattern, effort.millis),
        )?;
        step.end(Mark::Ok, "");
        let rows = READERS.iter().zip(rates).map(|((label, _, limit), rates)| Row::of(*label, *limit, rates, vec![]));
        groups.push(Group { name: (*what).to_owned(), rows: rows.collect() });
    }
    let _ = std::fs::remove_file(path);
    Ok(Table {
        name: "reads",
        title: "Reads of a file that is in memory, one thread (and those of the pool where there is no ring)"
            .to_owned(),
        unit: "reads/s",
        more_is_better: true,
        groups,
    })
}

/// A file whose blocks begin with their numbers.
fn make() -> Result<PathBuf> {
    let path = peers().join("target/blocks");
    let shown = path.display().to_string();
    let mut file = BufWriter::new(std::fs::File::create(&path).doing(format_args!("making {shown}"))?);
    for number in 0..BLOCKS {
        let written = file.write_all(&number.to_le_bytes()).and_then(|()| file.write_all(&[0; 4096 - 8]));
        written.doing(format_args!("writing {shown}"))?;
    }
    file.flush().doing(format_args!("writing {shown}"))?;
    Ok(path)
}

fn round(words: &str, path: &Path, pattern: &str, millis: u32) -> Result<f64> {
    let mut words = words.split(' ');
    let mut reader = Command::new(peers().join("target/release").join(words.next().unwrap_or_default()));
    reader.args(words).arg(path).arg(pattern).arg(millis.to_string());
    let says = Says::of(&mut reader, Duration::from_millis(millis.into()))?;
    Ok(says.number("reads")? / says.number("seconds")?)
}
