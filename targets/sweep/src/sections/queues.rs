//! Push and pop: the queues for the program's own use. The interrupt is the other end of the queue, or one more of its ends.

use super::cancel::Place;
use super::tally::{self, Side};
use super::{Section, ensure};
use crate::machine::Machine;
use crate::stage::Stage;
use core::ptr::NonNull;
use zokio_core::queue::{Mpmc, Owner, StealQueue, Stealer};

#[cfg(feature = "plant")]
use crate::plant::{Consumer, Producer, Spsc};
#[cfg(not(feature = "plant"))]
use zokio_core::queue::{Consumer, Producer, Spsc};

/// From one to one. New in every run: the way through the code depends on where the ring begins.
static LINE: Place<Spsc<u8, 2>> = Place::new();
static PRODUCER: Place<Producer<'static, u8, 2>> = Place::new();
static CONSUMER: Place<Consumer<'static, u8, 2>> = Place::new();

/// A new line, whose slots were all used.
fn in_a_line<M: Machine>(stage: &mut Stage<M>) {
    stage.clear();
    tally::clear();
    PRODUCER.clear();
    CONSUMER.clear();
    LINE.put(Spsc::new());
    // SAFETY: static, and the former ends are gone.
    let (producer, consumer) = unsafe { LINE.lend() }.split();
    PRODUCER.put(producer);
    CONSUMER.put(consumer);
    // Once through each slot, so that what is read too early is an old value.
    for _ in 0..3 {
        assert!(append(7) && oldest() == Some(7), "the ring is broken");
    }
}

/// Pushes, on the producer's side.
fn append(value: u8) -> bool {
    // SAFETY: one side has the producer.
    unsafe { PRODUCER.lend() }.push(value).is_ok()
}

/// Pops, on the consumer's side.
fn oldest() -> Option<u8> {
    // SAFETY: one side has the consumer.
    unsafe { CONSUMER.lend() }.pop()
}

/// What came out before, and what is left now, are 1, 2, ... up to `last`, in order.
fn came_in_order(before: impl Iterator<Item = u8>, last: u8) -> Result<(), &'static str> {
    let mut next = 1;
    for value in before.chain(core::iter::from_fn(oldest)) {
        ensure(value == next, "a value was lost, doubled, changed or overtaken")?;
        next += 1;
    }
    ensure(next == last + 1, "a value was lost")
}

/// What the interrupt popped, or how many it pushed.
static ITS: Place<u8> = Place::new();

/// Values are pushed until there is no room; the interrupt pops one.
pub(super) const fn push_to_one<M: Machine>() -> Section<M> {
    Section {
        name: "queue from one to one: push",
        prepare: |stage| {
            in_a_line(stage);
            ITS.clear();
        },
        run: |stage| {
            let all = append(1) & append(2);
            let third = append(3);
            stage.taken[0] = all.then_some(2 + u32::from(third));
        },
        interrupt: || {
            if let Some(value) = oldest() {
                ITS.put(value);
            }
        },
        check: |stage, landed| {
            let pushed = stage.taken[0].ok_or("there was no room")?;
            let its = ITS.take();
            ensure(landed.is_some() || (pushed == 2 && its.is_none()), "three values fit into two slots")?;
            ensure(pushed == 2 || its.is_some(), "three values fit into two slots")?;
            came_in_order(its.into_iter(), pushed as u8)
        },
    }
}

/// Values are popped until there is none; the interrupt pushes two.
pub(super) const fn pop_from_one<M: Machine>() -> Section<M> {
    Section {
        name: "queue from one to one: pop",
        prepare: |stage| {
            in_a_line(stage);
            append(1);
            ITS.put(0);
        },
        run: |stage| {
            stage.taken = [oldest().map(u32::from), oldest().map(u32::from)];
        },
        interrupt: || ITS.put(u8::from(append(2)) + u8::from(append(3))),
        check: |stage, landed| {
            let pushed = ITS.take().unwrap_or(0);
            ensure((pushed > 0) == landed.is_some(), "there was no room for the interrupt's values")?;
            came_in_order(stage.taken.into_iter().flatten().map(|value| value as u8), 1 + pushed)
        },
    }
}

/// From any to any.
static JOBS: Mpmc<u8, 4> = Mpmc::new();

/// Empty, all slots used before, and all of the credit there.
fn jobs<M: Machine>(stage: &mut Stage<M>) {
    stage.clear();
    while JOBS.pop().is_some() {}
    for _ in 0..2 {
        for number in 0..4 {
            assert!(JOBS.push(number).is_ok(), "there is no room");
        }
        for number in 0..4 {
            assert!(JOBS.pop() == Some(number), "the queue is broken");
        }
    }
    tally::clear();
}

/// Pops, and notes what came.
fn take(side: Side) -> bool {
    JOBS.pop().inspect(|number| tally::came(side, *number)).is_some()
}

/// `numbers` came out once each, with what is left.
fn all_taken(numbers: &[u8]) -> Result<(), &'static str> {
    while take(Side::Thread) {}
    ensure(tally::once(numbers), "a value was lost or doubled")
}

/// Two values are pushed behind another one; the interrupt pushes one and pops one.
pub(super) const fn push_among_many<M: Machine>() -> Section<M> {
    Section {
        name: "queue from many to many: push",
        prepare: |stage| {
            jobs(stage);
            let _ = JOBS.push(1);
        },
        run: |stage| {
            let both = JOBS.push(2).is_ok() & JOBS.push(3).is_ok();
            stage.taken[0] = both.then_some(2);
        },
        interrupt: || {
            let _ = JOBS.push(4);
            take(Side::Interrupt);
        },
        check: |stage, landed| {
            ensure(stage.taken[0].is_some(), "there was no room")?;
            ensure(tally::count(1) == u8::from(landed.is_some()), "the interrupt did not take the oldest")?;
            if landed.is_some() { all_taken(&[1, 2, 3, 4]) } else { all_taken(&[1, 2, 3]) }
        },
    }
}

