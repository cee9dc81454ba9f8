//! The binary layout of preview 1, as plain integers.
//!
//! No field is an enum and none is a union: every bit pattern that a host may write, or forget to write, is a value.

use zokio_core::driver::{Errno, Interest};

/// A descriptor number.
///
/// See [`Host`](super::Host), with an example.
pub type Fd = u32;

/// What to wait for: `subscription` of preview 1, 48 bytes.
///
/// In use: see [`Host`](super::Host).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Subscription {
    /// Comes back in the [`Event`].
    pub userdata: u64,
    /// [`CLOCK`], [`FD_READ`] or [`FD_WRITE`].
    pub kind: u8,
    /// The descriptor, or the number of the clock: 32 bits, little-endian, padded to where the next field begins.
    pub id: u64,
    /// Clock only: nanoseconds from now.
    pub timeout: u64,
    /// Clock only: how late the host may be, in nanoseconds.
    pub precision: u64,
    /// Clock only: 0 for a relative timeout.
    pub flags: u16,
}

/// What happened: `event` of preview 1, 32 bytes.
///
/// In use: see [`Host`](super::Host).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Event {
    /// That of the subscription.
    pub userdata: u64,
    /// 0, or the error of this subscription alone.
    pub error: u16,
    /// [`CLOCK`], [`FD_READ`], [`FD_WRITE`], or what else a host makes up.
    pub kind: u8,
    /// Bytes available; 0, 1, the true number or nothing at all, depending on the host, so it is never read.
    pub bytes: u64,
    /// Bit 0: the peer has hung up. Some hosts never set it, so it is never read.
    pub flags: u16,
}

/// What a descriptor is: `fdstat` of preview 1, 24 bytes.
///
/// What a [`Host`](super::Host) is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct FdStat {
    /// One of the `FILETYPE_` numbers.
    pub filetype: u8,
    /// The `FDFLAG_` bits.
    pub flags: u16,
    /// The `RIGHT_` bits.
    pub rights: u64,
    /// The rights of descriptors opened through this one.
    pub inheriting: u64,
}

const _: () = assert!(size_of::<Subscription>() == 48 && align_of::<Subscription>() == 8);
const _: () = assert!(core::mem::offset_of!(Subscription, id) == 16);
const _: () = assert!(size_of::<Event>() == 32 && size_of::<FdStat>() == 24);

/// Kind of a subscription or an event: the clock.
pub const CLOCK: u8 = 0;
/// Kind of a subscription or an event: a descriptor has bytes, or its end.
pub const FD_READ: u8 = 1;
/// Kind of a subscription or an event: a descriptor takes bytes.
pub const FD_WRITE: u8 = 2;
/// Not a kind: marks an event that the host has not written.
pub const UNWRITTEN: u8 = 0xff;

/// The clock that every timer of this crate uses.
pub const MONOTONIC: u64 = 1;

/// Type of a descriptor: a terminal, or a device such as `/dev/null`.
pub const FILETYPE_CHARACTER_DEVICE: u8 = 2;
/// Type of a descriptor: a directory.
pub const FILETYPE_DIRECTORY: u8 = 3;
/// Type of a descriptor: a regular file.
pub const FILETYPE_REGULAR_FILE: u8 = 4;
/// Type of a descriptor: a stream socket; some hosts say this of a pipe.
pub const FILETYPE_SOCKET_STREAM: u8 = 6;

/// Descriptor flag: calls fail with [`AGAIN`] instead of blocking.
pub const FDFLAG_NONBLOCK: u16 = 1 << 2;
/// For `sock_shutdown`: the sending direction.
pub const SHUT_WRITE: u8 = 1 << 1;
/// Right to seek. A character device that has it is a device file; a terminal has not.
pub const RIGHT_SEEK: u64 = 1 << 2;

