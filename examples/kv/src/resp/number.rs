//! Decimal numbers as the protocol writes them, without `core::fmt`.

/// Reads a signed integer by the rules of Redis: no plus sign, no leading zeros, no spaces, nothing behind it.
pub(crate) fn parse_i64(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        // Nineteen digits always fit a u64, so the loop below needs no overflow check.
        [b'1'..=b'9', ..] if digits.len() <= 19 => {}
        _ => return None,
    }
    let mut value = 0u64;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.wrapping_mul(10).wrapping_add(digit as u64);
    }
    match negative {
        true if value <= i64::MIN.unsigned_abs() => Some((value as i64).wrapping_neg()),
        true => None,
        false => i64::try_from(value).ok(),
    }
}

/// The decimal digits of an integer.
pub(crate) struct Decimal {
    digits: [u8; Self::LONGEST],
    length: usize,
}

impl Decimal {
    /// As many bytes as `i64::MIN` and `u64::MAX` have.
    pub(crate) const LONGEST: usize = 20;

    #[inline]
    pub(crate) fn signed(value: i64) -> Self {
        Self::new(value < 0, value.unsigned_abs())
    }

    #[inline]
    pub(crate) fn unsigned(value: u64) -> Self {
        Self::new(false, value)
    }

    fn new(negative: bool, mut value: u64) -> Self {
        let mut digits = [0; Self::LONGEST];
        let mut length = 0;
        let mut places = digits.iter_mut().rev();
        let mut push_front = |byte| {
            if let Some(place) = places.next() {
                *place = byte;
                length += 1;
            }
        };
        // Nine digits per 64-bit division: a board has no instruction for those, and most numbers need none.
        while value > u32::MAX as u64 {
            let mut low = (value % 1_000_000_000) as u32;
            value /= 1_000_000_000;
            for _ in 0..9 {
                push_front(b'0' + (low % 10) as u8);
                low /= 10;
            }
        }
        let mut value = value as u32;
        loop {
            push_front(b'0' + (value % 10) as u8);
            value /= 10;
            if value == 0 {
                break;
            }
        }
        if negative {
            push_front(b'-');
        }
        Self { digits, length }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.digits.get(Self::LONGEST.wrapping_sub(self.length)..).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_every_size() {
        for value in [0, 7, 10, 4_294_967_295, 4_294_967_296, 1_000_000_000_000_000_000, u64::MAX] {
            assert_eq!(Decimal::unsigned(value).as_bytes(), value.to_string().as_bytes());
        }
        for value in [0, -1, 12, i64::MIN, i64::MAX] {
            assert_eq!(Decimal::signed(value).as_bytes(), value.to_string().as_bytes());
        }
    }

    #[test]
    fn reads_what_it_writes() {
        for value in [0, 1, -1, 42, i64::MAX, i64::MIN, -9_000_000_000] {
            assert_eq!(parse_i64(Decimal::signed(value).as_bytes()), Some(value));
        }
    }

    #[test]
    fn refuses_what_redis_refuses() {
        for text in ["", "-", "-0", "+1", "01", " 1", "1 ", "1x", "9223372036854775808", "-9223372036854775809"] {
            assert_eq!(parse_i64(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(parse_i64(b"99999999999999999999"), None);
    }
}
