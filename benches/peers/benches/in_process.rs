//! One process, one thread: the same work on every runtime, in turn, and by hand.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use std::hint::black_box;
use std::task::Poll;
use std::time::{Duration, Instant};
use zokio_core::pool::Pool;
use zokio_peers::work::net_echo::{MESSAGE, NetEcho, TIMES};
use zokio_peers::work::{COUNT, LIVE_TIMERS, Runtime, SUM, by_hand, compio, glommio, monoio, smol, tokio, zokio};
use zokio_std::fs::File;

type Group<'a> = BenchmarkGroup<'a, WallTime>;

fn one<R: Runtime>(group: &mut Group<'_>, expected: u64, work: fn(&mut R) -> u64) {
    let mut runtime = R::new();
    group.bench_function(R::NAME, |bench| bench.iter(|| assert_eq!(work(black_box(&mut runtime)), expected)));
}

macro_rules! all {
    ($criterion:ident: $($work:ident $count:ident $expected:ident;)*) => {$(
        let mut group = $criterion.benchmark_group(stringify!($work));
        group.throughput(Throughput::Elements($count));
        one::<zokio::Zokio>(&mut group, $expected, Runtime::$work);
        one::<tokio::Tokio>(&mut group, $expected, Runtime::$work);
        one::<smol::Smol>(&mut group, $expected, Runtime::$work);
        one::<monoio::Monoio>(&mut group, $expected, Runtime::$work);
        one::<compio::Compio>(&mut group, $expected, Runtime::$work);
        // One of its tasks can have 32 767 wakers, and then it panics.
        if stringify!($work) != "live_timers" {
            one::<glommio::Glommio>(&mut group, $expected, Runtime::$work);
        }
        one::<by_hand::ByHand>(&mut group, $expected, Runtime::$work);
        group.finish();
    )*};
}

fn in_process(criterion: &mut Criterion) {
    all! { criterion:
        spawn_join COUNT SUM;
        spawn_many COUNT SUM;
        yields COUNT SUM;
        ping_pong COUNT SUM;
        timer_cancel COUNT SUM;
        live_timers LIVE_TIMERS LIVE_TIMERS;
    }
}

/// Both ends of a connection on one thread.
fn net(criterion: &mut Criterion) {
    fn one<R: NetEcho>(group: &mut Group<'_>) {
        let mut runtime = R::new();
        let bytes = TIMES * MESSAGE as u64;
        group.bench_function(R::NAME, |bench| bench.iter(|| assert_eq!(black_box(&mut runtime).net_echo(), bytes)));
    }
    let mut group = criterion.benchmark_group("net_echo");
    group.throughput(Throughput::Elements(TIMES));
    one::<zokio::Zokio>(&mut group);
    one::<tokio::Tokio>(&mut group);
    one::<smol::Smol>(&mut group);
    one::<monoio::Monoio>(&mut group);
    one::<compio::Compio>(&mut group);
    one::<glommio::Glommio>(&mut group);
    group.finish();
}

/// Reads that are handed over before any of them is waited for.
const READS: u64 = 32;

/// Pieces that only Zokio has for itself: they have bounds in nanoseconds and no peers.
fn own(criterion: &mut Criterion) {
    static POOL: Pool<u64, 64> = Pool::new();
    let mut group = criterion.benchmark_group("pool_cycle");
    group.throughput(Throughput::Elements(COUNT));
    let cycle = |number| POOL.alloc(black_box(number)).map_or(0, |place| **black_box(&place));
    group.bench_function("zokio", |bench| bench.iter(|| assert_eq!((0..COUNT).map(cycle).sum::<u64>(), SUM)));
    group.finish();

    let mut group = criterion.benchmark_group("submit");
    group.throughput(Throughput::Elements(READS));
    let runtime = zokio_std::Runtime::new().expect("a runtime");
    group.bench_function("zokio", |bench| bench.iter_custom(|rounds| runtime.block_on(submit(rounds))));
    group.finish();
}

/// How long the first poll of reads of a file takes, which hands them to the driver; their ends are waited for outside of that.
async fn submit(rounds: u64) -> Duration {
    let file = File::open(std::env::current_exe().expect("a path")).await.expect("a file");
    let mut spent = Duration::ZERO;
    for _ in 0..rounds {
        let read = |number| Box::pin(file.read_at(Vec::with_capacity(512), number * 512));
        let mut reads: Vec<_> = (0..READS).map(read).collect();
        let pending = std::future::poll_fn(|cx| {
            let start = Instant::now();
            let pending = reads.iter_mut().map(|read| usize::from(read.as_mut().poll(cx).is_pending())).sum::<usize>();
            spent += start.elapsed();
            Poll::Ready(pending)
        });
        assert_eq!(pending.await as u64, READS, "a read ended before it was waited for");
        for read in reads {
            assert_eq!(read.await.0.expect("a read"), 512);
        }
    }
    spent
}

criterion_group!(benches, in_process, net, own);
criterion_main!(benches);
