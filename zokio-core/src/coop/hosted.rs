use core::cell::Cell;
use core::task::{Context, Poll};

/// Operations in one poll.
const BUDGET: u32 = 128;

std::thread_local! {
    static LEFT: Cell<u32> = const { Cell::new(u32::MAX) };
}

/// Begins the budget of a poll.
#[doc(hidden)]
#[inline]
pub fn refill() {
    LEFT.set(BUDGET);
}

/// No runtime runs on this thread any more.
#[doc(hidden)]
#[inline]
pub fn lift() {
    LEFT.set(u32::MAX);
}

/// Ready where the operation may go on. If not, the task is woken, and has to give way with nothing changed. Never twice in a row,
/// so that an operation is put off once at most.
#[doc(hidden)]
#[inline]
pub fn spend(cx: &Context<'_>) -> Poll<()> {
    match LEFT.get() {
        0 => spent(cx),
        left => {
            LEFT.set(left - 1);
            Poll::Ready(())
        }
    }
}

#[cold]
fn spent(cx: &Context<'_>) -> Poll<()> {
    refill();
    cx.waker().wake_by_ref();
    Poll::Pending
}