/// Two values are popped; the interrupt pushes one and pops one.
pub(super) const fn pop_among_many<M: Machine>() -> Section<M> {
    Section {
        name: "queue from many to many: pop",
        prepare: |stage| {
            jobs(stage);
            let _ = JOBS.push(1);
            let _ = JOBS.push(2);
        },
        run: |stage| stage.taken = [JOBS.pop().map(u32::from), JOBS.pop().map(u32::from)],
        interrupt: || {
            let _ = JOBS.push(4);
            take(Side::Interrupt);
        },
        check: |stage, landed| {
            let [Some(first), Some(second)] = stage.taken else { return Err("a value was not found that was there") };
            ensure(first < second, "a value was overtaken")?;
            tally::came(Side::Thread, first as u8);
            tally::came(Side::Thread, second as u8);
            if landed.is_some() { all_taken(&[1, 2, 4]) } else { all_taken(&[1, 2]) }
        },
    }
}

/// Nothing is there to be popped; the interrupt pushes.
pub(super) const fn find_nothing<M: Machine>() -> Section<M> {
    Section {
        name: "queue from many to many: nothing there",
        prepare: jobs,
        run: |_| {
            take(Side::Thread);
            take(Side::Thread);
        },
        interrupt: || {
            let _ = JOBS.push(4);
        },
        check: |_, landed| if landed.is_some() { all_taken(&[4]) } else { all_taken(&[]) },
    }
}

/// What the stealing queues point to: an item's number is its place.
static ITEMS: [u8; 6] = [0, 1, 2, 3, 4, 5];

type Steal = StealQueue<u8, 4>;
static STOLEN_FROM: Steal = Steal::new();
/// Of whoever steals.
static THIEFS: Steal = Steal::new();

/// The owner's end, on the owner's side.
fn owner() -> Owner<'static, u8, 4> {
    // SAFETY: one side is the owner, or the thread while the interrupt is not armed.
    unsafe { STOLEN_FROM.owner() }
}

/// The end of the thief's own queue, on the thief's side.
fn thief() -> Owner<'static, u8, 4> {
    // SAFETY: one side is the thief, or the thread while the interrupt is not armed.
    unsafe { THIEFS.owner() }
}

fn item(number: usize) -> NonNull<u8> {
    NonNull::from(&ITEMS[number])
}

fn came(side: Side, item: NonNull<u8>) {
    // Not followed: what is no item's address is counted as nobody's number.
    let number = ITEMS.iter().position(|other| NonNull::from(other) == item).unwrap_or(0);
    tally::came(side, number as u8);
}

/// Both queues are empty, and this many items are in the first: 1, 2, ...
fn items<M: Machine>(stage: &mut Stage<M>, count: usize) {
    stage.clear();
    while owner().pop().or_else(|| thief().pop()).is_some() {}
    for number in 1..=count {
        assert!(owner().push(item(number)).is_ok(), "there is no room");
    }
    tally::clear();
}

/// Pushes; what did not fit is noted as come out.
fn push_item(side: Side, number: usize) {
    if let Err(overflow) = owner().push(item(number)) {
        overflow.for_each(|item| came(side, item));
    }
}

fn pop_item(side: Side) {
    if let Some(item) = owner().pop() {
        came(side, item);
    }
}

fn steal(side: Side, from: Stealer<'_, u8, 4>) {
    if let Some((item, _)) = from.steal(&mut thief()) {
        came(side, item);
    }
}

/// Items 1, 2, ... `last` have come out of the queues once each, with those that are still in them.
fn all_come(last: u8) -> Result<(), &'static str> {
    // No more than fit into both and one: a broken queue gives items for ever.
    for _ in 0..=2 * STOLEN_FROM.capacity() {
        let Some(item) = thief().pop().or_else(|| owner().pop()) else { break };
        came(Side::Thread, item);
    }
    ensure(
        (1..ITEMS.len() as u8).all(|number| tally::count(number) == u8::from(number <= last)),
        "an item was lost or doubled",
    )?;
    ensure(tally::count(0) == 0, "an item was changed")
}

/// An item is pushed that fits and one that does not; the interrupt steals.
pub(super) const fn push_to_thieves<M: Machine>() -> Section<M> {
    Section {
        name: "queue that is stolen from: push",
        prepare: |stage| items(stage, 3),
        run: |_| {
            push_item(Side::Thread, 4);
            push_item(Side::Thread, 5);
        },
        interrupt: || steal(Side::Interrupt, STOLEN_FROM.stealer()),
        check: |_, _| all_come(5),
    }
}

/// Two items are popped by their owner; the interrupt steals.
pub(super) const fn pop_before_thieves<M: Machine>() -> Section<M> {
    Section {
        name: "queue that is stolen from: pop",
        prepare: |stage| items(stage, 3),
        run: |_| {
            pop_item(Side::Thread);
            pop_item(Side::Thread);
        },
        interrupt: || steal(Side::Interrupt, STOLEN_FROM.stealer()),
        check: |_, _| all_come(3),
    }
}

/// Half of the items are stolen; the interrupt is the owner and pops one, and pushes one.
pub(super) const fn steal_from_its_owner<M: Machine>() -> Section<M> {
    Section {
        name: "queue that is stolen from: steal",
        prepare: |stage| items(stage, 4),
        run: |_| steal(Side::Thread, STOLEN_FROM.stealer()),
        interrupt: || {
            pop_item(Side::Interrupt);
            push_item(Side::Interrupt, 5);
        },
        check: |_, landed| all_come(4 + u8::from(landed.is_some())),
    }
}
