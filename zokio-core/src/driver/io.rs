//! Completion-based I/O: operations are plain data, and every accepted one ends exactly once.

use super::{Driver, FileOp, Wait};
use crate::time::Instant;

/// The name of an operation in flight: a slot index and a generation, never a pointer.
///
/// A late or forged completion with a stale generation is recognised and dropped.
///
/// ```
/// use zokio_core::driver::Key;
/// let key = Key::new(3, 17);
/// assert_eq!(Key::from_u64(key.to_u64()), key);
/// assert_ne!(key, Key::new(3, 18)); // the slot's next use
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Key {
    index: u32,
    generation: u32,
}

impl Key {
    /// The key of slot `index` in its `generation`-th use.
    #[inline]
    pub const fn new(index: u32, generation: u32) -> Self {
        Self { index, generation }
    }

    /// The slot's index.
    #[inline]
    pub const fn index(self) -> usize {
        self.index as usize
    }

    /// The use of the slot that is meant.
    #[inline]
    pub const fn generation(self) -> u32 {
        self.generation
    }

    /// The key as the 64 bits of user data that a kernel carries round.
    #[inline]
    pub const fn to_u64(self) -> u64 {
        (self.generation as u64) << 32 | self.index as u64
    }

    /// The key behind 64 bits of user data.
    #[inline]
    pub const fn from_u64(bits: u64) -> Self {
        Self { index: bits as u32, generation: (bits >> 32) as u32 }
    }
}

/// Memory named by an operation. Plain data: whoever submits it answers for its validity.
///
/// In use: see the example of a [`ReadinessDriver`](super::readiness::ReadinessDriver).
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RawBuf {
    /// The first byte.
    pub ptr: *mut u8,
    /// The number of bytes.
    pub len: u32,
}

/// Which readiness [`Op::Poll`] waits for.
///
/// In use: see the example of a [`ReadinessDriver`](super::readiness::ReadinessDriver).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Interest {
    /// Reading (or accepting) would not block, or the peer is gone.
    Readable,
    /// Writing would not block, or the connection has failed or been made.
    Writable,
}

