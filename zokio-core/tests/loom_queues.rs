//! The queues and the pool under loom: every order of steps of two or three threads, and every value that a weakly
//! ordered machine may let them read.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p zokio-core --target-dir target/loom --test 'loom_*' -- --show-output`
//!
//! `--show-output` tells how many executions there were. `LOOM_MAX_PREEMPTIONS=4` looks further and takes longer.
//! Without `--cfg loom` this file is empty.
//!
//! Everything is used once before threads start: loom's objects are made at their first use, see `src/loom/model.rs`.
#![cfg(loom)]

mod explore;

use explore::explore;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use std::ptr::{self, NonNull};
use zokio_core::pool::Pool;
use zokio_core::queue::raw::{Batch, Cell, Inbox, Link};
use zokio_core::queue::{Full, Mpmc, Owner, Spsc, StealQueue, Stealer};

/// A node of the ready queue, with something to be seen by whoever pops it.
struct Node {
    next: Cell<*mut Node>,
    data: UnsafeCell<u32>,
    number: usize,
}

// SAFETY: one cell per node, used by the queue only.
unsafe impl Link for Node {
    fn next(&self) -> &Cell<*mut Self> {
        &self.next
    }
}

struct Ready {
    inbox: Inbox<Node>,
    nodes: [Node; 3],
    /// The executor's token: given by whoever found the inbox empty.
    told: AtomicBool,
}

// SAFETY: what the tests are about: loom watches every access.
unsafe impl Sync for Ready {}
// SAFETY: as above.
unsafe impl Send for Ready {}

impl Ready {
    fn new() -> Arc<Self> {
        let node = |number| Node { next: Cell::new(ptr::null_mut()), data: UnsafeCell::new(0), number };
        let ready = Self { inbox: Inbox::new(), nodes: [node(0), node(1), node(2)], told: AtomicBool::new(false) };
        assert!(ready.inbox.is_empty());
        ready.nodes.iter().for_each(|node| node.next.set(ptr::null_mut()));
        Arc::new(ready)
    }

    fn push(&self, number: usize) {
        let node = &self.nodes[number];
        // SAFETY: nobody else touches it before the push.
        node.data.with_mut(|data| unsafe { *data = 7 });
        // SAFETY: lives as long as the queue; pushed once.
        if unsafe { self.inbox.push(NonNull::from(node)) } {
            // A read-modify-write, so that the consumer sees what came before *every* push that told, not the last only.
            self.told.swap(true, Ordering::Release);
        }
    }

    /// Pops everything that is there.
    fn pop(&self, batch: &mut Batch<Node>, popped: &mut Vec<usize>) {
        while let Some(node) = batch.pop(&self.inbox) {
            // SAFETY: nodes live as long as the queue.
            let node = unsafe { node.as_ref() };
            // SAFETY: popped, so its pusher is done with it. Loom says if that is not so.
            assert_eq!(node.data.with(|data| unsafe { *data }), 7);
            popped.push(node.number);
        }
    }
}

