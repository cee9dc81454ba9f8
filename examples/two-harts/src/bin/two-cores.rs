//! The two Cortex-M33 of the MPS3 with image AN524, an executor on each: the same work as on two harts.
//!
//! ```sh
//! cd examples/two-harts && cargo run --release --target thumbv8m.main-none-eabi --bin two-cores
//! ```
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr", target_os = "none"))]
mod firmware {
    use core::mem::MaybeUninit;
    use core::time::Duration;
    use static_cell::ConstStaticCell;
    use two_harts::{ROUNDS, count, right, square, sum};
    use zokio_board::host::{exit, println};
    use zokio_core::executor::{Executor, Fifo, Totals};
    use zokio_core::time::Clock;
    use zokio_cortex_m::boards::mps3_an524::{CORE_HZ, first, second};
    use zokio_cortex_m::sse200::{self, CoreIdle};

    zokio_cortex_m::interrupts! {
        first::INTERRUPT => first::Timer::on_interrupt(),
    }

    static STACK: ConstStaticCell<[MaybeUninit<u64>; 512]> =
        ConstStaticCell::new([const { MaybeUninit::uninit() }; 512]);

    #[zokio_core::task]
    async fn count_on_0() {
        count().await;
    }

    #[zokio_core::task]
    async fn count_on_1() {
        count().await;
    }

    #[zokio_core::task]
    async fn square_on_1(clock: second::Clock) {
        square(clock, sse200::core).await;
        let used = sse200::stack().usage();
        assert!(used.is_ok_and(|used| used.most < used.size && used.size == 4096), "{used:?}");
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let mut executor = first::executor().with_observer(Totals::new());
        sse200::start(STACK.take(), second);
        executor.spawner().spawn(count_on_0()).unwrap().detach();
        match executor.block_on(sum(executor.clock(), sse200::core)) {
            Ok((sum, count)) => {
                println!("core 1 squared {ROUNDS} numbers, core 0 summed them: {sum}");
                println!("both counted to {count}");
                exit(right(sum, count) && sleeps(&mut executor))
            }
            Err(_) => exit(false),
        }
    }

    /// Nothing but its own alarm wakes a core that sleeps.
    fn sleeps(executor: &mut Executor<CoreIdle<0, CORE_HZ>, first::Clock, Fifo, Totals>) -> bool {
        let clock = executor.clock();
        let (start, before) = (clock.now(), executor.observer().turns);
        let slept = executor.block_on(clock.sleep(Duration::from_millis(100)));
        let turns = executor.observer().turns - before;
        println!("core 0 slept 100 ms in {turns} turns");
        // The emulator may let an idle machine sleep twice as long (see targets/README.md).
        slept.is_ok() && (100..300).contains(&(clock.now().nanos_since(start) / 1_000_000))
    }

    fn second() -> ! {
        sse200::stack().paint(usize::MAX);
        let mut executor = second::executor();
        executor.spawner().spawn(square_on_1(executor.clock())).unwrap().detach();
        executor.spawner().spawn(count_on_1()).unwrap().detach();
        match executor.run() {
            Ok(never) | Err(never) => match never {},
        }
    }
}
