//! The boards known here.
//!
//! Each module has the board's clock, its executor and its UARTs; the memory map is `boards/NAME/memory.x` of this
//! package, which `zokio-link` hands to the build script of a program (see `examples/blink2`).

/// Declares a machine's clock over its CLINT at `$clint`, counting at `$hz`, and its executor.
macro_rules! clint_board {
    ($clint:literal, $hz:literal) => {
        use zokio_board::{Idle, Unparker};
        use zokio_core::executor::Ready;
        use zokio_core::time::{Instant, SortedList, Timers};

        /// The machine's timer.
        pub type Timer = crate::Clint<$clint, $hz>;

        /// The hart's software interrupt.
        pub type SoftInterrupt = crate::SoftInterrupt<$clint>;

        /// The machine's executor: runs in the hart's thread, sleeps when there is nothing to do.
        pub type Executor = zokio_core::executor::Executor<Idle<Timer>, Clock>;

        static READY: Ready<Unparker> = Ready::new();
        static TIMERS: Timers<SortedList> = Timers::new();

        /// The machine's clock: its timer, and the timers that wait on it. A zero-sized handle.
        #[derive(Clone, Copy, Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct Clock(Timer);

        impl Clock {
            /// The clock; it runs from reset.
            #[inline]
            pub const fn start() -> Self {
                // SAFETY: *Device register:* by QEMU's memory map; this handle is the comparator's only user.
                Self(unsafe { Timer::new() })
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

        /// The machine's executor. Unmasks interrupts, which a hart has masked after reset.
        ///
        /// # Panics
        /// If it was called before.
        #[inline]
        pub fn executor() -> Executor {
            let clock = Clock::start();
            let executor = Executor::new(&READY, Idle::new(clock.0), clock);
            // SAFETY: *Unmasked once:* outside any critical section, since an executor cannot be made in a handler and used
            // afterwards.
            unsafe { riscv::interrupt::enable() };
            executor
        }

        /// The machine, for [`runtime!`](zokio_core::runtime), instead of [`executor`].
        #[derive(Debug)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        pub struct Board;

        impl zokio_core::config::Machine for Board {
            type Time = Timer;
            type Driver = Idle<Timer>;
            type Error = core::convert::Infallible;
            const DRIVER: zokio_core::config::DriverChoice = zokio_core::config::DriverChoice::Idle;

            #[inline]
            fn time() -> Timer {
                Clock::start().0
            }

            #[inline]
            fn now(time: &Timer) -> Instant {
                time.now()
            }

            #[inline]
            fn driver(time: Timer, _: &zokio_core::config::Config) -> Result<Idle<Timer>, Self::Error> {
                Ok(Idle::new(time))
            }

            #[inline]
            fn started() {
                // SAFETY: *Unmasked once:* as in `executor`.
                unsafe { riscv::interrupt::enable() };
            }
        }
    };
}

pub mod sifive_e;
pub mod virt;
