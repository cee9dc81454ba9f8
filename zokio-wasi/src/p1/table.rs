//! Who waits for which descriptor: slots that futures hold a key to, and the dense list of subscriptions for the host.
//!
//! A slot goes round: free, armed (its subscription is in the dense list and it keeps a waker), done (out of the list,
//! the outcome waits for its future), free again with the next generation. So a subscription exists only while somebody
//! waits for it, and an event of an earlier use names a generation that is gone.
//!
//! Entry 0 of both arrays belongs to the clock. Nothing here is foreign code: wakers go in and come out, and are cloned,
//! woken and dropped by the caller, outside.

use super::abi::{Fd, Subscription};
use core::task::Waker;
use zokio_core::driver::{Errno, Interest, Key};

/// What a wait ended with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    /// The host says the descriptor is ready.
    Ready(Source),
    /// The host refuses to wait for the descriptor.
    Failed(Errno),
}

/// Where a readiness comes from, which tells how much to believe.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Source {
    /// No other descriptor was reported by the same call. Some hosts report them all as soon as one is ready.
    pub(super) alone: bool,
    /// Which answer of the host it was in. In a later one, somebody else may have been told the same, and acted on it.
    pub(super) answer: usize,
}

/// Who is told.
pub(super) enum Waiter {
    /// The task of a future, which asks for the outcome with its slot's key.
    Task(Waker),
    /// The driver of operations, which gave this token.
    Operation(Key),
}

/// What an operation's driver is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Told {
    pub(super) token: Key,
    pub(super) fd: Fd,
    pub(super) interest: Interest,
    pub(super) result: Result<(), Errno>,
}

enum State {
    Free,
    Armed { position: u16, waiter: Waiter },
    Done(Outcome),
}

struct Slot {
    generation: u32,
    state: State,
}

pub(super) struct Table<const N: usize> {
    slots: [Slot; N],
    dense: [Subscription; N],
    /// Armed subscriptions are `dense[1..=armed]`.
    armed: usize,
    /// How many armed subscriptions name a descriptor that an earlier one names too.
    twins: usize,
}

impl<const N: usize> Table<N> {
    pub(super) const fn new() -> Self {
        const { assert!(N >= 2, "a reactor needs at least 2 places: one is the clock's, the rest are for descriptors") };
        const { assert!(N <= 1 << 15, "a reactor has at most 32768 places") };
        Self {
            slots: [const { Slot { generation: 0, state: State::Free } }; N],
            dense: [Subscription::clock(u64::MAX, 0); N],
            armed: 0,
            twins: 0,
        }
    }

    pub(super) const fn armed(&self) -> usize {
        self.armed
    }

    pub(super) const fn has_twins(&self) -> bool {
        self.twins > 0
    }

    /// Starts a wait; gives the waiter back if there is no room. O(N).
    pub(super) fn arm(&mut self, fd: Fd, interest: Interest, waiter: Waiter) -> Result<Key, Waiter> {
        let Some(index) = (1..N).find(|&i| matches!(self.slots[i].state, State::Free)) else { return Err(waiter) };
        self.twins += usize::from(self.names(fd));
        self.armed += 1;
        let slot = &mut self.slots[index];
        let key = Key::new(index as u32, slot.generation);
        slot.state = State::Armed { position: self.armed as u16, waiter };
        self.dense[self.armed] = Subscription::descriptor(key.to_u64(), fd, interest);
        Ok(key)
    }

    fn names(&self, fd: Fd) -> bool {
        self.dense[1..=self.armed].iter().any(|s| s.id == fd.into())
    }

    fn slot(&mut self, key: Key) -> Option<&mut Slot> {
        // An index from the host may be anything, the clock's included.
        self.slots.get_mut(key.index()).filter(|s| s.generation == key.generation())
    }

    /// Takes the subscription at `position` out of the dense list. O(armed).
    fn remove(&mut self, position: u16) {
        let position = usize::from(position);
        let fd = self.dense[position].id as Fd;
        self.dense[position] = self.dense[self.armed];
        self.armed -= 1;
        if position <= self.armed {
            self.moved(position);
        }
        self.twins -= usize::from(self.names(fd));
    }

    /// Tells the slot of the subscription at `position` that it is there now.
    fn moved(&mut self, position: usize) {
        let key = Key::from_u64(self.dense[position].userdata);
        if let Some(Slot { state: State::Armed { position: p, .. }, .. }) = self.slot(key) {
            *p = position as u16;
        }
    }

    /// Ends the wait `key` with `outcome`; `None` if it is not armed (any more). The waiter is to be told.
    pub(super) fn finish(&mut self, key: Key, outcome: Outcome) -> Option<Waiter> {
        let slot = self.slot(key)?;
        match core::mem::replace(&mut slot.state, State::Done(outcome)) {
            State::Armed { position, waiter } => {
                self.remove(position);
                if matches!(waiter, Waiter::Operation(_)) {
                    // Nobody comes to ask.
                    self.free(key);
                }
                Some(waiter)
            }
            other => {
                slot.state = other;
                None
            }
        }
    }

    fn free(&mut self, key: Key) {
        if let Some(slot) = self.slot(key) {
            slot.state = State::Free;
            slot.generation = slot.generation.wrapping_add(1);
        }
    }

    /// The outcome of `key`, which is free afterwards, or `None` while it is armed.
    pub(super) fn take(&mut self, key: Key) -> Option<Outcome> {
        let State::Done(outcome) = self.slot(key)?.state else { return None };
        self.free(key);
        Some(outcome)
    }

    /// The waker that the armed wait `key` keeps.
    pub(super) fn waker(&mut self, key: Key) -> Option<&mut Waker> {
        match &mut self.slot(key)?.state {
            State::Armed { waiter: Waiter::Task(waker), .. } => Some(waker),
            _ => None,
        }
    }

    /// What the operation that waits under `key` waits for.
    pub(super) fn operation(&mut self, key: Key) -> Option<Subscription> {
        match self.slot(key)?.state {
            State::Armed { position, waiter: Waiter::Operation(_) } => Some(self.dense[usize::from(position)]),
            _ => None,
        }
    }

    /// Forgets `key` in whatever state it is. The waker is to be dropped.
    pub(super) fn cancel(&mut self, key: Key) -> Option<Waiter> {
        // What is armed becomes done first, so that there is one way out of the dense list.
        let waiter = self.finish(key, Outcome::Failed(Errno(0)));
        self.take(key);
        waiter
    }

    /// Forgets the operations' waits that `which` names. O(N).
    pub(super) fn cancel_operations(&mut self, which: impl Fn(&Subscription) -> bool) {
        for index in 1..N {
            if let State::Armed { position, waiter: Waiter::Operation(_) } = self.slots[index].state
                && which(&self.dense[usize::from(position)])
            {
                let _token = self.cancel(Key::new(index as u32, self.slots[index].generation));
            }
        }
    }

    /// The `index`-th armed subscription.
    pub(super) fn subscription(&self, index: usize) -> Option<Subscription> {
        self.dense[1..=self.armed].get(index).copied()
    }

    /// What goes to the host: the clock first if there is a timeout, then everything armed.
    pub(super) fn request(&mut self, timeout: Option<u64>) -> &[Subscription] {
        match timeout {
            Some(nanos) => {
                self.dense[0].timeout = nanos;
                &self.dense[..=self.armed]
            }
            None => &self.dense[1..=self.armed],
        }
    }

    /// Lets the next subscription be the first. O(armed).
    pub(super) fn rotate(&mut self) {
        self.dense[1..=self.armed].rotate_left(1);
        for position in 1..=self.armed {
            self.moved(position);
        }
    }
}
