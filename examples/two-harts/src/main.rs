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
    use two_harts::{ROUNDS, count, right, square, sum};
    use zokio_board::host::{exit, println};
    use zokio_core::executor::{Executor, Ready};
    use zokio_core::time::{Clock, Instant, SortedList, Timers};
    use zokio_riscv::harts::{self, HartIdle, HartUnparker};
    use zokio_riscv::riscv::register::mhartid;
    use zokio_riscv::{Clint, riscv};

    const CLINT: usize = 0x0200_0000;
    const HZ: u32 = 10_000_000;

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

    static READY_0: Ready<HartUnparker<CLINT, 0>> = Ready::new();
    static READY_1: Ready<HartUnparker<CLINT, 1>> = Ready::new();

    #[zokio_core::task]
    async fn count_on_0() {
        count().await;
    }

    #[zokio_core::task]
    async fn count_on_1() {
        count().await;
    }

    #[zokio_core::task]
    async fn square_on_1(clock: Time<1>) {
        square(clock, mhartid::read).await;
    }

    #[zokio_riscv::entry]
    fn main(hart: usize) -> ! {
        if hart == 0 { first() } else { second() }
    }

    fn first() -> ! {
        // SAFETY: *Device register:* by QEMU's memory map; this hart's comparator and software interrupt are used here only.
        let (idle, clock) = unsafe { (HartIdle::<CLINT, HZ, 0>::new(), Time::<0>(Clint::new())) };
        let mut executor = Executor::new(&READY_0, idle, clock);
        // SAFETY: *Unmasked once:* outside any critical section.
        unsafe { riscv::interrupt::enable() };
        // SAFETY: *Device register:* as above, and the machine has two harts.
        unsafe { harts::start::<CLINT>(1) };
        executor.spawner().spawn(count_on_0()).unwrap().detach();
        match executor.block_on(sum(clock, mhartid::read)) {
            Ok((sum, count)) => {
                println!("hart 1 squared {ROUNDS} numbers, hart 0 summed them: {sum}");
                println!("both counted to {count}");
                exit(right(sum, count))
            }
            Err(_) => exit(false),
        }
    }

    fn second() -> ! {
        // SAFETY: *Device register:* as on the first.
        let (idle, clock) = unsafe { (HartIdle::<CLINT, HZ, 1>::new(), Time::<1>(Clint::new())) };
        let mut executor = Executor::new(&READY_1, idle, clock);
        // SAFETY: *Unmasked once:* as on the first.
        unsafe { riscv::interrupt::enable() };
        executor.spawner().spawn(square_on_1(clock)).unwrap().detach();
        executor.spawner().spawn(count_on_1()).unwrap().detach();
        match executor.run() {
            Ok(never) | Err(never) => match never {},
        }
    }
}
