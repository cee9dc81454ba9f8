//! One thread: Zokio beside tokio's current-thread runtime, a thousand tasks or rounds a sample.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use zokio_benches::{COUNT, SUM, tokio, zokio};

fn current_thread(criterion: &mut Criterion) {
    let ours = zokio_std::Runtime::new().expect("a runtime");
    let theirs = ::tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    type Work<R> = fn(&R) -> u64;
    let pieces: [(&str, Work<zokio_std::Runtime>, Work<::tokio::runtime::Runtime>); 5] = [
        ("spawn_join", zokio::spawn_join, tokio::spawn_join),
        ("spawn_many", zokio::spawn_many, tokio::spawn_many),
        ("yields", zokio::yields, tokio::yields),
        ("ping_pong", zokio::ping_pong, tokio::ping_pong),
        ("timeouts", zokio::timeouts, tokio::timeouts),
    ];
    for (name, on_zokio, on_tokio) in pieces {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(COUNT));
        group.bench_function("zokio", |bench| bench.iter(|| assert_eq!(on_zokio(black_box(&ours)), SUM)));
        group.bench_function("tokio", |bench| bench.iter(|| assert_eq!(on_tokio(black_box(&theirs)), SUM)));
        group.finish();
    }
}

criterion_group!(benches, current_thread);
criterion_main!(benches);
