//! The ready queue against a deque: pushes and pops in any order, nodes that come back, batches taken at any time.

mod models;

use models::{STEPS, cases};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::ptr::{NonNull, null_mut};
use zokio_core::queue::raw::{Batch, Cell, Inbox, Link};

struct Node {
    next: Cell<*mut Node>,
    number: usize,
}

// SAFETY: one cell per node, used by the queue only.
unsafe impl Link for Node {
    fn next(&self) -> &Cell<*mut Self> {
        &self.next
    }
}

/// How many nodes there are.
const NODES: usize = 8;

proptest! {
    #![proptest_config(cases())]

    /// Pushes a node that is in the queue no longer (some), or pops (none).
    #[test]
    fn the_ready_queue_is_a_queue(steps in prop::collection::vec(prop::option::weighted(0.55, 0..NODES), 1..STEPS)) {
        let nodes: Vec<_> = (0..NODES).map(|number| Node { next: Cell::new(null_mut()), number }).collect();
        let (inbox, mut batch) = (Inbox::new(), Batch::new());
        let mut model = VecDeque::new();
        // Those that were pushed since the inbox was taken last.
        let mut fresh = 0;
        for step in steps.into_iter().chain(std::iter::repeat_n(None, NODES + 1)) {
            match step {
                Some(number) if !model.contains(&number) => {
                    // SAFETY: the node lives to the end of the test, and is in no queue.
                    let first = unsafe { inbox.push(NonNull::from(&nodes[number])) };
                    prop_assert_eq!(first, fresh == 0, "whether the consumer has to be told");
                    model.push_back(number);
                    fresh += 1;
                }
                Some(_) => {}
                None => {
                    if fresh == model.len() {
                        fresh = 0;
                    }
                    // SAFETY: as above.
                    let number = batch.pop(&inbox).map(|node| unsafe { node.as_ref() }.number);
                    prop_assert_eq!(number, model.pop_front());
                }
            }
            prop_assert_eq!(inbox.is_empty(), fresh == 0);
            prop_assert_eq!(batch.is_empty(), fresh == model.len());
        }
        prop_assert!(model.is_empty());
    }
}
