//! The queues and the pool against sequential models, and under threads that all pull at once.
//!
//! Under miri (`cargo +nightly miri test -p zokio-core --test queues`) the same with smaller numbers.

use proptest::prelude::*;
use std::collections::VecDeque;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use zokio_core::pool::{Pool, Pooled};
use zokio_core::queue::{Full, Mpmc, Spsc, StealQueue};

const ROUNDS: usize = if cfg!(miri) { 30 } else { 20_000 };

fn cases() -> ProptestConfig {
    // Under miri there is no file system to keep failures in.
    let failure_persistence = if cfg!(miri) { None } else { ProptestConfig::default().failure_persistence };
    ProptestConfig { cases: if cfg!(miri) { 4 } else { 256 }, failure_persistence, ..ProptestConfig::default() }
}

/// Pushes (`Some`) and pops (`None`).
fn steps() -> impl Strategy<Value = Vec<Option<u8>>> {
    prop::collection::vec(any::<Option<u8>>(), 0..if cfg!(miri) { 40 } else { 400 })
}

/// Runs `steps` on a queue and on a `VecDeque` of the same capacity. Values are counted, so that one that is dropped
/// twice or never shows.
fn compare(
    steps: Vec<Option<u8>>,
    capacity: usize,
    mut push: impl FnMut(Arc<u8>) -> Result<(), Full<Arc<u8>>>,
    mut pop: impl FnMut() -> Option<Arc<u8>>,
) -> Result<VecDeque<Arc<u8>>, TestCaseError> {
    let mut model = VecDeque::new();
    for step in steps {
        match step {
            Some(number) => {
                let value = Arc::new(number);
                let full = model.len() == capacity;
                match push(value.clone()) {
                    Ok(()) => {
                        prop_assert!(!full, "pushed into a full queue");
                        model.push_back(value);
                    }
                    Err(Full(back)) => {
                        prop_assert!(full, "a queue of {} of {capacity} is full", model.len());
                        prop_assert!(Arc::ptr_eq(&back, &value));
                    }
                }
            }
            None => match (pop(), model.pop_front()) {
                (None, None) => {}
                (Some(value), Some(expected)) => {
                    prop_assert!(Arc::ptr_eq(&value, &expected), "{value} instead of {expected}");
                    drop(expected);
                    prop_assert_eq!(Arc::strong_count(&value), 1);
                }
                (value, expected) => prop_assert!(false, "{value:?} instead of {expected:?}"),
            },
        }
    }
    Ok(model)
}

/// After the queue is gone only the model has its values.
fn dropped(model: VecDeque<Arc<u8>>) -> Result<(), TestCaseError> {
    for value in model {
        prop_assert_eq!(Arc::strong_count(&value), 1);
    }
    Ok(())
}

fn spsc<const N: usize>(steps: Vec<Option<u8>>) -> Result<(), TestCaseError> {
    let mut queue = Spsc::<Arc<u8>, N>::new();
    let model = {
        let (mut producer, consumer) = queue.split();
        let consumer = std::cell::RefCell::new(consumer);
        compare(steps, N, |value| producer.push(value), || consumer.borrow_mut().pop())?
    };
    let (mut producer, mut consumer) = queue.split();
    prop_assert_eq!(consumer.len(), model.len(), "what the first ends left is there for the second");
    prop_assert_eq!(producer.is_full(), model.len() == N);
    prop_assert_eq!(consumer.is_empty(), model.is_empty());
    drop(queue);
    dropped(model)
}

