//! An incremental parser of requests over a fixed buffer.
//!
//! It keeps its place, so a command that arrives byte by byte costs no more than one that arrives whole, and what it
//! answers does not depend on how the stream is cut. A command larger than the buffer is skipped over while it streams
//! in; the commands behind it are not lost.

use super::inline;
use super::reply::Output;

/// The largest bulk that Redis takes (`proto-max-bulk-len`); a longer one is a protocol error.
const LARGEST_BULK: u32 = 512 * 1024 * 1024;

/// What [`Parser::advance`] found. Anything but `Incomplete` stays until [`Parser::finish`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// The buffer holds no complete command.
    Incomplete,
    /// A complete command.
    Command(Request),
    /// A command that did not fit the buffer has gone by. Its longest argument had this many bytes.
    Oversized(u32),
    /// The peer does not speak the protocol; the connection is of no more use.
    Broken(Violation),
}

/// Where the arguments of a complete command lie in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) arguments: u32,
    pub(crate) inline: bool,
}

/// What Redis closes a connection for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// The number behind `*`.
    MultibulkLength,
    /// The number behind `$`.
    BulkLength,
    /// This byte instead of a `$`.
    ExpectedBulk(u8),
    /// Something else than a line end behind a bulk.
    BulkEnd,
    /// A line without end.
    InlineTooLong,
    /// Quotes that do not match.
    UnbalancedQuotes,
}

const PROTOCOL_ERROR: &[u8] = b"ERR Protocol error: ";

impl Violation {
    /// Tells the client, in the words of Redis.
    pub(crate) fn write(self, out: &mut Output<'_>) {
        let text: &[u8] = match self {
            Self::MultibulkLength => b"invalid multibulk length",
            Self::BulkLength => b"invalid bulk length",
            Self::ExpectedBulk(byte) => return out.error(&[PROTOCOL_ERROR, b"expected '$', got '", &[byte], b"'"]),
            Self::BulkEnd => b"expected a line end behind a bulk",
            Self::InlineTooLong => b"too big inline request",
            Self::UnbalancedQuotes => b"unbalanced quotes in request",
        };
        out.error(&[PROTOCOL_ERROR, text]);
    }
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Before the first byte of a command.
    Start,
    /// In a line that does not start with `*`.
    Inline,
    /// In the number behind `*`.
    Count,
    /// Before or in `$length`.
    BulkHeader,
    /// In a bulk of so many bytes.
    Bulk(usize),
    /// In a bulk of an oversized command, of which so many bytes and its line end are to come.
    Skip(usize),
    /// At the end of a command, or of what could be understood.
    Ended(Parsed),
}

/// The state of one connection's input; the buffer itself is the caller's, always the same one.
///
/// *Invariant "in order":* `start <= at <= end <= buffer.len()`.
#[derive(Debug)]
pub(crate) struct Parser {
    /// Where the command begins that is being read.
    start: usize,
    /// Up to where it has been understood.
    at: usize,
    /// Up to where the buffer is filled.
    end: usize,
    phase: Phase,
    /// Where the arguments begin, relative to `start`.
    first: usize,
    arguments: u32,
    left: u32,
    longest: u32,
    /// The command does not fit, so what has been understood of it is dropped.
    oversized: bool,
}

/// The number in a header line.
enum Number {
    Partial,
    Wrong,
    /// The value, and the length of the line with its end.
    Is(i64, usize),
}

impl Parser {
    pub(crate) const fn new() -> Self {
        Self {
            start: 0,
            at: 0,
            end: 0,
            phase: Phase::Start,
            first: 0,
            arguments: 0,
            left: 0,
            longest: 0,
            oversized: false,
        }
    }

