//! Who awaits the handle of a task of the heap family: a place beside the header, which [`AWAITED`] hands over.
//!
//! ```text
//!              (1) written, then the bit is set
//!   the handle's ───────────────────────────────► the end's
//!        ▲                                            │ (3) the end sets `DONE`, takes what is there
//!        └────────────────────────────────────────────┘
//!              (2) the handle clears the bit, before `DONE`
//! ```
//!
//! *Invariant "one of two":* without the bit the place is the handle's. With it, it is the end's, which takes from it after the
//! step that set `DONE` and found the bit. So whoever sets, clears or finds the bit knows by the same step whose the place is:
//! where the handle sets it and finds `DONE`, the end did not find it, and comes no more; where the handle clears it and finds
//! `DONE`, the end has found it.

use super::header::Header;
use super::state::{AWAITED, DONE};
use crate::loom::Ordering;

impl Header {
    /// Leaves `waiter` for the end to find, and gives back what it displaced.
    ///
    /// # Errors
    /// `waiter` comes back if the task has ended; then its output can be seen.
    ///
    /// `put` exchanges what is in the place.
    ///
    /// # Safety
    /// Called by the handle, which `HANDLE` belongs to. The place is touched by this, and by `notify` of this task's
    /// [`end`](Self::end), which is told of [`AWAITED`], and by whoever frees the task.
    #[inline]
    pub unsafe fn await_end<T>(&self, mut put: impl FnMut(T) -> T, waiter: T) -> Result<T, T> {
        let state = self.state();
        // Acquire, here and below: who sees `DONE` sees the output.
        let now = state.load(Ordering::Acquire);
        if now & DONE != 0 || (now & AWAITED != 0 && state.fetch_and(!AWAITED, Ordering::Acquire) & DONE != 0) {
            return Err(waiter);
        }
        // (1) "One of two".
        let displaced = put(waiter);
        // Release: the end that finds the bit finds the waiter.
        if state.fetch_or(AWAITED, Ordering::AcqRel) & DONE != 0 {
            return Err(put(displaced));
        }
        Ok(displaced)
    }
}
