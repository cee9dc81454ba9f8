//! The memory strategies against a model: no two allocations overlap, each is aligned and keeps its contents, every byte is
//! accounted for, and when all is given back all is free.

use allocator_api2::alloc::Allocator;
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec as VecIn;
use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use proptest::prelude::*;
use proptest::strategy::Strategy as _;
use zokio_core::memory::{Adaptive, Arena, FixedBuffer, General, Inline, Lent, Owned, StackFallback, Strategy};

#[derive(Clone, Debug)]
enum Step {
    Take { size: usize, align: u32 },
    Give(prop::sample::Index),
    Resize { which: prop::sample::Index, size: usize, align: u32, zeroed: bool },
}

fn steps() -> impl proptest::strategy::Strategy<Value = Vec<Step>> {
    let size = prop_oneof![4 => 0usize..40, 2 => 0usize..300, 1 => 0usize..3000];
    let align = prop_oneof![6 => 0u32..5, 1 => 5u32..8];
    let step = prop_oneof![
        3 => (size.clone(), align.clone()).prop_map(|(size, align)| Step::Take { size, align }),
        2 => any::<prop::sample::Index>().prop_map(Step::Give),
        2 => (any::<prop::sample::Index>(), size, prop::option::weighted(0.2, align), any::<bool>())
            .prop_map(|(which, size, align, zeroed)| Step::Resize { which, size, align: align.unwrap_or(u32::MAX), zeroed }),
    ];
    let count = if cfg!(miri) { 1..40 } else { 1..200 };
    prop::collection::vec(step, count)
}

