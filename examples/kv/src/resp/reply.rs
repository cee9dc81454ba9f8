//! Replies, written into a fixed buffer without `core::fmt`.

use super::number::Decimal;

/// What is waiting to be sent to a client.
///
/// A caller asks for [`room`](Self::room) before it writes. What does not fit all the same is cut off, never a panic.
pub(crate) struct Output<'b> {
    buffer: &'b mut [u8],
    length: usize,
    piece: usize,
}

impl<'b> Output<'b> {
    /// Writes into `buffer` behind the `length` bytes that wait there already.
    ///
    /// Commands are done while there is room for `piece` bytes, which is also the longest that an error line can be, so
    /// that it does not depend on what was said before it.
    pub(crate) fn new(buffer: &'b mut [u8], length: usize, piece: usize) -> Self {
        Self { buffer, length, piece }
    }

    /// How much room every reply, or piece of one, has at least.
    pub(crate) fn piece(&self) -> usize {
        self.piece
    }

    /// How many bytes wait to be sent.
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// How many bytes can be added.
    pub(crate) fn room(&self) -> usize {
        self.buffer.len().saturating_sub(self.length)
    }

    /// Adds `bytes` as they are, as many as fit.
    #[inline]
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        match self.buffer.get_mut(self.length..).and_then(|free| free.get_mut(..bytes.len())) {
            Some(place) => {
                place.copy_from_slice(bytes);
                self.length += bytes.len();
            }
            None => self.cut(bytes),
        }
    }

    #[cold]
    fn cut(&mut self, bytes: &[u8]) {
        if let Some(bytes) = bytes.get(..self.room()) {
            self.raw(bytes);
        }
    }

    /// `+OK`.
    pub(crate) fn ok(&mut self) {
        self.raw(b"+OK\r\n");
    }

    /// The null bulk string: there is no such thing.
    pub(crate) fn nil(&mut self) {
        self.raw(b"$-1\r\n");
    }

    pub(crate) fn integer(&mut self, value: i64) {
        match u8::try_from(value) {
            Ok(digit @ 0..10) => self.short_header(b':', digit),
            _ => self.header(b':', &Decimal::signed(value)),
        }
    }

    /// An integer that is written out already.
    pub(crate) fn decimal(&mut self, value: &Decimal) {
        self.header(b':', value);
    }

    #[inline]
    pub(crate) fn bulk(&mut self, bytes: &[u8]) {
        match u8::try_from(bytes.len()) {
            Ok(digit @ 0..10) => self.short_header(b'$', digit),
            _ => self.header(b'$', &Decimal::unsigned(bytes.len() as u64)),
        }
        self.raw(bytes);
        self.raw(b"\r\n");
    }

    /// The head of an array; its `length` elements follow.
    pub(crate) fn array(&mut self, length: u32) {
        self.header(b'*', &Decimal::unsigned(length as u64));
    }

    /// An error line made of `parts`; see [`error_line`](Self::error_line).
    pub(crate) fn error(&mut self, parts: &[&[u8]]) {
        self.error_line(|line| parts.iter().for_each(|part| line.raw(part)));
    }

    /// An error line that `write` writes, cut off at the length of a piece. A line end within it becomes blanks.
    pub(crate) fn error_line(&mut self, write: impl FnOnce(&mut Output<'_>)) {
        let start = self.length;
        // The line end must fit in any case.
        let most = self.buffer.len().min(start + self.piece).saturating_sub(2);
        let mut line = Output { buffer: self.buffer.get_mut(..most).unwrap_or(&mut []), ..*self };
        line.raw(b"-");
        write(&mut line);
        let end = line.length;
        for byte in self.buffer.get_mut(start..end).unwrap_or(&mut []) {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
        self.length = end;
        self.raw(b"\r\n");
    }

    /// A header with a single digit, as most have.
    #[inline]
    fn short_header(&mut self, kind: u8, digit: u8) {
        self.raw(&[kind, b'0' + digit, b'\r', b'\n']);
    }

    fn header(&mut self, kind: u8, number: &Decimal) {
        self.raw(&[kind]);
        self.raw(number.as_bytes());
        self.raw(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(capacity: usize, write: impl FnOnce(&mut Output<'_>)) -> String {
        let mut buffer = vec![0; capacity];
        let mut output = Output::new(&mut buffer, 0, 100);
        write(&mut output);
        let length = output.len();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    #[test]
    fn every_kind_of_reply() {
        let all = written(200, |out| {
            out.ok();
            out.nil();
            out.integer(-42);
            out.bulk(b"hello");
            out.bulk(b"");
            out.array(12);
            out.error(&[b"ERR no ", b"such\r\nthing"]);
        });
        assert_eq!(all, "+OK\r\n$-1\r\n:-42\r\n$5\r\nhello\r\n$0\r\n\r\n*12\r\n-ERR no such  thing\r\n");
    }

    #[test]
    fn an_error_that_does_not_fit_is_cut_off_but_ends() {
        assert_eq!(written(10, |out| out.error(&[b"ERR unknown"])), "-ERR unk\r\n");
    }

    #[test]
    fn nothing_overflows() {
        for capacity in 0..12 {
            assert!(written(capacity, |out| out.bulk(b"hello")).len() <= capacity);
            assert!(written(capacity, |out| out.error(&[b"ERR unknown"])).len() <= capacity);
        }
    }
}