/// An I/O operation as data.
///
/// In use: see the example of a [`ReadinessDriver`](super::readiness::ReadinessDriver).
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Op<H> {
    /// Completes as soon as it is seen; for tests and wake-ups.
    Nop,
    /// Completes when the handle is ready. The result is 0.
    Poll {
        /// The handle to watch.
        handle: H,
        /// What to wait for.
        interest: Interest,
    },
    /// As [`Poll`](Self::Poll), again and again: a step, with [`more`](CompletionFlags::more), when the handle is ready after an
    /// attempt that would have blocked; there may be more of them. Other operations of this direction, with keys or without,
    /// are attempted meanwhile as if this one were not there. It ends when it is cancelled, or with an error. For drivers with
    /// [`Caps::poll_many`], and while nothing else waits on this direction of the handle.
    PollMany {
        /// The handle to watch.
        handle: H,
        /// What to wait for.
        interest: Interest,
    },
    /// Accepts one connection. The result is the new handle.
    Accept {
        /// The listener.
        handle: H,
    },
    /// Connects a socket. The result is 0.
    Connect {
        /// The socket.
        handle: H,
        /// The address, in the platform's own layout.
        address: RawBuf,
    },
    /// Receives into memory that the submitter names. The result is the number of bytes; 0 is the end of the stream.
    Recv {
        /// The socket.
        handle: H,
        /// Where the bytes go.
        buf: RawBuf,
    },
    /// Receives into a buffer that the driver picks *when bytes arrive*, so an idle connection owns none.
    /// The completion carries the buffer's id in [`CompletionFlags::buffer`], unless the result is 0 or an error.
    /// Where no buffer is free the operation ends with [`IoDriver::NO_BUFFER`], and the bytes stay in the socket: whoever
    /// needs them now polls for readiness and receives into memory of their own. An operation that waited for a buffer
    /// could wait for ever on one that its own task holds. For drivers that are a [`RecvPool`].
    RecvPooled {
        /// The socket.
        handle: H,
    },
    /// As [`RecvPooled`](Self::RecvPooled), again and again: whatever arrives is a step, with
    /// [`more`](CompletionFlags::more). It ends with the end of the stream, with an error, where no buffer is free, when
    /// it is cancelled, or with bytes where the driver would rather be asked again; a step before may come after the request to
    /// cancel. Nothing else reads from the socket meanwhile. For drivers with [`Caps::many`].
    RecvMany {
        /// The socket.
        handle: H,
    },
    /// Receives one datagram after the other, as [`RecvMany`](Self::RecvMany) receives bytes: each is a step, in a buffer that has
    /// room for the longest, behind who sent it, as the driver lays that out. For drivers with [`Caps::datagrams`].
    RecvDatagrams {
        /// The socket.
        handle: H,
    },
    /// Accepts one connection after the other: each is a step, with [`more`](CompletionFlags::more). It ends with an error,
    /// when it is cancelled, or with a connection where the driver would rather be asked again; a step before may come after the
    /// request to cancel. For drivers with [`Caps::many`].
    AcceptMany {
        /// The listener.
        handle: H,
    },
    /// Sends. The result is the number of bytes taken, which may be less than asked.
    Send {
        /// The socket.
        handle: H,
        /// The bytes.
        buf: RawBuf,
    },
    /// As [`Send`](Self::Send), and the platform may send the bytes from where they are: it ends when they are needed no longer,
    /// which may be after the peer has them. A driver that cannot do that copies them. A socket that cannot refuses with the
    /// platform's error for what is not supported.
    SendZeroCopy {
        /// The socket.
        handle: H,
        /// The bytes.
        buf: RawBuf,
    },
    /// Sends a datagram, whole or not at all. The result is the number of its bytes. A driver without datagrams refuses it.
    SendTo {
        /// The socket.
        handle: H,
        /// How many bytes at the front of the memory say to whom, in the platform's own layout; none where the socket is connected.
        address: u16,
        /// The address, and behind it the bytes.
        buf: RawBuf,
    },
    /// Something with files. For drivers with [`Caps::files`].
    File(FileOp<H>),
    /// Closes the handle. The result is 0. Nothing else may be in flight on the handle.
    ///
    /// A handle that was used in operations is closed this way, or with [`IoDriver::forget`] before it is closed
    /// otherwise: the platform gives its number to the next handle, which must not inherit what the driver knows.
    Close {
        /// The handle; not to be used again.
        handle: H,
    },
}

/// An error number of the platform (`errno` on Unix and WASI).
///
/// ```
/// use zokio_core::driver::Errno;
/// assert_eq!(Errno(11).to_string(), "platform error 11");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Errno(
    /// The number.
    pub u16,
);

impl core::fmt::Display for Errno {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "platform error {}", self.0)
    }
}

impl core::error::Error for Errno {}

/// What a [`Completion`] says beyond its result.
///
/// In use: see the example of a [`ReadinessDriver`](super::readiness::ReadinessDriver).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct CompletionFlags {
    /// More completions of the same operation follow; this one is not terminal.
    pub more: bool,
    /// The pooled buffer that holds the bytes.
    pub buffer: Option<u16>,
}

/// The end (or, with [`CompletionFlags::more`], a step) of an operation.
///
/// In use: see the example of a [`ReadinessDriver`](super::readiness::ReadinessDriver).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Completion {
    /// Which operation.
    pub key: Key,
    /// Its result, or the platform's error.
    pub result: Result<u32, Errno>,
    /// More about it.
    pub flags: CompletionFlags,
}

/// What became of a submitted operation.
///
/// In use: see the example of a [`ReadinessDriver`](super::readiness::ReadinessDriver).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[must_use = "an operation that is done sends no completion"]
pub enum Staged {
    /// It is under way; its terminal completion comes through [`IoDriver::turn`].
    Pending,
    /// It ended at once; no completion follows.
    Done(Completion),
}

/// Why an operation was not accepted. Nothing is in flight for its key.
///
/// In use: see the example of a [`ReadinessDriver`](super::readiness::ReadinessDriver).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SubmitError {
    /// The driver has no room even after flushing; turn it and try again.
    Full,
    /// The driver cannot do this operation; use another way.
    Unsupported,
    /// The platform refused.
    Os(Errno),
}

/// How many operations could not be ended in time. Their memory must be leaked, never freed.
///
/// In use: see the example of a [`ReadinessDriver`](super::readiness::ReadinessDriver).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct InFlight(
    /// How many.
    pub usize,
);