fn mpmc<const N: usize>(steps: Vec<Option<u8>>) -> Result<(), TestCaseError> {
    let queue = Mpmc::<Arc<u8>, N>::new();
    let model = compare(steps, N, |value| queue.push(value), || queue.pop())?;
    drop(queue);
    dropped(model)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn spsc_is_a_queue(steps in steps()) {
        spsc::<1>(steps.clone())?;
        spsc::<3>(steps.clone())?;
        spsc::<8>(steps)?;
    }

    #[test]
    fn mpmc_is_a_queue(steps in steps()) {
        mpmc::<1>(steps.clone())?;
        mpmc::<2>(steps.clone())?;
        mpmc::<8>(steps)?;
    }

    /// Two stealing queues and an injector; each item is somewhere, once, and queues keep their order.
    #[test]
    fn stealing_moves_the_older_half(
        steps in prop::collection::vec((0..4u8, any::<bool>()), 0..if cfg!(miri) { 40 } else { 300 })
    ) {
        const N: usize = 8;
        let items: Vec<usize> = (0..steps.len()).collect();
        let (mut left, mut right) = (StealQueue::<usize, N>::new(), StealQueue::<usize, N>::new());
        prop_assert_eq!(left.capacity(), N);
        let (left, right) = (left.split(), right.split());
        let (mut owners, stealers) = ([left.0, right.0], [left.1, right.1]);
        let mut models = [VecDeque::new(), VecDeque::new()];
        // SAFETY: every item outlives the queues.
        let number = |item: NonNull<usize>| unsafe { *item.as_ref() };
        for (item, (step, side)) in items.iter().zip(steps) {
            let (mine, other) = (usize::from(side), usize::from(!side));
            match step {
                0 | 1 => match owners[mine].push(NonNull::from(item)) {
                    Ok(()) => {
                        models[mine].push_back(*item);
                        prop_assert!(models[mine].len() <= N);
                    }
                    Err(overflow) => {
                        prop_assert_eq!(models[mine].len(), N, "overflow of a queue that was not full");
                        prop_assert_eq!(overflow.len(), N / 2 + 1);
                        let expected: Vec<usize> = models[mine].drain(N / 2..).chain([*item]).collect();
                        prop_assert_eq!(overflow.map(number).collect::<Vec<_>>(), expected);
                    }
                },
                2 => prop_assert_eq!(owners[mine].pop().map(number), models[mine].pop_front()),
                _ => {
                    let count = models[other].len().div_ceil(2).min(N - models[mine].len() + 1);
                    let mut expected: VecDeque<usize> = models[other].drain(..count).collect();
                    let stolen = stealers[other].steal(&mut owners[mine]);
                    prop_assert_eq!(stolen.map(|(_, count)| count), (count > 0).then_some(count));
                    prop_assert_eq!(stolen.map(|(first, _)| number(first)), expected.pop_front());
                    models[mine].extend(expected);
                }
            }
            for side in 0..2 {
                prop_assert_eq!(owners[side].len(), models[side].len());
                prop_assert_eq!(stealers[side].len(), models[side].len());
                prop_assert_eq!(owners[side].is_empty(), models[side].is_empty());
                prop_assert_eq!(stealers[side].is_empty(), models[side].is_empty());
            }
        }
    }

    #[test]
    fn a_pool_hands_each_place_out_once(steps in steps()) {
        const N: usize = 5;
        let pool = Pool::<Arc<u8>, N>::new();
        let mut held: Vec<Pooled<'_, Arc<u8>>> = Vec::new();
        let (mut most, mut misses) = (0, 0);
        for step in steps {
            match step {
                Some(number) => match pool.alloc(Arc::new(number)) {
                    Ok(value) => held.push(value),
                    Err(back) => {
                        prop_assert_eq!((held.len(), *back.0), (N, number));
                        prop_assert!(pool.alloc_with(|| unreachable!("no place is free")).is_none());
                        misses += 2;
                    }
                },
                None if held.is_empty() => {}
                None => {
                    // From the middle, so that places come back in all orders; by value half of the time.
                    let value = held.swap_remove(held.len() / 2);
                    prop_assert_eq!(Arc::strong_count(&value), 1);
                    if held.len().is_multiple_of(2) {
                        prop_assert_eq!(Arc::strong_count(&value.into_inner()), 1);
                    } else {
                        let seen = Arc::clone(&value);
                        drop(value);
                        prop_assert_eq!(Arc::strong_count(&seen), 1, "the value was dropped with its owner");
                    }
                }
            }
            most = most.max(held.len());
            let places: std::collections::HashSet<*const Arc<u8>> = held.iter().map(|value| &raw const **value).collect();
            prop_assert_eq!(places.len(), held.len());
            prop_assert_eq!((pool.in_use(), pool.high_water(), pool.misses()), (held.len(), most, misses));
        }
    }
}

