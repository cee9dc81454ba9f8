//! Ticks of a hardware counter to nanoseconds and back, without a division.

/// The rate of a counter, as the constants that convert its ticks.
///
/// Make it a `const`: then every conversion is one or two multiplications and a shift, and no 64-bit division (some
/// 1 KiB of code on a chip that has none) ever reaches the image.
///
/// ```
/// use zokio_board::Rate;
///
/// const RATE: Rate = Rate::from_hz(12_500_000);
/// assert_eq!(RATE.nanos(3), 240);
/// assert_eq!(RATE.ticks(250), 3);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rate {
    nanos_mul: u32,
    nanos_shift: u32,
    /// Whether `ticks * nanos_mul` fits 64 bits for a century of ticks.
    one_multiply: bool,
    /// Ticks per nanosecond, times 2^32.
    ticks_mul: u32,
}

const NANOS_PER_SEC: u64 = 1_000_000_000;
const CENTURY_SECS: u64 = 100 * 366 * 86_400;

impl Rate {
    /// The rate of `hz` ticks a second.
    ///
    /// Exact where a tick is a whole number of nanoseconds over a power of two (32.768 kHz, 1, 8, 10, 12.5, 16, 25 and
    /// 64 MHz are); elsewhere off by less than one part in 10^9, a ten-thousandth of what a crystal is off by.
    ///
    /// # Panics
    /// If `hz` is not within 1..1_000_000_000; in a `const` that is a compile error.
    pub const fn from_hz(hz: u32) -> Self {
        assert!(hz > 0 && (hz as u64) < NANOS_PER_SEC, "a counter's rate must be within 1 Hz and 1 GHz");
        // The largest shift, up to 32, whose multiplier fits 32 bits; then drop the common powers of two.
        let mut shift = 32;
        while (NANOS_PER_SEC << shift) / hz as u64 > u32::MAX as u64 {
            shift -= 1;
        }
        let mut mul = ((NANOS_PER_SEC << shift) + hz as u64 / 2) / hz as u64;
        while shift > 0 && mul.is_multiple_of(2) {
            mul /= 2;
            shift -= 1;
        }
        Self {
            nanos_mul: mul as u32,
            nanos_shift: shift,
            one_multiply: u64::MAX / mul / hz as u64 >= CENTURY_SECS,
            ticks_mul: (((hz as u64) << 32) / NANOS_PER_SEC) as u32,
        }
    }

    /// How many nanoseconds `ticks` last, rounded down.
    #[inline(always)]
    pub const fn nanos(self, ticks: u64) -> u64 {
        if self.one_multiply {
            (ticks * self.nanos_mul as u64) >> self.nanos_shift
        } else {
            mul_shift(ticks, self.nanos_mul, self.nanos_shift)
        }
    }

    /// How many whole ticks `nanos` last, or a little less: at most 2.4e-10 × `nanos` ticks too few, never too many.
    #[inline(always)]
    pub const fn ticks(self, nanos: u64) -> u64 {
        mul_shift(nanos, self.ticks_mul, 32)
    }

    /// Ticks to wait for `nanos` to pass, one or two more, or more than `most` where it takes more. Never too few where
    /// [all of them](Self::tells_all) are told exactly; elsewhere at most 2.4e-10 × `nanos` too few.
    ///
    /// `most` is meant to be a constant: it says how far the hardware reaches, so that often 32 bits are enough.
    #[inline(always)]
    pub const fn ticks_to_wait(self, nanos: u64, most: u32) -> u32 {
        if nanos > self.reach(most) {
            return u32::MAX;
        }
        // Up to 2^32 ns the product lacks less than a tick, and the rounding less than another.
        (self.ticks(nanos) as u32).saturating_add(2)
    }

    /// Whether `most` ticks last for so short that [`ticks_to_wait`](Self::ticks_to_wait) is never too few.
    #[inline(always)]
    pub const fn tells_all(self, most: u32) -> bool {
        // Nine tenths: 2^32 ns lack up to 1.03 ticks.
        self.nanos(most as u64) <= u32::MAX as u64 / 10 * 9
    }

