//! Nanoseconds to embassy-time's ticks and back.

use embassy_time_driver::TICK_HZ;
use zokio_board::Rate;
use zokio_core::time::Instant;

const RATE: Rate = {
    assert!(TICK_HZ < 1_000_000_000, "choose a tick-hz feature of embassy-time below 1 GHz");
    Rate::from_hz(TICK_HZ as u32)
};

/// The tick that is under way at `instant`.
pub fn tick(instant: Instant) -> u64 {
    let nanos = instant.as_nanos();
    let mut ticks = 0;
    // Each conversion falls short by a few parts in a million, so what is left is converted again: three times at most.
    loop {
        let more = RATE.ticks(nanos - RATE.nanos(ticks));
        if more == 0 {
            break;
        }
        ticks += more;
    }
    if RATE.nanos(ticks + 1) <= nanos { ticks + 1 } else { ticks }
}

/// When the tick `ticks` begins: the first instant at which [`tick`] tells it.
pub fn begins(ticks: u64) -> Instant {
    // A century from now is as good as never; more would overflow.
    Instant::from_nanos(RATE.nanos(ticks.min(TICK_HZ * CENTURY_SECS)))
}

const CENTURY_SECS: u64 = 100 * 366 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_begins_where_it_is_first_told() {
        let mut seed = 7u64;
        for _ in 0..100_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let ticks = seed >> (22 + seed % 40); // up to some 40 years of ticks, and all magnitudes below
            let at = begins(ticks);
            assert_eq!(tick(at), ticks, "{at:?}");
            if ticks > 0 {
                assert_eq!(tick(Instant::from_nanos(at.as_nanos() - 1)), ticks - 1, "before {at:?}");
            }
        }
    }

    #[test]
    fn the_end_of_time_is_far_off_and_no_overflow() {
        assert!(begins(u64::MAX).as_nanos() >= CENTURY_SECS * 999_999_999);
    }
}
