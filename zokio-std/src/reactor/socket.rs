//! What the reactor knows about a socket, and the table of those records.

use super::doubts::Doubt;
use super::unread::Line;
use crate::driver::Reserved;
use rustix::fd::RawFd;
use std::task::Waker;
use zokio_core::driver::{Errno, Key, Table};

/// No record, and no place.
pub(super) const NONE: u32 = u32::MAX;

/// The handle of a record that is free.
pub(super) const CLOSED: RawFd = !0;

/// A socket. Outlives the stream that it belongs to until nothing is in flight on it and all it accepted is sent.
pub(super) struct Socket {
    pub(super) handle: RawFd,
    /// A stream exists for it.
    pub(super) owned: bool,
    pub(super) receiving: Receiving,
    /// It receives datagrams, and its handle is the program's.
    pub(super) datagrams: bool,
    pub(super) doubt: Doubt,
    /// For how many more reads it goes without pooled buffers.
    pub(super) direct: u8,
    /// What arrived before what `receiving` says.
    pub(super) unread: Line,
    pub(super) sending: Sending,
    /// A connect, a wait for room to send without a buffer, or a send of bytes that lie in the program's memory.
    pub(super) side: Side,
    /// Where the address of a connect is, while `side` is that; otherwise [`NONE`]. In a record that is free, the next such.
    pub(super) address: u32,
}

// As many as idle connections.
#[cfg(all(unix, target_pointer_width = "64"))]
const _: () = assert!(size_of::<Socket>() == 88);

/// The receiving side. "The read belongs to the stream": whatever is here stays when a read is dropped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Receiving {
    /// Nothing is in flight.
    Idle,
    /// Receiving into pooled buffers is in flight, or has ended and was not looked at.
    Armed(Key),
    /// No buffer was free: the next read receives into its own memory.
    Starved,
    /// ... and waits until there is something to receive.
    Watched(Key),
    /// The peer has ended the stream.
    Ended,
    /// Nobody reads any more, but an operation has not ended.
    Canceling,
}

/// The sending side: bytes `start..end` of a pooled buffer are to be sent, of which an operation in flight names the first.
pub(super) struct Sending {
    pub(super) buffer: Option<u16>,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) in_flight: bool,
    /// Is in the list of those to be looked at before the next wait.
    pub(super) listed: bool,
    /// To be told to the next write or flush.
    pub(super) failed: Option<Errno>,
    /// What a send of bytes of the program's holds, while that is the operation beside; otherwise [`NONE`].
    pub(super) held: u32,
    /// Waits for room, or for everything to be sent.
    pub(super) waiter: Option<Waker>,
}

impl Sending {
    const NOTHING: Self = Self {
        buffer: None,
        start: 0,
        end: 0,
        in_flight: false,
        listed: false,
        failed: None,
        held: NONE,
        waiter: None,
    };
}

/// An operation beside receiving and sending.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    None,
    Armed(Key),
    /// Nobody waits any more, but it has not ended.
    Canceling,
}

impl Socket {
    /// Whether nothing is left to be done for a socket without a stream.
    pub(super) fn is_over(&self) -> bool {
        let receives = matches!(self.receiving, Receiving::Armed(_) | Receiving::Watched(_) | Receiving::Canceling);
        let sends = self.sending.in_flight || self.sending.start != self.sending.end;
        !self.owned && !receives && !sends && matches!(self.side, Side::None)
    }
}

/// The records of all sockets.
pub(super) struct Sockets {
    records: Reserved<Socket>,
    free: u32,
}

impl Sockets {
    pub(super) fn new(capacity: usize) -> Self {
        Self { records: Reserved::new(capacity), free: NONE }
    }

    /// A record for `handle`; `None` if the table is full.
    pub(super) fn insert(&mut self, handle: RawFd) -> Option<u32> {
        let socket = Socket {
            handle,
            owned: true,
            receiving: Receiving::Idle,
            datagrams: false,
            doubt: Doubt::None,
            direct: 0,
            unread: Line::EMPTY,
            sending: Sending::NOTHING,
            side: Side::None,
            address: NONE,
        };
        if let Some(record) = self.records.get_mut(self.free as usize) {
            let id = std::mem::replace(&mut self.free, record.address);
            *record = socket;
            return Some(id);
        }
        let id = u32::try_from(self.records.len()).ok().filter(|&id| id != NONE)?;
        self.records.push(socket).ok().map(|()| id)
    }

    /// The record `id`.
    ///
    /// # Panics
    /// If there is none: ids are kept by streams and by operations in flight, and both end before the record does.
    #[inline]
    pub(super) fn get(&mut self, id: u32) -> &mut Socket {
        match self.records.get_mut(id as usize) {
            Some(socket) => socket,
            None => unreachable!("socket {id} was never opened"),
        }
    }

    /// Gives the record `id` back.
    pub(super) fn remove(&mut self, id: u32) {
        let next_free = self.free;
        let socket = self.get(id);
        socket.handle = CLOSED;
        socket.address = next_free;
        self.free = id;
    }

    /// Whether any socket has bytes that were not sent.
    pub(super) fn any_unsent(&self) -> bool {
        let mut all = (0..self.records.len()).filter_map(|id| self.records.get(id));
        all.any(|socket| socket.sending.start != socket.sending.end)
    }

    /// The handles of all sockets that bytes of the program's are sent over.
    pub(super) fn owned_sends(&self) -> impl Iterator<Item = RawFd> {
        (0..self.records.len())
            .filter_map(|id| self.records.get(id))
            .filter(|socket| socket.sending.held != NONE)
            .map(|socket| socket.handle)
    }

    /// The handles of all sockets that are still open, and ours to close.
    pub(super) fn open(&self) -> impl Iterator<Item = RawFd> {
        (0..self.records.len())
            .filter_map(|id| self.records.get(id))
            .filter(|socket| !socket.datagrams)
            .map(|socket| socket.handle)
            .filter(|&handle| handle != CLOSED)
    }
}
