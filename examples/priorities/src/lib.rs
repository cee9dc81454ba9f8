//! An urgent task wakes every 5 ms while others compute for much longer. In an executor of its own, in a software interrupt,
//! it is on time; beside the others, on the thread's executor, it is not. What it finds out goes through a channel to the
//! thread. The programs are in `src/bin`.
#![cfg_attr(target_os = "none", no_std)]
#![cfg(target_os = "none")]

use core::time::Duration;
use zokio_board::host::println;
use zokio_core::sync::Channel;
use zokio_core::task::{SendSpawner, TaskArena};
use zokio_core::time::{Clock, MissedTicks};

/// How often the urgent task wakes, and what is still on time.
const PERIOD: Duration = Duration::from_millis(5);
const ON_TIME: u64 = 1_000_000;
const ROUNDS: usize = 10;

/// Nanoseconds that a wake was late, one after the other; from any level to the thread.
static LATENESS: Channel<u64, ROUNDS> = Channel::new();
/// The rounds of the middle level.
static COMPUTED: Channel<u32, 8> = Channel::new();

static TASKS: TaskArena<2, 256> = TaskArena::new();

/// Wakes every period, and says how late.
async fn urgent(clock: impl Clock) {
    let mut due = clock.now();
    for _ in 0..ROUNDS {
        due += PERIOD;
        clock.sleep_until(due).await;
        let _ = LATENESS.send(clock.now().nanos_since(due)).await;
    }
}

/// Computes for 12 ms, three times.
async fn middle(clock: impl Clock) {
    let mut interval = clock.interval(Duration::from_millis(15)).missed(MissedTicks::Skip);
    for round in 0..3 {
        interval.tick().await;
        compute(clock, Duration::from_millis(12));
        let _ = COMPUTED.send(round).await;
    }
}

/// Keeps the core busy.
fn compute(clock: impl Clock, duration: Duration) {
    let until = clock.now() + duration;
    while clock.now() < until {}
}

/// Spawns the urgent task onto one level and, where there is another one, the middle task onto that; computes in the thread
/// meanwhile; then says how it went.
pub async fn compare<C: Clock + Send + 'static>(what: &str, clock: C, high: SendSpawner, mid: Option<SendSpawner>) {
    high.spawn(TASKS.task(urgent(clock))).expect("the arena has room").detach();
    if let Some(mid) = mid {
        mid.spawn(TASKS.task(middle(clock))).expect("the arena has room").detach();
    }
    // Lets the tasks of this executor, if any, come to their first sleep.
    zokio_core::future::yield_now().await;
    compute(clock, PERIOD * (ROUNDS as u32 + 1));
    let middle_rounds = COMPUTED.len();
    let mut on_time = 0;
    for _ in 0..ROUNDS {
        on_time += usize::from(LATENESS.recv().await.unwrap_or(u64::MAX) < ON_TIME);
    }
    println!("{what}: {on_time} of {ROUNDS} wakes on time while the thread computed");
    if mid.is_some() {
        println!("the level between pre-empted the thread {middle_rounds} times, and was pre-empted itself");
        while COMPUTED.try_recv().is_ok() {}
    }
}
