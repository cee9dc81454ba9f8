//! The clock of the programs for a micro:bit: the chip's own timer, 24 bits at 1 MHz, so a lap of 16 s.

use zokio_board::{Ticks, Unparker};
use zokio_core::executor::Ready;
use zokio_core::time::{Clock, Instant, SortedList, Timers};
use zokio_cortex_m::Nrf51Timer0;

/// The timer.
pub type Timer = Ticks<Nrf51Timer0, 1_000_000>;

/// Where tasks line up.
pub static READY: Ready<Unparker> = Ready::new();
static TIMERS: Timers<SortedList> = Timers::new();

/// The clock over the timer, which was started.
#[derive(Clone, Copy)]
pub struct Time(pub Timer);

// SAFETY: "one store": always the one static.
unsafe impl Clock for Time {
    type Store = SortedList;

    fn now(&self) -> Instant {
        self.0.now()
    }

    fn timers(&self) -> &Timers<SortedList> {
        &TIMERS
    }
}
