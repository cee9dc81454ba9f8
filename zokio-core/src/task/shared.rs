//! Tasks that any of several workers may run: the same header, other transitions (see [`state`](super::state)).

use super::header::{Header, Vtable};
use super::ready::ReadyRef;
use super::state::{ALIVE, HANDLE, QUEUED, RUNNING};
#[cfg(feature = "events")]
use crate::events::Event;
use crate::loom::Ordering;
use core::ptr::NonNull;

/// What [`Header::run_shared`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "a task that was woken meanwhile is to be pushed"]
pub enum RanShared {
    /// The task waits, and belongs to its wakers.
    Pending,
    /// It was woken while it was polled: the caller pushes it.
    Woken,
    /// It ended.
    Ended,
}

impl Header {
    /// As [`start_uncounted`](Self::start_uncounted), but nobody is told: the caller pushes the task, to any queue that it may be
    /// run from.
    ///
    /// # Safety
    /// As there. The task is run by [`run_shared`](Self::run_shared) only.
    #[inline]
    pub unsafe fn start_shared(header: NonNull<Self>, ready: ReadyRef, vtable: *const Vtable) {
        // SAFETY: live by the caller's word.
        let this = unsafe { header.as_ref() };
        this.set_ready(ready);
        this.set_vtable(vtable);
        #[cfg(feature = "events")]
        this.tell(|task, name| Event::Spawned { task, name });
        // Release: whoever sees `ALIVE` sees the rest. A plain store: nobody else writes the word of a claimed slot.
        this.state().store(ALIVE | HANDLE | QUEUED, Ordering::Release);
    }

    /// Transition 4 of shared tasks, and what follows from it: what a worker does with a header that it popped.
    ///
    /// # Safety
    /// `header` was popped just now, from whatever queue, by the caller alone, and it was started by
    /// [`start_shared`](Self::start_shared).
    #[inline]
    pub unsafe fn run_shared(header: NonNull<Self>) -> RanShared {
        // SAFETY: queued headers are live.
        let this = unsafe { header.as_ref() };
        // `QUEUED` is set and `RUNNING` is not, so this exchanges them. Acquire: what wakers wrote, and which table an abort
        // put there. Release: nothing, but one may be added at no cost.
        let state = this.state().fetch_add(RUNNING.wrapping_sub(QUEUED), Ordering::AcqRel);
        debug_assert!(state & (QUEUED | RUNNING) == QUEUED, "in one queue at most, and in none while it runs");
        #[cfg(feature = "events")]
        let polled = this.polling();
        // SAFETY: `ALIVE` says started, and that the body holds the future; `RUNNING` keeps others from it.
        let ended = state & ALIVE == 0 || unsafe { (this.vtable().run)(header) };
        #[cfg(feature = "events")]
        polled(ended);
        if ended {
            // SAFETY: `RUNNING` is ours, and `QUEUED` means nothing any more: it was not followed by a push.
            unsafe { Self::clear(header, RUNNING | QUEUED) };
            return RanShared::Ended;
        }
        // Release: whoever runs it next sees what this poll wrote. Acquire: what the waker wrote, if we push for it.
        match this.state().fetch_and(!RUNNING, Ordering::AcqRel) & QUEUED {
            0 => RanShared::Pending,
            _ => RanShared::Woken,
        }
    }
}
