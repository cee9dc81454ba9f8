//! The machine timer of QEMU's virt machine.

use core::cell::UnsafeCell;
use core::task::Waker;
use critical_section::CriticalSection;
use embassy_time_driver::{Driver, time_driver_impl};
use embassy_time_queue_utils::Queue;

const COMPARE: usize = 0x0200_4000;
const TIME: usize = 0x0200_bff8;

struct Mtime {
    /// Touched in critical sections only.
    queue: UnsafeCell<Queue>,
}

// SAFETY: the queue is touched in critical sections only.
unsafe impl Sync for Mtime {}

time_driver_impl!(static DRIVER: Mtime = Mtime { queue: UnsafeCell::new(Queue::new()) });

impl Mtime {
    #[allow(clippy::mut_from_ref)]
    fn queue<'a>(&'a self, _: CriticalSection<'a>) -> &'a mut Queue {
        // SAFETY: one critical section at a time, and it calls this once.
        unsafe { &mut *self.queue.get() }
    }

    fn rearm(&self, queue: &mut Queue) {
        loop {
            let at = queue.next_expiration(self.now());
            let (low, high) = (COMPARE as *mut u32, (COMPARE + 4) as *mut u32);
            // SAFETY: *Device register:* by QEMU's memory map.
            unsafe {
                high.write_volatile(u32::MAX);
                low.write_volatile(at as u32);
                high.write_volatile((at >> 32) as u32);
            }
            if self.now() < at {
                return;
            }
        }
    }
}

impl Driver for Mtime {
    fn now(&self) -> u64 {
        let (low, high) = (TIME as *const u32, (TIME + 4) as *const u32);
        loop {
            // SAFETY: *Device register:* as above; reading changes nothing.
            let (before, ticks, after) = unsafe { (high.read_volatile(), low.read_volatile(), high.read_volatile()) };
            if before == after {
                return (before as u64) << 32 | ticks as u64;
            }
        }
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|cs| {
            let queue = self.queue(cs);
            if queue.schedule_wake(at, waker) {
                self.rearm(queue);
            }
        });
    }
}

// SAFETY: *Trap table:* the name that riscv-rt calls on a timer interrupt, with this signature.
#[unsafe(no_mangle)]
extern "C" fn MachineTimer() {
    critical_section::with(|cs| DRIVER.rearm(DRIVER.queue(cs)));
}

/// Lets the timer interrupt.
pub fn start() {
    let high = (COMPARE + 4) as *mut u32;
    // SAFETY: *Device register:* as above; interrupts are unmasked outside any critical section.
    unsafe {
        high.write_volatile(u32::MAX);
        riscv::register::mie::set_mtimer();
        riscv::interrupt::enable();
    }
}
