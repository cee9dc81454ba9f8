use core::cell::Cell;
use core::task::Context;

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

/// Whether the operation may go on. If not, the task is woken and has to be given way for: `Poll::Pending`, with nothing changed.
/// Never twice in a row, so that an operation is put off once at most.
#[doc(hidden)]
#[inline]
#[must_use]
pub fn spend(cx: &Context<'_>) -> bool {
    match LEFT.get() {
        0 => {
            spent(cx);
            false
        }
        left => {
            LEFT.set(left - 1);
            true
        }
    }
}

#[cold]
fn spent(cx: &Context<'_>) {
    refill();
    cx.waker().wake_by_ref();
}
