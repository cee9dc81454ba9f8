//! One process, one thread: the same work on every runtime, in turn.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use std::hint::black_box;
use zokio_peers::work::{COUNT, LIVE_TIMERS, Runtime, SUM, compio, glommio, monoio, smol, tokio, zokio};

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

criterion_group!(benches, in_process);
criterion_main!(benches);
