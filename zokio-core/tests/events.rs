//! The events of one executor, in their order.
#![cfg(feature = "events")]

use std::convert::Infallible;
use std::sync::Mutex;
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::events::listen;
use zokio_core::executor::{Executor, Ready};
use zokio_core::future::yield_now;
use zokio_core::task::TaskArena;
use zokio_core::time::{Clock, Instant, SortedList, Timers};

static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
static TIMERS: Timers<SortedList> = Timers::new();

#[derive(Clone)]
struct Nobody;

impl Unpark for Nobody {
    fn unpark(&self) {}
}

struct Still;

impl Driver for Still {
    type Unparker = Nobody;
    type Error = Infallible;
    fn now(&self) -> Instant {
        Instant::ZERO
    }
    fn unparker(&self) -> Nobody {
        Nobody
    }
    fn park(&mut self, _: Wait) -> Result<(), Infallible> {
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Ticks;

// SAFETY: always the one static.
unsafe impl Clock for Ticks {
    type Store = SortedList;
    fn now(&self) -> Instant {
        Instant::ZERO
    }
    fn timers(&self) -> &Timers<SortedList> {
        &TIMERS
    }
}

fn told() -> Vec<String> {
    std::mem::take(&mut *TOLD.lock().unwrap())
}

/// In one test, because there is one listener.
#[test]
fn every_step_of_a_task_is_told_in_its_order() {
    static READY: Ready<Nobody> = Ready::new();
    static TASKS: TaskArena<2, 64> = TaskArena::new();
    let mut executor = Executor::new(&READY, Still, Ticks);
    let nobody_listens = executor.spawner().spawn(TASKS.task(async {})).unwrap();
    let _ = executor.turn(Wait::Poll).unwrap();
    assert!(nobody_listens.is_finished());
    drop(nobody_listens);

    listen(|event| TOLD.lock().unwrap().push(event.to_string().split_whitespace().next().unwrap().to_owned()));
    let task = executor.spawner().spawn(TASKS.task(yield_now())).unwrap();
    assert_eq!(told(), ["spawned", "woken"]);
    let _ = executor.turn(Wait::Poll).unwrap();
    // It woke itself in its first poll.
    assert_eq!(told(), ["polling", "woken", "waits", "polling", "ended", "looks", "unparked,"]);
    drop(task);

    // An aborted task is told as one that ends.
    let task = executor.spawner().spawn(TASKS.task(std::future::pending::<()>())).unwrap();
    let _ = executor.turn(Wait::Poll).unwrap();
    let _ = told();
    task.abort();
    assert_eq!(told(), ["woken"]);
    let _ = executor.turn(Wait::Forever).unwrap();
    assert_eq!(told(), ["polling", "ended", "parks", "unparked,"]);

    // The last who wants to listen does.
    listen(|_| {});
    let _ = executor.turn(Wait::Poll).unwrap();
    assert_eq!(told(), [""; 0]);
}
