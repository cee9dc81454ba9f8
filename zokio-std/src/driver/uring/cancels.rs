//! Requests to cancel: wanted first, and staged where there is room.

use super::{UringDriver, ops};
use zokio_core::driver::{Key, Table};

impl UringDriver {
    /// (2)
    pub(super) fn want_cancel(&mut self, key: Key) {
        let Some(record) = self.records.get_mut(key.index()) else { return };
        if !record.in_flight || record.generation != key.generation() || record.wanted {
            return;
        }
        record.wanted = true;
        if !record.listed {
            record.listed = true;
            record.next = self.cancels;
            self.cancels = key.index() as u32;
        }
    }

    /// (3) Stages the requests that are wanted. `false` if the queue is full before all of them are.
    pub(super) fn stage_cancels(&mut self) -> bool {
        while let Some(record) = self.records.get(self.cancels as usize).copied() {
            let key = Key::new(self.cancels, record.generation);
            // SAFETY: names no memory.
            if record.wanted && record.in_flight && !unsafe { self.ring.push(&ops::cancel(key)) } {
                return false;
            }
            if let Some(record) = self.records.get_mut(self.cancels as usize) {
                record.listed = false;
            }
            self.cancels = record.next;
        }
        true
    }
}
