//! SysTick, tickless.

use bench_systick::SysTick;
use core::cell::UnsafeCell;
use core::task::Waker;
use critical_section::CriticalSection;
use embassy_time_driver::{Driver, time_driver_impl};
use embassy_time_queue_utils::Queue;

pub use bench_systick::start;

struct State {
    counter: SysTick,
    queue: Queue,
}

struct SysTickDriver(UnsafeCell<State>);

// SAFETY: the state is touched in critical sections only.
unsafe impl Sync for SysTickDriver {}

time_driver_impl!(static DRIVER: SysTickDriver = SysTickDriver(UnsafeCell::new(State {
    counter: SysTick::new(),
    queue: Queue::new(),
})));

impl SysTickDriver {
    #[allow(clippy::mut_from_ref)]
    fn state<'a>(&'a self, _: CriticalSection<'a>) -> &'a mut State {
        // SAFETY: one critical section at a time, and it calls this once.
        unsafe { &mut *self.0.get() }
    }
}

impl State {
    fn rearm(&mut self) {
        loop {
            let now = self.counter.now();
            let at = self.queue.next_expiration(now);
            if at > now {
                self.counter.interrupt_at(at, now);
                return;
            }
        }
    }
}

impl Driver for SysTickDriver {
    fn now(&self) -> u64 {
        critical_section::with(|cs| self.state(cs).counter.now())
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|cs| {
            let state = self.state(cs);
            if state.queue.schedule_wake(at, waker) {
                state.rearm();
            }
        });
    }
}

#[cortex_m_rt::exception]
fn SysTick() {
    critical_section::with(|cs| DRIVER.state(cs).rearm());
}
