//! Bugs that others had, each with the test that would find it here. The number is that of the report at the project.
//!
//! | whose | what went wrong | what is tested instead |
//! |---|---|---|
//! | Embassy 3420, 3425 | a task with `impl Trait` arguments in a pool of another type | a pool is keyed by its exact future |
//! | Embassy 4381 | a task function that returns a future was spawned as if it were `Send` | compile error |
//! | Embassy 4379 | a spawner for "the current executor", from a foreign one | a spawner does not leave its thread |
//! | Embassy 3655 | a race on the executor's address in the task's header | a stale waker under loom |
//! | Embassy 4736 | a timer that never ends held up those behind it | below |
//! | Embassy 4598, 3807 | a change of state dropped wakers, or woke one side only | the models say who is woken, after each step |
//! | Embassy 6000 | a once-cell published with relaxed order | the once-cell under loom |
//! | Embassy 6004 | clearing a zero-copy channel's sender | `Pipe`'s two sides, also under miri |
//! | Embassy 5996 | a channel said wrongly whether it had room | the model of the channel |
//! | Embassy 6721 | scheduling a wake-up against the alarm's thread: deadlock | wakes from everywhere |
//! | Embassy 3758, 6528 | an alarm whose time passed while it was set | deadlines in the past, on each board |
//! | Embassy 1308 | a timer inside the task's header, which the next task reuses | a timer under loom, dropped |
//! | Embassy 4818, 6659 | the core never slept, because going to sleep was an event | the core stops, on each board |
//! | lilos 1.0 | a value that a cancelled push had taken was lost | permits; the cancel sweep |
//! | RTIC 2 | a waker that was not refreshed on the next poll | the models poll with another waker each time |
//! | RTIC 2 | "do not forget it": a timer of a forgotten future | a forgotten scope |
//! | many | a 16- or 24-bit counter that wraps between two reads | the true time across laps |
#![cfg(not(miri))]

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;
use zokio_core::time::{Clock, Heap, Instant, SortedList, TimerStore, Timers, Wheel};

/// Where each row's test is: a file from the root, and what is in it.
const ROWS: &[(&str, &str)] = &[
    ("zokio-core/tests/ui/task_impl_trait.rs", "impl"),
    ("zokio-core/tests/ui/send_spawner_task_not_send.rs", "fn main()"),
    ("zokio-core/tests/ui/spawner_leaves_its_thread.rs", "fn main()"),
    ("zokio-core/tests/loom_tasks.rs", "fn a_stale_waker_and_the_next_task()"),
    ("zokio-core/tests/field_bugs.rs", "fn a_timer_that_never_ends_holds_up_nobody()"),
    ("zokio-core/tests/model_channel.rs", "fn a_channel_is_two_queues("),
    ("zokio-core/tests/model_values.rs", "fn a_watch_is_a_value_with_a_version("),
    ("zokio-core/tests/model_permits.rs", "fn a_semaphore_is_a_line("),
    ("zokio-core/tests/loom_values.rs", "fn a_value_is_made_once()"),
    ("tests/suite/src/sync.rs", "fn a_pipe_wraps_and_holds_back("),
    ("zokio-std/tests/runtime/workers.rs", "fn wakes_from_everywhere_are_not_lost("),
    ("targets/tests/src/idle.rs", "fn deadlines_are_kept<"),
    ("targets/tests/src/idle.rs", "fn the_core_stops_and_starts("),
    ("zokio-core/tests/loom_timers.rs", "fn one_is_dropped()"),
    ("tests/suite/tests/cancel_sweep.rs", "reserve"),
    ("zokio-core/tests/models/mod.rs", "Polls with another waker than before"),
    ("zokio-core/tests/scope.rs", "fn a_forgotten_scope_touches_nothing_that_goes("),
    ("targets/board/src/counter.rs", "fn tells_the_true_time_across_laps()"),
];

#[test]
fn each_has_its_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (file, what) in ROWS {
        let text = std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(what), "{file} has no {what:?}");
    }
}

/// A clock that is told the time.
struct Told<S> {
    now: Cell<u64>,
    timers: Timers<S>,
}

struct Handle<'a, S>(&'a Told<S>);

impl<S> Clone for Handle<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S> Copy for Handle<'_, S> {}

// SAFETY: "one store": a field of what the handle borrows.
unsafe impl<S: TimerStore> Clock for Handle<'_, S> {
    type Store = S;
    fn now(&self) -> Instant {
        Instant::from_nanos(self.0.now.get())
    }
    fn timers(&self) -> &Timers<S> {
        &self.0.timers
    }
}

struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn never<S: TimerStore>() {
    let clock = Told::<S> { now: Cell::new(7), timers: Timers::new() };
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(count.clone());
    let mut cx = Context::from_waker(&waker);
    // One before, one after, and one between that is dropped.
    let mut first = pin!(Handle(&clock).sleep(Duration::MAX));
    assert!(first.as_mut().poll(&mut cx).is_pending());
    let mut soon = pin!(Handle(&clock).sleep(Duration::from_millis(5)));
    assert!(soon.as_mut().poll(&mut cx).is_pending());
    {
        let mut gone = pin!(Handle(&clock).sleep_until(Instant::MAX));
        assert!(gone.as_mut().poll(&mut cx).is_pending());
    }
    let mut last = pin!(Handle(&clock).sleep(Duration::MAX));
    assert!(last.as_mut().poll(&mut cx).is_pending());
    let next = clock.timers.next_deadline().expect("one is soon");
    assert!(next < Instant::from_nanos(1_000_000_000));
    clock.now.set(next.as_nanos());
    assert_eq!(clock.timers.expire(next), 1);
    assert!(soon.poll(&mut cx).is_ready());
    // Nor do they fire when ages have passed.
    clock.now.set(1 << 62);
    assert_eq!(clock.timers.expire(Instant::from_nanos(1 << 62)), 0);
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert!(first.poll(&mut cx).is_pending() && last.poll(&mut cx).is_pending());
}

#[test]
fn a_timer_that_never_ends_holds_up_nobody() {
    never::<SortedList>();
    never::<Heap>();
    never::<Wheel>();
}
