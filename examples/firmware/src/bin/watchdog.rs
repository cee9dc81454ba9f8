//! The watchdog of the LM3S6965 evaluation board resets it when one of two tasks hangs.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use core::cell::UnsafeCell;
    use core::mem::MaybeUninit;
    use core::time::Duration;
    use firmware::watchdog::{Roll, feed};
    use zokio_board::host::{exit, println};
    use zokio_core::time::Clock as _;
    use zokio_cortex_m::boards::lm3s6965evb::{CORE_HZ, Clock, executor};

    zokio_cortex_m::interrupts! {}

    static ROLL: Roll<2> = Roll::new();

    /// Reports every ten milliseconds, so many times; then waits for what never comes.
    #[zokio_core::task(pool = 2)]
    async fn worker(clock: Clock, number: usize, rounds: u32) {
        for round in 0..rounds {
            ROLL.report(number);
            clock.sleep(Duration::from_millis(10)).await;
            if round + 1 == rounds {
                println!("task {number} hangs");
            }
        }
        core::future::pending().await
    }

    #[zokio_core::task]
    async fn keeper(clock: Clock) {
        feed(clock, &ROLL, watchdog::feed).await
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        if survivor::is_restart() {
            println!("restarted by the watchdog");
            exit(true);
        }
        println!("started");
        let mut executor = executor();
        let (spawner, clock) = (executor.spawner(), executor.clock());
        watchdog::start();
        spawner.spawn(worker(clock, 0, 1000)).unwrap().detach();
        spawner.spawn(worker(clock, 1, 20)).unwrap().detach();
        spawner.spawn(keeper(clock)).unwrap().detach();
        match executor.run() {
            Ok(never) | Err(never) => match never {},
        }
    }

    /// The chip's watchdog: counts down, interrupts, and resets the second time.
    mod watchdog {
        use super::CORE_HZ;

        const BASE: *mut u32 = 0x4000_0000 as *mut u32;
        const CLOCKS_0: *mut u32 = 0x400f_e100 as *mut u32;
        const UNLOCK: u32 = 0x1acc_e551;
        /// Half of what it takes to reset: 50 ms.
        const LOAD: u32 = CORE_HZ / 20;

        fn write(offset: usize, value: u32) {
            // SAFETY: *Device register:* by the chip's data sheet; nobody else uses the watchdog.
            unsafe { BASE.byte_add(offset).write_volatile(value) }
        }

        pub fn start() {
            // SAFETY: *Device register:* gives the watchdog its clock.
            unsafe { CLOCKS_0.write_volatile(CLOCKS_0.read_volatile() | 1 << 3) };
            write(0xc00, UNLOCK);
            write(0x000, LOAD);
            write(0x008, 0b11); // interrupt, and reset
        }

        /// Begins anew.
        pub fn feed() {
            write(0x00c, 0);
            write(0x000, LOAD);
        }
    }

    /// A word that a reset leaves alone.
    mod survivor {
        use super::{MaybeUninit, UnsafeCell};

        const STARTED: u32 = 0x5a0f_c0de;

        struct Word(UnsafeCell<MaybeUninit<u32>>);

        // SAFETY: looked at once, by the thread, before anything else runs.
        unsafe impl Sync for Word {}

        #[unsafe(link_section = ".uninit.survivor")]
        static WORD: Word = Word(UnsafeCell::new(MaybeUninit::uninit()));

        /// Whether the program ran before since the power came.
        pub fn is_restart() -> bool {
            // SAFETY: volatile, so that whatever the memory holds is a number.
            unsafe {
                let word = WORD.0.get().cast::<u32>();
                let before = word.read_volatile();
                word.write_volatile(STARTED);
                before == STARTED
            }
        }
    }
}
