//! What tasks, handles and arenas say of themselves, for whoever debugs a program.

use embedded_hal_async::delay::DelayNs;
use std::cell::Cell;
use std::future::pending;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;
use zokio_core::driver::Wait;
use zokio_core::executor::{Executor, Ready};
use zokio_core::future::yield_now;
use zokio_core::sync::Signal;
use zokio_core::task::{AsyncFn, JoinError, Scope, TaskArena, TaskKind, scope};
use zokio_core::time::{Clock, Delay, Instant};
use zokio_suite::virtual_time::{Nobody, Park, Time};

static ARENA: TaskArena<3, 128> = TaskArena::new();
static GO: Signal<u32> = Signal::new();

/// A new executor, and its clock; once per place in the source. In statics, because what is leaked counts as lost under miri.
macro_rules! executor {
    () => {{
        static TIME: Time = Time::new();
        static READY: Ready<Nobody> = Ready::new();
        (Executor::new(&READY, Park(&TIME), &TIME), &TIME)
    }};
}

struct Pump;
impl TaskKind for Pump {
    const NAME: &'static str = "pump";
}

#[test]
fn handles_name_their_task_and_know_whether_it_has_ended() {
    let (mut executor, _) = executor!();
    assert_eq!(ARENA.capacity(), 3);
    let handle = executor.spawner().spawn(ARENA.task(GO.wait()).kind(Pump)).unwrap();
    let never = executor.spawner().spawn(ARENA.task(pending::<()>())).unwrap();
    let _ = executor.turn(Wait::Poll).unwrap();
    assert_eq!(format!("{handle:?}"), "JoinHandle { name: \"pump\", finished: false }");
    GO.signal(7);
    // As often as it takes: what matters is that it says so, and that the other one does not.
    for _ in 0..3 {
        let _ = executor.turn(Wait::Poll).unwrap();
    }
    assert!(handle.is_finished() && !never.is_finished());
    assert_eq!(format!("{handle:?}"), "JoinHandle { name: \"pump\", finished: true }");
    assert_eq!(executor.block_on(async move { handle.await }), Ok(Ok(7)));
    never.abort();
    let ended = executor.block_on(async move { never.await });
    assert_eq!(ended, Ok(Err(JoinError::Aborted)));
    assert_eq!(ended.unwrap().unwrap_err().to_string(), "the task was aborted");
    assert_eq!(JoinError::Taken.to_string(), "the task's result was taken before");
}

#[test]
fn a_function_that_can_be_started_again_says_where_it_is() {
    let fail = Signal::<bool>::new();
    let mut step = pin!(AsyncFn::new(|| async { if fail.wait().await { Err(1) } else { Ok(2) } }));
    let mut cx = Context::from_waker(Waker::noop());
    for (answer, ended) in [(false, "AsyncFn(completed)"), (true, "AsyncFn(failed)")] {
        assert_eq!(format!("{step:?}"), "AsyncFn(idle)");
        assert!(step.as_mut().poll(&mut cx).is_pending());
        assert_eq!(format!("{step:?}"), "AsyncFn(running)");
        fail.signal(answer);
        assert!(step.as_mut().poll(&mut cx).is_ready());
        assert_eq!(format!("{step:?}"), ended);
        step.as_mut().reset();
    }
}

/// Counts that it is dropped.
struct Dropped<'a>(&'a Cell<u32>);
impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn handles_of_a_scope_know_their_child_and_give_its_place_back() {
    let (mut executor, _) = executor!();
    let dropped = Cell::new(0);
    let ended = executor.block_on(scope(async |s: &Scope<'_, 1, 128>| {
        for round in 1..=3 {
            let child = s.spawn(async { Dropped(&dropped) }).unwrap();
            assert!(!child.is_finished());
            let Err(full) = s.spawn(async {}) else { panic!("there is one place") };
            assert!(format!("{full:?}").contains("enlarge its SLOTS"));
            yield_now().await;
            assert!(child.is_finished());
            // With it goes what the child gave, and its place is free again.
            drop(child);
            assert_eq!(dropped.get(), round);
        }
        for _ in 0..3 {
            let child = s.spawn(pending::<()>()).unwrap();
            child.abort();
            while !child.is_finished() {
                yield_now().await;
            }
            drop(child);
        }
        s.spawn(async { 5 }).unwrap().join().await
    }));
    assert_eq!(ended.unwrap(), Ok(5));
}

#[test]
fn spawners_count_and_refusals_say_why() {
    static ARENA: TaskArena<2, 64> = TaskArena::new();
    let (executor, _) = executor!();
    let spawner = executor.spawner();
    let sending = spawner.send();
    for live in 0..2 {
        assert_eq!((spawner.live(), sending.live()), (live, live));
        spawner.spawn(ARENA.task(pending::<()>()).kind(Pump)).unwrap().detach();
    }
    let refused = spawner.spawn(ARENA.task(pending::<()>()).kind(Pump)).unwrap_err();
    let told = "no free slot for task `pump`: all 2 are taken; enlarge its pool or wait for one to end";
    assert_eq!((refused.to_string().as_str(), format!("{refused:?}").as_str()), (told, told));
}

#[test]
fn time_is_counted_exactly() {
    let (mut executor, clock) = executor!();
    let slept = executor.block_on(async move {
        let mut delay = Delay(clock);
        let start = clock.now();
        delay.delay_ns(2_000_000).await;
        let after_nanos = clock.now();
        delay.delay_us(3000).await;
        let after_micros = clock.now();
        delay.delay_ms(4).await;
        assert_eq!(after_nanos - start, Duration::from_millis(2));
        assert_eq!(after_micros - after_nanos, Duration::from_millis(3));
        assert_eq!(clock.now() - after_micros, Duration::from_millis(4));
        // An interval that begins anew counts from there.
        let mut every = clock.interval(Duration::from_millis(10));
        clock.sleep(Duration::from_millis(7)).await;
        every.reset();
        let from = clock.now();
        assert_eq!(every.tick().await - from, Duration::from_millis(10));
        clock.timeout(Duration::from_millis(1), pending::<()>()).await
    });
    assert_eq!(slept.unwrap().unwrap_err().to_string(), "the time was up before the future completed");
    // At the far end.
    let last = Instant::MAX.as_nanos();
    assert_eq!(Instant::from_nanos(last - 1).as_nanos(), last - 1);
    assert_eq!((Instant::from_nanos(last), Instant::from_nanos(last + 1)), (Instant::MAX, Instant::MAX));
    let mut at = Instant::from_nanos(last - 5);
    at += Duration::from_nanos(3);
    assert_eq!(at.as_nanos(), last - 2);
    at += Duration::from_secs(1);
    assert_eq!(at, Instant::MAX);
    let whole = Duration::from_secs(u32::MAX.into());
    assert_eq!(zokio_core::time::duration_nanos(whole), u64::from(u32::MAX) * 1_000_000_000);
    assert_eq!(zokio_core::time::duration_nanos(whole + Duration::from_secs(1)), 1 << 62);
}