fn config() -> ProptestConfig {
    // Failures are shrunk and shown; no file is kept beside the sources.
    let cases = if cfg!(miri) { 4 } else { 96 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A live allocation, and the byte that it is filled with.
struct Live {
    memory: NonNull<u8>,
    layout: Layout,
    fill: u8,
}

impl Live {
    fn bytes(&self, length: usize) -> &[u8] {
        // SAFETY: live, and filled when it was taken or resized.
        unsafe { core::slice::from_raw_parts(self.memory.as_ptr(), length) }
    }

    fn fill(&self) {
        // SAFETY: live, and as long as its layout says.
        unsafe { self.memory.write_bytes(self.fill, self.layout.size()) }
    }

    fn range(&self) -> core::ops::Range<usize> {
        let start = self.memory.addr().get();
        start..start + self.layout.size()
    }
}

/// Runs the steps; returns how many allocations and growths were refused.
fn run<S: Strategy>(strategy: &S, allocator: impl Allocator, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut live: Vec<Live> = Vec::new();
    let (mut fill, mut allocations, mut releases, mut peak) = (0u8, 0, 0, 0);
    let check = |live: &[Live], allocations, releases, peak: usize| {
        let metrics = strategy.metrics();
        let sum: usize = live.iter().map(|one| one.layout.size()).sum();
        prop_assert_eq!(metrics.in_use, sum);
        prop_assert_eq!((metrics.allocations, metrics.releases), (allocations, releases));
        prop_assert!(metrics.peak >= peak.max(sum) && metrics.largest <= 3000);
        for (at, one) in live.iter().enumerate() {
            prop_assert_eq!(one.memory.addr().get() % one.layout.align(), 0);
            prop_assert!(one.bytes(one.layout.size()).iter().all(|byte| *byte == one.fill));
            if one.layout.size() > 0 {
                prop_assert!(strategy.contains(one.memory));
                let own = one.range();
                let apart = |other: &Live| other.range().end <= own.start || own.end <= other.range().start;
                prop_assert!(live[at + 1..].iter().filter(|other| other.layout.size() > 0).all(apart));
            }
        }
        Ok(())
    };
    for step in steps {
        fill = fill.wrapping_add(1);
        match step {
            Step::Take { size, align } => {
                let layout = Layout::from_size_align(*size, 1 << align).unwrap();
                if let Ok(memory) = allocator.allocate(layout) {
                    prop_assert_eq!(memory.len(), *size);
                    prop_assert!(*size <= strategy.max_allocation());
                    let one = Live { memory: memory.cast(), layout, fill };
                    one.fill();
                    live.push(one);
                    allocations += usize::from(*size > 0);
                }
            }
            Step::Give(which) if !live.is_empty() => {
                let one = live.swap_remove(which.index(live.len()));
                releases += usize::from(one.layout.size() > 0);
                // SAFETY: taken from it, and given back once.
                unsafe { allocator.deallocate(one.memory, one.layout) };
            }
            Step::Resize { which, size, align, zeroed } if !live.is_empty() => {
                let which = which.index(live.len());
                let one = &mut live[which];
                let old = one.layout;
                let align = if *align == u32::MAX { old.align() } else { 1 << align };
                let new = Layout::from_size_align(*size, align).unwrap();
                let before = strategy.metrics();
                // SAFETY: taken from it; larger or smaller as each of them asks for.
                let changed = unsafe {
                    if new.size() < old.size() {
                        allocator.shrink(one.memory, old, new)
                    } else if *zeroed {
                        allocator.grow_zeroed(one.memory, old, new)
                    } else {
                        allocator.grow(one.memory, old, new)
                    }
                };
                let kept = old.size().min(new.size());
                if let Ok(memory) = changed {
                    one.memory = memory.cast();
                    one.layout = new;
                    prop_assert!(one.bytes(kept).iter().all(|byte| *byte == one.fill), "what was there moved with it");
                    if *zeroed && new.size() > old.size() {
                        prop_assert!(one.bytes(new.size())[kept..].iter().all(|byte| *byte == 0));
                    }
                    one.fill = fill;
                    one.fill();
                }
                // In place nothing is taken; moved, one is taken and one is given back.
                let after = strategy.metrics();
                allocations += after.allocations - before.allocations;
                releases += after.releases - before.releases;
                prop_assert!(after.allocations - before.allocations <= 1);
            }
            Step::Give(_) | Step::Resize { .. } => {}
        }
        peak = peak.max(live.iter().map(|one| one.layout.size()).sum());
        check(&live, allocations, releases, peak)?;
    }
    for one in live.drain(..) {
        releases += usize::from(one.layout.size() > 0);
        // SAFETY: taken from it, and given back once.
        unsafe { allocator.deallocate(one.memory, one.layout) };
    }
    check(&live, allocations, releases, peak)?;
    // Nothing is left behind: the largest allocation succeeds.
    let all = Layout::from_size_align(strategy.max_allocation(), 1).unwrap();
    let memory = allocator.allocate(all);
    prop_assert!(memory.is_ok(), "{} bytes are free", all.size());
    // SAFETY: taken just now.
    unsafe { allocator.deallocate(memory.unwrap().cast(), all) };
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn arena(steps in steps()) {
        let arena = Arena::new(Inline::<2000>::new());
        run(&arena, &arena, &steps)?;
    }

    #[test]
    fn fixed_buffer(steps in steps(), offset in 0usize..16) {
        let mut bytes = [const { MaybeUninit::uninit() }; 2016];
        let buffer = FixedBuffer::new(Lent::new(&mut bytes[offset..])).with_max_allocation(1500);
        run(&buffer, &buffer, &steps)?;
    }

    #[test]
    fn general(steps in steps()) {
        let general = General::new(Inline::<5000>::new());
        run(&general, &general, &steps)?;
    }

    #[test]
    fn general_in_lent_memory(steps in steps(), offset in 0usize..16, length in 64usize..4000, max in 1usize..4000) {
        let mut bytes = vec![MaybeUninit::new(0xaa); offset + length];
        let general = General::new(Lent::new(&mut bytes[offset..])).with_max_allocation(max);
        run(&general, &general, &steps)?;
    }

    #[test]
    fn stack_fallback(steps in steps()) {
        let shared = General::new(Inline::<4000>::new());
        let fallback = StackFallback::<200, _>::new(&shared);
        run(&fallback, &fallback, &steps)?;
    }

    #[test]
    fn adaptive(steps in steps()) {
        let adaptive = Adaptive::new(General::new(Inline::<1000>::new()), Arena::new(Inline::<3000>::new()));
        run(&adaptive, &adaptive, &steps)?;
        prop_assert!((16..=1000).contains(&adaptive.bound()));
    }
}

#[test]
fn collections_of_other_crates_live_in_it() {
    static MEMORY: General<Inline<16384>> = General::new(Inline::new());
    let mut map = hashbrown::HashMap::with_hasher_in(hashbrown::DefaultHashBuilder::default(), &MEMORY);
    let rounds = if cfg!(miri) { 50 } else { 200 };
    for number in 0..rounds {
        let mut text = VecIn::new_in(&MEMORY);
        text.extend_from_slice(number.to_string().as_bytes());
        map.insert(number, text);
        if number >= 20 {
            map.remove(&(number - 20));
        }
    }
    assert_eq!(map.len(), 20);
    assert!(map.values().all(|text| text.iter().all(u8::is_ascii_digit)));
    drop(map);
    assert_eq!(MEMORY.metrics().in_use, 0);
    assert!(MEMORY.metrics().peak > 0);
}

#[test]
fn what_is_too_large_is_refused_and_counted() {
    let general = General::new(Inline::<4096>::new()).with_max_allocation(100);
    assert!(Box::try_new_in([0u8; 101], &general).is_err());
    let kept = Box::new_in([0u8; 100], &general);
    let metrics = general.metrics();
    assert_eq!((metrics.failures, metrics.largest, metrics.in_use), (1, 101, 100));
    drop(kept);
    // No region, no allocation; and no panic.
    let none = General::new(Inline::<10>::new());
    assert_eq!((none.capacity(), none.max_allocation()), (0, 0));
    assert!(Box::try_new_in(1u8, &none).is_err());
    let none = Arena::new(Lent::new(&mut []));
    assert!(Box::try_new_in(1u8, &none).is_err());
}

#[test]
fn an_arena_that_leaked_is_reset_when_nobody_borrows_it() {
    let mut arena = Arena::new(Inline::<64>::new());
    core::mem::forget(Box::new_in([0u8; 60], &arena));
    assert!(Box::try_new_in([0u8; 60], &arena).is_err());
    arena.reset();
    assert_eq!(arena.metrics().in_use, 0);
    assert!(Box::try_new_in([0u8; 60], &arena).is_ok());
}

#[test]
fn the_bound_between_small_and_large_follows_the_load() {
    let part = || General::new(Inline::<8192>::new());
    let adaptive = Adaptive::new(part(), part());
    let first = adaptive.bound();
    // Many of the size of the bound fill the first part: it is to take less.
    let kept: Vec<_> = (0..64).map(|_| VecIn::<u8, _>::with_capacity_in(64, &adaptive)).collect();
    assert!(adaptive.bound() < first, "{} of {first}", adaptive.bound());
    drop(kept);
    let low = adaptive.bound();
    let kept: Vec<_> = (0..64).map(|_| VecIn::<u8, _>::with_capacity_in(100.max(low + 1), &adaptive)).collect();
    assert!(adaptive.bound() > low, "large ones are many now");
    drop(kept);
}

/// Counts its drops, and may panic in one.
struct Counted<'a>(&'a std::cell::Cell<u32>, bool);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        assert!(!self.1, "as asked");
    }
}

