//! Arm, cancel, fire: the timers of the board's clock. Deadlines are a few nanoseconds after reset, so always past: what
//! the time is does not matter here, only what is in the store.

use super::{Section, ensure};
use crate::machine::Machine;
use crate::stage::{Stage, sleeps};
use crate::witness::logged;

/// The place of the interrupt's own timer.
const ITS: usize = 3;

/// Everything fires, and nothing is left.
fn all_fire<M: Machine>(stage: &mut Stage<M>) -> Result<(), &'static str> {
    stage.expire(100);
    ensure(stage.next_deadline().is_none(), "a timer was left in the store")?;
    for place in 0..=ITS {
        stage.sleeps().cancel(place);
    }
    ensure(stage.next_deadline().is_none(), "dropping a timer that had fired linked it again")
}

/// A timer is set and another one cancelled; the interrupt sets one, and sets and cancels one.
pub(super) const fn arm_and_cancel<M: Machine>() -> Section<M> {
    Section {
        name: "timer: arm and cancel",
        prepare: |stage| {
            stage.clear();
            stage.sleeps().arm(M::clock(), 0, 30, 30);
            stage.sleeps().arm(M::clock(), 1, 40, 40);
        },
        run: |stage| {
            stage.sleeps().arm(M::clock(), 2, 20, 20);
            stage.sleeps().cancel(0);
            stage.sleeps().arm(M::clock(), 0, 50, 50);
        },
        interrupt: || {
            sleeps::<M>().arm(M::clock(), ITS, 10, 10);
            sleeps::<M>().cancel(ITS);
            sleeps::<M>().arm(M::clock(), ITS, 25, 25);
        },
        check: |stage, landed| {
            all_fire(stage)?;
            let log = logged();
            ensure(log.once_in_order(&[20, 40, 50]), "a timer did not fire once, in the order of the deadlines")?;
            ensure(log.count(30) + log.count(10) == 0, "a cancelled timer fired")?;
            ensure(
                landed.is_none() || log.once_in_order(&[20, 25, 40]),
                "the interrupt's timer did not fire in order",
            )?;
            ensure(log.len() == 3 + usize::from(landed.is_some()), "somebody was woken twice")
        },
    }
}

/// Timers fire; the interrupt cancels one of those that wait and sets another one.
pub(super) const fn fire<M: Machine>() -> Section<M> {
    Section {
        name: "timer: fire",
        prepare: |stage| {
            stage.clear();
            stage.sleeps().arm(M::clock(), 0, 10, 10);
            stage.sleeps().arm(M::clock(), 1, 20, 20);
            stage.sleeps().arm(M::clock(), 2, 30, 30);
        },
        run: |stage| stage.expire(25),
        interrupt: || {
            sleeps::<M>().cancel(2);
            sleeps::<M>().arm(M::clock(), ITS, 15, 15);
        },
        check: |stage, landed| {
            all_fire(stage)?;
            let log = logged();
            ensure(log.once_in_order(&[10, 20]), "a timer did not fire once, in the order of the deadlines")?;
            let (cancelled, set) = (usize::from(landed.is_none()), usize::from(landed.is_some()));
            ensure(log.count(30) == cancelled, "a cancelled timer fired, or one that was not did not")?;
            ensure(log.count(15) == set, "the interrupt's timer did not fire once")
        },
    }
}
