//! A clock over a timer of one's own, where a board's is over SysTick.

use zokio_board::{Chip, Unparker};
use zokio_core::executor::Ready;
use zokio_core::time::{Clock, Instant, SortedList, Timers};

/// Where tasks line up.
pub static READY: Ready<Unparker> = Ready::new();
static TIMERS: Timers<SortedList> = Timers::new();

/// The clock over `C`, which was started: [`Ticks`](zokio_board::Ticks) over a counter.
#[derive(Clone, Copy)]
pub struct Time<C>(pub C);

// SAFETY: "one store": always the one static.
unsafe impl<C: Chip> Clock for Time<C> {
    type Store = SortedList;

    fn now(&self) -> Instant {
        self.0.now()
    }

    fn timers(&self) -> &Timers<SortedList> {
        &TIMERS
    }
}
