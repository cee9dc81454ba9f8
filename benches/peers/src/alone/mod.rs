//! What one runtime, alone in a process, takes for very many things of a kind: memory, and time.

mod compio;
mod glommio;
mod monoio;
mod smol;
mod tokio;
mod zokio;

pub use compio::Compio;
pub use glommio::Glommio;
pub use monoio::Monoio;
pub use smol::Smol;
pub use tokio::Tokio;
pub use zokio::{Epoll, Uring};

use rustix::time::{ClockId, clock_gettime};
use std::cell::Cell;
use std::future::poll_fn;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

/// A runtime on this thread.
pub trait Alone {
    /// Runs `work` to its end.
    fn run(work: impl Future<Output = ()> + 'static);

    /// Spawns a task, which nobody joins. Inside of [`run`](Self::run).
    fn spawn(work: impl Future<Output = ()> + 'static);

    /// A sleep.
    fn sleep(time: Duration) -> impl Future<Output = ()> + 'static;

    /// Accepts connections for ever, and gives each a task that reads. Calls `accepted` for each.
    fn serve(listener: TcpListener, accepted: fn()) -> impl Future<Output = ()> + 'static;
}

/// As much as a connection's task reads at once.
const READ: usize = 64;

/// How many tasks, and timers.
const MANY: u64 = 1_000_000;

/// How many connections: both ends are in this process, and its descriptors are counted.
const CONNECTIONS: u64 = 5000;

/// How many of them may wait to be accepted.
const IN_LINE: u64 = 32;

/// How often the task of [`pummel`] is woken.
const PINGS: u64 = 100_000;

/// The longest of a million timers.
const LONGEST: Duration = Duration::from_secs(1);

thread_local! {
    /// How many have come as far as they come.
    static REACHED: Cell<u64> = const { Cell::new(0) };
}

fn reached() {
    REACHED.set(REACHED.get() + 1);
}

async fn all_reached<R: Alone>(count: u64) {
    while REACHED.get() < count {
        R::sleep(Duration::from_millis(10)).await;
    }
}

/// Bytes of this process that are in memory: counted page by page, where what the kernel keeps as a sum is off by up to 32 pages for
/// each processor.
fn resident() -> u64 {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").expect("the kernel tells");
    let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:")).expect("what is resident");
    let kibibytes: u64 = line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number");
    kibibytes << 10
}

fn say(name: &str, figure: f64) -> ! {
    println!("{{\"{name}\":{figure:.2}}}");
    // What all that would take to drop is not asked for.
    std::process::exit(0)
}

/// Bytes for each of a million tasks that wait, each with its waker kept.
pub fn tasks<R: Alone>() {
    R::run(async {
        let before = resident();
        for _ in 0..MANY {
            R::spawn(async {
                let mut kept: Option<Waker> = None;
                poll_fn(|cx| {
                    if kept.replace(cx.waker().clone()).is_none() {
                        reached();
                    }
                    Poll::<()>::Pending
                })
                .await;
            });
        }
        all_reached::<R>(MANY).await;
        say("bytes", (resident() - before) as f64 / MANY as f64)
    });
}

/// Bytes for each of a million tasks that sleep.
pub fn timers<R: Alone>() {
    R::run(async {
        let before = resident();
        for number in 0..MANY {
            R::spawn(async move {
                let sleep = R::sleep(Duration::from_secs(3600 + number % 3600));
                reached();
                sleep.await;
            });
        }
        all_reached::<R>(MANY).await;
        say("bytes", (resident() - before) as f64 / MANY as f64)
    });
}

/// Bytes for each connection that a task waits for bytes of.
pub fn connections<R: Alone>() {
    R::run(async {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut ends = Vec::with_capacity(CONNECTIONS as usize);
        ends.resize_with(CONNECTIONS as usize, || None);
        static ACCEPTED: AtomicU64 = AtomicU64::new(0);
        R::spawn(R::serve(listener, || {
            ACCEPTED.fetch_add(1, Ordering::Relaxed);
            reached();
        }));
        R::sleep(Duration::from_millis(10)).await;
        let before = resident();
        std::thread::spawn(move || {
            for (number, end) in (0..).zip(&mut ends) {
                // Where the listener's line is full the kernel tries again after a second.
                while number > ACCEPTED.load(Ordering::Relaxed) + IN_LINE {
                    std::thread::sleep(Duration::from_micros(50));
                }
                *end = Some(TcpStream::connect(address).expect("a connection"));
            }
            // Open until the process ends.
            std::mem::forget(ends);
        });
        all_reached::<R>(CONNECTIONS).await;
        R::sleep(Duration::from_millis(100)).await;
        say("bytes", (resident() - before) as f64 / CONNECTIONS as f64)
    });
}

/// Nanoseconds of processor time for each of a million tasks that sleep for up to a second, in no order.
pub fn million<R: Alone>() {
    fn spent() -> Duration {
        clock_gettime(ClockId::ProcessCPUTime).try_into().expect("a time since the start")
    }
    R::run(async {
        let before = spent();
        for number in 0..MANY {
            let micros = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % LONGEST.as_micros() as u64;
            let time = Duration::from_micros(micros);
            R::spawn(async move {
                let start = Instant::now();
                R::sleep(time).await;
                // Some runtimes count milliseconds.
                assert!(start.elapsed() + Duration::from_millis(1) > time, "too early");
                reached();
            });
        }
        all_reached::<R>(MANY).await;
        say("nanos", (spent() - before).as_nanos() as f64 / MANY as f64)
    });
}

/// Nanoseconds for each time that a task is woken by `threads` other threads, which do nothing else.
pub fn pummel<R: Alone>(threads: usize) {
    static OVER: AtomicBool = AtomicBool::new(false);
    R::run(async move {
        let start = Instant::now();
        let (mut polls, mut begun) = (0, false);
        poll_fn(move |cx| {
            if !std::mem::replace(&mut begun, true) {
                for _ in 0..threads {
                    let waker = cx.waker().clone();
                    std::thread::spawn(move || {
                        while !OVER.load(Ordering::Relaxed) {
                            waker.wake_by_ref();
                        }
                        // Where the runtime is about to be gone, so is what the waker points to, of some.
                        std::mem::forget(waker);
                    });
                }
            }
            polls += 1;
            if polls < PINGS { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        OVER.store(true, Ordering::Relaxed);
        say("nanos", start.elapsed().as_nanos() as f64 / PINGS as f64)
    });
}
