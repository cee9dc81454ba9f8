//! The arguments of a complete command, read in place from the input buffer.

use super::inline;

/// The arguments of one command, in order, as slices of the input buffer.
///
/// Only their number and the bytes they lie in are kept, so a command may have as many as the buffer holds.
#[derive(Clone)]
pub(crate) struct Args<'a> {
    rest: &'a [u8],
    left: u32,
    inline: bool,
}

impl<'a> Args<'a> {
    /// The arguments in `bytes`, which the parser found to be `count` complete ones.
    pub(crate) fn new(bytes: &'a [u8], count: u32, inline: bool) -> Self {
        Self { rest: bytes, left: count, inline }
    }

    /// How many have not been taken.
    pub(crate) fn len(&self) -> u32 {
        self.left
    }
}

impl<'a> Iterator for Args<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        self.left = self.left.checked_sub(1)?;
        let (argument, rest) = if self.inline { inline::next(self.rest)? } else { bulk(self.rest)? };
        self.rest = rest;
        Some(argument)
    }
}

/// Splits `$3\r\nGET\r\n…` into `GET` and what follows.
#[inline]
fn bulk(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut rest = bytes.get(1..)?;
    let mut length = 0usize;
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        length = length.wrapping_mul(10).wrapping_add((digit - b'0') as usize);
        rest = tail;
    }
    let (argument, rest) = rest.get(2..)?.split_at_checked(length)?;
    Some((argument, rest.get(2..)?))
}
