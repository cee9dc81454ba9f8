//! Bytes that were received and not read: a line of pooled buffers for each socket.
//!
//! *Invariant "in one line":* a buffer that a completion lent is in the line of one socket, from [`push`](Unread::push) until
//! [`pop`](Unread::pop) hands it out to be given back.

use crate::driver::DATAGRAM_BUFFERS;

/// How many buffers a pool has at most.
const MOST_BUFFERS: usize = 1 << 15;

/// Ends a line.
const NONE: u16 = u16::MAX;

/// The buffers of one socket, oldest first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    first: u16,
    last: u16,
    count: u16,
    /// How many bytes of the first were read.
    read: u32,
}

impl Line {
    pub(super) const EMPTY: Self = Self { first: NONE, last: NONE, count: 0, read: 0 };

    pub(super) fn count(&self) -> u16 {
        self.count
    }
}

/// A buffer in a line.
#[derive(Clone, Copy)]
struct Filled {
    len: u32,
    next: u16,
}

/// What is in the buffers of a pool, and in those for datagrams, whose numbers follow.
pub(super) struct Unread(Vec<Filled>);

impl Unread {
    /// For a pool of `count` buffers, which it may round up to a power of two, and with those for `datagrams`, if there are any.
    pub(super) fn new(count: u16, datagrams: bool) -> Self {
        let count = usize::from(count).max(1).next_power_of_two().min(MOST_BUFFERS);
        let more = if datagrams { usize::from(DATAGRAM_BUFFERS) } else { 0 };
        Self(vec![Filled { len: 0, next: NONE }; count + more])
    }

    /// Appends `len` bytes in `buffer`.
    pub(super) fn push(&mut self, line: &mut Line, buffer: u16, len: u32) {
        self.0[usize::from(buffer)] = Filled { len, next: NONE };
        match line.last {
            NONE => line.first = buffer,
            last => self.0[usize::from(last)].next = buffer,
        }
        line.last = buffer;
        line.count += 1;
    }

    /// The oldest buffer, and which of its bytes are to be read.
    #[inline]
    pub(super) fn first(&self, line: &Line) -> Option<(u16, std::ops::Range<u32>)> {
        let filled = self.0.get(usize::from(line.first))?;
        Some((line.first, line.read..filled.len))
    }

    /// `len` more bytes of the oldest buffer were read. Hands it out if those were its last.
    #[inline]
    pub(super) fn read(&mut self, line: &mut Line, len: u32) -> Option<u16> {
        let filled = self.0.get(usize::from(line.first))?;
        line.read += len;
        if line.read < filled.len { None } else { self.pop(line) }
    }

    /// Takes the oldest buffer out, whatever was read of it.
    pub(super) fn pop(&mut self, line: &mut Line) -> Option<u16> {
        let buffer = line.first;
        let next = self.0.get(usize::from(buffer))?.next;
        *line = match next {
            NONE => Line::EMPTY,
            _ => Line { first: next, count: line.count - 1, read: 0, ..*line },
        };
        Some(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_lines_through_the_same_buffers() {
        let mut unread = Unread::new(3, true);
        let (mut one, mut other) = (Line::EMPTY, Line::EMPTY);
        assert_eq!((unread.first(&one), unread.pop(&mut one), unread.read(&mut one, 1)), (None, None, None));
        unread.push(&mut one, 2, 10);
        unread.push(&mut other, 0, 5);
        unread.push(&mut one, 3, 4);
        assert_eq!((one.count(), other.count()), (2, 1));
        assert_eq!(unread.read(&mut one, 9), None);
        assert_eq!(unread.first(&one), Some((2, 9..10)));
        assert_eq!(unread.read(&mut one, 1), Some(2));
        unread.push(&mut one, 2, 1);
        assert_eq!(unread.first(&one), Some((3, 0..4)));
        assert_eq!((unread.pop(&mut one), unread.pop(&mut one), unread.pop(&mut one)), (Some(3), Some(2), None));
        assert_eq!((unread.read(&mut other, 5), other.count()), (Some(0), 0));
        // The last of those for datagrams.
        unread.push(&mut one, 4 + DATAGRAM_BUFFERS - 1, 100);
        assert_eq!(unread.pop(&mut one), Some(4 + DATAGRAM_BUFFERS - 1));
    }
}
