//! What the driver knows about an operation.

/// Ends the list of wanted cancels.
pub(super) const NONE: u32 = u32::MAX;

/// What the driver knows about an operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) generation: u32,
    /// Follows in the list of wanted cancels.
    pub(super) next: u32,
    pub(super) in_flight: bool,
    /// Is in the list; may be a leftover of an operation that has ended since.
    pub(super) listed: bool,
    pub(super) wanted: bool,
    pub(super) kind: Kind,
}

/// What a result means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// What the kernel says.
    Plain,
    /// An event mask, which nobody asked for.
    Poll,
    /// A datagram in a buffer of the second group.
    Datagram,
    /// As the kernel says; what it read of the message besides its bytes is at this place.
    Message(u32),
    /// A new handle.
    Handle,
    /// The result of a send whose memory is still in use: the end, which follows, has none of its own.
    ZeroCopy(i32),
}

impl Record {
    pub(super) const IDLE: Self =
        Self { generation: 0, next: NONE, in_flight: false, listed: false, wanted: false, kind: Kind::Plain };
}
