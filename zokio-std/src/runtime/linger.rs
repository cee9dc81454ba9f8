//! A short look at the queue before the thread sleeps, where other threads wake its tasks.
//!
//! A sleep that another thread ends costs two system calls and a change of threads, several microseconds in all; the next
//! wake by a thread that is at work is often nearer than that. Whether it is, is learned:
//!
//! ```text
//!            (1) a sleep ends by another thread
//!   SLEEPING ───────────────────────────────────► LOOKING ──┐ (2) a wake came while it looked
//!      ▲                                             │  ▲───┘
//!      └─────────────────────────────────────────────┘ (3) none came: the next 1, 3, 7, … 63 such sleeps end as they did
//! ```
//!
//! So a thread that only its own I/O and timers wake never looks, and one that looks in vain soon looks at every 64th sleep.

use std::hint::spin_loop;
use std::thread::available_parallelism;

/// How many times it looks: together a microsecond or two, less than a sleep costs.
const LOOKS: usize = 48;
/// How many times in a row tasks go on without a look at the driver.
const RUN: u32 = 64;

pub(super) struct Linger {
    /// There is a processor for the other thread meanwhile.
    useful: bool,
    looking: bool,
    /// How many sleeps that other threads end are let pass before (1).
    skip: u8,
    /// What `skip` was set to last.
    backoff: u8,
    run: u32,
}

impl Linger {
    pub(super) fn new() -> Self {
        let useful = available_parallelism().is_ok_and(|processors| processors.get() > 1);
        Self { useful, looking: false, skip: 0, backoff: 0, run: 0 }
    }

    /// (1) Another thread has ended a sleep.
    pub(super) fn told(&mut self) {
        match self.skip {
            0 => self.looking = self.useful,
            _ => self.skip -= 1,
        }
    }

    /// Looks for a moment; whether `woken` says so by its end. (2), (3)
    #[inline]
    pub(super) fn look(&mut self, woken: impl Fn() -> bool) -> bool {
        if !self.looking {
            return false;
        }
        for _ in 0..LOOKS {
            if woken() {
                self.backoff = 0;
                return true;
            }
            spin_loop();
        }
        self.looking = false;
        self.backoff = (2 * self.backoff + 1).min(63);
        self.skip = self.backoff;
        false
    }

    /// Whether tasks that were woken meanwhile go on without a look at the driver: so many times in a row, no more.
    #[inline]
    pub(super) fn goes_on(&mut self) -> bool {
        self.run = (self.run + 1) % RUN;
        self.run != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn on_several() -> Linger {
        Linger { useful: true, ..Linger::new() }
    }

    #[test]
    fn nobody_looks_who_is_not_woken_by_others() {
        let looked = Cell::new(0);
        assert!(!on_several().look(|| looked.replace(looked.get() + 1) > 0));
        assert_eq!(looked.get(), 0);
    }

    #[test]
    fn one_processor_has_nobody_to_wait_for() {
        let mut linger = Linger { useful: false, ..Linger::new() };
        linger.told();
        assert!(!linger.look(|| true));
    }

    #[test]
    fn it_looks_on_as_long_as_wakes_come() {
        let mut linger = on_several();
        linger.told();
        assert!((0..1000).all(|_| linger.look(|| true)));
    }

    #[test]
    fn looking_in_vain_becomes_rare_and_success_mends_that() {
        let mut linger = on_several();
        let mut looks = 0;
        for _ in 0..1000 {
            linger.told();
            let looked = Cell::new(0);
            assert!(!linger.look(|| looked.replace(looked.get() + 1) == LOOKS));
            looks += u32::from(looked.get() > 0);
        }
        // 1, 3, 7, 15, 31 apart, then 63.
        assert!((15..25).contains(&looks), "{looks}");
        while !linger.looking {
            linger.told();
        }
        assert!(linger.look(|| true));
        assert!(!linger.look(|| false));
        linger.told();
        assert!(!linger.look(|| true), "one sleep passes");
        linger.told();
        assert!(linger.look(|| true));
    }

    #[test]
    fn the_driver_is_looked_at_now_and_then() {
        let mut linger = on_several();
        assert_eq!((0..10 * RUN).filter(|_| !linger.goes_on()).count(), 10);
    }
}
