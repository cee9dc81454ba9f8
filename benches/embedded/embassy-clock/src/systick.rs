//! SysTick, tickless.

use core::cell::UnsafeCell;
use core::task::Waker;
use critical_section::CriticalSection;
use embassy_time_driver::{Driver, time_driver_impl};
use embassy_time_queue_utils::Queue;

const CONTROL: *mut u32 = 0xe000_e010 as *mut u32;
const RELOAD: *mut u32 = 0xe000_e014 as *mut u32;
const CURRENT: *mut u32 = 0xe000_e018 as *mut u32;

const LAP: u32 = 1 << 24;
/// The shortest restart.
const SHORTEST: u32 = 64;

fn read(register: *mut u32) -> u32 {
    // SAFETY: *Core peripheral:* one of the three above.
    unsafe { register.read_volatile() }
}

fn write(register: *mut u32, value: u32) {
    // SAFETY: *Core peripheral:* one of the three above; they reach no memory.
    unsafe { register.write_volatile(value) }
}

struct State {
    /// The time at which the counter was or would have been full.
    lap_start: u64,
    queue: Queue,
}

struct SysTickDriver(UnsafeCell<State>);

// SAFETY: the state is touched in critical sections only.
unsafe impl Sync for SysTickDriver {}

time_driver_impl!(static DRIVER: SysTickDriver = SysTickDriver(UnsafeCell::new(State {
    lap_start: 0,
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
    fn now(&mut self) -> u64 {
        loop {
            let left = read(CURRENT);
            if left == 0 {
                continue;
            }
            if read(CONTROL) & 1 << 16 == 0 {
                return self.lap_start + (LAP - left) as u64;
            }
            self.lap_start += LAP as u64;
        }
    }

    fn rearm(&mut self) {
        loop {
            let now = self.now();
            let at = self.queue.next_expiration(now);
            if at <= now {
                continue;
            }
            let ticks = (at - now).min(LAP as u64) as u32;
            let ticks = ticks.max(SHORTEST);
            let left = read(CURRENT);
            if left <= ticks {
                return; // the lap ends first
            }
            // One restart: a lap of `ticks`, and full laps after it.
            write(RELOAD, ticks - 1);
            write(CURRENT, 0);
            while read(CURRENT) == 0 {}
            write(RELOAD, LAP - 1);
            self.lap_start = self.lap_start.wrapping_add_signed((ticks.cast_signed() - left.cast_signed()) as i64);
            return;
        }
    }
}

impl Driver for SysTickDriver {
    fn now(&self) -> u64 {
        critical_section::with(|cs| self.state(cs).now())
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

/// Starts the counter.
pub fn start() {
    write(RELOAD, LAP - 1);
    write(CURRENT, 0);
    write(CONTROL, 0b111);
}
