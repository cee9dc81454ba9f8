//! What tasks, handles and arenas say of themselves, for whoever debugs a program.

use std::future::pending;
use std::pin::pin;
use std::task::{Context, Waker};
use zokio_core::driver::Wait;
use zokio_core::executor::{Executor, Ready};
use zokio_core::sync::Signal;
use zokio_core::task::{AsyncFn, JoinError, TaskArena, TaskKind};
use zokio_suite::virtual_time::{Park, Time};

static ARENA: TaskArena<3, 128> = TaskArena::new();
fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}
static GO: Signal<u32> = Signal::new();

struct Pump;
impl TaskKind for Pump {
    const NAME: &'static str = "pump";
}

#[test]
fn handles_name_their_task_and_know_whether_it_has_ended() {
    let time = leak(Time::new());
    let mut executor = Executor::new(leak(Ready::new()), Park(time), time);
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
