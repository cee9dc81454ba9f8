//! A reply larger than the output buffer, sent piece by piece.

use super::number::Decimal;
use super::reply::Output;

/// Writes one piece of a long reply.
///
/// The reply is produced from its beginning for every piece; what earlier pieces held is passed over, and what comes
/// after this one is dropped. It costs time instead of memory, so it is for replies that are rare, and the reply must
/// be the same every time.
pub(crate) struct Window<'o, 'b> {
    out: Option<&'o mut Output<'b>>,
    produced: usize,
    sent: usize,
}

impl Window<'_, '_> {
    /// Writes the piece of `reply` that starts behind the first `skip` bytes. Returns nothing if that ended it, or how
    /// much has been sent by now.
    pub(crate) fn write(out: &mut Output<'_>, skip: usize, reply: impl FnOnce(&mut Window<'_, '_>)) -> Option<usize> {
        let mut window = Window { out: Some(out), produced: 0, sent: skip };
        reply(&mut window);
        (window.sent < window.produced).then_some(window.sent)
    }

    /// The length of what `write` writes.
    pub(crate) fn measure(write: impl FnOnce(&mut Window<'_, '_>)) -> usize {
        let mut window = Window { out: None, produced: 0, sent: 0 };
        write(&mut window);
        window.produced
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let start = self.produced;
        self.produced += bytes.len();
        if let Some(out) = &mut self.out
            && let Some(bytes) = bytes.get(self.sent.saturating_sub(start)..)
            // After a gap nothing may follow.
            && start <= self.sent
        {
            let before = out.len();
            out.raw(bytes);
            self.sent += out.len() - before;
        }
    }

    pub(crate) fn number(&mut self, value: u64) {
        self.raw(Decimal::unsigned(value).as_bytes());
    }

    pub(crate) fn array(&mut self, length: u32) {
        self.raw(b"*");
        self.number(length as u64);
        self.raw(b"\r\n");
    }

    pub(crate) fn bulk(&mut self, bytes: &[u8]) {
        self.bulk_header(bytes.len());
        self.raw(bytes);
        self.raw(b"\r\n");
    }

    pub(crate) fn bulk_header(&mut self, length: usize) {
        self.raw(b"$");
        self.number(length as u64);
        self.raw(b"\r\n");
    }

    pub(crate) fn integer(&mut self, value: i64) {
        self.raw(b":");
        self.raw(Decimal::signed(value).as_bytes());
        self.raw(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(window: &mut Window<'_, '_>) {
        window.array(3);
        window.bulk(b"a rather long word");
        window.bulk(b"");
        window.integer(-17);
    }

    #[test]
    fn pieces_of_any_size_make_the_same_reply() {
        let whole = b"*3\r\n$18\r\na rather long word\r\n$0\r\n\r\n:-17\r\n";
        assert_eq!(Window::measure(reply), whole.len());
        for size in 1..=whole.len() {
            let mut sent = Vec::new();
            let mut at = Some(0);
            while let Some(skip) = at {
                let mut buffer = vec![0; size];
                let mut out = Output::new(&mut buffer, 0, size);
                at = Window::write(&mut out, skip, reply);
                let length = out.len();
                sent.extend_from_slice(&buffer[..length]);
            }
            assert_eq!(sent, whole, "pieces of {size}");
        }
    }
}
