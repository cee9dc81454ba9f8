//! A test harness that can say "skipped": the standard one cannot decide that while it runs.
//!
//! Tests run one after the other (some count the descriptors of the process), each on a thread of its own and with a
//! watchdog, because what goes wrong in a runtime often hangs. Arguments that are no options filter by name.

use std::any::Any;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Longer than any test takes on a busy machine.
const HANG: Duration = Duration::from_secs(120);

/// A named test; `Err` is the reason why it cannot run here.
pub struct Test {
    pub name: String,
    pub run: Box<dyn FnOnce() -> Result<(), String> + Send>,
}

/// A test under `name`.
pub fn test(name: impl Into<String>, run: impl FnOnce() -> Result<(), String> + Send + 'static) -> Test {
    Test { name: name.into(), run: Box::new(run) }
}

/// Runs the tests and ends the process, with the output of the standard harness.
pub fn main(tests: Vec<Test>) -> ! {
    let filters: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter));
    let total = tests.len();
    let tests: Vec<Test> = tests.into_iter().filter(|test| wanted(&test.name)).collect();
    let filtered = total - tests.len();
    println!("\nrunning {} tests", tests.len());
    let (mut passed, mut failed, mut skipped) = (0, Vec::new(), 0);
    for Test { name, run } in tests {
        print!("test {name} ... ");
        let _ = std::io::stdout().flush();
        match run_guarded(run) {
            Ok(Ok(())) => {
                passed += 1;
                println!("ok");
            }
            Ok(Err(reason)) => {
                skipped += 1;
                println!("ignored, SKIPPED: {reason}");
            }
            Err(message) => {
                println!("FAILED: {message}");
                failed.push(name);
            }
        }
    }
    let verdict = if failed.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {verdict}. {passed} passed; {} failed; {skipped} ignored; 0 measured; {filtered} filtered out\n",
        failed.len()
    );
    for name in &failed {
        println!("failed: {name}");
    }
    std::process::exit(i32::from(!failed.is_empty()) * 101);
}

fn run_guarded(run: Box<dyn FnOnce() -> Result<(), String> + Send>) -> Result<Result<(), String>, String> {
    let (report, ended) = channel();
    let thread = std::thread::spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(run)).map_err(|panic| message(&*panic));
        let _ = report.send(result);
    });
    match ended.recv_timeout(HANG) {
        Ok(result) => {
            let _ = thread.join();
            result
        }
        Err(RecvTimeoutError::Timeout) => {
            println!("FAILED: hangs; the tests after it cannot be trusted, so this ends here");
            std::process::exit(101);
        }
        Err(RecvTimeoutError::Disconnected) => Err("the thread ended without a word".to_owned()),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panicked".to_owned())
}
