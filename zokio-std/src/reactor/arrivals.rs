//! What a turn brings: ends that futures wait for, ends that nobody waits for, and steps of operations that go on.

use super::Duty;
use super::accept::MOST_ACCEPTED;
use super::datagrams::{Kept, MOST_DATAGRAMS};
use super::doubts::Doubts;
use super::socket::Sockets;
use super::unread::Unread;
use crate::driver::Reserved;
use rustix::fd::RawFd;
use std::collections::{HashMap, VecDeque};
use std::task::Waker;
use zokio_core::driver::{Completed, Completion, Key, Slot, Slots};

/// Stores ends, and steps, where they are looked for.
pub(super) struct Sorter<'a> {
    pub(super) slots: &'a mut Slots<Duty, Reserved<Slot<Duty>>>,
    pub(super) sockets: &'a mut Sockets,
    pub(super) unread: &'a mut Unread,
    pub(super) accepted: &'a mut VecDeque<(Key, RawFd)>,
    pub(super) kept: &'a mut HashMap<u32, Kept>,
    pub(super) doubts: &'a mut Doubts,
    pub(super) flooded: &'a mut Vec<Key>,
    pub(super) ended: &'a mut Vec<(Duty, Completion)>,
    pub(super) woken: &'a mut Vec<Waker>,
}

impl Sorter<'_> {
    pub(super) fn sort(&mut self, end: Completion) {
        if !self.kept.is_empty() {
            self.tell_all(end.key);
        }
        match self.slots.complete(end) {
            Completed::Done(waker) => self.woken.extend(waker),
            Completed::Orphan(duty, end) => self.ended.push((duty, end)),
            Completed::More(duty, step, waker) => {
                self.step(duty, step);
                self.woken.extend(waker);
            }
            Completed::Stale => {}
        }
    }

    /// Where a datagram, or the end of receiving them, comes, all who wait are to be woken.
    #[cold]
    fn tell_all(&mut self, key: Key) {
        if let Some(Duty::Receive(id)) = self.slots.payload(key)
            && let Some(kept) = self.kept.get_mut(&id)
        {
            kept.arrived(self.woken);
        }
    }

    /// At once, so that nobody finds the end of an operation before its steps.
    fn step(&mut self, duty: Duty, step: Completion) {
        let flooded = match (duty, step.result, step.flags.buffer) {
            (Duty::Receive(id), Ok(len), Some(buffer)) => {
                let socket = self.sockets.get(id);
                self.unread.push(&mut socket.unread, buffer, len);
                if socket.datagrams {
                    socket.unread.count() == MOST_DATAGRAMS
                } else {
                    self.doubts.got_bytes(id, socket);
                    socket.unread.count() == MOST_UNREAD
                }
            }
            (Duty::Accept(_), Ok(accepted), _) => {
                self.accepted.push_back((step.key, accepted as RawFd));
                self.accepted.iter().filter(|(key, _)| *key == step.key).count() == MOST_ACCEPTED
            }
            // A poll has nothing but the wake, and no other operation has steps.
            _ => false,
        };
        if flooded {
            self.flooded.push(step.key);
        }
    }
}

/// How many buffers of one socket may be unread before it stops receiving, so that a stream that nobody reads leaves some to
/// the others.
pub(super) const MOST_UNREAD: u16 = 8;
