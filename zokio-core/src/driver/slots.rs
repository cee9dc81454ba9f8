//! The table of operations in flight: who waits for which, and what happens to those that nobody waits for any more.
//!
//! ```text
//!            (1) insert                (2) complete                 (3) take
//!   Free ──────────────► InFlight ─────────────────────► Done ─────────────────────► Free
//!    ▲                    │ │  ▲ (8) more                  │
//!    │   (7) revoke       │ │  └───┘                       │ (6) orphan: the result comes back, to be disposed of
//!    ├────────────────────┘ │                              └──────────────────────────────────────────────► Free
//!    │                      │ (4) orphan
//!    │   (5) complete       ▼
//!    └─────────────────── Orphan      (5) hands the result out, to be disposed of
//! ```
//!
//! 1. *insert*: a free slot is taken; its key is new, because every use of a slot has a generation of its own.
//! 2. *complete*: the one terminal completion is stored, and the waker goes to whoever drives.
//! 3. *take*: the waiting future gets the completion.
//! 4. *orphan*: nobody waits any more (the future, or the stream behind it, was dropped). The kernel may still write to
//!    what the operation names, so the slot stays.
//! 5. *complete of an orphan*: the owner is told what ended and how, and disposes of it: closes a handle that came out
//!    of an accept, recycles a pooled buffer, continues a send that belongs to nobody.
//! 6. *orphan of a finished operation*: the result was never taken; it comes back at once, to be disposed of as in 5.
//! 7. *revoke*: the driver refused the operation; nothing was in flight.
//! 8. *more*: a step of an operation that gives several results; the slot stays.
//!
//! *Invariant "one terminal completion":* (2) and (5) happen at most once per use of a slot. A completion whose key has
//! another generation, or that comes for a slot that is `Free` or `Done`, changes nothing and is reported as stale.
//!
//! All methods are O(1), and none runs foreign code but the clone of a waker: wakers that are to be woken or dropped are
//! handed out, so that the caller can do it when it holds no borrow.

use super::table::Table;
use super::{Completion, CompletionFlags, Errno, Key};
use core::task::Waker;

/// Ends the list of free slots.
const NONE: u32 = u32::MAX;

/// A place for one operation in flight.
///
/// Kept in the table of [`Slots`].
#[derive(Debug)]
pub struct Slot<P> {
    generation: u32,
    state: State<P>,
    waker: Option<Waker>,
}

#[derive(Debug)]
enum State<P> {
    Free { next: u32 },
    InFlight(P),
    Done(P, End),
    Orphan(P),
}

/// A completion in little room, because there are as many as idle connections: without its key, which the slot has, and not the
/// step of anything.
#[derive(Clone, Copy, Debug)]
struct End {
    /// The result, or the error's number.
    value: u32,
    buffer: u16,
    is_error: bool,
    has_buffer: bool,
}

impl End {
    const fn of(completion: &Completion) -> Self {
        let (value, is_error) = match completion.result {
            Ok(value) => (value, false),
            Err(Errno(error)) => (error as u32, true),
        };
        let (buffer, has_buffer) = match completion.flags.buffer {
            Some(buffer) => (buffer, true),
            None => (0, false),
        };
        Self { value, buffer, is_error, has_buffer }
    }

    fn completion(self, key: Key) -> Completion {
        let result = if self.is_error { Err(Errno(self.value as u16)) } else { Ok(self.value) };
        let buffer = self.has_buffer.then_some(self.buffer);
        Completion { key, result, flags: CompletionFlags { more: false, buffer } }
    }
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Slot<[u32; 2]>>() == 40);

/// The table of operations in flight. `P` is what the owner remembers about each of them.
///
/// ```
/// use core::task::Waker;
/// use zokio_core::driver::{Completed, Completion, CompletionFlags, FixedTable, Orphaned, Slots};
///
/// let mut slots = Slots::new(FixedTable::<_, 8>::new());
/// let key = slots.insert("accept").unwrap();
/// // … the driver was given the operation; then the future that waited was dropped:
/// assert!(matches!(slots.orphan(key), (Orphaned::InFlight, _)));
/// // … and at last the kernel answers:
/// let end = Completion { key, result: Ok(17), flags: CompletionFlags::default() };
/// let Completed::Orphan(what, end) = slots.complete(end) else { panic!() };
/// assert_eq!((what, end.result), ("accept", Ok(17))); // close handle 17
/// ```
#[derive(Debug)]
pub struct Slots<P, S> {
    slots: S,
    free: u32,
    used: usize,
    payload: core::marker::PhantomData<P>,
}

/// What a completion meant.
///
/// In use: see the example of [`Slots`].
#[derive(Debug)]
#[must_use = "wakers are to be woken, orphans to be disposed of"]
pub enum Completed<P> {
    /// Its key means nothing here: the operation ended before, or never was.
    Stale,
    /// (2) Stored for whoever waits; wake this.
    Done(Option<Waker>),
    /// (5) Nobody waits: the owner disposes of it. With [`more`](super::CompletionFlags::more) it is a step (8).
    Orphan(P, Completion),
    /// (8) A step, not the end; wake this.
    More(P, Completion, Option<Waker>),
}

/// What became of an operation that nobody waits for any more.
///
/// In use: see the example of [`Slots`].
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "an operation in flight is to be cancelled, a finished one to be disposed of"]
pub enum Orphaned<P> {
    /// The key means nothing here.
    Stale,
    /// (4) Still in flight; cancel it if its result is not wanted. [`Completed::Orphan`] will follow.
    InFlight,
    /// (6) It had ended; dispose of it now.
    Done(P, Completion),
}

