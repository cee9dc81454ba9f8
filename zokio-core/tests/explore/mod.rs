//! Running a closure under loom, in every order of its threads' steps that a bound on preemptions allows.

use loom::model::Builder;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Explores `model`; `preemptions` bounds how often a thread is stopped where it need not be (`None`: no bound).
/// `LOOM_MAX_PREEMPTIONS` overrides it.
pub fn explore(preemptions: Option<usize>, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(preemptions);
    builder.max_branches = 20_000;
    let executions = Arc::new(AtomicUsize::new(0));
    let count = executions.clone();
    let start = Instant::now();
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        model();
    });
    println!(
        "{} executions, preemptions {:?}, {:.1?}",
        executions.load(Ordering::Relaxed),
        builder.preemption_bound,
        start.elapsed()
    );
}
