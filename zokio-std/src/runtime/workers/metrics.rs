//! What workers count.

use super::Pool;
use std::sync::atomic::{AtomicU64, Ordering};

/// Written by one worker, read by anybody.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) polls: AtomicU64,
    pub(super) steals: AtomicU64,
    pub(super) stolen: AtomicU64,
    pub(super) parks: AtomicU64,
    pub(super) injected: AtomicU64,
    pub(super) overflows: AtomicU64,
    pub(super) handed_off: AtomicU64,
}

/// Adds to a counter that only this thread writes: cheaper than a locked addition.
#[inline]
pub(super) fn count(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
}

/// What the workers of a runtime have done since their pool was made; see [`Runtime::metrics`](crate::Runtime::metrics).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Metrics {
    /// One for each worker.
    pub workers: Vec<WorkerMetrics>,
}

/// What one worker has done.
///
/// ```
/// let runtime = zokio_std::Runtime::builder().workers(2).build()?;
/// for worker in runtime.metrics().workers {
///     println!("{worker:?}");
/// }
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct WorkerMetrics {
    /// Polls of shared tasks.
    pub polls: u64,
    /// Times that it found work at another worker.
    pub steals: u64,
    /// Tasks that it took there.
    pub stolen: u64,
    /// Times that it went to sleep.
    pub parks: u64,
    /// Times that it took tasks that were spawned or woken from outside.
    pub injected: u64,
    /// Times that its ring was full.
    pub overflows: u64,
    /// Times that others looked after its I/O because a task kept it busy.
    pub handed_off: u64,
}

impl Pool {
    pub(in crate::runtime) fn metrics(&self) -> Metrics {
        let workers = self.seats.iter().map(|seat| {
            let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
            let counters = &seat.counters;
            WorkerMetrics {
                polls: read(&counters.polls),
                steals: read(&counters.steals),
                stolen: read(&counters.stolen),
                parks: read(&counters.parks),
                injected: read(&counters.injected),
                overflows: read(&counters.overflows),
                handed_off: read(&counters.handed_off),
            }
        });
        Metrics { workers: workers.collect() }
    }
}