/// What a driver can do.
///
/// ```
/// use zokio_core::driver::Caps;
/// const CAPS: Caps = {
///     let mut caps = Caps::NONE;
///     caps.sockets = true;
///     caps
/// };
/// assert!(CAPS.sockets && !CAPS.batched);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Caps {
    /// [`Op::Accept`], [`Op::Connect`], [`Op::Recv`], [`Op::Send`].
    pub sockets: bool,
    /// [`Op::RecvPooled`].
    pub pooled_recv: bool,
    /// [`Op::AcceptMany`] and, with `pooled_recv`, [`Op::RecvMany`]. A system that is too old for one of them ends it at once
    /// with its error for an invalid argument.
    pub many: bool,
    /// [`Op::PollMany`].
    pub poll_many: bool,
    /// [`Op::RecvDatagrams`]; of a system that is too old, as with `many`.
    pub datagrams: bool,
    /// [`Op::File`].
    pub files: bool,
    /// One kernel crossing submits many operations.
    pub batched: bool,
}

impl Caps {
    /// No capability; set the fields that hold.
    pub const NONE: Self = Self {
        sockets: false,
        pooled_recv: false,
        many: false,
        poll_many: false,
        datagrams: false,
        files: false,
        batched: false,
    };
}

/// Completion-based I/O on top of a [`Driver`].
///
/// # Contract
/// - An accepted operation gets exactly one terminal completion, from `turn` or `drain` or as [`Staged::Done`].
/// - Memory, buffer and handle named by an operation are released by the owner at the terminal completion, never earlier.
/// - `cancel` cannot be lost: it is recorded and retried, and the terminal completion still arrives (with whatever result
///   won the race).
/// - A full submission queue is flushed and retried inside; completion-queue overflow is handled inside.
///
/// In use: see the example of a [`ReadinessDriver`](super::readiness::ReadinessDriver).
pub trait IoDriver: Driver {
    /// What the platform calls an open thing.
    type Handle: Copy;
    /// What this kind of driver can do at all; a probe at run time may find less.
    const CAPS: Caps;
    /// The error of an operation that [`cancel`](Self::cancel) or [`drain`](Self::drain) ended.
    const CANCELED: Errno;
    /// The error of an [`Op::RecvPooled`] that found no free buffer.
    const NO_BUFFER: Errno;

    /// Stages `op` under `key`. Never blocks and never allocates.
    ///
    /// # Errors
    /// [`SubmitError`]; then the operation is not in flight.
    ///
    /// # Safety
    /// Memory named by `op` stays valid, and is not touched by anybody else, until the terminal completion of `key`;
    /// `key` is not in flight already.
    unsafe fn submit(&mut self, key: Key, op: &Op<Self::Handle>) -> Result<Staged, SubmitError>;

    /// Asks for an early end of `key`. A key that is not in flight is ignored.
    fn cancel(&mut self, key: Key);

    /// The handle is about to be closed by somebody else, or given away. Nothing is in flight on it.
    fn forget(&mut self, handle: Self::Handle) {
        let _ = handle;
    }

    /// Flushes what is staged, waits as told, and hands every completion to `sink`.
    ///
    /// # Errors
    /// What the platform reports; operations stay in flight.
    fn turn(&mut self, wait: Wait, sink: &mut impl FnMut(Completion)) -> Result<(), Self::Error>;

    /// Cancels everything and waits until nothing is in flight, or until `until`.
    ///
    /// # Errors
    /// [`InFlight`]: what could not be ended; the owner must leak what those operations name.
    fn drain(&mut self, until: Instant, sink: &mut impl FnMut(Completion)) -> Result<(), InFlight>;
}

/// A driver with buffers of its own for [`Op::RecvPooled`].
///
/// A completion that carries a buffer id lends that buffer to its receiver, until [`recycle`](Self::recycle).
///
/// In use: see the example of a [`ReadinessDriver`](super::readiness::ReadinessDriver).
pub trait RecvPool: IoDriver {
    /// The memory of buffer `id`, as long as the driver lives; empty where there is no such buffer.
    fn pooled(&self, id: u16) -> RawBuf;

    /// Gives a lent buffer back.
    ///
    /// # Safety
    /// A completion lent buffer `id`, it was not given back since, and nobody uses its memory any more.
    unsafe fn recycle(&mut self, id: u16);
}
