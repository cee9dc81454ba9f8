//! An executor over a clock that only moves when everybody waits for it.

use core::convert::Infallible;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::executor::Executor;
use zokio_core::time::{Clock, Instant, SortedList, Timers};

/// An executor over virtual time.
pub type Sim = Executor<Park, &'static Time>;

/// The clock: microseconds, and the timers that wait for them.
pub struct Time {
    micros: AtomicUsize,
    timers: Timers<SortedList>,
}

impl Time {
    /// Midnight.
    #[allow(clippy::new_without_default)]
    pub const fn new() -> Self {
        Self { micros: AtomicUsize::new(0), timers: Timers::new() }
    }

    /// Milliseconds since midnight.
    pub fn millis(&self) -> usize {
        self.micros.load(Ordering::Relaxed) / 1000
    }

    /// Lets time pass without anybody looking.
    pub fn pass(&self, millis: usize) {
        self.micros.fetch_add(millis * 1000, Ordering::Relaxed);
    }
}

// SAFETY: "one store": the timers are the field of one static.
unsafe impl Clock for &'static Time {
    type Store = SortedList;
    fn now(&self) -> Instant {
        Instant::from_nanos(self.micros.load(Ordering::Relaxed) as u64 * 1000)
    }
    fn timers(&self) -> &Timers<SortedList> {
        &self.timers
    }
}

/// The driver: a park until a deadline is the deadline.
pub struct Park(pub &'static Time);

/// Nobody can end a park from elsewhere: there is no elsewhere.
#[derive(Clone)]
pub struct Nobody;

impl Unpark for Nobody {
    fn unpark(&self) {}
}

impl Driver for Park {
    type Unparker = Nobody;
    type Error = Infallible;
    const REMOTE_WAKE: bool = false;

    fn now(&self) -> Instant {
        Clock::now(&self.0)
    }
    fn unparker(&self) -> Nobody {
        Nobody
    }
    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        if let Wait::Until(at) = wait {
            self.0.micros.fetch_max(at.as_nanos().div_ceil(1000) as usize, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// A new executor over virtual time, and its clock; once per place in the source.
macro_rules! sim {
    () => {{
        static TIME: $crate::virtual_time::Time = $crate::virtual_time::Time::new();
        static READY: ::zokio_core::executor::Ready<$crate::virtual_time::Nobody> =
            ::zokio_core::executor::Ready::new();
        let sim: $crate::virtual_time::Sim =
            ::zokio_core::executor::Executor::new(&READY, $crate::virtual_time::Park(&TIME), &TIME);
        (sim, &TIME)
    }};
}
pub(crate) use sim;
