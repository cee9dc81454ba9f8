//! Two harts of QEMU's virt machine, an executor on each: the first sends numbers, the second sends back their squares; both count
//! under one mutex; each sleeps on its own timer, and a notification ends the sleep of the other.
//!
//! ```sh
//! cd examples/two-harts && cargo run --release --target riscv32imac-unknown-none-elf
//! ```
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "riscv32", target_has_atomic = "ptr", target_os = "none"))]
mod firmware {
    use core::time::Duration;
    use zokio_board::host::{exit, println};
    use zokio_core::executor::{Executor, Ready};
    use zokio_core::sync::{Channel, Mutex, Notify};
    use zokio_core::time::{Clock, Instant, SortedList, Timers};
    use zokio_riscv::harts::{self, HartIdle, HartUnparker};
    use zokio_riscv::riscv::register::mhartid;
    use zokio_riscv::{Clint, riscv};

    const CLINT: usize = 0x0200_0000;
    const HZ: u32 = 10_000_000;
    const ROUNDS: u32 = 500;

    /// The time of one hart, with timers of its own.
    #[derive(Clone, Copy)]
    struct Time<const HART: usize>(Clint<CLINT, HZ, HART>);

    static TIMERS: [Timers<SortedList>; 2] = [const { Timers::new() }; 2];

    // SAFETY: "one store": always the one static of the hart.
    unsafe impl<const HART: usize> Clock for Time<HART> {
        type Store = SortedList;

        fn now(&self) -> Instant {
            self.0.now()
        }

        fn timers(&self) -> &Timers<SortedList> {
            &TIMERS[HART]
        }
    }

    static NUMBERS: Channel<u32, 4> = Channel::new();
    static SQUARES: Channel<u64, 4> = Channel::new();
    static COUNT: Mutex<u32> = Mutex::new(0);
    static DONE: Notify = Notify::new();

    static READY_0: Ready<HartUnparker<CLINT, 0>> = Ready::new();
    static READY_1: Ready<HartUnparker<CLINT, 1>> = Ready::new();

    /// Counts, and lets go of the mutex in between.
    async fn count() {
        for _ in 0..ROUNDS {
            *COUNT.lock().await += 1;
            zokio_core::future::yield_now().await;
        }
        DONE.notify_one();
    }

    #[zokio_core::task]
    async fn count_on_0() {
        count().await;
    }

    #[zokio_core::task]
    async fn count_on_1() {
        count().await;
    }

    /// The second hart: squares what comes, until nothing does.
    #[zokio_core::task]
    async fn square(clock: Time<1>) {
        while let Ok(number) = NUMBERS.recv().await {
            // Now and then it is asleep when something comes.
            if number % 100 == 0 {
                clock.sleep(Duration::from_millis(2)).await;
            }
            assert!(mhartid::read() == 1, "the task left its hart");
            if SQUARES.send(u64::from(number) * u64::from(number)).await.is_err() {
                return;
            }
        }
        SQUARES.close();
    }

    /// The first hart: sends, sums what comes back, and waits for both to have counted.
    async fn sum(clock: Time<0>) -> (u64, u32) {
        let sends = async {
            for number in 1..=ROUNDS {
                if number % 90 == 0 {
                    clock.sleep(Duration::from_millis(1)).await;
                }
                let _ = NUMBERS.send(number).await;
            }
            NUMBERS.close();
        };
        let sums = async {
            let mut sum = 0;
            while let Ok(square) = SQUARES.recv().await {
                assert!(mhartid::read() == 0, "the task left its hart");
                sum += square;
            }
            sum
        };
        let ((), sum) = zokio_core::future::join((sends, sums)).await;
        // Each hart tells when it has counted; the first to tell may be the second to look.
        while *COUNT.lock().await < 2 * ROUNDS {
            DONE.notified().await;
        }
        (sum, *COUNT.lock().await)
    }

    #[zokio_riscv::entry]
    fn main(hart: usize) -> ! {
        if hart == 0 { first() } else { second() }
    }

    fn first() -> ! {
        // SAFETY: *Device register:* by QEMU's memory map; this hart's comparator and software interrupt are used here only.
        let (idle, clock) = unsafe { (HartIdle::<CLINT, HZ, 0>::new(), Time(Clint::new())) };
        let mut executor = Executor::new(&READY_0, idle, clock);
        // SAFETY: *Unmasked once:* outside any critical section.
        unsafe { riscv::interrupt::enable() };
        // SAFETY: *Device register:* as above, and the machine has two harts.
        unsafe { harts::start::<CLINT>(1) };
        executor.spawner().spawn(count_on_0()).unwrap().detach();
        let expected: u64 = (1..=u64::from(ROUNDS)).map(|number| number * number).sum();
        match executor.block_on(sum(clock)) {
            Ok((sum, count)) => {
                println!("hart 1 squared {ROUNDS} numbers, hart 0 summed them: {sum}");
                println!("both counted to {count}");
                exit(sum == expected && count == 2 * ROUNDS)
            }
            Err(_) => exit(false),
        }
    }

    fn second() -> ! {
        // SAFETY: *Device register:* as on the first.
        let (idle, clock) = unsafe { (HartIdle::<CLINT, HZ, 1>::new(), Time(Clint::new())) };
        let mut executor = Executor::new(&READY_1, idle, clock);
        // SAFETY: *Unmasked once:* as on the first.
        unsafe { riscv::interrupt::enable() };
        executor.spawner().spawn(square(clock)).unwrap().detach();
        executor.spawner().spawn(count_on_1()).unwrap().detach();
        match executor.run() {
            Ok(never) | Err(never) => match never {},
        }
    }
}
