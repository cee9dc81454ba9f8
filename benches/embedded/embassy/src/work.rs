//! The tasks that do the work.

use bench_marks::{LAPS, finish, lap, ring_soon, to};
use core::future::{pending, poll_fn};
use core::pin::pin;
use core::task::Poll;
use embassy_executor::Spawner;
use embassy_futures::yield_now;
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::signal::Signal;
use embassy_sync::waitqueue::AtomicWaker;
use embassy_time::{Duration, Timer, with_timeout};

static REQUESTS: Channel<CriticalSectionRawMutex, u32, 1> = Channel::new();
static ANSWERS: Channel<CriticalSectionRawMutex, u32, 1> = Channel::new();
static REQUEST: Signal<CriticalSectionRawMutex, u32> = Signal::new();
static ANSWER: Signal<CriticalSectionRawMutex, u32> = Signal::new();
/// A piece of work is done.
static DONE: Signal<CriticalSectionRawMutex, ()> = Signal::new();
/// Wakes whoever waits for the alarm.
pub static ALARM: AtomicWaker = AtomicWaker::new();

#[embassy_executor::task]
pub async fn echo_channel() {
    loop {
        let number = REQUESTS.receive().await;
        ANSWERS.send(number).await;
    }
}

#[embassy_executor::task]
pub async fn echo_signal() {
    loop {
        let number = REQUEST.wait().await;
        ANSWER.signal(number);
    }
}

/// One of the others that are alive: waits for a timer that does not fire while the program runs.
#[embassy_executor::task(pool_size = 64)]
async fn other() {
    Timer::after(Duration::from_secs(3600)).await;
}

/// Sleeps a millisecond, again and again.
macro_rules! timer {
    ($name:literal) => {
        for _ in 0..LAPS {
            lap!($name);
            Timer::after(Duration::from_millis(1)).await;
        }
        lap!($name);
    };
}

/// Makes a timeout, polls it once and drops it, again and again, each time an earlier one: a later one than the last would find
/// that one still in the queue, and cost nothing until it fires.
macro_rules! timeout {
    ($name:literal, $secs:literal) => {
        for lap in 0..LAPS as u64 {
            lap!($name);
            let mut timeout = pin!(with_timeout(Duration::from_secs($secs - lap), pending::<()>()));
            poll_fn(|cx| {
                let _ = timeout.as_mut().poll(cx);
                Poll::Ready(())
            })
            .await;
        }
        lap!($name);
    };
}

#[embassy_executor::task]
async fn yields() {
    for _ in 0..LAPS {
        lap!("yield");
        yield_now().await;
    }
    lap!("yield");
    DONE.signal(());
}

#[embassy_executor::task]
async fn channel() {
    for number in 0..LAPS as u32 {
        lap!("channel");
        REQUESTS.send(number).await;
        ANSWERS.receive().await;
    }
    lap!("channel");
    DONE.signal(());
}

#[embassy_executor::task]
async fn signal() {
    for number in 0..LAPS as u32 {
        lap!("signal");
        REQUEST.signal(number);
        ANSWER.wait().await;
    }
    lap!("signal");
    DONE.signal(());
}

#[embassy_executor::task]
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

#[embassy_executor::task]
async fn timer_0() {
    timer!("timer, 0 others");
    DONE.signal(());
}

#[embassy_executor::task]
async fn timer_16() {
    timer!("timer, 16 others");
    DONE.signal(());
}

#[embassy_executor::task]
async fn timer_64() {
    timer!("timer, 64 others");
    DONE.signal(());
}

/// Has one piece of work done after the other. Each is a task of its own, as small as tasks are.
#[embassy_executor::task]
pub async fn work(spawner: Spawner) {
    spawner.spawn(yields().unwrap());
    DONE.wait().await;
    spawner.spawn(channel().unwrap());
    DONE.wait().await;
    spawner.spawn(signal().unwrap());
    DONE.wait().await;
    spawner.spawn(interrupt().unwrap());
    DONE.wait().await;
    spawner.spawn(timer_0().unwrap());
    DONE.wait().await;
    others(spawner, 1).await;
    timeout!("timeout, 1 other", 60);
    others(spawner, 15).await;
    spawner.spawn(timer_16().unwrap());
    DONE.wait().await;
    others(spawner, 48).await;
    spawner.spawn(timer_64().unwrap());
    DONE.wait().await;
    timeout!("timeout, 64 others", 30);
    timeout!("timeout after 64 others", 7200);
    finish();
}

/// Starts `count` more others and lets them begin to wait.
async fn others(spawner: Spawner, count: usize) {
    for _ in 0..count {
        spawner.spawn(other().unwrap());
    }
    yield_now().await;
}
