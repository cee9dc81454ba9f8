//! What is known about handles and operations, and the queues of operations on a direction of a handle.

#[cfg(doc)]
use super::ReadinessDriver;
use super::waiting::Waiting;
#[cfg(doc)]
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

/// A queue of operations: the first knows the last as the one before it, and nobody is behind that.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Direction {
    pub(super) first: u32,
    pub(super) dry: bool,
    /// The first of the queue is an [`Op::PollMany`].
    pub(super) polled: bool,
    /// An operation waits here that is to be attempted before those that come now.
    pub(super) queued: bool,
}

impl HandleRecord {
    pub(super) const NEW: Self = Self { generation: 0, watched: false, ended: false, directions: [Direction::NEW; 2] };

    /// What this use of record `number` is watched under.
    pub(super) const fn token(&self, number: usize) -> u64 {
        (self.generation as u64) << 32 | number as u64
    }
}

impl Direction {
    pub(super) const NEW: Self = Self { first: NONE, dry: false, polled: false, queued: false };

    /// The first operation that is to be attempted.
    #[inline]
    pub(super) fn front<H>(&self, ops: &impl Table<OpRecord<H>>) -> u32 {
        match self.polled {
            false => self.first,
            true => ops.get(self.first as usize).map_or(NONE, |op| op.next),
        }
    }

    /// Appends operation `index`.
    pub(super) fn append<H>(&mut self, ops: &mut impl Table<OpRecord<H>>, index: u32) {
        let last = match ops.get_mut(self.first as usize) {
            Some(first) => core::mem::replace(&mut first.previous, index),
            None => {
                self.first = index;
                index
            }
        };
        if let Some(op) = ops.get_mut(index as usize) {
            (op.previous, op.next) = (last, NONE);
        }
        if last != index
            && let Some(last) = ops.get_mut(last as usize)
        {
            last.next = index;
        }
        self.queued = self.front(ops) != NONE;
    }

    /// Takes operation `index` out.
    pub(super) fn unlink<H>(&mut self, ops: &mut impl Table<OpRecord<H>>, index: u32) {
        let Some(op) = ops.get(index as usize) else { return };
        let (previous, next) = (op.previous, op.next);
        if self.first == index {
            (self.first, self.polled) = (next, false);
        } else if let Some(previous) = ops.get_mut(previous as usize) {
            previous.next = next;
        }
        // Who is behind it, or the first where it was the last, is told who is before.
        let behind = if next == NONE { self.first } else { next };
        if let Some(behind) = ops.get_mut(behind as usize) {
            behind.previous = previous;
        }
        self.queued = self.front(ops) != NONE;
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
    Queued(Waiting<H>),
    Elsewhere,
    Canceled,
}

impl<H> OpRecord<H> {
    pub(super) const IDLE: Self = Self { generation: 0, state: OpState::Idle, previous: NONE, next: NONE };
}

// An idle connection has one of each.
const _: () = assert!(size_of::<HandleRecord>() == 24);
#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<OpRecord<i32>>() == 40);
