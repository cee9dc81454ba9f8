//! The two Cortex-M33 of the MPS3 with image AN524, with an executor at an interrupt priority on each. Both threads compute without a
//! pause until the levels are done: these pass numbers to each other's core and back, and sleep on the alarms of their own.
//!
//! ```sh
//! cd examples/two-harts && cargo run --release --target thumbv8m.main-none-eabi --bin two-cores-levels
//! ```
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_has_atomic = "ptr", target_os = "none"))]
mod firmware {
    use core::mem::MaybeUninit;
    use core::sync::atomic::{AtomicUsize, Ordering};
    use core::time::Duration;
    use static_cell::ConstStaticCell;
    use zokio_board::Level;
    use zokio_board::host::{exit, println};
    use zokio_core::sync::Channel;
    use zokio_core::time::Clock;
    use zokio_cortex_m::boards::mps3_an524::{first, second};
    use zokio_cortex_m::sse200::{self, CoreInterrupt};
    use zokio_cortex_m::{CoreTimer, enable_interrupt, set_priority};

    // Interrupts of devices that the program does not use.
    const LEVEL_0: u16 = 40;
    const LEVEL_1: u16 = 41;

    static URGENT_0: Level<CoreInterrupt<0, LEVEL_0>, first::Timer, first::Clock> = Level::new();
    static URGENT_1: Level<CoreInterrupt<1, LEVEL_1>, second::Timer, second::Clock> = Level::new();

    zokio_cortex_m::interrupts! {
        first::INTERRUPT => first::Timer::on_interrupt(),
        CoreTimer::<0>::ALARM_INTERRUPT => { CoreTimer::<0>::on_alarm(); URGENT_0.pend() },
        CoreTimer::<1>::ALARM_INTERRUPT => { CoreTimer::<1>::on_alarm(); URGENT_1.pend() },
        sse200::ASKED_INTERRUPT => sse200::on_asked(),
        LEVEL_0 => URGENT_0.on_interrupt(),
        LEVEL_1 => URGENT_1.on_interrupt(),
    }

    static STACK: ConstStaticCell<[MaybeUninit<u64>; 512]> =
        ConstStaticCell::new([const { MaybeUninit::uninit() }; 512]);

    const ROUNDS: u32 = 200;
    const PAUSE: Duration = Duration::from_millis(1);

    static NUMBERS: Channel<u32, 1> = Channel::new();
    static SQUARES: Channel<u32, 1> = Channel::new();
    static SUM: Channel<u32, 1> = Channel::new();
    /// How many levels are done.
    static DONE: AtomicUsize = AtomicUsize::new(0);

    /// In the level of core 0: sends numbers to that of core 1, and sums what comes back.
    #[zokio_core::task]
    async fn ask(clock: first::Clock) {
        let mut sum = 0;
        for number in 1..=ROUNDS {
            if number % 20 == 0 {
                clock.sleep(PAUSE).await;
            }
            let _ = NUMBERS.send(number).await;
            sum += SQUARES.recv().await.unwrap_or(0);
            assert!(sse200::core() == 0, "the task left its core");
        }
        let _ = SUM.send(sum).await;
        DONE.fetch_add(1, Ordering::Release);
    }

    /// In the level of core 1: squares what comes.
    #[zokio_core::task]
    async fn square(clock: second::Clock) {
        for number in 1..=ROUNDS {
            if number % 30 == 0 {
                clock.sleep(PAUSE).await;
            }
            let number = NUMBERS.recv().await.unwrap_or(0);
            let _ = SQUARES.send(number * number).await;
            assert!(sse200::core() == 1, "the task left its core");
        }
        DONE.fetch_add(1, Ordering::Release);
    }

    /// Enables, on the core that asks, what a level needs.
    fn prepare(level: u16, alarm: u16) {
        set_priority(level, 0x80);
        set_priority(alarm, 0x40);
        for interrupt in [level, alarm, sse200::ASKED_INTERRUPT] {
            enable_interrupt(interrupt);
        }
    }

    /// Keeps the core busy until both levels are done.
    fn compute() {
        while DONE.load(Ordering::Acquire) < 2 {}
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let mut executor = first::executor();
        let clock = executor.clock();
        prepare(LEVEL_0, CoreTimer::<0>::ALARM_INTERRUPT);
        // SAFETY: "one core": its interrupt is enabled on this core only.
        let urgent = unsafe { URGENT_0.start(clock.timer(), clock) };
        urgent.spawn(ask(clock)).unwrap().detach();
        sse200::start(STACK.take(), second);
        compute();
        // The threads have their turn, and sleep with the alarm in the level's hands.
        let ended = executor.block_on(async {
            let before = clock.now();
            clock.sleep(5 * PAUSE).await;
            (SUM.recv().await, clock.now().nanos_since(before) >= 5_000_000)
        });
        let Ok((Ok(sum), slept)) = ended else { exit(false) };
        println!("the level of core 1 squared {ROUNDS} numbers while both threads computed: {sum}");
        println!("the thread slept: {slept}");
        exit(sum == (1..=ROUNDS).map(|number| number * number).sum() && slept)
    }

    fn second() -> ! {
        let mut executor = second::executor();
        let clock = executor.clock();
        prepare(LEVEL_1, CoreTimer::<1>::ALARM_INTERRUPT);
        // SAFETY: "one core": its interrupt is enabled on this core only.
        let urgent = unsafe { URGENT_1.start(clock.timer(), clock) };
        urgent.spawn(square(clock)).unwrap().detach();
        compute();
        match executor.run() {
            Ok(never) | Err(never) => match never {},
        }
    }
}
