//! The lock of hosts under loom, which the core itself does not use there: one at a time, each sees what the last one did, and nobody
//! waits for ever.
#![cfg(loom)]

mod explore;
#[allow(dead_code, reason = "all of what models have")]
#[path = "../src/loom/model.rs"]
mod loom;
#[path = "../src/lock/spin.rs"]
mod spin;

use ::loom::cell::UnsafeCell;
use ::loom::thread;
use explore::explore;
use spin::Lock;
use std::sync::Arc;

/// A number, every use of which is watched.
struct Number(UnsafeCell<usize>);

impl Number {
    fn add(&self, more: usize) -> usize {
        self.0.with_mut(|number| {
            // SAFETY: what the test is about: loom watches.
            unsafe {
                *number += more;
                *number
            }
        })
    }
}

#[test]
fn one_at_a_time() {
    explore(Some(3), || {
        let lock = Arc::new(Lock::new(Number(UnsafeCell::new(0))));
        // See the models: what is made at its first use is used first by whoever starts the others.
        lock.with(|number| number.add(0));
        let other = lock.clone();
        let other = thread::spawn(move || {
            other.with(|number| number.add(1));
            other.with_ref(|number| number.add(2));
        });
        lock.with_ref(|number| number.add(4));
        lock.with(|number| number.add(8));
        other.join().unwrap();
        assert_eq!(lock.with(|number| number.add(0)), 15);
    });
}

#[test]
fn given_back_by_a_panic() {
    explore(Some(3), || {
        let lock = Arc::new(Lock::new(Number(UnsafeCell::new(0))));
        lock.with(|number| number.add(0));
        let other = lock.clone();
        let panics = thread::spawn(move || {
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                other.with(|number| std::panic::resume_unwind(Box::new(number.add(1))));
            }));
            assert!(panicked.is_err());
        });
        let before = lock.with(|number| number.add(2));
        assert!(matches!(before, 2 | 3));
        panics.join().unwrap();
        assert_eq!(lock.with(|number| number.add(0)), 3);
    });
}
