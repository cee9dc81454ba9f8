//! What is known about handles and operations, and the queues of operations on a direction of a handle.

#[cfg(doc)]
use super::ReadinessDriver;
use crate::driver::Op;
use crate::driver::table::Table;

/// Ends a queue.
pub(super) const NONE: u32 = u32::MAX;

/// What the driver knows about a handle.
///
/// Kept in the tables of a [`ReadinessDriver`].
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HandleRecord {
    pub(super) generation: u32,
    pub(super) watched: bool,
    pub(super) ended: bool,
    pub(super) directions: [Direction; 2],
}

#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Direction {
    pub(super) dry: bool,
    /// The first of the queue is an [`Op::PollMany`].
    pub(super) polled: bool,
    pub(super) first: u32,
    last: u32,
}

impl HandleRecord {
    pub(super) const NEW: Self = Self { generation: 0, watched: false, ended: false, directions: [Direction::NEW; 2] };

    /// What this use of record `number` is watched under.
    pub(super) const fn token(&self, number: usize) -> u64 {
        (self.generation as u64) << 32 | number as u64
    }
}

impl Direction {
    pub(super) const NEW: Self = Self { dry: false, polled: false, first: NONE, last: NONE };

    /// The first operation that is to be attempted.
    #[inline]
    pub(super) fn front<H>(&self, ops: &impl Table<OpRecord<H>>) -> u32 {
        match self.polled {
            false => self.first,
            true => ops.get(self.first as usize).map_or(NONE, |op| op.next),
        }
    }

    /// Whether an operation waits here that is to be attempted before those that come now.
    #[inline]
    pub(super) const fn is_queued(&self) -> bool {
        if self.polled { self.first != self.last } else { self.first != NONE }
    }

    /// Appends operation `index`.
    pub(super) fn append<H>(&mut self, ops: &mut impl Table<OpRecord<H>>, index: u32) {
        if let Some(op) = ops.get_mut(index as usize) {
            (op.previous, op.next) = (self.last, NONE);
        }
        match ops.get_mut(self.last as usize) {
            Some(last) => last.next = index,
            None => self.first = index,
        }
        self.last = index;
    }

    /// Takes operation `index` out.
    pub(super) fn unlink<H>(&mut self, ops: &mut impl Table<OpRecord<H>>, index: u32) {
        let Some(op) = ops.get(index as usize) else { return };
        let (previous, next) = (op.previous, op.next);
        match ops.get_mut(previous as usize) {
            Some(previous) => previous.next = next,
            None => (self.first, self.polled) = (next, false),
        }
        match ops.get_mut(next as usize) {
            Some(next) => next.previous = previous,
            None => self.last = previous,
        }
    }
}

/// What the driver knows about an operation.
///
/// Kept in the tables of a [`ReadinessDriver`].
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct OpRecord<H> {
    pub(super) generation: u32,
    pub(super) state: OpState<H>,
    previous: u32,
    pub(super) next: u32,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum OpState<H> {
    Idle,
    Queued { op: Op<H>, number: u32, direction: u8 },
    Elsewhere,
    Canceled,
}

impl<H> OpRecord<H> {
    pub(super) const IDLE: Self = Self { generation: 0, state: OpState::Idle, previous: NONE, next: NONE };
}