#[test]
fn static_ends_are_taken_once() {
    static QUEUE: Spsc<u8, 2> = Spsc::new();
    let (mut producer, mut consumer) = QUEUE.take().unwrap();
    assert!(QUEUE.take().is_none());
    producer.push(1).unwrap();
    assert_eq!((consumer.pop(), consumer.pop()), (Some(1), None));
}

#[test]
fn spsc_between_threads() {
    let mut queue = Spsc::<Box<usize>, 3>::new();
    let (mut producer, mut consumer) = queue.split();
    thread::scope(|threads| {
        threads.spawn(move || {
            for number in 0..ROUNDS {
                let mut value = Box::new(number);
                while let Err(Full(back)) = producer.push(value) {
                    value = back;
                    thread::yield_now();
                }
            }
        });
        for number in 0..ROUNDS {
            let value = loop {
                match consumer.pop() {
                    Some(value) => break value,
                    None => thread::yield_now(),
                }
            };
            assert_eq!(*value, number);
        }
        assert_eq!(consumer.pop(), None);
    });
}

/// Three producers, three consumers: nothing lost, nothing twice, and each producer's values in their order.
fn mpmc_between_threads<const N: usize>() {
    const EACH: usize = ROUNDS / 2;
    let queue = Mpmc::<Box<(usize, usize)>, N>::new();
    let left = AtomicUsize::new(3 * EACH);
    let sum = AtomicUsize::new(0);
    thread::scope(|threads| {
        for producer in 0..3 {
            let queue = &queue;
            threads.spawn(move || {
                for number in 0..EACH {
                    let mut value = Box::new((producer, number));
                    while let Err(Full(back)) = queue.push(value) {
                        value = back;
                        thread::yield_now();
                    }
                }
            });
        }
        for _ in 0..3 {
            threads.spawn(|| {
                let mut next = [0; 3];
                while left.load(Ordering::Relaxed) > 0 {
                    let Some(value) = queue.pop() else {
                        thread::yield_now();
                        continue;
                    };
                    let (producer, number) = *value;
                    assert!(number >= next[producer], "{number} of producer {producer} after {}", next[producer]);
                    next[producer] = number + 1;
                    sum.fetch_add(number, Ordering::Relaxed);
                    left.fetch_sub(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(sum.into_inner(), 3 * (EACH * (EACH - 1) / 2));
    assert_eq!(queue.pop(), None);
    // All places came back.
    for number in 0..N {
        queue.push(Box::new((0, number))).unwrap();
    }
}

#[test]
fn mpmc_of_one_between_threads() {
    mpmc_between_threads::<1>();
}

#[test]
fn mpmc_of_two_between_threads() {
    mpmc_between_threads::<2>();
}

#[test]
fn mpmc_of_many_between_threads() {
    mpmc_between_threads::<64>();
}

#[test]
fn stealing_between_threads() {
    const ITEMS: usize = 4 * ROUNDS;
    let items: Vec<AtomicUsize> = (0..ITEMS).map(|_| AtomicUsize::new(0)).collect();
    let queue = StealQueue::<AtomicUsize, 8>::new();
    let injector = Mpmc::<usize, 1024>::new();
    let left = AtomicUsize::new(ITEMS);
    // SAFETY: every item outlives the queues.
    let done = |item: NonNull<AtomicUsize>| unsafe {
        assert_eq!(item.as_ref().fetch_add(1, Ordering::Relaxed), 0, "an item was run twice");
        left.fetch_sub(1, Ordering::Relaxed);
    };
    thread::scope(|threads| {
        for _ in 0..2 {
            let (stealer, left, done, items, injector) = (queue.stealer(), &left, &done, &items, &injector);
            threads.spawn(move || {
                let mut own = StealQueue::<AtomicUsize, 4>::new();
                let (mut own, _) = own.split();
                while left.load(Ordering::Relaxed) > 0 {
                    if let Some((first, count)) = stealer.steal(&mut own) {
                        done(first);
                        assert_eq!(own.len(), count - 1);
                        while let Some(item) = own.pop() {
                            done(item);
                        }
                    } else if let Some(index) = injector.pop() {
                        done(NonNull::from(&items[index]));
                    } else {
                        thread::yield_now();
                    }
                }
            });
        }
        // SAFETY: the only one.
        let mut owner = unsafe { queue.owner() };
        for (number, item) in items.iter().enumerate() {
            if let Err(overflow) = owner.push(NonNull::from(item)) {
                for item in overflow {
                    // SAFETY: from the same slice.
                    let index = unsafe { item.as_ptr().cast_const().offset_from(items.as_ptr()) };
                    while injector.push(index.unsigned_abs()).is_err() {
                        thread::yield_now();
                    }
                }
            }
            if number % 3 == 0
                && let Some(item) = owner.pop()
            {
                done(item);
            }
        }
        while let Some(item) = owner.pop() {
            done(item);
        }
    });
    assert!(items.iter().all(|item| item.load(Ordering::Relaxed) == 1));
}

#[test]
fn a_pool_between_threads() {
    static POOL: Pool<usize, 3> = Pool::new();
    thread::scope(|threads| {
        for thread in 1..=4 {
            threads.spawn(move || {
                let mut kept: Option<Pooled<'static, usize>> = None;
                for number in 0..ROUNDS {
                    let Ok(mut mine) = POOL.alloc(thread) else {
                        kept = None;
                        continue;
                    };
                    // If somebody else had the same place, one of us would see it.
                    *mine += number * 8;
                    assert_eq!(*mine, thread + number * 8);
                    if let Some(kept) = kept.replace(mine) {
                        assert_eq!(*kept % 8, thread);
                    }
                }
            });
        }
    });
    assert_eq!(POOL.in_use(), 0);
    assert!(POOL.high_water() <= 3);
}

#[test]
fn a_panic_while_making_a_value_gives_the_place_back() {
    let pool = Pool::<u8, 1>::new();
    let made =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| pool.alloc_with(|| panic!("on purpose")).is_some()));
    assert!(made.is_err());
    assert_eq!(pool.in_use(), 0);
    assert_eq!(*pool.alloc(7).unwrap(), 7);
}

#[test]
fn what_is_full_says_so() {
    let queue = Mpmc::<u8, 2>::new();
    assert_eq!(queue.capacity(), 2);
    assert!(queue.push(1).is_ok() && queue.push(2).is_ok());
    let full = queue.push(3).unwrap_err();
    assert_eq!(full.0, 3);
    assert!(full.to_string().contains("full"), "{full}");
    assert!(format!("{full:?}").contains("Full"), "{full:?}");
    assert!(format!("{queue:?}").contains("Mpmc"), "{queue:?}");
}

#[test]
fn a_pool_says_what_is_in_it() {
    let pool = Pool::<u8, 2>::new();
    assert_eq!(pool.capacity(), 2);
    let held = [pool.alloc(7).unwrap(), pool.alloc(8).unwrap()];
    assert_eq!((format!("{}", held[0]), format!("{:?}", held[1])), ("7".to_owned(), "8".to_owned()));
    let exhausted = pool.alloc(9).unwrap_err();
    assert!(exhausted.to_string().contains("every place"), "{exhausted}");
    assert_eq!(format!("{exhausted:?}"), "Exhausted(..)");
    let shown = format!("{pool:?}");
    assert!(shown.contains("capacity: 2, in_use: 2, high_water: 2, misses: 1"), "{shown}");
}

#[test]
fn ends_of_an_spsc_say_what_there_is() {
    let mut queue = Spsc::<u8, 3>::new();
    assert_eq!(queue.capacity(), 3);
    let (mut producer, mut consumer) = queue.split();
    assert_eq!((producer.capacity(), consumer.capacity()), (3, 3));
    // Twice around, so that each position has been the first.
    for round in 0..6 {
        for len in 0..3 {
            assert_eq!((consumer.len(), consumer.is_empty(), producer.is_full()), (len, len == 0, false), "{round}");
            producer.push(7).unwrap();
        }
        assert_eq!((consumer.len(), producer.is_full()), (3, true), "{round}");
        for len in (0..3).rev() {
            assert_eq!(consumer.pop(), Some(7));
            assert_eq!(consumer.len(), len, "{round}");
        }
        assert!(producer.push(8).is_ok() && consumer.pop() == Some(8));
    }
}
