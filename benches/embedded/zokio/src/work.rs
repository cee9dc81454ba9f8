//! The tasks that do the work.

use crate::firmware::runtime::{Clock, Executor};
use bench_marks::{LAPS, finish, lap, ring_soon, size, to};
use core::future::{pending, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use zokio_core::future::yield_now;
use zokio_core::sync::{Channel, Signal, SpscChannel, SpscReceiver, SpscSender, WakerCell};
use zokio_core::task::Spawner;
use zokio_core::time::Clock as _;

static REQUESTS: Channel<u32, 1> = Channel::new();
static ANSWERS: Channel<u32, 1> = Channel::new();
static REQUESTS_TO_ONE: SpscChannel<u32, 1> = SpscChannel::new();
static ANSWERS_TO_ONE: SpscChannel<u32, 1> = SpscChannel::new();
static REQUEST: Signal<u32> = Signal::new();
static ANSWER: Signal<u32> = Signal::new();
/// A piece of work is done.
static DONE: Signal<()> = Signal::new();
/// Wakes whoever waits for the alarm.
pub static ALARM: WakerCell = WakerCell::new();

#[zokio_core::task]
pub async fn echo_channel() {
    while let Ok(number) = REQUESTS.recv().await {
        let _ = ANSWERS.send(number).await;
    }
}

#[zokio_core::task]
pub async fn echo_signal() {
    loop {
        let number = REQUEST.wait().await;
        ANSWER.signal(number);
    }
}

/// One of the others that are alive: waits for a timer that does not fire while the program runs.
#[zokio_core::task(pool = 64)]
async fn other(clock: Clock) {
    clock.sleep(Duration::from_secs(3600)).await;
}

/// Sleeps a millisecond, again and again.
macro_rules! timer {
    ($name:literal, $clock:ident) => {
        for _ in 0..LAPS {
            lap!($name);
            $clock.sleep(Duration::from_millis(1)).await;
        }
        lap!($name);
    };
}

/// Makes a timeout, polls it once and drops it, again and again, each time an earlier one.
macro_rules! timeout {
    ($name:literal, $clock:ident, $secs:literal) => {
        for lap in 0..LAPS as u64 {
            lap!($name);
            let mut timeout = pin!($clock.timeout(Duration::from_secs($secs - lap), pending::<()>()));
            poll_fn(|cx| {
                let _ = timeout.as_mut().poll(cx);
                Poll::Ready(())
            })
            .await;
        }
        lap!($name);
    };
}

#[zokio_core::task]
async fn yields() {
    for _ in 0..LAPS {
        lap!("yield");
        yield_now().await;
    }
    lap!("yield");
    DONE.signal(());
}

#[zokio_core::task]
async fn channel() {
    for number in 0..LAPS as u32 {
        lap!("channel");
        let _ = REQUESTS.send(number).await;
        let _ = ANSWERS.recv().await;
    }
    lap!("channel");
    DONE.signal(());
}

type Sender = SpscSender<'static, u32, 1>;
type Receiver = SpscReceiver<'static, u32, 1>;

#[zokio_core::task]
async fn echo_to_one(mut requests: Receiver, mut answers: Sender) {
    while let Ok(number) = requests.recv().await {
        let _ = answers.send(number).await;
    }
}

#[zokio_core::task]
async fn channel_to_one(mut requests: Sender, mut answers: Receiver) {
    for number in 0..LAPS as u32 {
        lap!("channel, one to one");
        let _ = requests.send(number).await;
        let _ = answers.recv().await;
    }
    lap!("channel, one to one");
    DONE.signal(());
}

#[zokio_core::task]
async fn signal() {
    for number in 0..LAPS as u32 {
        lap!("signal");
        REQUEST.signal(number);
        ANSWER.wait().await;
    }
    lap!("signal");
    DONE.signal(());
}

#[zokio_core::task]
async fn interrupt() {
    for _ in 0..LAPS {
        let mut rung = false;
        poll_fn(|cx| {
            to!("interrupt");
            if rung {
                return Poll::Ready(());
            }
            rung = true;
            ALARM.register(cx.waker());
            ring_soon();
            Poll::Pending
        })
        .await;
    }
    DONE.signal(());
}

#[zokio_core::task]
async fn timer_0(clock: Clock) {
    timer!("timer, 0 others", clock);
    DONE.signal(());
}

#[zokio_core::task]
async fn timer_16(clock: Clock) {
    timer!("timer, 16 others", clock);
    DONE.signal(());
}

#[zokio_core::task]
async fn timer_64(clock: Clock) {
    timer!("timer, 64 others", clock);
    DONE.signal(());
}

/// Has one piece of work done after the other. Each is a task of its own, as small as tasks are.
#[zokio_core::task]
pub async fn work(spawner: Spawner, clock: Clock) {
    spawner.spawn(yields()).unwrap().detach();
    DONE.wait().await;
    spawner.spawn(channel()).unwrap().detach();
    DONE.wait().await;
    if let (Some(requests), Some(answers)) = (REQUESTS_TO_ONE.take(), ANSWERS_TO_ONE.take()) {
        spawner.spawn(echo_to_one(requests.1, answers.0)).unwrap().detach();
        spawner.spawn(channel_to_one(requests.0, answers.1)).unwrap().detach();
        DONE.wait().await;
    }
    spawner.spawn(signal()).unwrap().detach();
    DONE.wait().await;
    spawner.spawn(interrupt()).unwrap().detach();
    DONE.wait().await;
    spawner.spawn(timer_0(clock)).unwrap().detach();
    DONE.wait().await;
    others(spawner, clock, 1).await;
    timeout!("timeout, 1 other", clock, 60);
    others(spawner, clock, 15).await;
    spawner.spawn(timer_16(clock)).unwrap().detach();
    DONE.wait().await;
    others(spawner, clock, 48).await;
    spawner.spawn(timer_64(clock)).unwrap().detach();
    DONE.wait().await;
    timeout!("timeout, 64 others", clock, 30);
    timeout!("timeout after 64 others", clock, 7200);
    sizes(clock);
    finish();
}

/// Starts `count` more others and lets them begin to wait.
async fn others(spawner: Spawner, clock: Clock, count: usize) {
    for _ in 0..count {
        spawner.spawn(other(clock)).unwrap().detach();
    }
    yield_now().await;
}

/// Tells how large things are.
fn sizes(_: Clock) {
    // A sleep is a timer node and a clock, which takes no room; with a sorted list it is a word smaller.
    size!("Sleep", size_of::<zokio_core::time::Sleep<Clock>>());
    size!("Timeout<()>", size_of::<zokio_core::time::Timeout<(), Clock>>());
    size!("Interval", size_of::<zokio_core::time::Interval<Clock>>());
    size!("task slot, empty", size_of::<zokio_core::task::raw::Slot<core::future::Ready<()>>>());
    size!("Channel<u32, 1>", size_of::<Channel<u32, 1>>());
    size!("Send<u32>", size_of::<zokio_core::sync::Send<'static, u32, 1>>());
    size!("Recv<u32>", size_of::<zokio_core::sync::Recv<'static, u32, 1>>());
    size!("Signal<u32>", size_of::<Signal<u32>>());
    size!("SignalWait<u32>", size_of::<zokio_core::sync::SignalWait<'static, u32>>());
    size!("Mutex<u32>", size_of::<zokio_core::sync::Mutex<u32>>());
    size!("MutexLock<u32>", size_of::<zokio_core::sync::MutexLock<'static, u32>>());
    size!("task header", size_of::<zokio_core::task::raw::Header>());
    size!("executor", size_of::<Executor>());
}
