//! Several workers: Zokio beside tokio's multi-thread runtime, the work of tokio's own benchmarks.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use zokio_benches::workers::{PIECES, again, tokio, zokio};

fn multi_thread(criterion: &mut Criterion) {
    let (ours, theirs) = (zokio::runtime(), tokio::runtime());
    for (name, on_zokio, on_tokio) in PIECES {
        let mut group = criterion.benchmark_group(format!("workers/{name}"));
        group.sample_size(20);
        group.bench_function("zokio", |bench| bench.iter_custom(|times| again(on_zokio, black_box(&ours), times)));
        group.bench_function("tokio", |bench| bench.iter_custom(|times| again(on_tokio, black_box(&theirs), times)));
        group.finish();
    }
}

criterion_group!(benches, multi_thread);
criterion_main!(benches);
