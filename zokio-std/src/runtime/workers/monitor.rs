//! Driver hand-off: a task that blocks its worker must not stop the I/O of the others.
//!
//! One thread looks every few milliseconds at the workers that are neither parked nor on to another task since the last look.
//! It turns their reactor in their place (which is why the rings of a pool are not set up for a single thread), fires their
//! timers, and wakes somebody for the tasks in their queues. While all workers are parked it sleeps, and costs nothing.

use super::Pool;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::task::Waker;
use std::time::Duration;

/// Between two looks: what a blocked worker delays its I/O by, at most twice.
const PERIOD: Duration = Duration::from_millis(4);

/// How the monitor is woken.
#[derive(Default)]
pub(super) struct Watch {
    asleep: AtomicBool,
    lock: Mutex<()>,
    woken: Condvar,
}

impl Watch {
    /// Called by a worker that has something to do. A load, but for the first one after all have slept.
    #[inline]
    pub(super) fn look(&self) {
        if self.asleep.load(Ordering::Relaxed) {
            self.wake();
        }
    }

    #[cold]
    pub(super) fn wake(&self) {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.asleep.store(false, Ordering::SeqCst);
        self.woken.notify_one();
    }

    fn sleep(&self, pool: &Pool) {
        let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.asleep.store(true, Ordering::SeqCst);
        // A worker that began to run before it could see `asleep` is seen here.
        let may_sleep = |_: &mut ()| {
            self.asleep.load(Ordering::SeqCst)
                && !pool.exits.load(Ordering::SeqCst)
                && pool.idle.all_parked(pool.seats.len())
        };
        // The timeout is for the worker that ran just between the two.
        let _ = self.woken.wait_timeout_while(guard, Duration::from_secs(1), may_sleep);
        self.asleep.store(false, Ordering::SeqCst);
    }
}

/// The loop of the monitor's thread.
pub(super) fn run(pool: &'static Pool) {
    let mut seen: Vec<u32> = pool.seats.iter().map(|seat| seat.beat.load(Ordering::Relaxed)).collect();
    let mut woken: Vec<Waker> = Vec::new();
    while !pool.exits.load(Ordering::Relaxed) {
        if pool.idle.all_parked(pool.seats.len()) {
            pool.monitor.sleep(pool);
        }
        std::thread::sleep(PERIOD);
        for (seat, seen) in pool.seats.iter().zip(&mut seen) {
            let beat = seat.beat.load(Ordering::Relaxed);
            if std::mem::replace(seen, beat) != beat || seat.parked.load(Ordering::Relaxed) {
                continue;
            }
            if let Some(reactor) = seat.core.reactor().as_mut() {
                // A worker that waits in the kernel looks after it itself.
                if reactor.turn_for_another(&mut woken) {
                    super::metrics::count(&seat.counters.handed_off, 1);
                }
            }
            woken.drain(..).for_each(Waker::wake);
            seat.core.timers.expire(crate::driver::now());
            if !seat.ring.stealer().is_empty() || !seat.lifo.load(Ordering::Relaxed).is_null() {
                pool.wake_one();
            }
        }
    }
}