/// The consumer sleeps whenever nothing is there. A push that says wrongly that somebody was there before would leave it
/// asleep, and the model without an end.
#[test]
fn ready_queue_loses_no_node_and_no_wake_up() {
    explore(Some(2), || {
        let ready = Ready::new();
        let threads = [vec![0, 1], vec![2]].map(|numbers| {
            let ready = ready.clone();
            thread::spawn(move || numbers.into_iter().for_each(|number| ready.push(number)))
        });
        let (mut batch, mut popped) = (Batch::new(), Vec::new());
        while popped.len() < 3 {
            ready.pop(&mut batch, &mut popped);
            while popped.len() < 3 && !ready.told.swap(false, Ordering::Acquire) {
                thread::yield_now();
            }
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let at = |number| popped.iter().position(|&popped| popped == number);
        assert!(at(0) < at(1) && at(2).is_some(), "{popped:?}");
    });
}

/// A node that was popped may be pushed again at once, while another push is under way.
#[test]
fn ready_queue_takes_a_node_again() {
    explore(None, || {
        let ready = Ready::new();
        ready.push(0);
        let other = ready.clone();
        let thread = thread::spawn(move || {
            other.push(1);
            other.push(2);
        });
        let (mut batch, mut popped) = (Batch::new(), Vec::new());
        let first = batch.pop(&ready.inbox).unwrap();
        // SAFETY: just popped.
        unsafe { ready.inbox.push(first) };
        ready.pop(&mut batch, &mut popped);
        thread.join().unwrap();
        ready.pop(&mut batch, &mut popped);
        popped.sort();
        assert_eq!(popped, [0, 1, 2]);
    });
}

fn spsc<const N: usize>(values: u32) {
    explore(Some(3), move || {
        // Leaked: the threads' ends must be static.
        let queue: &'static mut Spsc<u32, N> = Box::leak(Box::new(Spsc::new()));
        let address = ptr::from_mut(queue);
        let (mut producer, mut consumer) = queue.split();
        for round in 0..2 * N as u32 {
            producer.push(round).unwrap();
            assert_eq!(consumer.pop(), Some(round));
        }
        let thread = thread::spawn(move || {
            for mut value in 0..values {
                while let Err(Full(back)) = producer.push(value) {
                    value = back;
                    thread::yield_now();
                }
            }
        });
        for value in 0..values {
            while consumer.is_empty() {
                thread::yield_now();
            }
            assert_eq!(consumer.pop(), Some(value));
        }
        thread.join().unwrap();
        assert_eq!(consumer.pop(), None);
        // SAFETY: leaked above; both ends are used up.
        drop(unsafe { Box::from_raw(address) });
    });
}

#[test]
fn spsc_of_one() {
    spsc::<1>(3);
}

#[test]
fn spsc_of_two() {
    spsc::<2>(4);
}

/// A queue in which everything was used: as new, some rounds later.
fn mpmc<const N: usize>() -> Arc<Mpmc<u32, N>> {
    let queue = Mpmc::new();
    for _ in 0..2 {
        for value in 0..N as u32 {
            queue.push(value).unwrap();
        }
        assert!(queue.push(0).is_err());
        for value in 0..N as u32 {
            assert_eq!(queue.pop(), Some(value));
        }
        assert_eq!(queue.pop(), None);
    }
    Arc::new(queue)
}

/// Who has pushed finds something: there are never more pops than pushes before them.
fn push_then_pop<const N: usize>(preemptions: Option<usize>) {
    explore(preemptions, || {
        let queue = mpmc::<N>();
        let other = queue.clone();
        let thread = thread::spawn(move || {
            other.push(1).unwrap();
            other.pop().expect("pushed before")
        });
        queue.push(2).unwrap();
        let mine = queue.pop().expect("pushed before");
        let theirs = thread.join().unwrap();
        assert_eq!(mine + theirs, 3, "each value once");
        assert_eq!(queue.pop(), None);
        // The places are back.
        for value in 0..N as u32 {
            queue.push(value).unwrap();
        }
    });
}

#[test]
fn mpmc_push_then_pop() {
    push_then_pop::<2>(None);
}

#[test]
fn mpmc_two_producers_one_consumer() {
    explore(Some(3), || {
        let queue = mpmc::<2>();
        let threads = [1, 2].map(|value| {
            let queue = queue.clone();
            thread::spawn(move || queue.push(value).unwrap())
        });
        let first = queue.pop();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let mut all: Vec<u32> = first.into_iter().chain(std::iter::from_fn(|| queue.pop())).collect();
        all.sort();
        assert_eq!(all, [1, 2]);
    });
}

#[test]
fn mpmc_one_producer_two_consumers() {
    explore(Some(3), || {
        let queue = mpmc::<2>();
        let threads = [(); 2].map(|()| {
            let queue = queue.clone();
            thread::spawn(move || queue.pop())
        });
        queue.push(1).unwrap();
        queue.push(2).unwrap();
        let taken = threads.map(|thread| thread.join().unwrap());
        let rest: Vec<u32> = std::iter::from_fn(|| queue.pop()).collect();
        assert!(rest.is_sorted(), "{rest:?}");
        let mut all: Vec<u32> = taken.into_iter().flatten().chain(rest).collect();
        all.sort();
        assert_eq!(all, [1, 2]);
    });
}

/// A queue of one, full or empty at any moment: both rings are closed and marked all the time.
#[test]
fn mpmc_of_one() {
    explore(None, || {
        let queue = mpmc::<1>();
        let other = queue.clone();
        let thread = thread::spawn(move || {
            let pushed = other.push(1).is_ok();
            (pushed, other.pop())
        });
        let pushed = queue.push(2).is_ok();
        let mine = queue.pop();
        let (other_pushed, theirs) = thread.join().unwrap();
        let rest = queue.pop();
        let mut got: Vec<u32> = [mine, theirs, rest].into_iter().flatten().collect();
        got.sort();
        let put: Vec<u32> =
            [(other_pushed, 1), (pushed, 2)].into_iter().filter_map(|(put, value)| put.then_some(value)).collect();
        assert_eq!(got, put);
        queue.push(3).unwrap();
        assert_eq!(queue.pop(), Some(3));
    });
}

/// A consumer spends all the credit of an empty ring while a producer puts: the value is found all the same.
#[test]
fn mpmc_without_credit() {
    explore(Some(4), || {
        let queue = mpmc::<1>();
        // So that the producer last saw full credit, and might think that it still is.
        queue.push(0).unwrap();
        assert_eq!(queue.pop(), Some(0));
        let other = queue.clone();
        let thread = thread::spawn(move || (0..4).find_map(|_| other.pop()));
        queue.push(1).unwrap();
        let theirs = thread.join().unwrap();
        assert_eq!(theirs.or_else(|| queue.pop()), Some(1));
    });
}

/// A consumer is stopped with its position while another goes once around the ring, and then a value comes: the entry
/// that the second one left behind must not get it.
#[test]
fn mpmc_of_one_with_a_late_consumer() {
    explore(Some(4), || {
        let queue = mpmc::<1>();
        queue.push(1).unwrap();
        let other = queue.clone();
        let thread = thread::spawn(move || [other.pop(), other.pop()]);
        let mine = queue.pop();
        let pushed = queue.push(2).is_ok();
        let theirs = thread.join().unwrap();
        let mut got: Vec<u32> = theirs.into_iter().chain([mine, queue.pop()]).flatten().collect();
        got.sort();
        assert_eq!(got, if pushed { vec![1, 2] } else { vec![1] });
        assert!(queue.push(3).is_ok());
    });
}

/// The items that stealing queues of the models pass on.
static ITEMS: [u32; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

fn item(number: usize) -> NonNull<u32> {
    NonNull::from(&ITEMS[number])
}

fn number(item: NonNull<u32>) -> u32 {
    // SAFETY: a static.
    unsafe { *item.as_ref() }
}

/// A queue in which everything was used.
fn stealing<const N: usize>() -> Arc<StealQueue<u32, N>> {
    let queue = StealQueue::new();
    // SAFETY: the only one.
    let mut owner = unsafe { queue.owner() };
    for round in 0..N {
        owner.push(item(round)).unwrap();
    }
    while owner.pop().is_some() {}
    Arc::new(queue)
}

/// What a thief gets in one go.
fn steal<const N: usize>(stealer: Stealer<'_, u32, N>) -> Vec<u32> {
    let own = stealing::<2>();
    // SAFETY: the only one.
    let mut own = unsafe { own.owner() };
    let mut got = Vec::new();
    if let Some((first, count)) = stealer.steal(&mut own) {
        got.push(number(first));
        assert_eq!(own.len(), count - 1);
    }
    // Also after an attempt that came to nothing.
    got.extend(std::iter::from_fn(|| own.pop()).map(number));
    assert!(got.is_sorted(), "{got:?}");
    got
}

fn pop_all<const N: usize>(owner: &mut Owner<'_, u32, N>) -> Vec<u32> {
    let got: Vec<u32> = std::iter::from_fn(|| owner.pop()).map(number).collect();
    assert!(got.is_sorted(), "{got:?}");
    got
}

fn everything_once(parts: impl IntoIterator<Item = Vec<u32>>, count: u32) {
    let mut all: Vec<u32> = parts.into_iter().flatten().collect();
    all.sort();
    assert_eq!(all, (0..count).collect::<Vec<_>>());
}

#[test]
fn stealing_while_the_owner_pushes_and_pops() {
    explore(None, || {
        let queue = stealing::<4>();
        let thief = queue.clone();
        let thread = thread::spawn(move || steal(thief.stealer()));
        // SAFETY: the only one.
        let mut owner = unsafe { queue.owner() };
        owner.push(item(0)).unwrap();
        owner.push(item(1)).unwrap();
        let mut mine: Vec<u32> = owner.pop().into_iter().map(number).collect();
        owner.push(item(2)).unwrap();
        mine.extend(pop_all(&mut owner));
        everything_once([mine, thread.join().unwrap()], 3);
    });
}

#[test]
fn stealing_by_two_thieves() {
    explore(Some(3), || {
        let queue = stealing::<4>();
        // SAFETY: the only one.
        let mut owner = unsafe { queue.owner() };
        for number in 0..3 {
            owner.push(item(number)).unwrap();
        }
        let threads = [(); 2].map(|()| {
            let thief = queue.clone();
            thread::spawn(move || steal(thief.stealer()))
        });
        owner.push(item(3)).unwrap();
        let mut mine: Vec<u32> = owner.pop().into_iter().map(number).collect();
        let [one, two] = threads.map(|thread| thread.join().unwrap());
        mine.extend(pop_all(&mut owner));
        everything_once([mine, one, two], 4);
    });
}

/// The ring wraps and overflows while a thief is at it.
#[test]
fn stealing_from_a_queue_that_overflows() {
    explore(Some(4), || {
        let queue = stealing::<2>();
        let thief = queue.clone();
        // SAFETY: the only one.
        let mut owner = unsafe { queue.owner() };
        owner.push(item(0)).unwrap();
        owner.push(item(1)).unwrap();
        let thread = thread::spawn(move || {
            let mut got = steal(thief.stealer());
            got.extend(steal(thief.stealer()));
            got
        });
        let mut parts = Vec::new();
        for number in 2..5 {
            if let Err(overflow) = owner.push(item(number)) {
                let over: Vec<u32> = overflow.map(self::number).collect();
                assert_eq!(over.len(), 2);
                parts.push(over);
            }
        }
        parts.push(pop_all(&mut owner));
        parts.push(thread.join().unwrap());
        everything_once(parts, 5);
    });
}

/// Two workers that steal from each other at the same moment.
#[test]
fn stealing_from_each_other() {
    explore(Some(4), || {
        let queues = [stealing::<2>(), stealing::<2>()];
        for (queue, numbers) in queues.iter().zip([[0, 1], [2, 3]]) {
            // SAFETY: the only one, and gone before the threads'.
            let mut owner = unsafe { queue.owner() };
            numbers.into_iter().for_each(|number| owner.push(item(number)).unwrap());
        }
        let work = |mine: Arc<StealQueue<u32, 2>>, other: Arc<StealQueue<u32, 2>>| {
            // SAFETY: each queue has one such thread.
            let mut owner = unsafe { mine.owner() };
            let mut got: Vec<u32> = owner.pop().into_iter().map(number).collect();
            got.extend(other.stealer().steal(&mut owner).map(|(first, _)| number(first)));
            got.extend(std::iter::from_fn(|| owner.pop()).map(number));
            got
        };
        let (one, two) = (queues[0].clone(), queues[1].clone());
        let thread = thread::spawn(move || work(one, two));
        let mine = work(queues[1].clone(), queues[0].clone());
        everything_once([mine, thread.join().unwrap()], 4);
    });
}

/// Two threads, two places. The second thread takes both and gives the first one back: what a free list without a tag
/// takes for unchanged.
#[test]
fn pool_hands_out_no_place_twice() {
    explore(None, || {
        let pool = Arc::new(Pool::<u32, 2>::new());
        let both = (pool.alloc(0).unwrap(), pool.alloc(0).unwrap());
        assert!(pool.alloc(0).is_err());
        drop(both);
        let other = pool.clone();
        let thread = thread::spawn(move || {
            let (first, second) = (other.alloc(1), other.alloc(2));
            drop(first);
            if let Ok(second) = second {
                assert_eq!(*second, 2);
                assert_eq!(second.into_inner(), 2);
            }
        });
        if let Ok(mut mine) = pool.alloc(3) {
            *mine += 1;
            let second = pool.alloc(5);
            assert_eq!(*mine, 4);
            drop(mine);
            drop(second);
        }
        thread.join().unwrap();
        assert_eq!(pool.in_use(), 0);
        let both = (pool.alloc(6).unwrap(), pool.alloc(7).unwrap());
        assert!(pool.alloc(8).is_err());
        assert_eq!((*both.0, *both.1), (6, 7));
    });
}

#[test]
fn pool_of_one_is_given_on() {
    explore(Some(3), || {
        let pool = Arc::new(Pool::<u32, 1>::new());
        let only = pool.alloc(0).unwrap();
        assert!(pool.alloc(0).is_err());
        drop(only);
        let threads = [1, 2].map(|value| {
            let pool = pool.clone();
            thread::spawn(move || pool.alloc(value).map(|mine| assert_eq!(*mine, value)).is_ok())
        });
        let mine = pool.alloc(3).is_ok();
        let theirs = threads.map(|thread| thread.join().unwrap());
        assert!(mine || theirs.contains(&true), "somebody finds the place");
        assert_eq!(pool.in_use(), 0);
        assert_eq!(*pool.alloc(4).unwrap(), 4);
    });
}