    /// Where the next bytes of the stream go. Never empty after [`advance`](Self::advance) said `Incomplete`.
    pub(crate) fn space<'b>(&mut self, buffer: &'b mut [u8]) -> &'b mut [u8] {
        if self.start > 0 {
            buffer.copy_within(self.start..self.end, 0);
            self.at -= self.start;
            self.end -= self.start;
            self.start = 0;
        }
        buffer.get_mut(self.end..).unwrap_or(&mut [])
    }

    /// Tells that `count` bytes were put into [`space`](Self::space).
    pub(crate) fn filled(&mut self, buffer: &[u8], count: usize) {
        self.end = (self.end + count).min(buffer.len());
    }

    /// Whether a command has begun to arrive and not ended.
    pub(crate) fn is_amid(&self) -> bool {
        self.start < self.end || self.oversized
    }

    /// Whether what has begun to arrive is a plain line.
    pub(crate) fn is_line(&self) -> bool {
        matches!(self.phase, Phase::Inline)
    }

    /// Forgets all that has arrived.
    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }

    /// Goes on to the next command.
    pub(crate) fn finish(&mut self) {
        if let Phase::Ended(_) = self.phase {
            self.begin();
        }
    }

    /// Reads on. Returns the same again until [`finish`](Self::finish).
    #[inline]
    pub(crate) fn advance(&mut self, buffer: &mut [u8]) -> Parsed {
        loop {
            let parsed = match self.phase {
                Phase::Start => self.first_byte(buffer),
                Phase::Count => self.count(buffer),
                Phase::BulkHeader => self.bulk_header(buffer),
                Phase::Bulk(length) => self.bulk(buffer, length),
                Phase::Skip(length) => self.skip(length),
                Phase::Inline => self.inline(buffer),
                Phase::Ended(parsed) => Some(parsed),
            };
            match parsed {
                None => {}
                Some(Parsed::Incomplete) if !self.oversized && self.end - self.start == buffer.len() => {
                    if let Phase::Inline = self.phase {
                        self.phase = Phase::Ended(Parsed::Broken(Violation::InlineTooLong));
                    } else {
                        self.oversize();
                    }
                }
                Some(Parsed::Incomplete) => return Parsed::Incomplete,
                Some(parsed) => {
                    self.phase = Phase::Ended(parsed);
                    return parsed;
                }
            }
        }
    }

    /// From here on the next command.
    fn begin(&mut self) {
        if self.at == self.end {
            self.at = 0;
            self.end = 0;
        }
        self.start = self.at;
        self.oversized = false;
        self.phase = Phase::Start;
    }

    /// From here on what was understood of this command is dropped.
    fn oversize(&mut self) {
        self.oversized = true;
        self.start = self.at;
    }

    fn first_byte(&mut self, buffer: &[u8]) -> Option<Parsed> {
        let rest = self.rest(buffer);
        let Some(byte) = rest.first() else { return Some(Parsed::Incomplete) };
        if let Some((count @ 1.., arguments, tail)) = short_command(rest) {
            self.at = self.end - tail.len();
            let from = self.end - arguments.len();
            return Some(Parsed::Command(Request { from, to: self.at, arguments: count.into(), inline: false }));
        }
        self.phase = if *byte == b'*' { Phase::Count } else { Phase::Inline };
        None
    }

    fn count(&mut self, buffer: &[u8]) -> Option<Parsed> {
        let (value, length) = match number(self.rest(buffer)) {
            Number::Partial => return Some(Parsed::Incomplete),
            Number::Is(value, length) if value <= i32::MAX as i64 => (value, length),
            _ => return Some(Parsed::Broken(Violation::MultibulkLength)),
        };
        self.at += length;
        if value <= 0 {
            self.begin();
            return None;
        }
        self.first = self.at - self.start;
        self.arguments = value as u32;
        self.left = value as u32;
        self.longest = 0;
        self.phase = Phase::BulkHeader;
        None
    }

    fn bulk_header(&mut self, buffer: &[u8]) -> Option<Parsed> {
        if self.left == 0 {
            return Some(self.complete());
        }
        let rest = self.rest(buffer);
        match rest.first() {
            None => return Some(Parsed::Incomplete),
            Some(b'$') => {}
            Some(other) => return Some(Parsed::Broken(Violation::ExpectedBulk(*other))),
        }
        let (value, length) = match number(rest) {
            Number::Partial => return Some(Parsed::Incomplete),
            Number::Is(value, length) if (0..=LARGEST_BULK as i64).contains(&value) => (value as u32, length),
            _ => return Some(Parsed::Broken(Violation::BulkLength)),
        };
        self.at += length;
        self.left -= 1;
        self.longest = self.longest.max(value);
        if !self.oversized && self.at - self.start + value as usize + 2 > buffer.len() {
            self.oversize();
        }
        self.phase = if self.oversized { Phase::Skip(value as usize + 2) } else { Phase::Bulk(value as usize) };
        None
    }

    fn bulk(&mut self, buffer: &[u8], length: usize) -> Option<Parsed> {
        let rest = self.rest(buffer);
        // A wrong first byte of the line end is reported at once, so that the answer is the same however it is cut.
        match (rest.get(length), rest.get(length + 1)) {
            (Some(b'\r'), Some(b'\n')) => {}
            (None, _) | (Some(b'\r'), None) => return Some(Parsed::Incomplete),
            _ => return Some(Parsed::Broken(Violation::BulkEnd)),
        }
        self.at += length + 2;
        self.phase = Phase::BulkHeader;
        None
    }

    fn skip(&mut self, length: usize) -> Option<Parsed> {
        let step = length.min(self.end - self.at);
        self.at += step;
        self.start = self.at;
        if step < length {
            self.phase = Phase::Skip(length - step);
            return Some(Parsed::Incomplete);
        }
        self.phase = Phase::BulkHeader;
        None
    }

    fn complete(&mut self) -> Parsed {
        if self.oversized {
            return Parsed::Oversized(self.longest);
        }
        Parsed::Command(Request {
            from: self.start + self.first,
            to: self.at,
            arguments: self.arguments,
            inline: false,
        })
    }

    fn inline(&mut self, buffer: &mut [u8]) -> Option<Parsed> {
        let Some(length) = self.rest(buffer).iter().position(|byte| *byte == b'\n') else {
            self.at = self.end;
            if self.end - self.start >= inline::LONGEST {
                return Some(Parsed::Broken(Violation::InlineTooLong));
            }
            return Some(Parsed::Incomplete);
        };
        self.at += length + 1;
        let line = buffer.get_mut(self.start..self.at).unwrap_or(&mut []);
        if line.len() > inline::LONGEST {
            return Some(Parsed::Broken(Violation::InlineTooLong));
        }
        match inline::unquote(line) {
            Err(inline::Unbalanced) => Some(Parsed::Broken(Violation::UnbalancedQuotes)),
            // An empty line is no request and gets no answer.
            Ok(0) => {
                self.begin();
                None
            }
            Ok(arguments) => Some(Parsed::Command(Request { from: self.start, to: self.at, arguments, inline: true })),
        }
    }

    fn rest<'b>(&self, buffer: &'b [u8]) -> &'b [u8] {
        buffer.get(self.at..self.end).unwrap_or(&[])
    }
}

