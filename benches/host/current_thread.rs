//! One thread: Zokio beside tokio's current-thread runtime, a thousand tasks or rounds a sample.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use zokio_benches::{COUNT, PIECES, SUM};

fn current_thread(criterion: &mut Criterion) {
    let ours = zokio_std::Runtime::new().expect("a runtime");
    let theirs = ::tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    for (name, on_zokio, on_tokio) in PIECES {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(COUNT));
        group.bench_function("zokio", |bench| bench.iter(|| assert_eq!(on_zokio(black_box(&ours)), SUM)));
        group.bench_function("tokio", |bench| bench.iter(|| assert_eq!(on_tokio(black_box(&theirs)), SUM)));
        group.finish();
    }
}

criterion_group!(benches, current_thread);
criterion_main!(benches);
