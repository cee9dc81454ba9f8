//! A whole test program, its harness and threads included, on a heap of ours.
//!
//! Not under miri: there a `Box` that a function was given is protected until it returns, also when it has freed the box, and
//! an allocator that links what is free through its own bytes writes to it meanwhile. What the language makes of a real
//! allocator (the bytes become its own again when they are freed) miri does only for its built-in one.
#![cfg(not(miri))]

use std::collections::{BTreeMap, VecDeque};
use zokio_core::memory::{General, Inline, Strategy};

#[global_allocator]
static HEAP: General<Inline<{ 8 << 20 }>> = General::new(Inline::new());

#[test]
fn collections_and_threads_live_on_it() {
    let rounds = 3000;
    let threads: Vec<_> = (0..4)
        .map(|thread| {
            std::thread::spawn(move || {
                let (mut map, mut queue) = (BTreeMap::new(), VecDeque::new());
                for round in 0..rounds {
                    map.insert(round % 97, format!("{thread} {round}"));
                    queue.push_back(vec![thread; round % 300]);
                    if queue.len() > 10 {
                        assert!(queue.pop_front().unwrap().iter().all(|byte| *byte == thread));
                    }
                }
                map.len()
            })
        })
        .collect();
    assert!(threads.into_iter().all(|thread| thread.join().unwrap() == rounds.min(97)));
    let metrics = HEAP.metrics();
    assert!(metrics.allocations > 4 * rounds && metrics.failures == 0, "{metrics}");
}
