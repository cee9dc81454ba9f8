//! A group whose futures are woken one by one, under loom: two threads wake one each while the group is polled, and again while it
//! gives up. No wake is lost between the bit and the waker of the whole. How to run it: see `loom_queues.rs`.
#![cfg(loom)]

mod explore;
mod waiting;

use explore::explore;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use waiting::{Waiting, with_static};
use zokio_core::future::{Group, WakeBits};
use zokio_core::sync::WakerCell;

/// Two futures to wait for, and the bits of a group of them.
struct Parts {
    bits: WakeBits,
    ready: [AtomicBool; 2],
    wakers: [WakerCell; 2],
}

impl Parts {
    fn new() -> Self {
        let ready = [AtomicBool::new(false), AtomicBool::new(false)];
        Self { bits: WakeBits::new(), ready, wakers: [WakerCell::new(), WakerCell::new()] }
    }

    async fn wait(&self, part: usize) -> usize {
        poll_fn(|cx| {
            self.wakers[part].register(cx.waker());
            // Acquire pairs with the release of `finish`.
            if self.ready[part].load(Ordering::Acquire) { Poll::Ready(part) } else { Poll::Pending }
        })
        .await
    }

    fn finish(&self, part: usize) {
        self.ready[part].store(true, Ordering::Release);
        self.wakers[part].wake();
    }

    /// Both of them; says what came out, the first in the tens.
    async fn both(&'static self) -> usize {
        let mut group = pin!(Group::<_, 2>::with_bits(&self.bits).expect("one at a time"));
        for part in 0..2 {
            assert!(group.as_mut().insert(self.wait(part)).is_ok());
        }
        let mut digits = 0;
        while let Some((_, part)) = group.next().await {
            digits = digits * 10 + part + 1;
        }
        digits
    }
}

/// Both are woken, in any order, while the group is polled.
#[test]
fn no_wake_of_a_part_is_lost() {
    explore(Some(3), || {
        with_static(Parts::new(), |parts| {
            let waiting = Waiting::queued(parts.both());
            let threads = [0, 1].map(|part| thread::spawn(move || parts.finish(part)));
            assert!(matches!(waiting.end(), 12 | 21));
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
    });
}

/// The group gives up while one of its futures is woken; the next one has the bits, and all of its wakes.
#[test]
fn the_next_group_has_the_bits() {
    explore(Some(3), || {
        with_static(Parts::new(), |parts| {
            let first = Waiting::queued(parts.both());
            let wakes = thread::spawn(|| parts.finish(0));
            assert_eq!(first.give_up(1), None);
            let second = Waiting::queued(parts.both());
            let wakes_too = thread::spawn(|| parts.finish(1));
            assert!(matches!(second.end(), 12 | 21));
            wakes.join().unwrap();
            wakes_too.join().unwrap();
        });
    });
}
