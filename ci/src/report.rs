//! `cargo ci report`: what a configured runtime is and takes, on every machine. The numbers come from the machine itself: a
//! program that builds its runtime from a `Config` is built for it, runs there, and prints its report.

use crate::image::Image;
use crate::machines::{MACHINES, Machine};
use crate::problem::{Problem, Result};
use crate::progress::{Mark, Step};
use crate::results::Count;
use crate::running::board;
use crate::sections::Sizes;
use crate::setup::Tools;
use crate::steps;
use crate::table;
use std::process::Command;
use std::time::Duration;

/// The program beats for a third of a second; an emulator takes seconds to start on a busy machine.
const RUN: Duration = Duration::from_secs(60);

/// The columns that a report has a line for.
const LINES: [&str; 7] = ["driver", "strategy", "timer store", "memory", "per timer", "per task", "static RAM"];

/// Builds and runs the program for each machine that `wanted` says, prints the table, and counts the machines whose
/// program ran to its end and those where it did not.
pub fn run(tools: &Tools, wanted: fn(&Machine) -> bool) -> Count {
    let (mut rows, mut notes, mut count) = (Vec::new(), Vec::new(), Count::default());
    for machine in MACHINES.iter().filter(|machine| wanted(machine)) {
        let Some(image) = machine.report else { continue };
        match report(machine, &image, tools) {
            Ok((text, image)) => {
                count.passed += 1;
                rows.push(row(machine.name, &text, image));
                notes.extend(told(&text, "platform").map(|platform| format!("{}: {platform}", machine.name)));
                notes.extend(told(&text, "missed").map(|missed| format!("{}: missed {missed}", machine.name)));
            }
            Err(problem) => {
                count.failed += 1;
                println!("       {problem}");
            }
        }
    }
    let head = ["machine", "image RAM", "applied"];
    let head: Vec<&str> = head[..1].iter().chain(&LINES).chain(&head[1..]).copied().collect();
    println!("\n{}", table::lay_out(&head, &rows));
    notes.iter().for_each(|note| println!("{note}"));
    count
}

/// What the machine's program printed, and the size of its image.
fn report(machine: &Machine, image: &Image, tools: &Tools) -> Result<(String, Sizes)> {
    let path = image.build()?;
    let mut command = match image {
        Image { target: None, .. } => Command::new(&path),
        Image { target: Some(target), .. } if target.starts_with("wasm") => {
            let host = tools.wasi.as_ref().ok_or_else(|| Problem::new("no WASI host").next("cargo ci setup"))?;
            host.command(&path, &[])
        }
        _ => board(&path, ""),
    };
    let step = Step::start(format!("report of {}", machine.name));
    let output = steps::within(&step, &mut command, RUN)?;
    let complete = output.ok() && output.stdout.lines().any(|line| line == "ok");
    let named = LINES.iter().find(|name| told(&output.stdout, name).next().is_none());
    let problem = match named {
        None if complete => {
            step.end(Mark::Ok, "");
            return Ok((output.stdout, Sizes::of(&path)?));
        }
        Some(name) if complete => format!("its report has no line `{name}`"),
        _ => format!("its program {}", output.ending()),
    };
    step.end(Mark::Failed, "");
    steps::show(&output);
    Err(Problem::new(problem).while_doing(&format!("report of {}", machine.name)))
}

fn row(name: &str, text: &str, image: Sizes) -> Vec<String> {
    // In a table the number says enough.
    let short = |value: &str| {
        ["in the future that waits", "header"]
            .iter()
            .fold(value.to_owned(), |value, rest| value.trim_end_matches(rest).trim_end().to_owned())
    };
    let lines = LINES.iter().map(|name| short(told(text, name).next().unwrap_or("-")));
    let applied = told(text, "applied").count();
    let all = applied + told(text, "missed").count();
    let end = [format!("{} B", image.static_ram()), format!("{applied} of {all}")];
    [name.to_owned()].into_iter().chain(lines).chain(end).collect()
}

/// What the lines of a report that begin with `name` tell.
fn told<'t>(text: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(' ').map(str::trim))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "driver           epoll\nper timer        24 B in the future that waits\n\
                        applied          one: because\napplied          two: because\nmissed           three: no; to get it: do\nok\n";

    #[test]
    fn lines_are_found_by_their_names() {
        assert_eq!(told(TEXT, "driver").collect::<Vec<_>>(), ["epoll"]);
        assert_eq!(told(TEXT, "per").next(), Some("timer        24 B in the future that waits"));
        assert_eq!(told(TEXT, "drive").next(), None);
    }

    #[test]
    fn a_row_has_a_cell_for_every_column() {
        let row = row("board", TEXT, Sizes { text: 1, data: 2, bss: 3 });
        assert_eq!(row.len(), LINES.len() + 3);
        assert_eq!((row[1].as_str(), row[5].as_str()), ("epoll", "24 B"));
        assert_eq!(row[row.len() - 2..], ["5 B".to_owned(), "2 of 3".to_owned()]);
    }
}
