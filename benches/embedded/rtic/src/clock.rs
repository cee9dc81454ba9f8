//! A tickless clock over SysTick.

use bench_systick::SysTick;
use core::cell::UnsafeCell;
use cortex_m::peripheral::SCB;
use critical_section::CriticalSection;
use rtic_time::monotonic::TimerQueueBasedMonotonic;
use rtic_time::timer_queue::{TimerQueue, TimerQueueBackend};

/// The processor's clock.
const HZ: u64 = 12_500_000;

static QUEUE: TimerQueue<Backend> = TimerQueue::new();
static COUNTER: Counter = Counter(UnsafeCell::new(SysTick::new()));

struct Counter(UnsafeCell<SysTick>);

// SAFETY: the counter is touched in critical sections only.
unsafe impl Sync for Counter {}

impl Counter {
    #[allow(clippy::mut_from_ref)]
    fn get<'a>(&'a self, _: CriticalSection<'a>) -> &'a mut SysTick {
        // SAFETY: one critical section at a time, and it calls this once.
        unsafe { &mut *self.0.get() }
    }
}

/// The clock of the programs.
pub struct Mono;

impl Mono {
    /// Starts the clock. Once.
    pub fn start() {
        QUEUE.initialize(Backend);
        bench_systick::start();
    }
}

impl TimerQueueBasedMonotonic for Mono {
    type Backend = Backend;
    type Instant = fugit::MonotonicTimerInstant<u64, HZ>;
    type Duration = fugit::TimerDuration<u64, HZ>;
}

/// What RTIC's queue of timers drives.
pub struct Backend;

impl TimerQueueBackend for Backend {
    type Ticks = u64;

    fn now() -> u64 {
        critical_section::with(|cs| COUNTER.get(cs).now())
    }

    fn set_compare(at: u64) {
        critical_section::with(|cs| {
            let counter = COUNTER.get(cs);
            let now = counter.now();
            // The queue looks itself whether the time has passed.
            if at > now {
                counter.interrupt_at(at, now);
            }
        });
    }

    fn clear_compare_flag() {}

    fn pend_interrupt() {
        SCB::set_pendst();
    }

    fn timer_queue() -> &'static TimerQueue<Self> {
        &QUEUE
    }
}

/// What SysTick's interrupt does.
pub fn on_systick() {
    // SAFETY: this is the timer's interrupt.
    unsafe { QUEUE.on_monotonic_interrupt() }
}

/// Binds SysTick to the clock. Once in a program.
#[macro_export]
macro_rules! tickless {
    () => {
        const _: () = {
            #[cortex_m_rt::exception]
            fn SysTick() {
                $crate::on_systick();
            }
        };
    };
}
