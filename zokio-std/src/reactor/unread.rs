//! Bytes that were received and not read: a line of pooled buffers for each socket.
//!
//! *Invariant "in one line":* a buffer that a completion lent is in the line of one socket, from [`push`](Unread::push) until
//! [`pop`](Unread::pop) hands it out to be given back.

use crate::driver::{DATAGRAM_BUFFERS, DATAGRAMS};

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

/// What is in the buffers of a pool, and in those for datagrams.
pub(super) struct Unread {
    filled: Vec<Filled>,
    /// Where those for datagrams begin.
    datagrams: usize,
}

impl Unread {
    /// For a pool of `count` buffers, which it may round up to a power of two, and with those for `datagrams`, if there are any.
    pub(super) fn new(count: u16, datagrams: bool) -> Self {
        let count = usize::from(count).max(1).next_power_of_two().min(usize::from(DATAGRAMS));
        let more = if datagrams { usize::from(DATAGRAM_BUFFERS) } else { 0 };
        Self { filled: vec![Filled { len: 0, next: NONE }; count + more], datagrams: count }
    }

    #[inline]
    fn get(&self, buffer: u16) -> Option<&Filled> {
        self.filled.get(self.place(buffer))
    }

    #[inline]
    fn place(&self, buffer: u16) -> usize {
        match buffer & DATAGRAMS {
            0 => usize::from(buffer),
            _ => self.datagrams + usize::from(buffer & !DATAGRAMS),
        }
    }

    /// Appends `len` bytes in `buffer`.
    pub(super) fn push(&mut self, line: &mut Line, buffer: u16, len: u32) {
        let place = self.place(buffer);
        self.filled[place] = Filled { len, next: NONE };
        match line.last {
            NONE => line.first = buffer,
            last => {
                let place = self.place(last);
                self.filled[place].next = buffer;
            }
        }
        line.last = buffer;
        line.count += 1;
    }

    /// The oldest buffer, and which of its bytes are to be read.
    #[inline]
    pub(super) fn first(&self, line: &Line) -> Option<(u16, std::ops::Range<u32>)> {
        let filled = self.get(line.first)?;
        Some((line.first, line.read..filled.len))
    }

    /// `len` more bytes of the oldest buffer were read. Hands it out if those were its last.
    #[inline]
    pub(super) fn read(&mut self, line: &mut Line, len: u32) -> Option<u16> {
        let filled = self.get(line.first)?;
        line.read += len;
        if line.read < filled.len { None } else { self.pop(line) }
    }

    /// Takes the oldest buffer out, whatever was read of it.
    pub(super) fn pop(&mut self, line: &mut Line) -> Option<u16> {
        let buffer = line.first;
        let next = self.get(buffer)?.next;
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
        // Buffers of the other kind, with the same numbers.
        for number in [2, 3, DATAGRAM_BUFFERS - 1] {
            unread.push(&mut one, number | DATAGRAMS, u32::from(number) + 100);
        }
        unread.push(&mut other, 3, 1);
        assert_eq!((unread.first(&one), one.count()), (Some((2 | DATAGRAMS, 0..102)), 3));
        assert_eq!((unread.pop(&mut one), unread.first(&one)), (Some(2 | DATAGRAMS), Some((3 | DATAGRAMS, 0..103))));
        assert_eq!(unread.first(&other), Some((3, 0..1)));
    }
}
