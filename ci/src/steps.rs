//! Running child processes: bounded, captured, and with a progress line where they are a step of their own.

use crate::group::Group;
use crate::problem::{Problem, Result};
use crate::progress::{Mark, Step};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How often a silent child is looked after.
const LOOK: Duration = Duration::from_millis(100);

/// What a child process did.
#[derive(Debug)]
pub struct Output {
    /// `None` if it was ended because its time was up.
    pub status: Option<ExitStatus>,
    pub stdout: String,
    /// Both streams, line by line as they came.
    pub all: String,
}

impl Output {
    pub fn ok(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// How it ended, as the rest of a sentence.
    pub fn ending(&self) -> String {
        self.status.map_or("was ended because its time was up".to_owned(), |status| format!("ended with {status}"))
    }
}

struct Line {
    text: String,
    from_stdout: bool,
}

/// Runs `command` to its end or until `limit`, whichever comes first, without a word.
pub fn quiet(command: &mut Command, limit: Duration) -> Result<Output> {
    watched(command, limit, |_| {})
}

/// Runs `command` as a step with a progress line, without its lasting line: the caller ends the step.
pub fn within(step: &Step, command: &mut Command, limit: Duration) -> Result<Output> {
    watched(command, limit, |line| {
        if !line.starts_with('{') {
            step.note(line);
        }
    })
}

/// Runs `command` as a step of its own. A failure shows the captured output and is an error that names the command.
pub fn step(label: &str, command: &mut Command, limit: Duration) -> Result<Output> {
    let step = Step::start(label);
    let output = match within(&step, command, limit) {
        Ok(output) => output,
        Err(problem) => {
            step.end(Mark::Failed, "");
            return Err(problem);
        }
    };
    if output.ok() {
        step.end(Mark::Ok, "");
        return Ok(output);
    }
    step.end(Mark::Failed, "");
    show(&output);
    Err(Problem::new(format!("{label} {}", output.ending())).next(format!("by hand: {}", shown(command))))
}

/// Prints what a failed command printed, indented so that it stands apart from the steps. Cargo's messages to programs
/// are left out.
pub fn show(output: &Output) {
    for line in output.all.lines().filter(|line| !line.starts_with("{\"reason\"")) {
        println!("       | {line}");
    }
}

/// A command as one would type it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted = words.map(|word| {
        let word = word.to_string_lossy();
        let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./=:,@+".contains(c));
        if plain { word.into_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

fn watched(command: &mut Command, limit: Duration, mut on_line: impl FnMut(&str)) -> Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let until = Instant::now() + limit;
    let mut group = Group::start(command)?;
    let (lines, from_readers) = channel();
    let child = group.child();
    if let Some(stdout) = child.stdout.take() {
        read_lines(stdout, true, lines.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        read_lines(stderr, false, lines);
    }
    let (mut stdout, mut all) = (String::new(), String::new());
    // Ends when both readers have hung up: the child and all it started have closed their ends of the pipes.
    while Instant::now() < until {
        let line = match from_readers.recv_timeout(LOOK.min(until.saturating_duration_since(Instant::now()))) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                // A child that has ended takes along whatever still holds the pipes.
                group.ended();
                continue;
            }
        };
        on_line(&line.text);
        if line.from_stdout {
            stdout += &line.text;
            stdout.push('\n');
        }
        all += &line.text;
        all.push('\n');
    }
    let status = group.wait(until.saturating_duration_since(Instant::now()));
    Ok(Output { status, stdout, all })
}

fn read_lines(stream: impl Read + Send + 'static, from_stdout: bool, lines: Sender<Line>) {
    std::thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        while stream.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let text = plain(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']));
            if lines.send(Line { text, from_stdout }).is_err() {
                return;
            }
            bytes.clear();
        }
    });
}

/// A line without what terminals are told: `ESC [ ... letter` and `ESC ( letter`.
fn plain(line: &str) -> String {
    let mut pieces = line.split('\x1b');
    let first = pieces.next().unwrap_or_default().to_owned();
    let end = |piece: &str| piece.find(|c: char| c.is_ascii_alphabetic()).map_or(piece.len(), |letter| letter + 1);
    pieces.fold(first, |text, piece| text + &piece[end(piece)..])
}

/// A command for `program` with `args`.
pub fn command<S: AsRef<std::ffi::OsStr>>(program: &str, args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

/// The program on PATH, if there is one.
pub fn on_path(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const PLENTY: Duration = Duration::from_secs(60);

    #[test]
    fn both_streams_are_captured_and_stdout_also_alone() {
        let output = quiet(&mut command("sh", ["-c", "echo out; echo err >&2; exit 3"]), PLENTY).unwrap();
        assert!(!output.ok());
        assert_eq!(output.status.unwrap().code(), Some(3));
        assert_eq!(output.stdout, "out\n");
        assert!(output.all.contains("out\n") && output.all.contains("err\n"), "{}", output.all);
    }

    #[test]
    fn a_child_that_does_not_end_is_ended_and_keeps_its_output() {
        let mut stuck = command("sh", ["-c", "echo before; sleep 1000"]);
        let output = quiet(&mut stuck, Duration::from_millis(500)).unwrap();
        assert!(output.status.is_none());
        assert_eq!(output.stdout, "before\n");
        assert!(output.ending().contains("time was up"));
    }

    #[test]
    fn what_a_child_leaves_behind_does_not_hold_up_its_end() {
        let output = quiet(&mut command("sh", ["-c", "sleep 1000 & echo done"]), PLENTY).unwrap();
        assert!(output.ok());
        assert_eq!(output.stdout, "done\n");
    }

    #[test]
    fn a_program_that_does_not_exist_is_an_error_with_its_name() {
        let problem = quiet(&mut command("no-such-program", ["x"]), PLENTY).unwrap_err();
        assert!(problem.to_string().contains("no-such-program"), "{problem}");
    }

    #[test]
    fn commands_are_shown_so_that_they_can_be_pasted() {
        let typed = command("redis-cli", ["-p", "6390", "SET", "a b", "it's", ""]);
        assert_eq!(shown(&typed), r"redis-cli -p 6390 SET 'a b' 'it'\''s' ''");
    }

    #[test]
    fn colours_are_taken_out() {
        assert_eq!(plain("\x1b[0mtest \x1b[38;5;1ma.rs\x1b(B\x1b[m ... ok"), "test a.rs ... ok");
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(on_path("sh").is_some());
        assert!(on_path("no-such-program").is_none());
    }
}
