//! The clock of all drivers here: nanoseconds of the performance counter, since a moment before the first look, so instants of two
//! runtimes of a process can be compared.

use std::sync::OnceLock;
use std::time::Instant as Counter;
use zokio_core::time::Instant;

/// The time now.
#[inline]
pub(crate) fn now() -> Instant {
    static START: OnceLock<Counter> = OnceLock::new();
    let since = START.get_or_init(Counter::now).elapsed();
    // From one on: zero is before everything.
    Instant::from_nanos(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX - 1) + 1)
}