impl<P: Copy, S: Table<Slot<P>>> Slots<P, S> {
    /// A table on `storage`, which is empty.
    pub const fn new(storage: S) -> Self {
        Self { slots: storage, free: NONE, used: 0, payload: core::marker::PhantomData }
    }

    /// (1) Takes a slot; `None` if all are in use.
    pub fn insert(&mut self, payload: P) -> Option<Key> {
        self.put(State::InFlight(payload))
    }

    /// (1) and (4) at once: takes a slot for an operation that no future waits for.
    pub fn insert_orphan(&mut self, payload: P) -> Option<Key> {
        self.put(State::Orphan(payload))
    }

    fn put(&mut self, state: State<P>) -> Option<Key> {
        let index = match self.free {
            NONE => {
                let index = u32::try_from(self.slots.len()).ok().filter(|&index| index != NONE)?;
                self.slots.push(Slot { generation: 0, state: State::Free { next: NONE }, waker: None }).ok()?;
                index
            }
            index => index,
        };
        let slot = self.slots.get_mut(index as usize)?;
        let State::Free { next } = slot.state else { return None };
        slot.state = state;
        self.free = next;
        self.used += 1;
        Some(Key::new(index, slot.generation))
    }

    /// The slot that `key` names, if this use of it is the one that is meant.
    fn slot(&mut self, key: Key) -> Option<&mut Slot<P>> {
        self.slots.get_mut(key.index()).filter(|slot| slot.generation == key.generation())
    }

    /// Ends the use of a slot: the key becomes stale. Gives the waker back that nobody will wake.
    fn release(&mut self, key: Key) -> Option<Waker> {
        let next = self.free;
        let slot = self.slot(key)?;
        // Four thousand million uses until a generation comes back: a completion that late does not exist.
        slot.generation = slot.generation.wrapping_add(1);
        slot.state = State::Free { next };
        let waker = slot.waker.take();
        self.free = key.index() as u32;
        self.used -= 1;
        waker
    }

    /// (7) Gives the slot of an operation back that the driver did not accept.
    pub fn revoke(&mut self, key: Key) -> Option<P> {
        let slot = self.slot(key)?;
        let (State::InFlight(payload) | State::Orphan(payload)) = slot.state else { return None };
        // No waker yet: it is registered after the submission.
        self.release(key);
        Some(payload)
    }

    /// (2), (5), (8): a completion came from the driver.
    #[inline]
    pub fn complete(&mut self, completion: Completion) -> Completed<P> {
        let Some(slot) = self.slot(completion.key) else { return Completed::Stale };
        match slot.state {
            State::InFlight(payload) if completion.flags.more => {
                Completed::More(payload, completion, slot.waker.take())
            }
            State::Orphan(payload) if completion.flags.more => Completed::Orphan(payload, completion),
            State::InFlight(payload) => {
                slot.state = State::Done(payload, End::of(&completion));
                Completed::Done(slot.waker.take())
            }
            State::Orphan(payload) => {
                self.release(completion.key);
                Completed::Orphan(payload, completion)
            }
            State::Free { .. } | State::Done(..) => Completed::Stale,
        }
    }

    /// (3) The completion of `key`, if it has come. The key is stale afterwards.
    pub fn take(&mut self, key: Key) -> Option<(P, Completion)> {
        let State::Done(payload, end) = self.slot(key)?.state else { return None };
        // The waker went to whoever drives at (2).
        self.release(key);
        Some((payload, end.completion(key)))
    }

    /// What the owner remembers about an operation that has not been taken.
    pub fn payload(&mut self, key: Key) -> Option<P> {
        match self.slot(key)?.state {
            State::InFlight(payload) | State::Done(payload, ..) | State::Orphan(payload) => Some(payload),
            State::Free { .. } => None,
        }
    }

    /// Leaves `waker` to be woken at (2). Gives a waker back that it displaced; drop it outside of any borrow.
    /// The same waker again costs a comparison.
    #[must_use = "a displaced waker is to be dropped where foreign code may run"]
    pub fn register(&mut self, key: Key, waker: &Waker) -> Option<Waker> {
        let slot = self.slot(key)?;
        match (&slot.state, &slot.waker) {
            (State::InFlight(_), Some(old)) if old.will_wake(waker) => None,
            (State::InFlight(_), _) => slot.waker.replace(waker.clone()),
            _ => None,
        }
    }

    /// (4), (6): nobody waits for `key` any more. Gives the waker out that nobody will wake.
    pub fn orphan(&mut self, key: Key) -> (Orphaned<P>, Option<Waker>) {
        let Some(slot) = self.slot(key) else { return (Orphaned::Stale, None) };
        match slot.state {
            State::InFlight(payload) => {
                slot.state = State::Orphan(payload);
                (Orphaned::InFlight, slot.waker.take())
            }
            State::Done(payload, end) => {
                let waker = self.release(key);
                (Orphaned::Done(payload, end.completion(key)), waker)
            }
            State::Orphan(_) => (Orphaned::InFlight, None),
            State::Free { .. } => (Orphaned::Stale, None),
        }
    }

    /// (3) for all that have ended and were not taken: what an owner does at its end, to dispose of them. O(slots).
    pub fn take_all_done(&mut self, mut sink: impl FnMut(P, Completion)) {
        for index in 0..self.slots.len() {
            let Some(Slot { generation, state: State::Done(..), .. }) = self.slots.get(index) else { continue };
            if let Some((payload, completion)) = self.take(Key::new(index as u32, *generation)) {
                sink(payload, completion);
            }
        }
    }

    /// How many slots are in use.
    pub fn used(&self) -> usize {
        self.used
    }
}

#[cfg(test)]
mod tests;
