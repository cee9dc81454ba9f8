//! Checks of a clock.

use crate::stopwatch::{Bench, Random, checked_now, shots, spin};
use core::time::Duration;
use zokio_board::Chip;

/// Compares the clock to what QEMU says: free running, through restarts for near and far alarms, with interrupts masked
/// for a while, across laps. Under `-icount shift=3` this measures restarts, under `shift=10` it takes most of a minute
/// and many laps.
///
/// Not by sleeping: with `sleep=off` QEMU 7.2 jumps over two ends of a lap while the core wakes from the first, which no
/// hardware does; with `sleep=on` a minute is a minute.
pub fn tells_the_true_time<B: Bench>(clock: impl Chip) {
    let mut random = Random(0x2545_f491);
    let round = nanos_per_round(clock);
    let start = checked_now(clock);
    let mut seen = B::nanos();
    // From the sample to the restart; and where the core is so slow (`shift=10`) that a near deadline passes while the
    // alarm is being set, up to the end of that.
    let lost_in_a_restart = if round > 2 * B::TICK_NANOS { 6 } else { 2 };
    let (mut truth, mut told, mut restarts) = (start, start, 0);
    for _ in 0..6_000 {
        let (rounds, restarted) = step(clock, &mut random);
        let before = B::nanos();
        let now = checked_now(clock);
        // What the step takes by itself: a thousand instructions at most, interrupts included.
        let least = rounds as u64 * round;
        let took = now - told;
        assert!(
            took >= least && took <= least + 600 * round + 2_000,
            "a step of {least} ns took {took} ns by the clock"
        );
        told = now;
        // In the long run the clock and the second timer agree but for what the restarts cost.
        if let (Some(from), Some(to)) = (seen, before) {
            restarts += restarted;
            truth += (to + B::WRAP - from) % B::WRAP;
            seen = before;
            let slack = 50 * round + restarts * (lost_in_a_restart * round + 2 * B::TICK_NANOS);
            assert!(
                told + slack >= truth && told <= truth + slack,
                "told {told} ns, true {truth} ns, after {restarts} restarts"
            );
        }
    }
    assert!(told - start > 5 * 6_000 * 1_000 * round, "the course was too short to be a check");
}

/// What a round of [`spin`] takes: some instructions of fixed length, as QEMU counts.
pub fn nanos_per_round(clock: impl Chip) -> u64 {
    let start = checked_now(clock);
    spin(100_000);
    (checked_now(clock) - start) / 100_000
}

/// Lets time pass in some way. Returns the rounds spun and how often it may have restarted the counter.
fn step(clock: impl Chip, random: &mut Random) -> (u32, u64) {
    let rounds = random.below(20_000);
    match random.below(4) {
        0 => {
            spin(rounds);
            (rounds, 0)
        }
        1 => {
            critical_section::with(|_| spin(rounds));
            (rounds, 0)
        }
        near_or_far => {
            let most = if near_or_far == 2 { 40_000 } else { 800_000_000 };
            let at = clock.now() + Duration::from_nanos(random.below(most) as u64);
            critical_section::with(|cs| clock.arm(cs, at));
            spin(rounds);
            (rounds, 1)
        }
    }
}

/// Reads the clock around the end of a lap while an interrupt that reads it too lands on one instruction after another.
pub fn never_runs_backwards_in_a_handler<B: Bench>(clock: impl Chip) {
    for delay in 1..400 {
        let (before, _) = shots();
        let at = clock.now() + Duration::from_micros(3);
        B::shoot(delay);
        critical_section::with(|cs| clock.arm(cs, at));
        for _ in 0..12 {
            checked_now(clock);
        }
        while shots().0 == before {
            checked_now(clock);
        }
    }
}
