//! Everybody who waits for the same change, woken together.
//!
//! A primitive with a crowd wakes all who wait, so a waiter that is dropped has nothing to hand on. Rounds bound the
//! work: whoever comes (again) while the crowd is being woken belongs to the next round.

use super::wait::{WaitList, Waiter};
use crate::lock::Lock;
use core::pin::Pin;
use core::task::{Context, Poll};

/// Those who wait for the next change of what they are kept beside, under the same lock.
pub(super) struct Crowd {
    round: u32,
    waiters: WaitList<u32>,
}

impl Crowd {
    pub(super) const fn new() -> Self {
        Self { round: 0, waiters: WaitList::new() }
    }

    /// The round that whoever comes now belongs to.
    #[inline]
    pub(super) fn round(&self) -> u32 {
        self.round
    }

    /// Ends the round. Whoever waits in it is to be woken after the lock is released, with [`wake_before`] the round
    /// that this returns.
    #[inline]
    pub(super) fn advance(&mut self) -> u32 {
        self.round = self.round.wrapping_add(1);
        self.round
    }
}

/// A state that a crowd waits for.
pub(super) trait Crowded {
    /// Its crowd: always the same.
    fn crowd(&mut self) -> &mut Crowd;
}

impl Crowded for Crowd {
    fn crowd(&mut self) -> &mut Crowd {
        self
    }
}

/// Wakes everybody who came before `round`, in order. The lock is released between any two.
pub(super) fn wake_before<S: Crowded>(state: &Lock<S>, round: u32) {
    while let Some(waker) = state.with(|state| state.crowd().waiters.dismiss_before(round)) {
        waker.wake();
    }
}

/// A future's place in the crowd of one state.
pub(super) struct Seat<'a, S: Crowded> {
    state: &'a Lock<S>,
    waiter: Waiter<u32>,
}

impl<'a, S: Crowded> Seat<'a, S> {
    pub(super) const fn new(state: &'a Lock<S>) -> Self {
        Self { state, waiter: Waiter::new() }
    }

    /// Runs `look` under the lock; if it says `None`, waits for the crowd to be woken.
    ///
    /// It may be polled again after it was ready, to wait for something else.
    pub(super) fn poll<R>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        look: impl FnOnce(&mut S) -> Option<R>,
    ) -> Poll<R> {
        // SAFETY: the waiter moves nowhere.
        let this = unsafe { self.get_unchecked_mut() };
        let mut waker = Some(cx.waker().clone());
        let (result, unused) = this.state.with(|state| {
            let found = look(state);
            let crowd = state.crowd();
            // SAFETY: "one list": that of `state`, under its lock; pinned, and `Drop` leaves.
            unsafe {
                if let Some(found) = found {
                    let (_, old) = this.waiter.leave(&mut crowd.waiters);
                    return (Poll::Ready(found), old);
                }
                this.waiter.enqueue(&mut crowd.waiters, &mut waker, crowd.round);
                (Poll::Pending, None)
            }
        });
        drop(unused);
        result
    }
}

impl<S: Crowded> Drop for Seat<'_, S> {
    fn drop(&mut self) {
        if !self.waiter.is_used() {
            return;
        }
        // SAFETY: "one list", under its lock.
        let unused = self.state.with(|state| unsafe { self.waiter.leave(&mut state.crowd().waiters) });
        drop(unused);
    }
}
