//! The suite on the host, over a driver that parks the thread.

use std::convert::Infallible;
use std::sync::LazyLock;
use std::thread::{self, Thread};
use std::time::Instant as StdInstant;
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::executor::{Executor, Ready};
use zokio_core::time::{Clock, Instant, SortedList, Timers};
use zokio_suite::{COUNT, Platform};

static START: LazyLock<StdInstant> = LazyLock::new(StdInstant::now);
static TIMERS: Timers<SortedList> = Timers::new();
static READY: Ready<Parked> = Ready::new();

#[derive(Clone, Copy)]
struct Host;

// SAFETY: "one store": a static.
unsafe impl Clock for Host {
    type Store = SortedList;
    fn now(&self) -> Instant {
        Instant::ZERO + START.elapsed()
    }
    fn timers(&self) -> &Timers<SortedList> {
        &TIMERS
    }
}

#[derive(Clone)]
struct Parked(Thread);

impl Unpark for Parked {
    fn unpark(&self) {
        self.0.unpark();
    }
}

impl Driver for Host {
    type Unparker = Parked;
    type Error = Infallible;
    fn now(&self) -> Instant {
        Clock::now(self)
    }
    fn unparker(&self) -> Parked {
        Parked(thread::current())
    }
    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        match wait {
            Wait::Poll => {}
            Wait::Until(at) => thread::park_timeout(at - Clock::now(self)),
            Wait::Forever => thread::park(),
        }
        Ok(())
    }
}

fn main() {
    let mut executor = Executor::new(&READY, Host, Host);
    let platform = Platform { spawner: executor.spawner(), clock: Host };
    let suite = zokio_suite::run(platform, |name, outcome| match outcome {
        Ok(()) => println!("test {name} ... ok"),
        Err(why) => println!("test {name} ... FAILED\n  {why}"),
    });
    let Ok(passed) = executor.block_on(suite) else { unreachable!("the host's driver neither fails nor deadlocks") };
    println!("suite: {passed} passed, {} failed", COUNT - passed);
    std::process::exit(i32::from(passed != COUNT));
}
