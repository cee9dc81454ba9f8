//! The boards known here.
//!
//! Each module has the board's clock, its executor and its UARTs; the memory map is `boards/NAME/memory.x` of this
//! package, which `zokio-link` hands to the build script of a program (see `examples/blink2`).
//!
//! A board of your own needs the same few lines: [`Ticks`](crate::board::Ticks) over SysTick or over a
//! [`Counter`](crate::board::Counter) of your own, and a [`Port`](crate::board::uart::Port) for its UART.

/// Declares a board's clock over a counter that counts at `CORE_HZ`, and its executor, over [`Idle`](zokio_board::Idle)
/// if nothing else is named.
macro_rules! counter_board {
    ($counter:ty) => {
        counter_board!($counter, zokio_board::Idle<Timer>, zokio_board::Unparker);
    };
    ($counter:ty, $idle:ty, $unparker:ty) => {
        use zokio_board::Ticks;
        use zokio_core::executor::Ready;
        use zokio_core::time::{Instant, SortedList, Timers};

        /// The timer below the board's clock.
        pub type Timer = Ticks<$counter, CORE_HZ>;

        /// The board's executor: runs in the thread, sleeps when there is nothing to do.
        pub type Executor = zokio_core::executor::Executor<$idle, Clock>;

        static READY: Ready<$unparker> = Ready::new();
        static TIMERS: Timers<SortedList> = Timers::new();

        /// The board's clock: its timer, and the timers that wait on it. A zero-sized handle.
        #[derive(Clone, Copy, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct Clock(Timer);

        impl Clock {
            /// Starts the clock, or finds it running.
            #[inline]
            pub fn start() -> Self {
                Self(Timer::start())
            }

            /// The timer below the clock.
            #[inline]
            pub const fn timer(self) -> Timer {
                self.0
            }
        }

        // SAFETY: "one store": always the one static.
        unsafe impl zokio_core::time::Clock for Clock {
            type Store = SortedList;

            #[inline]
            fn now(&self) -> Instant {
                self.0.now()
            }

            #[inline]
            fn timers(&self) -> &Timers<SortedList> {
                &TIMERS
            }
        }

        /// The board's executor. Starts the clock.
        ///
        /// # Panics
        /// If it was called before.
        #[inline]
        pub fn executor() -> Executor {
            let clock = Clock::start();
            Executor::new(&READY, <$idle>::new(clock.0), clock)
        }

        /// The board, for [`runtime!`](zokio_core::runtime), instead of [`executor`].
        #[derive(Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct Board;

        impl zokio_core::config::Machine for Board {
            type Time = Timer;
            type Driver = $idle;
            type Error = core::convert::Infallible;
            const DRIVER: zokio_core::config::DriverChoice = zokio_core::config::DriverChoice::Idle;

            #[inline]
            fn time() -> Timer {
                Timer::start()
            }

            #[inline]
            fn now(time: &Timer) -> Instant {
                time.now()
            }

            #[inline]
            fn driver(time: Timer, _: &zokio_core::config::Config) -> Result<$idle, Self::Error> {
                Ok(<$idle>::new(time))
            }
        }
    };
}

pub mod lm3s6965evb;
pub mod microbit;
pub mod mps2_an385;
pub mod mps2_an386;
pub mod mps3_an524;
