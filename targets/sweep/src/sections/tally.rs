//! Which numbers came out, on which side, and how often.

use core::sync::atomic::{AtomicU8, Ordering};

/// Numbers are below this.
const NUMBERS: usize = 8;

/// The thread's side, and the interrupt's.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Thread,
    Interrupt,
}

/// Each side writes to its own half, so that neither counts over the other.
static COUNTS: [[AtomicU8; NUMBERS]; 2] = [const { [const { AtomicU8::new(0) }; NUMBERS] }; 2];

/// Forgets all.
pub(super) fn clear() {
    COUNTS.iter().flatten().for_each(|count| count.store(0, Ordering::Relaxed));
}

/// `number` came out. What is no number of anybody's counts as 0, which nobody puts in.
pub(super) fn came(side: Side, number: u8) {
    let count = COUNTS[side as usize].get(usize::from(number)).unwrap_or(&COUNTS[side as usize][0]);
    count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

/// How often `number` came out.
pub(super) fn count(number: u8) -> u8 {
    COUNTS.iter().map(|side| side[usize::from(number)].load(Ordering::Relaxed)).sum()
}

/// Whether each of `numbers` came out once, and nothing else did.
pub(super) fn once(numbers: &[u8]) -> bool {
    (0..NUMBERS as u8).all(|number| count(number) == u8::from(numbers.contains(&number)))
}
