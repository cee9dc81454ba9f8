//! Tasks, timers and streams together on simulated hosts.

mod sim;

use core::time::Duration;
use embedded_io_async::{Read, Write};
use sim::{File, MS, Manners, Sim};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;
use zokio_core::task::TaskArena;
use zokio_core::time::{Clock, TimedOut};
use zokio_wasi::p1::{Error, abi};
use zokio_wasi::{RunError, Runtime};

type Small = Runtime<Sim, 4>;

const T: u64 = 1_000 * MS;

fn runtime(sim: Sim) -> &'static Small {
    Box::leak(Box::new(Small::new(sim)))
}

fn requests(rt: &Small) -> usize {
    rt.reactor().host().requests()
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn sleeps_end_in_the_order_of_their_deadlines_on_every_host() {
    static ARENA: TaskArena<20, 256> = TaskArena::new();
    for manners in Manners::ALL {
        let rt = runtime(Sim::new(manners));
        let order = Rc::new(RefCell::new(Vec::new()));
        for wait in [30, 10, 20] {
            let order = order.clone();
            let task = ARENA.task(async move {
                rt.sleep(ms(wait)).await;
                assert!(rt.now().as_nanos() >= T + wait * MS);
                order.borrow_mut().push(wait);
            });
            rt.spawner().spawn(task).unwrap().detach();
        }
        rt.block_on(rt.sleep(ms(40))).unwrap();
        assert_eq!(*order.borrow(), [10, 20, 30], "{manners:?}");
    }
}

#[test]
fn a_sleep_costs_one_host_call() {
    let rt = runtime(Sim::new(Manners::Wasmtime));
    rt.block_on(async {
        for _ in 0..10 {
            rt.sleep(ms(1)).await;
        }
    })
    .unwrap();
    assert_eq!(requests(rt), 10);
    // For the deadline, for how long that is from the wait on, and for whether it has come.
    assert_eq!(rt.reactor().host().readings.get(), 30);
}

#[test]
fn a_task_s_work_makes_no_sleep_shorter_or_longer() {
    for manners in Manners::ALL {
        let rt = runtime(Sim::new(manners));
        let now = &rt.reactor().host().now;
        let work = |millis| now.set(now.get() + millis * MS);
        rt.block_on(async {
            for _ in 0..3 {
                // Since the park that woke this task.
                work(50);
                let start = now.get();
                let sleep = rt.sleep(ms(10));
                // Since the sleep has read the clock.
                work(7);
                sleep.await;
                let took = now.get() - start;
                assert!((10 * MS..12 * MS).contains(&took), "{manners:?}: {took}");
            }
        })
        .unwrap();
    }
}

#[test]
fn the_end_of_a_look_is_read_but_once() {
    let rt = runtime(Sim::new(Manners::Wasmtime).with(0, File::stdin().arriving(T + 500 * MS, b"x")));
    let mut stdin = rt.stdin().unwrap();
    let limited = rt.timeout(ms(900), async {
        let mut buf = [0; 4];
        let mut read = std::pin::pin!(stdin.read(&mut buf));
        assert!(poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx))).await.is_pending());
        // By which it is known that the host does not truncate.
        rt.sleep(Duration::from_micros(1_500)).await;
        let before = rt.reactor().host().readings.get();
        busy(rt, 640, 0).await;
        rt.reactor().host().readings.get() - before
    });
    // Nine turns end within 640 polls, each with a look at the descriptor and one at the timers.
    assert_eq!(rt.block_on(limited), Ok(Ok(9)));
}

#[test]
fn input_with_a_time_limit() {
    for manners in [Manners::Wasmtime, Manners::Legacy, Manners::Node] {
        let rt = runtime(Sim::new(manners).with(0, File::stdin().arriving(T + 70 * MS, b"late")));
        let mut stdin = rt.stdin().unwrap();
        let mut buf = [0; 16];
        let first = rt.block_on(rt.timeout(ms(50), stdin.read(&mut buf)));
        assert_eq!(first, Ok(Err(TimedOut)), "{manners:?}");
        let second = rt.block_on(rt.timeout(ms(50), stdin.read(&mut buf)));
        assert_eq!(second, Ok(Ok(Ok(4))));
        assert_eq!(rt.reactor().armed(), 0);
        assert_eq!(requests(rt), 2);
    }
}

#[test]
fn an_echo_ends_with_its_input() {
    for manners in Manners::ALL {
        let stdin = File::stdin().arriving(T + MS, b"hello ").arriving(T + 2 * MS, b"world").arriving(T + 3 * MS, b"");
        let rt = runtime(Sim::new(manners).with(0, stdin).with(1, File { room: 4, ..File::pipe() }));
        let echo = async {
            let (mut stdin, mut stdout) = (rt.stdin()?, rt.stdout()?);
            let mut buf = [0; 16];
            loop {
                match stdin.read(&mut buf).await? {
                    0 => return Ok::<_, Error>(()),
                    n => stdout.write_all(&buf[..n]).await?,
                }
            }
        };
        assert_eq!(rt.block_on(echo), Ok(Ok(())), "{manners:?}");
        assert_eq!(rt.reactor().host().files.borrow()[&1].written, b"hello world");
    }
}

