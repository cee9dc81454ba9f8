//! Wake, push, pop: the ready queue.

use super::{Section, ensure};
use crate::machine::Machine;
use crate::witness::{self, logged};

const A: u8 = 0;
const B: u8 = 1;
const C: u8 = 2;
const D: u8 = 3;

/// Two tasks are woken, one of them twice; the interrupt wakes another one, and the first as well.
pub(super) const fn wake<M: Machine>() -> Section<M> {
    Section {
        name: "wake and push",
        prepare: |stage| stage.clear(),
        run: |_| {
            witness::wake(A);
            witness::wake(B);
            witness::wake(A);
        },
        interrupt: || {
            witness::wake(C);
            witness::wake(A);
        },
        check: |stage, landed| {
            stage.settle()?;
            let log = logged();
            ensure(log.once_in_order(&[A, B]), "a woken task was not polled once, in the order of the wakes")?;
            ensure(log.count(C) == usize::from(landed.is_some()), "the interrupt's wake was lost or doubled")
        },
    }
}

/// A turn with three tasks ready; the interrupt wakes one of them and another one.
pub(super) const fn pop_and_poll<M: Machine>() -> Section<M> {
    Section {
        name: "pop and poll",
        prepare: |stage| {
            stage.clear();
            witness::wake(A);
            witness::wake(B);
            witness::wake(C);
        },
        run: |stage| stage.turn(),
        interrupt: || {
            witness::wake(D);
            witness::wake(A);
        },
        check: |stage, landed| {
            stage.settle()?;
            let log = logged();
            ensure(log.once_in_order(&[B, C]), "a ready task was not polled once, in order")?;
            ensure(log.first(A) < log.first(B), "the first task was overtaken")?;
            let Some(since) = landed else { return ensure(log.len() == 3, "somebody was polled for nothing") };
            ensure(log.has_since(A, since), "a wake during a poll was lost")?;
            ensure(log.count(A) <= 2 && log.count(D) == 1, "the interrupt's wake was lost or doubled")
        },
    }
}
