//! `hot-paths RUNTIME PIECE ROUNDS`: does a piece of work once, then so many times more, and says how often the latter
//! allocated. Run under a counter of instructions, with two numbers of rounds, it tells what a round costs.

#![allow(missing_docs, reason = "a program")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use zokio_benches::{COUNT, SUM, tokio, zokio};
use zokio_std::driver::DriverKind;

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: the system's allocator, with a count.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
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

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [runtime, piece, rounds] = args.as_slice() else { return usage() };
    let Ok(rounds) = rounds.parse::<u64>() else { return usage() };
    let allocations = match runtime.as_str() {
        "zokio" => {
            type Work = fn(&zokio_std::Runtime) -> u64;
            let work: Work = match piece.as_str() {
                "spawn_join" => zokio::spawn_join,
                "spawn_many" => zokio::spawn_many,
                "yields" => zokio::yields,
                "ping_pong" => zokio::ping_pong,
                "timeouts" => zokio::timeouts,
                "echo" => zokio::echo,
                _ => return usage(),
            };
            // The ring's system calls are not known to the counters.
            let runtime = zokio_std::Runtime::builder().driver(DriverKind::Epoll).build().expect("a runtime");
            count(rounds, || work(&runtime))
        }
        "tokio" => {
            type Work = fn(&::tokio::runtime::Runtime) -> u64;
            let work: Work = match piece.as_str() {
                "spawn_join" => tokio::spawn_join,
                "spawn_many" => tokio::spawn_many,
                "yields" => tokio::yields,
                "ping_pong" => tokio::ping_pong,
                "timeouts" => tokio::timeouts,
                "echo" => tokio::echo,
                _ => return usage(),
            };
            let runtime = ::tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            count(rounds, || work(&runtime))
        }
        _ => return usage(),
    };
    println!("{allocations} allocations in {} operations", rounds * COUNT);
    ExitCode::SUCCESS
}

/// How many allocations `rounds` take, after one that warms up.
fn count(rounds: u64, work: impl Fn() -> u64) -> u64 {
    assert_eq!(work(), SUM);
    let before = ALLOCATIONS.load(Relaxed);
    for _ in 0..rounds {
        assert_eq!(black_box(work()), SUM);
    }
    ALLOCATIONS.load(Relaxed) - before
}

fn usage() -> ExitCode {
    eprintln!("hot-paths zokio|tokio spawn_join|spawn_many|yields|ping_pong|timeouts|echo ROUNDS");
    ExitCode::FAILURE
}
