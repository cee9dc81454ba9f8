//! What went wrong, and what to do about it.

use std::fmt;

/// An error that a person reads: what happened and, where it is known, the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    what: String,
    next: Option<String>,
}

/// The result of everything here that can go wrong.
pub type Result<T> = std::result::Result<T, Problem>;

impl Problem {
    /// A problem whose next step is not known.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), next: None }
    }

    /// Adds the next step: a sentence that says what to run or to install.
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    /// Adds detail behind what happened.
    pub fn with(mut self, detail: &str) -> Self {
        self.what.push_str(detail);
        self
    }

    /// The whole of it in one line.
    pub fn in_one_line(&self) -> String {
        let next = self.next.as_ref().map_or(String::new(), |next| format!("; get it with: {next}"));
        format!("{}{next}", self.what)
    }

    /// Puts what was being done in front.
    pub fn while_doing(mut self, doing: &str) -> Self {
        self.what = format!("{doing}: {}", self.what);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.next.as_ref().map_or(Ok(()), |next| write!(f, "\n  next: {next}"))
    }
}

impl std::error::Error for Problem {}

/// Gives an I/O error the sentence that it lacks.
pub trait Context<T> {
    /// `doing` is what was being done, in the form "reading README.md".
    fn doing(self, doing: impl fmt::Display) -> Result<T>;
}

impl<T> Context<T> for std::io::Result<T> {
    fn doing(self, doing: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Problem::new(format!("{doing}: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_step_stands_on_its_own_line() {
        let problem = Problem::new("no QEMU").next("apt-get install qemu-system-arm").while_doing("starting microbit");
        assert_eq!(problem.to_string(), "starting microbit: no QEMU\n  next: apt-get install qemu-system-arm");
        assert_eq!(problem.in_one_line(), "starting microbit: no QEMU; get it with: apt-get install qemu-system-arm");
    }

    #[test]
    fn an_io_error_says_what_was_done() {
        let missing = std::fs::read("/no/such/file").doing("reading the golden file").unwrap_err();
        assert!(missing.to_string().starts_with("reading the golden file: "), "{missing}");
    }
}
