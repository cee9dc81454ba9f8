//! The core allocates nothing: not to spawn, to wake, to wait for time, nor to wait for one another. From the first poll on,
//! not only in a steady state.
#![cfg(not(loom))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use zokio_core::config::{Config, DriverChoice, Machine};
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::future::{join, race, yield_now};
use zokio_core::sync::{Barrier, Broadcast, Channel, Mutex, Notify, RwLock, Semaphore, Signal, Watch};
use zokio_core::task::{Scope, Spawner, scope};
use zokio_core::time::{Clock as _, Instant};

struct Counting;

thread_local! {
    /// Of this thread only: whoever prints what a test came to allocates when it likes.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

fn allocations() -> usize {
    ALLOCATIONS.with(Cell::get)
}

// SAFETY: the system's allocator, with a count.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's word.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: the caller's word.
        unsafe { System.dealloc(start, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Time stands still unless somebody waits for it.
static NOW: AtomicU64 = AtomicU64::new(0);

fn now() -> Instant {
    Instant::from_nanos(NOW.load(Relaxed))
}

struct Simulator;

#[derive(Clone)]
struct Nobody;

impl Unpark for Nobody {
    fn unpark(&self) {}
}

impl Driver for Simulator {
    type Unparker = Nobody;
    type Error = Infallible;
    const REMOTE_WAKE: bool = false;
    fn now(&self) -> Instant {
        now()
    }
    fn unparker(&self) -> Nobody {
        Nobody
    }
    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        if let Wait::Until(at) = wait {
            NOW.fetch_max(at.as_nanos(), Relaxed);
        }
        Ok(())
    }
}

impl Machine for Simulator {
    type Time = ();
    type Driver = Self;
    type Error = Infallible;
    const DRIVER: DriverChoice = DriverChoice::Custom;
    fn time() {}
    fn now((): &()) -> Instant {
        now()
    }
    fn driver((): (), _: &Config) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

/// Runs `$body` as the root of a runtime with timers in a `$store`, and says how many allocations that made.
macro_rules! counted {
    ($store:ident, |$spawner:ident, $clock:ident, $tasks:ident| $body:expr) => {{
        zokio_core::runtime! {
            mod runtime {
                machine: Simulator,
                config: Config::new().driver(DriverChoice::Custom).store(StoreChoice::$store).tasks(8, 256),
            }
        }
        let Ok(mut executor) = runtime::executor();
        let ($spawner, $clock, $tasks) = (executor.spawner(), executor.clock(), &runtime::TASKS);
        let _ = ($spawner, $clock, $tasks);
        let before = allocations();
        executor.block_on(async { $body }).unwrap();
        allocations() - before
    }};
}

#[zokio_core::task(pool = 4)]
async fn twice(number: u32) -> u32 {
    yield_now().await;
    2 * number
}

async fn pool(spawner: Spawner) {
    for round in 0..10 {
        let handles = [0, 1, 2, 3].map(|number| spawner.spawn(twice(round + number)).unwrap());
        assert!(spawner.spawn(twice(7)).is_err(), "the pool is full");
        for (number, handle) in (0..).zip(handles) {
            assert_eq!(handle.into_future().await, Ok(2 * (round + number)));
        }
    }
}

#[test]
fn the_count_counts() {
    let before = allocations();
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(allocations() - before, 1);
}

#[test]
fn tasks_of_pools_arenas_and_scopes() {
    let count = counted!(SortedList, |spawner, clock, tasks| {
        pool(spawner).await;
        for number in 0..100u32 {
            let handle = spawner.spawn(tasks.task(async move { number + 1 })).unwrap();
            assert_eq!(handle.into_future().await, Ok(number + 1));
            spawner.spawn(tasks.task(std::future::pending::<()>())).unwrap().abort();
            yield_now().await;
        }
        let numbers = [1u32, 2, 3];
        let sum = scope(async |scope: &Scope<'_, 3, 64>| {
            let handles = numbers.each_ref().map(|number| scope.spawn(async move { *number }).ok());
            let mut sum = 0;
            for handle in handles.into_iter().flatten() {
                sum += handle.join().await.unwrap_or(0);
            }
            sum
        });
        assert_eq!(sum.await, 6);
    });
    assert_eq!(count, 0);
}

macro_rules! timers {
    ($name:ident, $store:ident) => {
        #[test]
        fn $name() {
            let count = counted!($store, |spawner, clock, tasks| {
                for round in 0..100u64 {
                    let sleep = |millis| clock.sleep(Duration::from_millis(millis + round % 7));
                    join((sleep(3), sleep(1), sleep(2))).await;
                    let forever = std::future::pending::<()>();
                    assert!(clock.timeout(Duration::from_millis(5), forever).await.is_err());
                    race((sleep(9), sleep(1_000_000))).await;
                }
            });
            assert_eq!(count, 0);
        }
    };
}

timers!(timers_in_a_list, SortedList);
timers!(timers_in_a_heap, Heap);
timers!(timers_in_a_wheel, Wheel);

#[test]
fn channels_locks_and_signals() {
    static NUMBERS: Channel<u32, 2> = Channel::new();
    static TOTAL: Mutex<u32> = Mutex::new(0);
    static LAST: Signal<u32> = Signal::new();
    static CHANGED: Notify = Notify::new();
    let count = counted!(SortedList, |spawner, clock, tasks| {
        for number in 0..6 {
            let producer = async move {
                for _ in 0..50 {
                    NUMBERS.send(number).await.unwrap();
                    let mut total = TOTAL.lock().await;
                    yield_now().await;
                    *total += number;
                    LAST.signal(*total);
                }
                CHANGED.notify_one();
            };
            spawner.spawn(tasks.task(producer)).unwrap().detach();
        }
        for _ in 0..300 {
            NUMBERS.recv().await.unwrap();
            let _ = LAST.try_take();
        }
        CHANGED.notified().await;
        spawner.spawn(tasks.task(async { LAST.signal(7) })).unwrap().detach();
        while LAST.wait().await != 7 {}
    });
    assert_eq!(count, 0);
}

#[test]
fn what_many_wait_for() {
    let count = counted!(SortedList, |spawner, clock, tasks| {
        let (barrier, semaphore, value) = (Barrier::new(3), Semaphore::new(2), RwLock::new(0));
        let (news, latest) = (Broadcast::<u32, 4>::new(), Watch::new(0));
        let member = async || {
            for number in 0..50 {
                let permit = semaphore.acquire(1).await.unwrap();
                yield_now().await;
                *value.write().await += number;
                drop(permit);
                let _ = *value.read().await;
                let _ = latest.send(number);
                barrier.wait().await;
            }
        };
        join((member(), member(), member())).await;
        let mut subscriber = news.subscribe();
        let _ = news.send(7);
        assert_eq!(subscriber.recv().await.ok(), Some(7));
    });
    assert_eq!(count, 0);
}
