//! An operation that waits, in little room: there are as many as idle connections.

use crate::driver::{Interest, Op, RawBuf};

/// An [`Op`] that can wait for readiness.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting<H> {
    ptr: *mut u8,
    len: u32,
    handle: H,
    /// Of the handle's record.
    pub(super) number: u32,
    /// Of a datagram.
    address: u16,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Readable,
    Writable,
    ReadableMany,
    WritableMany,
    Accept,
    AcceptMany,
    Connect,
    Recv,
    RecvPooled,
    RecvMany,
    Send,
    SendZeroCopy,
    SendTo,
}

impl<H: Copy> Waiting<H> {
    /// An operation on the handle with that record; `None` for what readiness means nothing to.
    pub(super) const fn of(op: &Op<H>, number: u32) -> Option<Self> {
        const NOTHING: RawBuf = RawBuf { ptr: core::ptr::null_mut(), len: 0 };
        let (kind, handle, buf, address) = match *op {
            Op::Poll { handle, interest: Interest::Readable } => (Kind::Readable, handle, NOTHING, 0),
            Op::Poll { handle, interest: Interest::Writable } => (Kind::Writable, handle, NOTHING, 0),
            Op::PollMany { handle, interest: Interest::Readable } => (Kind::ReadableMany, handle, NOTHING, 0),
            Op::PollMany { handle, interest: Interest::Writable } => (Kind::WritableMany, handle, NOTHING, 0),
            Op::Accept { handle } => (Kind::Accept, handle, NOTHING, 0),
            Op::AcceptMany { handle } => (Kind::AcceptMany, handle, NOTHING, 0),
            Op::Connect { handle, address } => (Kind::Connect, handle, address, 0),
            Op::Recv { handle, buf } => (Kind::Recv, handle, buf, 0),
            Op::RecvPooled { handle } => (Kind::RecvPooled, handle, NOTHING, 0),
            Op::RecvMany { handle } => (Kind::RecvMany, handle, NOTHING, 0),
            Op::Send { handle, buf } => (Kind::Send, handle, buf, 0),
            Op::SendZeroCopy { handle, buf } => (Kind::SendZeroCopy, handle, buf, 0),
            Op::SendTo { handle, address, buf } => (Kind::SendTo, handle, buf, address),
            Op::Nop | Op::RecvDatagrams { .. } | Op::Close { .. } | Op::File(_) => return None,
        };
        Some(Self { ptr: buf.ptr, len: buf.len, handle, number, address, kind })
    }

    /// What it was made of.
    #[inline]
    pub(super) const fn op(&self) -> Op<H> {
        let Self { ptr, len, handle, address, kind, .. } = *self;
        let buf = RawBuf { ptr, len };
        match kind {
            Kind::Readable => Op::Poll { handle, interest: Interest::Readable },
            Kind::Writable => Op::Poll { handle, interest: Interest::Writable },
            Kind::ReadableMany => Op::PollMany { handle, interest: Interest::Readable },
            Kind::WritableMany => Op::PollMany { handle, interest: Interest::Writable },
            Kind::Accept => Op::Accept { handle },
            Kind::AcceptMany => Op::AcceptMany { handle },
            Kind::Connect => Op::Connect { handle, address: buf },
            Kind::Recv => Op::Recv { handle, buf },
            Kind::RecvPooled => Op::RecvPooled { handle },
            Kind::RecvMany => Op::RecvMany { handle },
            Kind::Send => Op::Send { handle, buf },
            Kind::SendZeroCopy => Op::SendZeroCopy { handle, buf },
            Kind::SendTo => Op::SendTo { handle, address, buf },
        }
    }
}