#[test]
fn what_can_never_go_on_is_an_error() {
    static ARENA: TaskArena<4, 128> = TaskArena::new();
    for manners in Manners::ALL {
        let rt = runtime(Sim::new(manners));
        let task = rt.spawner().spawn(ARENA.task(pending::<()>())).unwrap();
        let error = rt.block_on(pending::<()>()).unwrap_err();
        let RunError::Deadlock(deadlock) = error else { panic!("{error}") };
        assert_eq!(deadlock.tasks, 1);
        assert!(error.to_string().contains("1 spawned tasks wait (`arena task`)"), "{error}");
        assert_eq!(requests(rt), 0);
        // And the runtime goes on.
        assert_eq!(rt.block_on(rt.sleep(ms(1))), Ok(()));
        task.abort();
        assert_eq!(rt.block_on(async { task.await.is_err() }), Ok(true));
    }
}

#[test]
fn waiting_for_input_is_no_deadlock() {
    let rt = runtime(Sim::new(Manners::Wasmtime).with(0, File::stdin().arriving(T + 3_600_000 * MS, b"x")));
    let mut stdin = rt.stdin().unwrap();
    assert_eq!(rt.block_on(async { stdin.read(&mut [0]).await }), Ok(Ok(1)));
}

#[test]
fn a_runtime_inside_itself_is_an_error() {
    let rt = runtime(Sim::new(Manners::Wasmtime));
    assert_eq!(rt.block_on(async { rt.block_on(async {}) }), Ok(Err(RunError::Nested)));
    assert_eq!(rt.block_on(async { 7 }), Ok(7));
}

#[test]
fn tasks_go_on_in_the_next_call() {
    static ARENA: TaskArena<1, 128> = TaskArena::new();
    let rt = runtime(Sim::new(Manners::Wasmtime));
    let count = Rc::new(Cell::new(0));
    let ticks = count.clone();
    let task = ARENA.task(async move {
        loop {
            rt.sleep(ms(10)).await;
            ticks.set(ticks.get() + 1);
        }
    });
    let task = rt.block_on(async { rt.spawner().spawn(task) }).unwrap().unwrap();
    for calls in 1..4 {
        rt.block_on(rt.sleep(ms(100))).unwrap();
        assert!(count.get() >= 9 * calls, "{}", count.get());
    }
    task.abort();
    rt.block_on(rt.sleep(ms(1))).unwrap();
}

/// Wakes itself `turns` times; each turn takes `nanos`.
async fn busy(rt: &'static Small, turns: usize, nanos: u64) {
    let mut left = turns;
    poll_fn(|cx| {
        let now = &rt.reactor().host().now;
        now.set(now.get() + nanos);
        cx.waker().wake_by_ref();
        left -= 1;
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await
}

#[test]
fn ready_tasks_cost_no_host_calls() {
    let rt = runtime(Sim::new(Manners::Wasmtime));
    rt.block_on(busy(rt, 10_000, 1_000)).unwrap();
    assert_eq!(requests(rt), 0);
}

#[test]
fn ready_tasks_do_not_starve_descriptors() {
    // Every millisecond or so; where a look takes a millisecond itself, every ten.
    for (manners, within, looks) in
        [(Manners::Wasmtime, 2, 5..=11), (Manners::Legacy, 2, 5..=11), (Manners::Node, 13, 1..=3)]
    {
        descriptors_beside_ready_tasks(manners, within, looks);
    }
}

fn descriptors_beside_ready_tasks(manners: Manners, within: u64, looks: std::ops::RangeInclusive<usize>) {
    static ARENA: TaskArena<3, 256> = TaskArena::new();
    let rt = runtime(Sim::new(manners).with(0, File::stdin().arriving(T + 5 * MS, b"x")));
    let reader = ARENA.task(async move {
        let n = rt.stdin()?.read(&mut [0; 4]).await?;
        Ok::<_, Error>((n, rt.now().as_nanos()))
    });
    let reader = rt.spawner().spawn(reader).unwrap();
    let (n, at) = rt
        .block_on(async {
            // Twenty milliseconds in which something is always ready.
            busy(rt, 20_000, 1_000).await;
            assert!(reader.is_finished());
            reader.await.unwrap().unwrap()
        })
        .unwrap();
    assert_eq!(n, 1);
    assert!((T + 5 * MS..T + (5 + within) * MS).contains(&at), "{manners:?}: {at}");
    // Not twenty thousand times.
    assert!(looks.contains(&requests(rt)), "{manners:?}: {}", requests(rt));
}

#[test]
fn a_host_that_fails_for_good_ends_the_run() {
    let rt = runtime(Sim::new(Manners::Wasmtime));
    for _ in 0..3 {
        rt.reactor().host().answer(|_, _| Err(abi::NOTSUP));
    }
    let error = rt.block_on(rt.sleep(ms(5))).unwrap_err();
    assert_eq!(error, RunError::Driver(Error::Host { call: "poll_oneoff", errno: abi::NOTSUP }));
    assert_eq!(error.to_string(), "the host failed: poll_oneoff failed: ENOTSUP (58)");
    assert_eq!(rt.block_on(rt.sleep(ms(5))), Ok(()));
}

#[test]
fn a_full_table_ends_one_read_and_not_the_run() {
    static ARENA: TaskArena<1, 512> = TaskArena::new();
    let rt: &'static Runtime<Sim, 2> = Box::leak(Box::new(Runtime::new(
        Sim::new(Manners::Wasmtime).with(0, File::stdin().arriving(T + 5 * MS, b"x")),
    )));
    let first = ARENA.task(async move { rt.stdin()?.read(&mut [0; 4]).await });
    let first = rt.spawner().spawn(first).unwrap();
    let result = rt.block_on(async {
        let mut second = rt.stdin().unwrap();
        rt.sleep(ms(1)).await;
        let refused = second.read(&mut [0]).await;
        (refused, first.await.unwrap())
    });
    assert_eq!(result, Ok((Err(Error::Full { capacity: 1 }), Ok(1))));
}
