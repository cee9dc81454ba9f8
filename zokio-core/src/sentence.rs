//! Sentences with numbers in them, put together at compile time: what a failed check says.

/// For `const` blocks: fails with `what` unless the condition holds.
///
/// The compiler points at the caller, where `assert!` would have it point into the standard library, whose source is shown
/// on some machines and not on others.
#[track_caller]
pub(crate) const fn require(condition: bool, what: &str) {
    if !condition {
        panic!("{}", what);
    }
}

/// Text of at most 192 bytes.
#[derive(Clone, Copy)]
pub(crate) struct Sentence {
    bytes: [u8; 192],
    len: usize,
}

impl Sentence {
    pub(crate) const fn new(beginning: &str) -> Self {
        Self { bytes: [0; 192], len: 0 }.text(beginning)
    }

    /// Appends `text`. What does not fit is left out.
    pub(crate) const fn text(mut self, text: &str) -> Self {
        let mut at = 0;
        while at < text.len() && self.len < self.bytes.len() {
            self.bytes[self.len] = text.as_bytes()[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    /// Appends `number` in decimal.
    pub(crate) const fn number(mut self, number: usize) -> Self {
        if number >= 10 {
            self = self.number(number / 10);
        }
        if self.len < self.bytes.len() {
            self.bytes[self.len] = b'0' + (number % 10) as u8;
            self.len += 1;
        }
        self
    }

    /// Fails with the text.
    #[track_caller]
    pub(crate) const fn raise(&self) -> ! {
        panic!("{}", self.as_str())
    }

    pub(crate) const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            // Cut in the middle of a letter that is not ASCII; there is none.
            Err(_) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sentence;

    #[test]
    fn numbers_are_decimal_and_too_much_is_cut() {
        const SENTENCE: Sentence = Sentence::new("from ").number(0).text(" to ").number(1_234_567);
        assert_eq!(SENTENCE.as_str(), "from 0 to 1234567");
        let long = Sentence::new(&"x".repeat(191)).number(42).text("y");
        assert_eq!(long.as_str().len(), 192);
    }
}
