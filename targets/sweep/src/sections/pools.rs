//! Claim and release: the places of a pool. The interrupt takes two and gives one back at once: the first, which breaks a free list
//! without a tag where a place is being claimed; the second where one is being released, so that another one is on top than before.

use super::cancel::Place;
use super::{Section, ensure};
use crate::machine::Machine;
use crate::stage::Stage;
use zokio_core::pool::{Pool, Pooled};

const PLACES: usize = 4;

/// New in every run, so that places are handed out in the same order.
static POOL: Place<Pool<u8, PLACES>> = Place::new();
/// The thread's, and the interrupt's.
static HELD: [Place<Pooled<'static, u8>>; 3] = [const { Place::new() }; 3];
const ITS: usize = 2;

fn pool() -> &'static Pool<u8, PLACES> {
    // SAFETY: static, and lent for reading only; what borrowed a former pool was dropped before the new one was put there.
    unsafe { POOL.lend() }
}

/// Puts `value` into a place of the pool, and the owner into place `at`.
fn hold(at: usize, value: u8) {
    if let Ok(owner) = pool().alloc(value) {
        HELD[at].put(owner);
    }
}

fn take_two_give_the_first() {
    let first = pool().alloc(11);
    hold(ITS, 12);
    drop(first);
}

fn take_two_give_the_second() {
    hold(ITS, 12);
    drop(pool().alloc(11));
}

/// A new pool, of which so many places were taken and given back.
fn prepare<M: Machine>(stage: &mut Stage<M>, used: usize) {
    stage.clear();
    HELD.iter().for_each(Place::clear);
    POOL.put(Pool::new());
    let taken: [_; PLACES] = core::array::from_fn(|place| (place < used).then(|| pool().alloc(0)));
    drop(taken);
}

/// What is held has its value and a place of its own, and all places can be had once more.
fn check(thread: [Option<u8>; 2], landed: bool) -> Result<(), &'static str> {
    let [first, second, its] = &HELD;
    let held = [first.take(), second.take(), its.take()];
    let values = [thread[0], thread[1], landed.then_some(12)];
    for (owner, value) in held.iter().zip(values) {
        ensure(owner.as_deref().copied() == value, "a value was overwritten, or there was no place for it")?;
    }
    ensure(pool().in_use() == values.iter().flatten().count(), "places are taken by nobody")?;
    drop(held);
    ensure(pool().in_use() == 0, "a place was not given back")?;
    let all: [_; PLACES] = core::array::from_fn(|place| pool().alloc(place as u8));
    ensure(pool().alloc(0).is_err(), "a place was handed out twice")?;
    for (value, owner) in all.iter().enumerate() {
        ensure(owner.as_deref().ok() == Some(&(value as u8)), "a place was lost, or handed out twice")?;
    }
    Ok(())
}

/// A place is taken that was given back, and one that was never used; the interrupt takes two and gives one back.
pub(super) const fn claim<M: Machine>() -> Section<M> {
    Section {
        name: "pool: claim a place",
        prepare: |stage| prepare(stage, 1),
        run: |_| {
            hold(0, 1);
            hold(1, 2);
        },
        interrupt: take_two_give_the_first,
        check: |_, landed| check([Some(1), Some(2)], landed.is_some()),
    }
}

/// As in [`claim`], where all places were given back before.
pub(super) const fn claim_again<M: Machine>() -> Section<M> {
    Section {
        name: "pool: claim a place that was given back",
        prepare: |stage| prepare(stage, PLACES),
        run: |_| {
            hold(0, 1);
            hold(1, 2);
        },
        interrupt: take_two_give_the_first,
        check: |_, landed| check([Some(1), Some(2)], landed.is_some()),
    }
}

/// Two places are given back; the interrupt takes two and gives one back.
pub(super) const fn release<M: Machine>() -> Section<M> {
    Section {
        name: "pool: release a place",
        prepare: |stage| {
            prepare(stage, PLACES);
            hold(0, 1);
            hold(1, 2);
        },
        run: |_| {
            HELD[0].clear();
            HELD[1].clear();
        },
        interrupt: take_two_give_the_second,
        check: |_, landed| check([None, None], landed.is_some()),
    }
}