/// A complete command of fewer than 100 arguments of fewer than 100 bytes, as nearly all are: how many arguments it has,
/// what follows their number, and what follows it.
///
/// It only saves time: what it does not take, the parser does.
#[inline]
fn short_command(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (count, arguments) = short_number(b'*', bytes)?;
    let mut rest = arguments;
    for _ in 0..count {
        let (length, tail) = short_number(b'$', rest)?;
        rest = tail.split_at_checked(length.into())?.1.strip_prefix(b"\r\n")?;
    }
    Some((count, arguments, rest))
}

/// A header line with a number of one or two digits.
#[inline]
fn short_number(kind: u8, line: &[u8]) -> Option<(u8, &[u8])> {
    match line {
        [first, ones @ b'0'..=b'9', b'\r', b'\n', rest @ ..] if *first == kind => Some((ones - b'0', rest)),
        [first, tens @ b'1'..=b'9', ones @ b'0'..=b'9', b'\r', b'\n', rest @ ..] if *first == kind => {
            Some(((tens - b'0') * 10 + (ones - b'0'), rest))
        }
        _ => None,
    }
}

/// Reads `*3\r\n`: one byte of any kind, then a number by the rules of Redis, then a line end.
///
/// A wrong byte is reported at once and not when the line has ended.
fn number(line: &[u8]) -> Number {
    let mut digits = 0usize;
    let mut negative = false;
    let mut value = 0u64;
    for (index, byte) in line.iter().enumerate().skip(1) {
        match byte {
            b'0'..=b'9' if digits < 18 && (digits == 0 || value > 0) && !(negative && *byte == b'0' && digits == 0) => {
                value = value * 10 + (byte - b'0') as u64;
                digits += 1;
            }
            b'-' if index == 1 => negative = true,
            b'\r' if digits > 0 => {
                return match line.get(index + 1) {
                    None => Number::Partial,
                    Some(b'\n') if negative => Number::Is(-(value as i64), index + 2),
                    Some(b'\n') => Number::Is(value as i64, index + 2),
                    Some(_) => Number::Wrong,
                };
            }
            _ => return Number::Wrong,
        }
    }
    Number::Partial
}
