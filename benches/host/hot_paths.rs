//! `hot-paths RUNTIME PIECE ROUNDS`: does a piece of work once, then so many times more, and says how often the latter
//! allocated. Run under a counter of instructions, with two numbers of rounds, it tells what a round costs.

#![allow(missing_docs, reason = "a program")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use zokio_benches::{COUNT, PIECES, SUM};
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
    let Some((_, on_zokio, on_tokio)) = PIECES.iter().find(|(name, ..)| name == piece) else { return usage() };
    let allocations = match runtime.as_str() {
        "zokio" => {
            // The ring's system calls are not known to the counters.
            let runtime = zokio_std::Runtime::builder().driver(DriverKind::Epoll).build().expect("a runtime");
            count(rounds, || on_zokio(&runtime))
        }
        "tokio" => {
            let runtime = ::tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            count(rounds, || on_tokio(&runtime))
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
    let pieces = PIECES.map(|(name, ..)| name).join("|");
    eprintln!("hot-paths zokio|tokio {pieces} ROUNDS");
    ExitCode::FAILURE
}
