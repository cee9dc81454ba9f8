//! What test programs print, read back: libtest's summaries, and the lines of the shared suite.

/// Individual tests, counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub passed: usize,
    pub failed: usize,
}

impl std::ops::Add for Count {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Adds up libtest's `test result: ok. 12 passed; 0 failed; 1 ignored; ...` lines. `None` if there is none.
pub fn libtest(output: &str) -> Option<Count> {
    let sum = |what| summaries(output).map(|line| number(line, what)).sum();
    summaries(output).next().map(|_| Count { passed: sum("passed"), failed: sum("failed") })
}

/// How many tests libtest's summaries say were left out.
pub fn ignored(output: &str) -> usize {
    summaries(output).map(|line| number(line, "ignored")).sum()
}

/// What was left out with a reason, each once however many sizes or drivers left it out, and why.
pub fn left_out(output: &str) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for line in output.lines() {
        let Some((name, reason)) = line.trim().split_once(" ... ignored, SKIPPED: ") else { continue };
        let name = name.rsplit(['.', ':', ' ']).next().unwrap_or(name);
        if !all.iter().any(|(other, why)| other == name && why == reason) {
            all.push((name.to_owned(), reason.to_owned()));
        }
    }
    all
}

fn summaries(output: &str) -> impl Iterator<Item = &str> {
    output.lines().filter_map(|line| line.trim_start().strip_prefix("test result: "))
}

fn number(summary: &str, what: &str) -> usize {
    let before = summary.split(['.', ';']).map(str::trim).find_map(|part| part.strip_suffix(what));
    before.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}

/// Whether a line of a failed run says something about the failure: what went well and what cargo was doing does not.
pub fn tells(line: &str) -> bool {
    let line = line.trim();
    let went_well = line.starts_with("test ") && (line.ends_with(" ... ok") || line.contains(" ... ignored"));
    let doing = [
        "Compiling ",
        "Checking ",
        "Running ",
        "Finished ",
        "Doc-tests ",
        "Downloaded ",
        "running ",
        "test result: ok",
    ];
    !line.is_empty() && !went_well && !doing.iter().any(|word| line.starts_with(word))
}

/// How many tests a program reports as passed that says "ok  WHAT" or "WHAT: ok" of each.
pub fn report(output: &str) -> usize {
    output.lines().map(str::trim).filter(|line| line.starts_with("ok ") || line.ends_with(": ok")).count()
}

/// What one run of the shared suite printed: `test NAME ... ok` or `FAILED` per test, then
/// `suite: N passed, M failed`.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Suite {
    /// In the order of the run, with whether it passed.
    pub tests: Vec<(String, bool)>,
}

impl Suite {
    /// Reads a run; an error says what is wrong with it as a run.
    pub fn parse(output: &str) -> Result<Self, String> {
        let mut suite = Self::default();
        for line in output.lines() {
            if let Some(total) = line.trim().strip_prefix("suite: ") {
                let counted = format!("{} passed, {} failed", suite.count().passed, suite.count().failed);
                if total != counted {
                    return Err(format!("it says \"{total}\", its lines say \"{counted}\""));
                }
                return if suite.tests.is_empty() { Err("it ran no test".to_owned()) } else { Ok(suite) };
            }
            // Under libtest's --nocapture the first line may have libtest's own "test name ... " in front.
            let Some((before, verdict)) = line.trim_end().rsplit_once(" ... ") else { continue };
            let Some((_, name)) = before.rsplit_once("test ").filter(|(_, name)| !name.contains(' ')) else { continue };
            match verdict {
                "ok" => suite.tests.push((name.to_owned(), true)),
                "FAILED" => suite.tests.push((name.to_owned(), false)),
                _ => {}
            }
        }
        let last =
            suite.tests.last().map_or("before the first test".to_owned(), |(name, _)| format!("after test {name}"));
        Err(format!("it ended {last}, without its last line"))
    }

