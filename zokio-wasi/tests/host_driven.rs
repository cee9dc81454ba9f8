//! The core under a loop that the host owns, as WASI 0.3 has it: the host calls the module, and the module says what it waits
//! for (`WAIT`), that it wants to be called again at once (`YIELD`), or that it is done (`EXIT`). It never blocks.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::executor::{Executor, Ready};
use zokio_core::sync::Signal;
use zokio_core::task::TaskArena;
use zokio_core::time::{Clock, Heap, Instant, Timers};

/// What the module answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Answer {
    /// Call again when one of my events has come, or at this time.
    Wait(Option<Instant>),
    /// Others may go first; then call again.
    Yield,
    Exit,
}

#[derive(Clone)]
struct Nobody;

impl Unpark for Nobody {
    fn unpark(&self) {}
}

thread_local! {
    /// The host's clock.
    static NOW: Cell<u64> = const { Cell::new(0) };
}

/// A driver of a module that must not block.
struct Guest;

impl Driver for Guest {
    type Unparker = Nobody;
    type Error = Infallible;

    fn now(&self) -> Instant {
        Instant::from_nanos(NOW.get())
    }

    fn unparker(&self) -> Nobody {
        Nobody
    }

    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        assert_eq!(wait, Wait::Poll, "the module blocks the host");
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct HostClock(&'static Timers<Heap>);

// SAFETY: "one store": the timers were leaked by the only one that makes the clock.
unsafe impl Clock for HostClock {
    type Store = Heap;

    fn now(&self) -> Instant {
        Instant::from_nanos(NOW.get())
    }

    fn timers(&self) -> &Timers<Heap> {
        self.0
    }
}

/// What the host calls: `TURNS` turns at most, so that tasks which wake themselves do not keep the host.
fn callback(executor: &mut Executor<Guest, HostClock>) -> Answer {
    const TURNS: usize = 3;
    for _ in 0..TURNS {
        let Ok(turn) = executor.turn(Wait::Poll);
        if !turn.remaining {
            return match executor.spawner().live() {
                0 => Answer::Exit,
                _ => Answer::Wait(executor.next_deadline()),
            };
        }
    }
    Answer::Yield
}

fn executor() -> Executor<Guest, HostClock> {
    let ready: &'static Ready<Nobody> = Box::leak(Box::new(Ready::new()));
    Executor::new(ready, Guest, HostClock(Box::leak(Box::new(Timers::new()))))
}

#[test]
fn the_host_sleeps_and_the_module_never_does() {
    static ARENA: TaskArena<4, 256> = TaskArena::new();
    static EVENT: Signal<u32> = Signal::new();
    let mut executor = executor();
    let (clock, spawner) = (executor.clock(), executor.spawner());
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = seen.clone();
    let ticks = ARENA.task(async move {
        for tick in 0..3 {
            clock.sleep(Duration::from_millis(10)).await;
            log.borrow_mut().push(format!("tick {tick}"));
        }
    });
    spawner.spawn(ticks).unwrap().detach();
    let log = seen.clone();
    let events = ARENA.task(async move {
        let value = EVENT.wait().await;
        log.borrow_mut().push(format!("event {value}"));
    });
    spawner.spawn(events).unwrap().detach();

    let mut calls = 0;
    loop {
        calls += 1;
        match callback(&mut executor) {
            Answer::Exit => break,
            Answer::Yield => panic!("nobody wakes itself here"),
            Answer::Wait(deadline) => {
                // An event of the host, between two timers.
                if calls == 2 {
                    NOW.set(15_000_000);
                    EVENT.signal(7);
                } else {
                    NOW.set(deadline.expect("a timer is set").as_nanos());
                }
            }
        }
    }
    assert_eq!(*seen.borrow(), ["tick 0", "event 7", "tick 1", "tick 2"]);
    assert_eq!((calls, NOW.get()), (5, 30_000_000));
}

#[test]
fn a_module_with_much_to_do_yields_to_its_host() {
    static ARENA: TaskArena<1, 64> = TaskArena::new();
    let mut executor = executor();
    let busy = ARENA.task(async {
        for _ in 0..10_000 {
            zokio_core::future::yield_now().await;
        }
    });
    executor.spawner().spawn(busy).unwrap().detach();
    let answers: Vec<_> = std::iter::repeat_with(|| callback(&mut executor)).take(1000).collect();
    let yields = answers.iter().take_while(|answer| **answer == Answer::Yield).count();
    assert!(yields > 0 && yields < 1000, "{yields}");
    assert_eq!(answers[yields], Answer::Exit);
}

#[test]
fn a_module_that_waits_for_events_alone_has_no_deadline() {
    static ARENA: TaskArena<1, 64> = TaskArena::new();
    static EVENT: Signal<()> = Signal::new();
    let mut executor = executor();
    executor.spawner().spawn(ARENA.task(EVENT.wait())).unwrap().detach();
    let Ok(_) = executor.run_until_stalled();
    assert_eq!(callback(&mut executor), Answer::Wait(None));
    EVENT.signal(());
    assert_eq!(callback(&mut executor), Answer::Exit);
}
