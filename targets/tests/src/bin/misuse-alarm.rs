//! Bad use: a timer of one's own whose interrupt nobody enabled at the interrupt controller.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
zokio_board::report_panics!();

#[cfg(not(target_os = "none"))]
fn main() {}

#[cfg(all(target_arch = "arm", target_os = "none"))]
mod firmware {
    use core::time::Duration;
    use zokio_board::{Counter, Idle, Laps, Ticks, Unparker};
    use zokio_core::executor::{Executor, Ready};
    use zokio_core::time::{Clock, Instant, SortedList, Timers};

    /// CMSDK timer 0: 32 bits at 25 MHz, counting down.
    #[derive(Clone, Copy)]
    struct Silent;

    const INTERRUPT: u16 = 8;
    const CONTROL: usize = 0;
    const VALUE: usize = 1;
    const RELOAD: usize = 2;
    const CLEAR: usize = 3;

    fn read(register: usize) -> u32 {
        // SAFETY: *Device register:* this timer belongs to this program alone.
        unsafe { (0x4000_0000 as *const u32).add(register).read_volatile() }
    }

    fn write(register: usize, value: u32) {
        // SAFETY: *Device register:* see `read`.
        unsafe { (0x4000_0000 as *mut u32).add(register).write_volatile(value) }
    }

    static LAPS: Laps = Laps::new();

    impl Counter for Silent {
        const BITS: u32 = 32;

        fn laps() -> &'static Laps {
            &LAPS
        }

        fn start() {
            write(RELOAD, u32::MAX);
            write(VALUE, u32::MAX);
            // Runs, and asks for an interrupt; but `enable_interrupt` was forgotten.
            write(CONTROL, 0b1001);
        }

        fn count() -> u32 {
            u32::MAX - read(VALUE)
        }

        fn lapped() -> bool {
            let lapped = read(CLEAR) & 1 != 0;
            if lapped {
                write(CLEAR, 1);
            }
            lapped
        }

        fn arm(ticks: u32, lap_start: &mut u64) -> bool {
            // Restarted, as if all before had been one lap.
            *lap_start += u64::from(Self::count());
            *lap_start = lap_start.wrapping_add(u64::from(ticks)).wrapping_sub(1 << Self::BITS);
            write(VALUE, ticks);
            true
        }

        fn interrupt_enabled() -> bool {
            zokio_cortex_m::interrupt_enabled(INTERRUPT)
        }

        fn wait() {
            zokio_cortex_m::cortex_m::asm::wfi();
        }
    }

    type Timer = Ticks<Silent, 25_000_000>;

    #[derive(Clone, Copy)]
    struct Time(Timer);

    static READY: Ready<Unparker> = Ready::new();
    static TIMERS: Timers<SortedList> = Timers::new();

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

    zokio_cortex_m::interrupts! {
        INTERRUPT => Timer::on_interrupt(),
    }

    #[zokio_cortex_m::entry]
    fn main() -> ! {
        let clock = Time(Timer::start());
        let mut executor = Executor::new(&READY, Idle::new(clock.0), clock);
        let Ok(()) = executor.block_on(clock.sleep(Duration::from_millis(10))) else { panic!("a root future ends") };
        unreachable!("nothing can wake the core")
    }
}
