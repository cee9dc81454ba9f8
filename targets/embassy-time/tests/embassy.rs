//! embassy-time's own futures on a Zokio executor, in virtual time.

use core::convert::Infallible;
use core::time::Duration as CoreDuration;
use embassy_time::{Duration, Instant, Ticker, Timer, with_timeout};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::executor::{Executor, Ready};
use zokio_core::task::TaskArena;
use zokio_core::time::{Clock, Heap, Instant as ZokioInstant, Timers};
use zokio_embassy_time::{EmbassyTime, time_driver};

/// Nanoseconds. Time stands still unless somebody waits for it.
static NOW: AtomicU64 = AtomicU64::new(0);
static PARKS: AtomicU64 = AtomicU64::new(0);
static TIMERS: Timers<Heap> = Timers::new();
static READY: Ready<Nobody> = Ready::new();

/// How many tasks wait at once, beside the one that is blocked on: as many as have room.
const WAITING: usize = 7;
time_driver!(static TIME: EmbassyTime<8> = EmbassyTime::new(now));

fn now() -> ZokioInstant {
    ZokioInstant::from_nanos(NOW.load(Relaxed))
}

#[derive(Clone)]
struct Nobody;

impl Unpark for Nobody {
    fn unpark(&self) {}
}

struct Virtual;

impl Driver for Virtual {
    type Unparker = Nobody;
    type Error = Infallible;
    const REMOTE_WAKE: bool = false;

    fn now(&self) -> ZokioInstant {
        now()
    }

    fn unparker(&self) -> Nobody {
        Nobody
    }

    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        if let Wait::Until(at) = wait {
            PARKS.fetch_add(1, Relaxed);
            NOW.fetch_max(at.as_nanos(), Relaxed);
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Time;

// SAFETY: always the one static.
unsafe impl Clock for Time {
    type Store = Heap;

    fn now(&self) -> ZokioInstant {
        now()
    }

    fn timers(&self) -> &Timers<Heap> {
        &TIMERS
    }
}

/// In one test, because the driver and its clock are the program's.
#[test]
fn embassys_futures_keep_their_time() {
    static TASKS: TaskArena<{ WAITING + 1 }, 512> = TaskArena::new();
    static WOKEN: Mutex<Vec<(u64, Instant)>> = Mutex::new(Vec::new());
    let mut executor = Executor::new(&READY, Virtual, Time);
    let spawner = executor.spawner();
    spawner.spawn(TASKS.task(async { TIME.run(Time).await })).unwrap().detach();

    // One after the other, each exact to the tick, and with no needless look at the clock.
    let start = Instant::now();
    executor.block_on(Timer::after(Duration::from_ticks(1000))).unwrap();
    assert_eq!(Instant::now(), start + Duration::from_ticks(1000));
    assert!(PARKS.load(Relaxed) <= 2, "parked {} times", PARKS.load(Relaxed));

    // A ticker beside a Zokio timer in one task.
    let ticked = executor.block_on(async {
        let mut ticker = Ticker::every(Duration::from_secs(1));
        let mut ticks = 0;
        let ticking = async {
            loop {
                ticker.next().await;
                ticks += 1;
            }
        };
        let _ = Time.timeout(CoreDuration::from_millis(10_500), ticking).await;
        ticks
    });
    assert_eq!(ticked.unwrap(), 10);

    // A timeout that comes before what it guards, and one that does not.
    executor
        .block_on(async {
            let before = Instant::now();
            with_timeout(Duration::from_ticks(100), Timer::after(Duration::from_secs(3600))).await.unwrap_err();
            assert_eq!(Instant::now(), before + Duration::from_ticks(100));
            with_timeout(Duration::from_secs(3600), Timer::after(Duration::from_ticks(7))).await.unwrap();
            assert_eq!(Instant::now(), before + Duration::from_ticks(107));
        })
        .unwrap();

    // As many tasks as there is room for, the last the earliest: all are woken, in order, and exactly then.
    let start = Instant::now();
    for task in 0..WAITING as u64 {
        let wait = TASKS.task(async move {
            Timer::at(start + Duration::from_ticks(500 - 10 * task)).await;
            WOKEN.lock().unwrap().push((task, Instant::now()));
        });
        spawner.spawn(wait).unwrap().detach();
    }
    executor.block_on(Timer::at(start + Duration::from_ticks(600))).unwrap();
    let expected: Vec<_> =
        (0..WAITING as u64).rev().map(|task| (task, start + Duration::from_ticks(500 - 10 * task))).collect();
    assert_eq!(*WOKEN.lock().unwrap(), expected);
}
