//! `redis-benchmark`, and what it says.

use crate::problem::{Problem, Result};
use crate::progress::Step;
use crate::steps;
use std::time::Duration;

/// Requests per second of the three commands that are measured.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    pub set: f64,
    pub get: f64,
    pub incr: f64,
}

/// How hard to push: clients at once, requests per command, requests in flight per client; on which core, if on one.
#[derive(Clone, Copy)]
pub struct Load {
    pub clients: u32,
    pub requests: u32,
    pub pipeline: u32,
    pub core: Option<u32>,
}

impl Load {
    /// How many commands the server answers for this.
    pub fn commands(&self) -> u64 {
        3 * u64::from(self.requests)
    }
}

/// Runs `redis-benchmark` against `port`; bounded by `limit`.
pub fn run(step: &Step, port: u16, load: Load, limit: Duration) -> Result<Rates> {
    let Load { clients, requests, pipeline, core } = load;
    let pinned = core.map(|core| format!("taskset -c {core} ")).unwrap_or_default();
    let words = format!(
        "{pinned}redis-benchmark -h 127.0.0.1 -p {port} -t set,get,incr -c {clients} -n {requests} -P {pipeline} --csv"
    );
    let mut words = words.split(' ');
    let mut command = steps::command(words.next().unwrap_or_default(), words);
    let output = steps::within(step, &mut command, limit)?;
    let failed = |what: String| Problem::new(format!("redis-benchmark: {what}")).next(steps::shown(&command));
    if !output.ok() {
        return Err(failed(output.ending()));
    }
    if let Some(error) = output.all.lines().find(|line| line.contains("Error")) {
        return Err(failed(error.trim().to_owned()));
    }
    parse(&output.stdout).ok_or_else(|| failed(format!("unexpected output {:?}", output.stdout)))
}

/// The first two columns are the same in every version since 2.8; 7.0 added a head and latencies behind them.
fn parse(csv: &str) -> Option<Rates> {
    let rate = |command: &str| {
        let mut lines = csv.lines().map(|line| line.split(',').map(|cell| cell.trim_matches(['"', ' '])));
        let mut cells = lines.find(|cells| cells.clone().next() == Some(command))?;
        cells.nth(1)?.parse().ok()
    };
    Some(Rates { set: rate("SET")?, get: rate("GET")?, incr: rate("INCR")? })
}

impl Rates {
    /// "91k/95k/92k", or in full below ten thousand.
    pub fn shown(&self) -> String {
        let one = |rate: f64| if rate < 9_999.5 { format!("{rate:.0}") } else { format!("{:.0}k", rate / 1000.0) };
        format!("{}/{}/{}", one(self.set), one(self.get), one(self.incr))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_csv_are_read() {
        let new = "\"test\",\"rps\",\"avg_latency_ms\"\n\"SET\",\"34482.76\",\"0.023\"\n\"GET\",\"10638.30\",\"0.088\"\n\"INCR\",\"9.5\",\"1\"\n";
        let old = "\"SET\",\"34482.76\"\n\"GET\",\"10638.30\"\n\"INCR\",\"9.5\"\n";
        let wanted = Rates { set: 34482.76, get: 10638.30, incr: 9.5 };
        assert_eq!(parse(new), Some(wanted));
        assert_eq!(parse(old), Some(wanted));
        assert_eq!(wanted.shown(), "34k/11k/10");
        assert_eq!(parse("\"SET\",\"1\"\n"), None);
    }
}
