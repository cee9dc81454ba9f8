//! One line per step: what is being done, how long it has taken, how it ended.
//!
//! On a terminal the line is redrawn in place with the last line of output behind it. In a log a step that takes over
//! a second is announced once and then once a minute, so that nobody mistakes a long build for a hang.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const SILENT: Duration = Duration::from_secs(1);
const REDRAW: Duration = Duration::from_millis(100);
const REMIND: Duration = Duration::from_secs(60);

/// How a step ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    Ok,
    Failed,
}

/// A step under way. Ends with [`Step::end`]; dropped without it, it only stops drawing.
pub struct Step {
    shared: Arc<Shared>,
    ticker: Option<JoinHandle<()>>,
}

struct Shared {
    label: String,
    started: Instant,
    state: Mutex<State>,
    bell: Condvar,
}

#[derive(Default)]
struct State {
    note: String,
    over: bool,
}

impl Step {
    /// Starts the clock of a step; `label` says what is being done, as in "build kv-server".
    pub fn start(label: impl Into<String>) -> Self {
        let shared =
            Shared { label: label.into(), started: Instant::now(), state: Mutex::default(), bell: Condvar::new() };
        let shared = Arc::new(shared);
        let ticking = Arc::clone(&shared);
        Self { shared, ticker: Some(std::thread::spawn(move || ticking.tick())) }
    }

    /// What may be shown behind the label while the step runs: the last line of output.
    pub fn note(&self, line: &str) {
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.note.clear();
        state.note.push_str(line.trim());
    }

    /// Ends the step with its lasting line; `detail` stands behind the elapsed time.
    pub fn end(mut self, mark: Mark, detail: &str) {
        self.stop();
        println!("{}", last_line(mark, &self.shared.label, self.shared.started.elapsed(), detail));
    }

    fn stop(&mut self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        self.shared.bell.notify_all();
        if let Some(ticker) = self.ticker.take() {
            let _ = ticker.join();
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn tick(&self) {
        let on_terminal = std::io::stderr().is_terminal();
        let mut drawn = false;
        let mut pause = SILENT;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.over {
            let (next, waited) = self.bell.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner);
            state = next;
            if state.over || !waited.timed_out() {
                continue;
            }
            let elapsed = elapsed(self.started.elapsed());
            if on_terminal {
                let line = format!("  ..   {}  {elapsed}  {}", self.label, state.note);
                eprint!("\r\x1b[2K{}", line.chars().take(terminal_width()).collect::<String>());
                let _ = std::io::stderr().flush();
                (drawn, pause) = (true, REDRAW);
            } else {
                println!("  ..   {}  {elapsed}", self.label);
                pause = REMIND;
            }
        }
        if drawn {
            eprint!("\r\x1b[2K");
        }
    }
}

fn last_line(mark: Mark, label: &str, took: Duration, detail: &str) -> String {
    let mark = match mark {
        Mark::Ok => paint("  ok  ", GREEN),
        Mark::Failed => paint("FAILED", RED),
    };
    let detail = if detail.is_empty() { String::new() } else { format!("  {detail}") };
    format!("{mark} {label}  {}{detail}", elapsed(took))
}

/// A duration as a person says it: "0.3 s", "2 min 05 s".
pub fn elapsed(took: Duration) -> String {
    let seconds = took.as_secs();
    if seconds < 60 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

pub const GREEN: &str = "32";
pub const RED: &str = "31";

/// `text` in a colour, where standard output is a terminal that has not asked for none.
pub fn paint(text: &str, colour: &str) -> String {
    let wanted = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if wanted { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
}

/// One column less than the terminal has, so that the line never wraps; shells that export COLUMNS are believed.
fn terminal_width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<usize>().ok()).unwrap_or(80).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(elapsed(Duration::from_millis(340)), "0.3 s");
        assert_eq!(elapsed(Duration::from_millis(59_940)), "59.9 s");
        assert_eq!(elapsed(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn the_last_line_has_mark_label_time_and_detail() {
        let line = last_line(Mark::Ok, "build kv", Duration::from_millis(1500), "12 passed");
        // Not a terminal under `cargo test --quiet | cat`, coloured in one: either way these are the parts in order.
        let parts = ["ok", "build kv", "1.5 s", "12 passed"];
        let positions: Vec<usize> = parts.iter().map(|part| line.find(part).expect(part)).collect();
        assert!(positions.is_sorted(), "{line}");
    }

    #[test]
    fn a_dropped_step_stops_its_thread() {
        let step = Step::start("nothing");
        let shared = Arc::downgrade(&step.shared);
        drop(step);
        assert!(shared.upgrade().is_none(), "the ticker thread still holds the step");
    }
}
