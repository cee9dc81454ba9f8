//! Hours of sleeping: no alarm is lost and no lap of the counter, by the word of a second counter.

use core::time::Duration;
use zokio_board::host::println;
use zokio_core::time::{Clock, Instant};

const NANOS_PER_SEC: u64 = 1_000_000_000;
/// What a sleep may be late by: a tick, and the way from the interrupt to the task.
const LATE: u64 = 100_000;

/// Another counter, to check by.
#[derive(Clone, Copy)]
pub struct Watch {
    /// Its ticks, 32 bits of them.
    pub ticks: fn() -> u32,
    /// How many of them are a microsecond.
    pub per_micro: u64,
}

/// The counter below the clock: a lap is 2^`bits` ticks at `hz`.
#[derive(Clone, Copy)]
pub struct Below {
    /// Its width.
    pub bits: u32,
    /// Its rate.
    pub hz: u32,
}

/// Sleeps between a moment and two minutes, again and again, for so many hours by the clock.
pub async fn sleep_for(hours: u64, clock: impl Clock, Below { bits, hz }: Below, watch: Watch) -> bool {
    let (mut seed, mut sleeps, mut latest) = (0x2545_f491_u32, 0, 0);
    let (start, mut seen, mut truth) = (clock.now(), (watch.ticks)(), 0u64);
    let passed = |since: Instant| clock.now().nanos_since(since);
    while passed(start) < hours * 3600 * NANOS_PER_SEC {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Of all magnitudes: most short, some longer than several laps of the counter.
        let time = Duration::from_micros(u64::from(seed >> 5) >> (seed % 20));
        let before = clock.now();
        clock.sleep(time).await;
        let took = passed(before);
        let wanted = zokio_core::time::duration_nanos(time);
        if took < wanted {
            println!("sleep {sleeps} of {wanted} ns took {took} ns only");
            return false;
        }
        latest = latest.max(took - wanted);
        let now = (watch.ticks)();
        truth += u64::from(now.wrapping_sub(seen));
        (seen, sleeps) = (now, sleeps + 1);
    }
    let (told, truth) = (passed(start) / 1000, truth / watch.per_micro);
    let apart = told.abs_diff(truth);
    let laps = (hours * 3600 * u64::from(hz)) >> bits;
    println!("{hours} h, {laps} laps of {bits} bits at {hz} Hz: {sleeps} sleeps, all woke");
    if latest > LATE || apart > 1000 {
        println!("the latest by {latest} ns; {told} us by the clock, {truth} us by the other counter");
        return false;
    }
    true
}
