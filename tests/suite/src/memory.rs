//! Memory strategies, with the machine's own pointers and lock.

use crate::{Outcome, check};
use core::mem::MaybeUninit;
use zokio_core::memory::{Adaptive, Arena, FixedBuffer, General, Inline, Lent, Owned, StackFallback, Strategy};

/// A value of one of three sizes, and of two alignments.
enum Some3<'s, S: Strategy> {
    Small(Owned<'s, [u8; 5], S>),
    Middle(Owned<'s, [u64; 6], S>),
    Large(Owned<'s, [u8; 130], S>),
}

impl<S: Strategy> Some3<'_, S> {
    fn holds(&self, byte: u8) -> bool {
        match self {
            Self::Small(bytes) => bytes.iter().all(|one| *one == byte),
            Self::Middle(words) => words.iter().all(|one| *one == u64::from(byte)) && words.as_ptr().is_aligned(),
            Self::Large(bytes) => bytes.iter().all(|one| *one == byte),
        }
    }
}

fn new<S: Strategy>(kind: u32, byte: u8, strategy: &S) -> Option<Some3<'_, S>> {
    match kind {
        0 => Owned::new([byte; 5], strategy).ok().map(Some3::Small),
        1 => Owned::new([u64::from(byte); 6], strategy).ok().map(Some3::Middle),
        _ => Owned::new([byte; 130], strategy).ok().map(Some3::Large),
    }
}

/// Takes and gives back at random; what is there stays what it is, and in the end all is free.
fn random<S: Strategy>(strategy: &S) -> Outcome {
    let mut kept: [Option<(u8, Some3<'_, S>)>; 12] = [const { None }; 12];
    let mut random = 12345u32;
    let mut refused = 0;
    for step in 0..600u32 {
        random = random.wrapping_mul(1_103_515_245).wrapping_add(12345);
        let (place, kind, byte) = ((random >> 16) as usize % kept.len(), (random >> 24) % 3, step as u8);
        kept[place] = match kept[place].take() {
            Some(_) => None,
            None => new(kind, byte, strategy).map(|value| (byte, value)),
        };
        refused += usize::from(kept[place].is_none());
        check!(kept.iter().flatten().all(|(byte, value)| value.holds(*byte)));
    }
    check!(refused > 0);
    kept.fill_with(|| None);
    let metrics = strategy.metrics();
    check!(metrics.in_use == 0 && metrics.allocations == metrics.releases && metrics.allocations > 100);
    check!(metrics.peak <= strategy.capacity() && metrics.largest == 130);
    Ok(())
}

pub(crate) fn a_general_strategy_keeps_what_it_gave() -> Outcome {
    let general = General::new(Inline::<900>::new());
    random(&general)?;
    check!(Owned::new([0u8; 512], &general).is_ok());
    Ok(())
}

pub(crate) fn an_arena_begins_again_when_it_is_empty() -> Outcome {
    random(&Arena::new(Inline::<900>::new()))
}

pub(crate) fn a_fixed_buffer_is_a_stack() -> Outcome {
    let mut bytes = [const { MaybeUninit::uninit() }; 640];
    let buffer = FixedBuffer::new(Lent::new(&mut bytes[3..]));
    random(&buffer)?;
    let below = Owned::new([1u8; 300], &buffer);
    check!(Owned::new([2u8; 300], &buffer).is_ok() && Owned::new([3u8; 300], &buffer).is_ok());
    check!(below.is_ok_and(|below| below.iter().all(|byte| *byte == 1)));
    Ok(())
}

pub(crate) fn a_stack_falls_back() -> Outcome {
    let shared = General::new(Inline::<640>::new());
    let local = StackFallback::<64, _>::new(&shared);
    let small = Owned::new([0u8; 40], &local);
    check!(small.is_ok() && shared.metrics().in_use == 0);
    check!(Owned::new([0u8; 40], &local).is_ok() && shared.metrics().peak == 40);
    drop(small);
    random(&local)
}

pub(crate) fn an_adaptive_strategy_moves_its_bound() -> Outcome {
    let adaptive = Adaptive::new(General::new(Inline::<300>::new()), General::new(Inline::<640>::new()));
    random(&adaptive)?;
    let least = 16;
    check!((least..=300).contains(&adaptive.bound()));
    Ok(())
}

pub(crate) fn what_is_too_large_is_refused() -> Outcome {
    let general = General::new(Inline::<640>::new()).with_max_allocation(64);
    check!(Owned::new([0u8; 65], &general).is_err() && Owned::new([0u8; 64], &general).is_ok());
    check!(general.metrics().failures == 1 && general.max_allocation() == 64);
    Ok(())
}