    /// The time that `most` ticks last, rounded up to all that one word of nanoseconds tells if it fits one: then the
    /// other word need only be compared with zero.
    const fn reach(self, most: u32) -> u64 {
        let nanos = self.nanos(most as u64);
        if nanos <= u32::MAX as u64 { u32::MAX as u64 } else { nanos }
    }
}

/// `x * mul / 2^shift` for `shift <= 32`, without a 128-bit product.
#[inline(always)]
const fn mul_shift(x: u64, mul: u32, shift: u32) -> u64 {
    let low = (x as u32 as u64 * mul as u64) >> shift;
    let high = (x >> 32).wrapping_mul(mul as u64) << (32 - shift);
    low.wrapping_add(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [u32; 14] = [
        1,
        32_768,
        1_000_000,
        8_000_000,
        10_000_000,
        12_000_000,
        12_500_000,
        16_000_000,
        25_000_000,
        64_000_000,
        72_000_000,
        168_000_000,
        999_999_937,
        999_999_999,
    ];

    fn exact_nanos(ticks: u64, hz: u32) -> u128 {
        ticks as u128 * NANOS_PER_SEC as u128 / hz as u128
    }

    #[test]
    fn nanos_are_exact_or_off_by_a_billionth() {
        for hz in RATES {
            let rate = Rate::from_hz(hz);
            for shift in 0..56 {
                for ticks in [(1u64 << shift) - 1, 1 << shift, (1 << shift) + 12_345] {
                    let exact = exact_nanos(ticks, hz);
                    if exact > u64::MAX as u128 / 4 {
                        continue;
                    }
                    let off = (rate.nanos(ticks) as u128).abs_diff(exact);
                    assert!(off <= 1 + exact / 1_000_000_000, "{hz} Hz, {ticks} ticks: off by {off} ns of {exact}");
                }
            }
        }
    }

    #[test]
    fn common_rates_are_exact() {
        for hz in [32_768, 1_000_000, 8_000_000, 10_000_000, 12_500_000, 16_000_000, 25_000_000, 64_000_000] {
            let rate = Rate::from_hz(hz);
            for ticks in [1, 2, 3, 1 << 24, u32::MAX as u64, 1 << 40, (1 << 45) + 77] {
                assert_eq!(rate.nanos(ticks) as u128, exact_nanos(ticks, hz), "{hz} Hz, {ticks} ticks");
            }
        }
    }

    #[test]
    fn nanos_never_run_backwards() {
        for hz in RATES {
            let rate = Rate::from_hz(hz);
            let mut last = 0;
            for ticks in ((1u64 << 32) - 5_000)..((1u64 << 32) + 5_000) {
                let nanos = rate.nanos(ticks);
                assert!(nanos >= last, "{hz} Hz at {ticks}");
                last = nanos;
            }
        }
    }

    #[test]
    fn waiting_neither_overshoots_a_tick_nor_stops_short() {
        for hz in RATES {
            let rate = Rate::from_hz(hz);
            for most in [0xff, 0xffff, 0xff_ffff, u32::MAX - 1] {
                for nanos in [0, 1, 79, 80, 81, 1_000, 999_999, 1_000_000, 40_000_000, 1_300_000_000, 1 << 40, u64::MAX]
                {
                    let ticks = rate.ticks_to_wait(nanos, most) as u128;
                    let exact = nanos as u128 * hz as u128 / NANOS_PER_SEC as u128;
                    assert!(
                        ticks <= exact + 2 || exact > most as u128,
                        "{hz} Hz, {nanos} ns: {ticks} overshoot {exact}"
                    );
                    let off = if rate.tells_all(most) { 0 } else { nanos as u128 / 4_000_000_000 };
                    assert!(
                        // Whole ticks: a part of one counts.
                        ticks >= exact + 1 - off.min(1) - off || ticks > most as u128,
                        "{hz} Hz, {nanos} ns: {ticks} of {exact}"
                    );
                }
            }
        }
    }
}
