//! Counted permits, granted in order: what a semaphore, a reader-writer lock and a once-cell are made of.
//!
//! The first in line is granted what it needs as soon as there is that much, and nobody overtakes it meanwhile, however
//! little they need. So a big request is served, and several small ones behind each other are granted together.

use crate::list::{Linked, Links, List};
use crate::lock::Lock;
use crate::loom::UnsafeCell;
use core::marker::PhantomPinned;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll, Waker, ready};

/// Why permits were not claimed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// There are not enough, or somebody waits already.
    NotNow,
    /// There will never be any again.
    Closed,
}

/// The permits, and the line of those who wait for some.
pub(super) struct Permits {
    state: Lock<State>,
}

struct State {
    /// *Invariant "counted":* the permits that nobody holds. A grant takes them out at once, so what was granted is
    /// never more than there was.
    free: usize,
    closed: bool,
    line: List<Request>,
}

/// A place in the line; guarded by the lock of the permits that it waits for.
struct Request {
    links: Links<Request>,
    waker: Option<Waker>,
    need: usize,
    granted: bool,
}

// SAFETY: one field, inside the request.
unsafe impl Linked for Request {
    unsafe fn links(node: NonNull<Self>) -> NonNull<Links<Self>> {
        // SAFETY: live by the caller's word.
        unsafe { NonNull::new_unchecked(&raw mut (*node.as_ptr()).links) }
    }
}

impl State {
    #[inline]
    fn try_claim(&mut self, need: usize) -> Result<(), Refused> {
        if self.closed {
            return Err(Refused::Closed);
        }
        if self.line.front().is_some() || need > self.free {
            return Err(Refused::NotNow);
        }
        self.free -= need;
        Ok(())
    }

    /// Grants the first in line what it needs, if there is that much. Its waker is to be woken after the lock.
    fn grant(&mut self) -> Option<Waker> {
        let first = self.line.front()?.as_ptr();
        if self.closed {
            // `close` is taking them out one by one: whoever is left is refused like those before it.
            return None;
        }
        // SAFETY: linked requests are live ("linked is pinned") and guarded by the caller's lock.
        unsafe {
            if (*first).need > self.free {
                return None;
            }
            self.free -= (*first).need;
            self.line.pop_front();
            (*first).granted = true;
            (*first).waker.take()
        }
    }

    /// Takes the first out of the line without granting it anything.
    fn dismiss(&mut self) -> Option<Waker> {
        let first = self.line.pop_front()?.as_ptr();
        // SAFETY: as above; it is its owner's again only after the lock is released.
        unsafe { (*first).waker.take() }
    }
}

impl Permits {
    pub(super) const fn new(free: usize) -> Self {
        Self { state: Lock::new(State { free, closed: false, line: List::new() }) }
    }

    /// How many nobody holds.
    pub(super) fn free(&self) -> usize {
        self.state.with(|state| state.free)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state.with(|state| state.closed)
    }

    /// Takes `need` permits, if there are that many and nobody waits.
    #[inline]
    pub(super) fn try_claim(&self, need: usize) -> Result<(), Refused> {
        self.state.with(|state| state.try_claim(need))
    }

    /// Waits in line for `need` permits.
    pub(super) const fn claim(&self, need: usize) -> Claim<'_> {
        let request = Request { links: Links::new(), waker: None, need, granted: false };
        Claim { permits: Some(self), request: UnsafeCell::new(request), _pinned: PhantomPinned }
    }

    /// Gives `count` permits, and grants as many requests as that serves.
    pub(super) fn release(&self, count: usize) {
        let first = self.state.with(|state| {
            state.free = state.free.saturating_add(count);
            state.grant()
        });
        self.wake_granted(first);
    }

    /// Refuses everybody from now on, and those who wait too.
    pub(super) fn close(&self) {
        self.state.with(|state| state.closed = true);
        while let Some(waker) = self.state.with(State::dismiss) {
            waker.wake();
        }
    }

    /// Wakes outside the lock whoever was granted, and grants the next.
    fn wake_granted(&self, first: Option<Waker>) {
        let mut next = first;
        while let Some(waker) = next {
            waker.wake();
            next = self.state.with(State::grant);
        }
    }
}

/// Waits for permits. Ready with nothing but the right to them: whoever polls it makes the guard that gives them back.
///
/// *Invariant "one line":* the request is linked only in the line of `permits`, is touched only under its lock, and
/// leaves the line in `Drop`; with "linked is pinned" this makes every use of it sound.
pub(super) struct Claim<'a> {
    /// `None` once it was answered.
    permits: Option<&'a Permits>,
    request: UnsafeCell<Request>,
    _pinned: PhantomPinned,
}

// SAFETY: "one line": the request is guarded by the permits' lock; wakers are `Send`.
unsafe impl Send for Claim<'_> {}
// SAFETY: as above; nothing is reached through `&Claim`.
unsafe impl Sync for Claim<'_> {}

impl Claim<'_> {
    /// Claims what was granted or is free; `None` to wait.
    ///
    /// # Safety
    /// Under the lock of `permits`, whose state `state` is.
    unsafe fn look(&self, state: &mut State) -> Option<Result<(), Refused>> {
        let request = self.request.get();
        // SAFETY: "one line", under its lock.
        let (granted, linked, need) =
            unsafe { (core::mem::take(&mut (*request).granted), (*request).links.is_linked(), (*request).need) };
        if granted {
            return Some(Ok(()));
        }
        if linked {
            // `close` takes everybody out after it says so.
            return state.closed.then_some(Err(Refused::Closed));
        }
        match state.try_claim(need) {
            Err(Refused::NotNow) => None,
            answer => Some(answer),
        }
    }

    /// Leaves the line. Returns a waker to be dropped after the lock.
    ///
    /// # Safety
    /// As [`look`](Self::look).
    unsafe fn leave(&self, state: &mut State) -> Option<Waker> {
        // SAFETY: "one line", under its lock.
        unsafe {
            state.line.unlink(NonNull::new_unchecked(self.request.get()));
            (*self.request.get()).waker.take()
        }
    }
}

impl Future for Claim<'_> {
    type Output = Result<(), Refused>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        ready!(crate::coop::spend(cx));
        // SAFETY: the request stays where it is.
        let this = unsafe { self.get_unchecked_mut() };
        let Some(permits) = this.permits else { return Poll::Pending };
        let waker = cx.waker().clone();
        let (answer, unused) = permits.state.with(|state| {
            // SAFETY: "one line", under its lock; pinned, and `Drop` leaves.
            unsafe {
                if let Some(answer) = this.look(state) {
                    return (Poll::Ready(answer), (Some(waker), this.leave(state)));
                }
                let request = this.request.get();
                if !(*request).links.is_linked() {
                    state.line.push_back(NonNull::new_unchecked(request));
                }
                (Poll::Pending, (None, (*request).waker.replace(waker)))
            }
        });
        drop(unused);
        if answer.is_ready() {
            this.permits = None;
        }
        answer
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let Some(permits) = self.permits else { return };
        let (next, unused) = permits.state.with(|state| {
            // SAFETY: "one line", under its lock.
            let unused = unsafe { self.leave(state) };
            // SAFETY: as above.
            let request = unsafe { &mut *self.request.get() };
            if core::mem::take(&mut request.granted) {
                state.free = state.free.saturating_add(request.need);
            }
            // Also if it was not granted: those behind it may need less than it did.
            (state.grant(), unused)
        });
        drop(unused);
        permits.wake_granted(next);
    }
}
