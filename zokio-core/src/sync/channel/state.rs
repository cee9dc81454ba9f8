//! What a channel knows of its places and of those who wait: the same code whatever the values are.

use super::handles::Handles;
use crate::lock::Lock;
use crate::sync::wait::{WaitList, Waiter, left};
use core::task::{Context, Waker};

/// The bit of `taken` that says that the channel was closed; so one comparison says whether there is a place.
pub(super) const CLOSED: usize = 1 << (usize::BITS - 1);

/// Who waits, and for what: a sender for a place, a receiver for a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Senders,
    Receivers,
}

/// Whether somebody waits who was granted nothing so far.
pub(super) enum Waits {
    Yes,
    /// What it waits for is there by now.
    No,
    /// It will never be.
    Never,
}

/// *Invariant "promised":* `taken ≤ N` places are full or promised to senders; of the `len` values, all but `free` belong to
/// receivers that were granted one and have not fetched it. A place beyond these is anybody's, and so is a free value; and
/// while a receiver waits, none is free. Values stay in the ring until they are fetched, so that their order is that in which
/// they were sent, whoever gives up.
///
/// *Invariant "in the ring":* `head < N`, and `len ≤ taken ≤ N`, where a sender that may put a value has its place in `taken`
/// and not yet in `len`. The ring holds `len` values from `head` on, wrapping.
pub(super) struct State {
    pub(super) head: usize,
    pub(super) len: usize,
    /// Values in the ring plus places promised to senders; and [`CLOSED`].
    pub(super) taken: usize,
    /// Values that are nobody's.
    free: usize,
    pub(super) handles: Handles,
    waiting: [WaitList; 2],
}

impl State {
    pub(super) const fn new() -> Self {
        Self {
            head: 0,
            len: 0,
            taken: 0,
            free: 0,
            handles: Handles::new(),
            waiting: [WaitList::new(), WaitList::new()],
        }
    }

    /// Those of one side who wait.
    #[inline(always)]
    pub(super) fn list(&mut self, side: Side) -> &mut WaitList {
        &mut self.waiting[side as usize]
    }

    /// Takes the right to a value that is nobody's, if there is one.
    #[inline]
    pub(super) fn try_value(&mut self) -> bool {
        if self.free == 0 {
            return false;
        }
        self.free -= 1;
        true
    }

    /// Promises a value that is in nobody's hands to the receiver that has waited longest; if nobody waits it is free.
    #[inline]
    pub(super) fn promise_value(&mut self) -> Option<Waker> {
        if self.list(Side::Receivers).is_empty() {
            self.free += 1;
            return None;
        }
        self.list(Side::Receivers).grant()
    }

    /// A full or promised place becomes free, and is promised to the sender that has waited longest. Returns whom to wake.
    #[inline]
    pub(super) fn free_place(&mut self) -> Option<Waker> {
        // Of a closed channel `close` is taking them out one by one: whoever is left is refused like those before it.
        if !self.list(Side::Senders).is_empty() && !self.is_closed() {
            return self.list(Side::Senders).grant();
        }
        self.taken -= 1;
        self.tell_over()
    }

    /// Whether nothing will ever come again.
    #[inline]
    pub(super) fn is_over(&self) -> bool {
        self.taken == CLOSED
    }

    /// If nothing will ever come again, takes out the receiver that has waited longest, to be told. It tells the next.
    #[inline]
    pub(super) fn tell_over(&mut self) -> Option<Waker> {
        if self.is_over() { self.list(Side::Receivers).dismiss() } else { None }
    }

    /// A place of `capacity` for whoever asks, if one is free and the channel is open; nobody waits for one then, or it would
    /// not be.
    #[inline]
    pub(super) fn try_place(&mut self, capacity: usize) -> bool {
        if self.taken >= capacity {
            return false;
        }
        self.taken += 1;
        true
    }

    #[inline(always)]
    pub(super) fn is_closed(&self) -> bool {
        self.taken & CLOSED != 0
    }
}

impl Lock<State> {
    /// Waits in the list of its side, unless what it waits for is there by now, which is granted to it then, or will never be.
    /// A function of its own: what need not clone needs fewer registers.
    ///
    /// # Safety
    /// "One list"; the waiter is pinned, and leaves before it goes; `capacity` is that of the channel.
    #[inline(never)]
    pub(super) unsafe fn wait(&self, waiter: &Waiter, side: Side, capacity: usize, cx: &mut Context<'_>) -> Waits {
        let mut waker = Some(cx.waker().clone());
        let waits = self.with(|state| {
            // SAFETY: "one list", under its lock; the caller's word.
            unsafe {
                if waiter.is_granted() {
                    return Waits::No;
                }
                let (found, never) = match side {
                    Side::Senders => (state.try_place(capacity), state.is_closed()),
                    Side::Receivers => (state.try_value(), state.is_over()),
                };
                if found {
                    waiter.grant_itself();
                    return Waits::No;
                }
                if never {
                    return Waits::Never;
                }
                waiter.enqueue(state.list(side), &mut waker, ());
                Waits::Yes
            }
        });
        if let Waits::Never = waits {
            // It may have been told, and tells the next.
            // SAFETY: the caller's word.
            unsafe { self.leave(waiter, side) };
        }
        waits
    }

    /// Leaves the list of its side. What was granted goes to whoever has waited longest; it may also have been told that all
    /// is over, which is told to the next then.
    ///
    /// # Safety
    /// "One list".
    #[cold]
    #[inline(never)]
    pub(super) unsafe fn leave(&self, waiter: &Waiter, side: Side) {
        let (next, old) = self.with(|state| {
            // SAFETY: "one list", under its lock.
            let (granted, old) = unsafe { waiter.leave(state.list(side)) };
            let next = match (granted, side) {
                (true, Side::Senders) => state.free_place(),
                (true, Side::Receivers) => state.promise_value(),
                (false, _) => state.tell_over(),
            };
            (next, old)
        });
        left(old, next);
    }
}
