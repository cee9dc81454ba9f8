//! Programs that measure, and say what came of it as one line of JSON.

use crate::problem::{Problem, Result};
use crate::steps;
use std::process::Command;
use std::time::Duration;

/// A program must end within this beyond its own time.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a program said.
pub struct Says {
    numbers: serde_json::Value,
    /// What is wrong where a number is missing: what was printed instead, and the command.
    wrong: (String, String),
}

impl Says {
    /// Runs `command`, which measures for at most `time`.
    pub fn of(command: &mut Command, time: Duration) -> Result<Self> {
        let output = steps::quiet(command, time + PATIENCE)?;
        let wrong = (format!("what measures says: {}", output.all.trim()), steps::shown(command));
        let says = if output.ok() { output.stdout.trim() } else { "" };
        Ok(Self { numbers: serde_json::from_str(says).unwrap_or_default(), wrong })
    }

    /// A number by its name.
    pub fn number(&self, name: &str) -> Result<f64> {
        let wrong = || {
            let (says, command) = &self.wrong;
            Problem::new(says.clone()).next(format!("by hand: {command}"))
        };
        self.numbers.get(name).and_then(serde_json::Value::as_f64).ok_or_else(wrong)
    }
}