    /// How many passed and failed.
    pub fn count(&self) -> Count {
        let passed = self.tests.iter().filter(|(_, passed)| *passed).count();
        Count { passed, failed: self.tests.len() - passed }
    }

    /// What this run lacks or has too much, against `other`; nothing if they ran the same tests in the same order.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let names = |suite: &Self| suite.tests.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let (ours, theirs) = (names(self), names(other));
        if ours == theirs {
            return None;
        }
        let without = |these: &[String], those: &[String]| {
            these.iter().filter(|name| !those.contains(name)).cloned().collect::<Vec<_>>().join(", ")
        };
        let (missing, extra) = (without(&theirs, &ours), without(&ours, &theirs));
        if missing.is_empty() && extra.is_empty() {
            return Some("the same tests in another order or number".to_owned());
        }
        Some(format!("missing: [{missing}], extra: [{extra}]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_of_all_test_programs_add_up() {
        let output = "
running 2 tests
test a ... ok
test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
   Doc-tests zokio_core
test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s
";
        assert_eq!(libtest(output), Some(Count { passed: 15, failed: 2 }));
        assert_eq!(ignored(output), 1);
        assert_eq!(libtest("error: could not compile"), None);
    }

    #[test]
    fn what_was_left_out_is_named_once() {
        let output = "test iocp::default::links ... ignored, SKIPPED: no links\ntest iocp::small::links ... ignored, SKIPPED: no links\n\
                      test iocp::small::other ... ok\ntest plain ... ignored\n";
        assert_eq!(left_out(output), [("links".to_owned(), "no links".to_owned())]);
    }

    #[test]
    fn of_a_failed_run_only_the_failure_is_told() {
        let output = "   Compiling kv v0.1.0\nrunning 2 tests\ntest a ... ok\ntest b ... FAILED\n\nthread 'b' panicked at x.rs\n";
        let told: Vec<&str> = output.lines().filter(|line| tells(line)).collect();
        assert_eq!(told, ["test b ... FAILED", "thread 'b' panicked at x.rs"]);
    }

    #[test]
    fn reports_in_both_forms_are_counted() {
        assert_eq!(report("node: silence: ok\nnode: cost: FAILED: hangs\nok  the clock is right\r\nokay\n"), 2);
    }

    #[test]
    fn a_run_of_the_suite_is_read_with_noise_around_it() {
        let output = "boot\ntest native ... test order ... ok\r\nnoise ... here\ntest abort ... FAILED\nsuite: 1 passed, 1 failed\n";
        let suite = Suite::parse(output).unwrap();
        assert_eq!(suite.tests, [("order".to_owned(), true), ("abort".to_owned(), false)]);
        assert_eq!(suite.count(), Count { passed: 1, failed: 1 });
    }

    #[test]
    fn a_run_that_stops_or_miscounts_is_an_error() {
        let stopped = Suite::parse("test order ... ok\n").unwrap_err();
        assert!(stopped.contains("after test order"), "{stopped}");
        assert!(Suite::parse("").unwrap_err().contains("before the first test"));
        assert!(Suite::parse("test order ... ok\nsuite: 2 passed, 0 failed\n").unwrap_err().contains("its lines say"));
        assert!(Suite::parse("suite: 0 passed, 0 failed\n").unwrap_err().contains("no test"));
    }

    #[test]
    fn two_runs_are_compared_by_name() {
        let suite = |names: &[&str]| Suite { tests: names.iter().map(|name| (name.to_string(), true)).collect() };
        assert_eq!(suite(&["a", "b"]).difference(&suite(&["a", "b"])), None);
        assert_eq!(suite(&["a", "c"]).difference(&suite(&["a", "b"])).unwrap(), "missing: [b], extra: [c]");
        assert!(suite(&["b", "a"]).difference(&suite(&["a", "b"])).unwrap().contains("order"));
        assert!(suite(&["a"]).difference(&suite(&["a", "a"])).is_some());
    }
}