#[test]
fn an_owned_value_is_dropped_once_and_its_memory_given_back() {
    let general = General::new(Inline::<256>::new());
    let drops = std::cell::Cell::new(0);
    drop(Owned::new(Counted(&drops, false), &general));
    assert_eq!((drops.get(), general.metrics().in_use), (1, 0));
    // Also if the destructor panics.
    let owned = Owned::new(Counted(&drops, true), &general);
    assert!(std::panic::catch_unwind(core::panic::AssertUnwindSafe(move || drop(owned))).is_err());
    assert_eq!((drops.get(), general.metrics().in_use), (2, 0));
    // No room: the value comes back, and is dropped by who has it.
    let full = Arena::new(Inline::<4>::new());
    let Err(back) = Owned::new(Counted(&drops, false), &full) else { panic!("it does not fit") };
    assert_eq!(drops.get(), 2);
    drop(back);
    assert_eq!(drops.get(), 3);
    // What has no size takes no memory.
    let unit = Owned::new((), &full).unwrap();
    assert_eq!((*unit, full.metrics().allocations), ((), 0));
}

#[test]
fn a_pinned_value_stays_where_it_is() {
    use core::future::Future;
    static MEMORY: General<Inline<1024>> = General::new(Inline::new());
    let mut task = Owned::new(
        async {
            let local = [1u8; 32];
            let borrowed = &local;
            std::future::ready(()).await;
            borrowed.iter().map(|byte| u32::from(*byte)).sum::<u32>()
        },
        &MEMORY,
    )
    .unwrap_or_else(|_| panic!("it fits"))
    .into_pin();
    let mut cx = core::task::Context::from_waker(core::task::Waker::noop());
    assert_eq!(task.as_mut().poll(&mut cx), core::task::Poll::Ready(32));
}

#[test]
fn threads_share_it() {
    static MEMORY: General<Inline<32768>> = General::new(Inline::new());
    let rounds = if cfg!(miri) { 20 } else { 2000 };
    std::thread::scope(|scope| {
        for thread in 0..4u8 {
            scope.spawn(move || {
                let mut kept = std::collections::VecDeque::new();
                for round in 0..rounds {
                    let mut bytes = VecIn::new_in(&MEMORY);
                    bytes.resize(1 + (round * 7 + usize::from(thread)) % 200, thread);
                    kept.push_back(bytes);
                    if kept.len() > 8 {
                        assert!(kept.pop_front().unwrap().iter().all(|byte| *byte == thread));
                    }
                }
            });
        }
    });
    assert_eq!(MEMORY.metrics().in_use, 0);
}
