//! Checks of the idle driver.

use crate::clock::nanos_per_round;
use crate::stopwatch::{Bench, checked_now, shots};
use core::marker::PhantomData;
use core::time::Duration;
use critical_section::CriticalSection;
use zokio_board::{Alarm, Chip, Idle};
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::time::Instant;

/// A chip that waits awake, so that virtual time passes by instructions alone and lateness can be measured exactly.
#[derive(Clone, Copy)]
struct Awake<B, C>(C, PhantomData<B>);

impl<B: Bench, C: Chip> Chip for Awake<B, C> {
    fn now(&self) -> Instant {
        self.0.now()
    }
    fn arm(&self, cs: CriticalSection<'_>, at: Instant) -> bool {
        self.0.arm(cs, at)
    }

    fn arm_for(&self, cs: CriticalSection<'_>, at: Instant) -> Option<Alarm> {
        self.0.arm_for(cs, at)
    }

    fn rang(&self, mark: u32) -> bool {
        self.0.rang(mark)
    }
    fn disarm(&self, cs: CriticalSection<'_>) {
        self.0.disarm(cs)
    }
    fn can_wake(&self) -> bool {
        self.0.can_wake()
    }
    fn wait(&self, _: CriticalSection<'_>) {
        while !B::interrupt_pending() {}
    }
}

/// Parks of many lengths end soon after their deadline, and not much earlier: few parks are needed.
pub fn deadlines_are_kept<B: Bench>(clock: impl Chip) {
    let mut idle = Idle::new(Awake(clock, PhantomData::<B>));
    let round = nanos_per_round(clock);
    for nanos in [0, 1, 500, 1_000, 7_777, 50_000, 333_333, 1_000_000, 16_777_216 * round / 40, 1_500_000 * round] {
        let at = Instant::from_nanos(checked_now(clock)) + Duration::from_nanos(nanos);
        let mut parks = 0;
        while clock.now() < at {
            let Ok(()) = idle.park(Wait::Until(at));
            parks += 1;
        }
        let late = checked_now(clock) - at.as_nanos();
        assert!(late < 100 * round + 100 * B::TICK_NANOS, "parked {nanos} ns, {late} ns too long");
        // One more for rounding, and what the ends of laps on the way take.
        let most = 2 + nanos / (B::LAP_NANOS) + 1;
        assert!(parks <= most, "parked {nanos} ns, {parks} times");
        // What a park tells of the time without asking the clock is never later than the clock.
        let soon = clock.now() + Duration::from_nanos(nanos);
        while clock.now() < soon {
            let Ok(woke) = idle.park_telling(Wait::Until(soon), || false);
            assert!(woke.is_none_or(|woke| woke <= clock.now()), "told of a deadline in {nanos} ns before it came");
        }
    }
}

/// Truly stopped, the core starts again: by the alarm, and by the end of a lap. Nothing is measured, since QEMU lets an
/// idle machine's time pass as the host's does.
pub fn the_core_stops_and_starts(clock: impl Chip) {
    let mut idle = Idle::new(clock);
    for nanos in [1_000, 1_000_000, 30_000_000, 100_000_000, 1_400_000_000] {
        let at = clock.now() + Duration::from_nanos(nanos);
        while clock.now() < at {
            let Ok(()) = idle.park(Wait::Until(at));
        }
    }
}

/// An unpark makes the next park return at once, however long it might wait; and only that one.
pub fn unparks_are_sticky<B: Bench>(clock: impl Chip) {
    let mut idle = Idle::new(Awake(clock, PhantomData::<B>));
    let unparker = idle.unparker();
    let soon = 100 * nanos_per_round(clock) + 100 * B::TICK_NANOS;
    for wait in
        [Wait::Forever, Wait::Until(Instant::MAX), Wait::Until(clock.now() + Duration::from_secs(1)), Wait::Poll]
    {
        unparker.unpark();
        unparker.unpark();
        let before = checked_now(clock);
        let Ok(()) = idle.park(wait);
        assert!(checked_now(clock) - before < soon, "a park slept over its token");
    }
    let at = Instant::from_nanos(checked_now(clock) + 20 * soon);
    let Ok(()) = idle.park(Wait::Until(at));
    assert!(at.nanos_since(clock.now()) < soon, "the token of one unpark ended two parks");
}

/// Parks for ever while the second timer's interrupt lands on one instruction after another of the park. Should its
/// wake-up fall between the look at the token and the wait, the park lasts until the end of a lap.
pub fn no_wake_up_falls_between<B: Bench>(clock: impl Chip) {
    let round = nanos_per_round(clock);
    if round > 2 * B::TICK_NANOS {
        return; // `shift=10`: every instruction takes many ticks, so nothing would be swept
    }
    let mut idle = Idle::new(Awake(clock, PhantomData::<B>));
    let mut waited = 0;
    for delay in 1..600 {
        let Ok(()) = idle.park(Wait::Poll); // takes a token that is left over
        let (before, _) = shots();
        B::shoot(delay);
        while shots().0 == before {
            let Ok(()) = idle.park(Wait::Forever);
            waited += 1;
        }
        let (_, shot) = shots();
        let late = checked_now(clock) - shot;
        assert!(late < 200 * round, "the park went on for {late} ns after an interrupt {delay} ticks from its start");
    }
    assert!(waited >= 300, "only {waited} of 600 interrupts came during a park");
}

/// The same with the core truly stopped, and with nothing else to start it: a wake-up that is lost is a test that hangs.
pub fn a_stopped_core_misses_nothing<B: Bench>(clock: impl Chip) {
    let mut idle = Idle::new(clock);
    B::laps_interrupt(false);
    for delay in 1..600 {
        let Ok(()) = idle.park(Wait::Poll);
        let (before, _) = shots();
        B::shoot(delay);
        while shots().0 == before {
            let Ok(()) = idle.park(Wait::Forever);
        }
    }
    B::laps_interrupt(true);
}
