//! Several workers: the work of tokio's `rt_multi_threaded` benchmarks, and of its channels and locks, on every runtime that has
//! workers.

#![allow(missing_docs, reason = "criterion's macros make public items")]

use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use zokio_peers::sync;
use zokio_peers::workers::{PIECES, Work, again, tokio, zokio};
use zokio_peers::workers_smol as smol;

const ON_SMOL: [Work<smol::Smol>; PIECES.len()] = [
    smol::spawn_many_local,
    smol::spawn_many_remote,
    smol::yield_many,
    smol::ping_pong,
    smol::chained_spawn,
    smol::mpsc,
    smol::remote_spawn_1,
    smol::remote_spawn_8,
];

/// One runtime at a time, so that nobody's idle threads are in another's way.
fn measure(criterion: &mut Criterion, group: &str, (name, on_zokio, on_tokio, on_smol): sync::Piece) {
    let mut group = criterion.benchmark_group(format!("{group}-{name}"));
    let runtime = zokio::runtime();
    group.bench_function("zokio", |bench| bench.iter_custom(|times| again(on_zokio, black_box(&runtime), times)));
    drop(runtime);
    let runtime = tokio::runtime();
    group.bench_function("tokio", |bench| bench.iter_custom(|times| again(on_tokio, black_box(&runtime), times)));
    drop(runtime);
    if let Some(on_smol) = on_smol {
        let runtime = smol::runtime();
        group.bench_function("smol", |bench| bench.iter_custom(|times| again(on_smol, black_box(&runtime), times)));
    }
    group.finish();
}

fn workers(criterion: &mut Criterion) {
    for ((name, on_zokio, on_tokio), on_smol) in PIECES.into_iter().zip(ON_SMOL) {
        measure(criterion, "workers", (name, on_zokio, on_tokio, Some(on_smol)));
    }
    for piece in sync::PIECES {
        measure(criterion, "sync", piece);
    }
}

criterion_group!(benches, workers);
criterion_main!(benches);
