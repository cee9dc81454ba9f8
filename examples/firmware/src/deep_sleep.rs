//! Ten seconds of sleep wake the core once: no tick, the alarm is set for the deadline itself.

use core::cell::Cell;
use core::time::Duration;
use critical_section::{CriticalSection, Mutex};
use zokio_board::Chip;
use zokio_board::host::println;
use zokio_core::time::{Clock, Instant};

static STOPS: Mutex<Cell<u32>> = Mutex::new(Cell::new(0));

/// A board's clock that counts how often the core is stopped, and so woken.
#[derive(Clone, Copy, Debug)]
pub struct Counted<C>(pub C);

impl<C: Chip> Chip for Counted<C> {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn arm(&self, cs: CriticalSection<'_>, at: Instant) -> bool {
        self.0.arm(cs, at)
    }

    fn disarm(&self, cs: CriticalSection<'_>) {
        self.0.disarm(cs);
    }

    fn can_wake(&self) -> bool {
        self.0.can_wake()
    }

    fn wait(&self, cs: CriticalSection<'_>) {
        let stops = STOPS.borrow(cs);
        stops.set(stops.get() + 1);
        self.0.wait(cs);
    }
}

/// Sleeps for ten seconds and says what that took; whether it took one wake-up.
pub async fn sleep(clock: impl Clock) -> bool {
    let stops = || critical_section::with(|cs| STOPS.borrow(cs).get());
    let (start, before) = (clock.now(), stops());
    clock.sleep(Duration::from_secs(10)).await;
    let (slept, wake_ups) = (clock.now().nanos_since(start), stops() - before);
    println!("slept 10 s: {} s passed, the core was woken {wake_ups} times", slept / 1_000_000_000);
    wake_ups == 1
}

/// The program for a board of Cortex-M whose `boards::NAME::long` is over a timer of its own.
#[cfg(target_arch = "arm")]
#[macro_export]
macro_rules! deep_sleep {
    ($board:ident) => {
        use $crate::deep_sleep::{Counted, sleep};
        use zokio_board::{Idle, Unparker};
        use zokio_core::executor::{Executor, Ready};
        use zokio_cortex_m::boards::$board::long::{Clock, INTERRUPT, Timer};

        static READY: Ready<Unparker> = Ready::new();

        zokio_cortex_m::interrupts! {
            INTERRUPT => Timer::on_interrupt(),
        }

        #[zokio_cortex_m::entry]
        fn main() -> ! {
            let clock = Clock::start();
            let mut executor = Executor::new(&READY, Idle::new(Counted(clock.timer())), clock);
            let once = executor.block_on(sleep(clock));
            zokio_board::host::exit(once == Ok(true))
        }
    };
}
