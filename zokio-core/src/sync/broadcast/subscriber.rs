//! A subscriber's position in the sequence of values.

use super::{Broadcast, BroadcastRecv, BroadcastRecvError, BroadcastTryRecvError, Place, State};
use crate::sync::crowd::{Seat, wake_before};
use crate::sync::loan::Loan;

/// Receives what a [`Broadcast`] sends, from [`Broadcast::subscribe`] on. A clone goes on from the same value.
///
/// It is a number and a reference: it costs nothing while it does not wait, and nobody counts subscribers.
#[derive(Clone)]
pub struct Subscriber<'a, T, const N: usize> {
    pub(super) broadcast: &'a Broadcast<T, N>,
    /// The number of its next value.
    pub(super) next: u32,
}

impl<T: Clone, const N: usize> Subscriber<'_, T, N> {
    /// Waits for the next value. The future is a [`Stream`](crate::future::Stream), too.
    ///
    /// **Cancel safety:** a value is received by the poll that returns it. **Wake-up:** once a value. **Complexity:**
    /// O(1), and a clone. **Interrupt-safe.**
    ///
    /// # Errors
    /// [`BroadcastRecvError`].
    pub const fn recv(&mut self) -> BroadcastRecv<'_, T, N> {
        BroadcastRecv { seat: Seat::new(&self.broadcast.state), broadcast: self.broadcast, next: &mut self.next }
    }

    /// The next value, if there is one.
    ///
    /// O(1), and a clone; interrupt-safe.
    ///
    /// # Errors
    /// [`BroadcastTryRecvError`].
    pub fn try_recv(&mut self) -> Result<T, BroadcastTryRecvError> {
        let step = self.broadcast.state.with(|state| state.step(&mut self.next));
        match step.ok_or(BroadcastTryRecvError::Empty)? {
            Ok(borrowed) => Ok(self.broadcast.finish(borrowed)),
            Err(error) => Err(error.into()),
        }
    }

    /// How many values it has not received, those that were overwritten included.
    pub fn behind(&self) -> usize {
        self.broadcast.state.with(|state| state.sent).wrapping_sub(self.next) as usize
    }
}

/// A value that a subscriber has borrowed from its slot.
pub(super) struct Borrowed<T> {
    value: T,
    number: u32,
}

impl<T, const N: usize> State<T, N> {
    /// Borrows the value number `next` and counts on; `None` to wait.
    pub(super) fn step(&mut self, next: &mut u32) -> Option<Result<Borrowed<T>, BroadcastRecvError>> {
        match self.find(*next) {
            Place::NotSent => self.closed.then_some(Err(BroadcastRecvError::Closed)),
            Place::Overwritten(missed) => {
                *next = next.wrapping_add(missed);
                Some(Err(BroadcastRecvError::Lagged(missed)))
            }
            Place::Slot(slot) => {
                let Some(value) = self.slots.get_mut(slot).and_then(Option::take) else {
                    self.wanted = true;
                    return None;
                };
                let number = *next;
                *next = number.wrapping_add(1);
                Some(Ok(Borrowed { value, number }))
            }
        }
    }
}

impl<T: Clone, const N: usize> Broadcast<T, N> {
    /// Clones a borrowed value, and gives it back.
    pub(super) fn finish(&self, Borrowed { value, number }: Borrowed<T>) -> T {
        T::clone(&Loan::new(value, |value| self.give_back(value, number)))
    }

    fn give_back(&self, value: T, number: u32) {
        let (late, round) = self.state.with(|state| {
            let late = match state.find(number) {
                Place::Slot(slot) => state.slots.get_mut(slot).and_then(|slot| slot.replace(value)),
                // Newer values took its place meanwhile.
                _ => Some(value),
            };
            (late, core::mem::take(&mut state.wanted).then(|| state.crowd.advance()))
        });
        if let Some(round) = round {
            wake_before(&self.state, round);
        }
        drop(late);
    }
}
