//! A deadline that each spawn brings along: two words in front of the future, so that tasks without one pay nothing.

use super::header::Header;
use super::slot::Slot;
use super::state::ALIVE;
use crate::loom::Ordering;
use crate::time::duration_nanos;
use core::pin::Pin;
use core::ptr::NonNull;
use core::task::{Context, Poll};
use core::time::Duration;

/// A future with a deadline of its own: what becomes of a task with `#[task(deadline = ARGUMENT)]`, and of
/// [`ArenaTask::deadline`](super::ArenaTask::deadline).
///
/// *Invariant "in front":* a task whose [label](super::label::Label::deadline_in_front) says so is a `Due`, and its body begins
/// right behind the header.
#[repr(C)]
#[doc(hidden)]
pub struct Due<F> {
    /// As two words, so that it asks for no more alignment.
    nanos: [u32; 2],
    future: F,
}

impl<F: Future> Due<F> {
    /// `future`, which is to be polled `within` that of each wake-up.
    #[inline]
    pub const fn new(within: Duration, future: F) -> Self {
        const {
            assert!(
                Slot::<Self>::BODY == size_of::<Header>(),
                "a task with a deadline of its own is aligned to no more than its header is long"
            );
        }
        let nanos = duration_nanos(within);
        Self { nanos: [nanos as u32, (nanos >> 32) as u32], future }
    }

    pub(super) fn into_inner(self) -> F {
        self.future
    }
}

impl<F: Future> Future for Due<F> {
    type Output = F::Output;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // SAFETY: the future is pinned as long as this is, and moves nowhere.
        unsafe { self.map_unchecked_mut(|this| &mut this.future) }.poll(cx)
    }
}

/// How long after its wake-up `task` is to be polled, in nanoseconds, if it has a deadline.
///
/// # Safety
/// `task` is in its executor's queue, or was just popped; on that executor's thread.
#[inline]
pub(crate) unsafe fn deadline(task: NonNull<Header>) -> Option<u64> {
    // SAFETY: what is queued is live and was started.
    let (header, label) = unsafe { (task.as_ref(), task.as_ref().vtable().name) };
    if !label.is_deadline_in_front() {
        return label.nanos();
    }
    // One that was woken by its last poll is queued without a future.
    if header.state().load(Ordering::Acquire) & ALIVE == 0 {
        return None;
    }
    // SAFETY: alive, which only the executor ends, on this thread: there is a future, and nobody writes to it now. "In front"; a
    // header's pointer may be used for the whole slot.
    let [low, high] = unsafe { task.add(1).cast::<[u32; 2]>().read() };
    Some(u64::from(high) << 32 | u64::from(low))
}