/// The call would block.
pub const AGAIN: Errno = Errno(6);
/// The descriptor is not open.
pub const BADF: Errno = Errno(8);
/// The operation was cancelled.
pub const CANCELED: Errno = Errno(11);
/// The peer has reset the connection.
pub const CONNRESET: Errno = Errno(15);
/// The call was interrupted.
pub const INTR: Errno = Errno(27);
/// A malformed argument.
pub const INVAL: Errno = Errno(28);
/// The host failed; wasmtime says this of a pipe that nobody reads.
pub const IO: Errno = Errno(29);
/// The descriptor is a directory.
pub const ISDIR: Errno = Errno(31);
/// There is no buffer.
pub const NOBUFS: Errno = Errno(42);
/// The descriptor is no socket.
pub const NOTSOCK: Errno = Errno(57);
/// The host cannot do that.
pub const NOTSUP: Errno = Errno(58);
/// Not permitted; Node says this when asked to poll a file.
pub const PERM: Errno = Errno(63);
/// Nobody reads the other end of the pipe.
pub const PIPE: Errno = Errno(64);
/// The descriptor has not the right to do that.
pub const NOTCAPABLE: Errno = Errno(76);

impl Subscription {
    /// The monotonic clock, `nanos` from now.
    pub const fn clock(userdata: u64, nanos: u64) -> Self {
        // Always relative and without slack: an absolute timeout hangs one host and is refused by another.
        Self { userdata, kind: CLOCK, id: MONOTONIC, timeout: nanos, precision: 0, flags: 0 }
    }

    /// A descriptor becoming ready.
    pub const fn descriptor(userdata: u64, fd: Fd, interest: Interest) -> Self {
        let kind = match interest {
            Interest::Readable => FD_READ,
            Interest::Writable => FD_WRITE,
        };
        Self { userdata, kind, id: fd as u64, timeout: 0, precision: 0, flags: 0 }
    }

    /// What [`descriptor`](Self::descriptor) was told to wait for.
    pub(super) const fn interest(&self) -> Interest {
        if self.kind == FD_WRITE { Interest::Writable } else { Interest::Readable }
    }
}

impl FdStat {
    /// Whether calls end at once and the host must not be asked to wait: it would fail, or kill the module.
    pub const fn is_always_ready(&self) -> bool {
        match self.filetype {
            FILETYPE_REGULAR_FILE | FILETYPE_DIRECTORY => true,
            // A terminal cannot seek, and hosts take that right from it; a device file keeps it.
            FILETYPE_CHARACTER_DEVICE => self.rights & RIGHT_SEEK != 0,
            _ => false,
        }
    }

    /// Whether a call may block, unless the host has just said that it will not.
    pub(super) const fn may_block(&self) -> bool {
        !self.is_always_ready() && self.flags & FDFLAG_NONBLOCK == 0
    }
}

impl Event {
    /// What an event holds before the host has written it.
    pub const UNWRITTEN: Self = Self { userdata: u64::MAX, error: 0, kind: UNWRITTEN, bytes: 0, flags: 0 };
}

/// What an error number of preview 1 is called, for those that a driver meets.
///
/// ```
/// use zokio_core::driver::Errno;
/// use zokio_wasi::p1::abi;
///
/// assert_eq!(abi::name(abi::BADF), Some("EBADF"));
/// assert_eq!(abi::name(Errno(1)), None);
/// ```
pub const fn name(errno: Errno) -> Option<&'static str> {
    Some(match errno {
        AGAIN => "EAGAIN",
        BADF => "EBADF",
        CONNRESET => "ECONNRESET",
        INTR => "EINTR",
        INVAL => "EINVAL",
        IO => "EIO",
        ISDIR => "EISDIR",
        NOTSOCK => "ENOTSOCK",
        NOTSUP => "ENOTSUP",
        PERM => "EPERM",
        PIPE => "EPIPE",
        NOTCAPABLE => "ENOTCAPABLE",
        _ => return None,
    })
}
