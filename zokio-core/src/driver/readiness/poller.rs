//! What a platform brings to the readiness adapter.

use crate::driver::{
    Caps, Completion, CompletionFlags, Errno, FileOp, Interest, Key, Op, RawBuf, SubmitError, Unpark, Wait,
};
#[cfg(doc)]
use crate::driver::{Driver, IoDriver, RecvPool};
use crate::time::Instant;

/// The system calls of a platform that tells when a handle is ready.
///
/// Used in the example of a [`ReadinessDriver`](super::ReadinessDriver).
pub trait Poller {
    /// What the platform calls an open thing.
    type Handle: Copy;
    /// The handle that ends a wait from elsewhere.
    type Unparker: Unpark;
    /// What can go wrong while waiting.
    type Error;
    /// As [`IoDriver::CAPS`].
    const CAPS: Caps;
    /// As [`IoDriver::CANCELED`].
    const CANCELED: Errno;
    /// As [`IoDriver::NO_BUFFER`].
    const NO_BUFFER: Errno;
    /// As [`Driver::REMOTE_WAKE`].
    const REMOTE_WAKE: bool = true;

    /// As [`Driver::now`].
    fn now(&self) -> Instant;

    /// As [`Driver::unparker`].
    fn unparker(&self) -> Self::Unparker;

    /// The number of a handle: small, and no two open handles have the same; beyond every table where there is none. A platform
    /// whose handles are not small gives each a number at the first question, and takes it back in
    /// [`forget`](Self::forget).
    fn number(&mut self, handle: Self::Handle) -> usize;

    /// Tries `op` without blocking. `again` says that an earlier attempt would have blocked, which matters to a connect.
    ///
    /// # Safety
    /// The memory that `op` names is valid, and nobody else touches it, during the call.
    unsafe fn attempt(&mut self, op: &Op<Self::Handle>, again: bool) -> Attempt;

    /// Reports edges of both directions of `handle` under `token` from now on; if it is ready already, that is the first. Nothing
    /// to do for a platform that waits once for each [`arm`](Self::arm).
    ///
    /// # Errors
    /// The platform's; the operation that wanted to wait ends with it.
    fn watch(&mut self, handle: Self::Handle, token: u64) -> Result<(), Errno>;

    /// `handle`, which was watched, is about to be closed. For platforms that do not notice that by themselves.
    fn unwatch(&mut self, _handle: Self::Handle) {}

    /// An operation on `handle` begins to wait, or has to go on waiting after an event. For platforms that tell of readiness
    /// once, and only whom they were asked about: the next wait includes this direction, and one event ends that.
    ///
    /// # Errors
    /// There is no room for one more wait, or the platform refuses.
    fn arm(&mut self, _handle: Self::Handle, _interest: Interest, _token: u64) -> Result<(), SubmitError> {
        Ok(())
    }

    /// The last operation that waited for this direction was cancelled: takes an [`arm`](Self::arm) back.
    fn disarm(&mut self, _handle: Self::Handle, _interest: Interest) {}

    /// Whether others than operations wait for events of the platform, as [`Driver::is_armed`].
    fn is_armed(&self) -> bool {
        false
    }

    /// Nothing waits on `handle`, and the next to come under its number is another one.
    fn forget(&mut self, _handle: Self::Handle) {}

    /// Waits as told, sticky unpark included, and says how many events came.
    ///
    /// # Errors
    /// What the platform reports.
    fn wait(&mut self, wait: Wait) -> Result<usize, Self::Error>;

    /// Event `index` of the last wait.
    fn event(&self, index: usize) -> Event;

    /// Has an operation that no readiness is known for done elsewhere: by a thread, or by the kernel on its own. Its end
    /// comes by [`take_elsewhere`](Self::take_elsewhere), and a [`wait`](Self::wait) ends for it.
    ///
    /// # Errors
    /// As [`IoDriver::submit`].
    ///
    /// # Safety
    /// As [`IoDriver::submit`].
    unsafe fn do_elsewhere(&mut self, key: Key, op: &FileOp<Self::Handle>) -> Result<(), SubmitError> {
        let _ = (key, op);
        Err(SubmitError::Unsupported)
    }

    /// Asks for an early end of what is done elsewhere; it still ends exactly once.
    fn cancel_elsewhere(&mut self, key: Key) {
        let _ = key;
    }

    /// The next end of what was done elsewhere.
    fn take_elsewhere(&mut self) -> Option<Completion> {
        None
    }

    /// As [`RecvPool::pooled`], for a platform with [`Caps::pooled_recv`].
    fn pooled(&self, id: u16) -> RawBuf {
        let _ = id;
        RawBuf { ptr: core::ptr::null_mut(), len: 0 }
    }

    /// As [`RecvPool::recycle`].
    ///
    /// # Safety
    /// As [`RecvPool::recycle`].
    unsafe fn recycle(&mut self, id: u16) {
        let _ = id;
    }
}

/// What came of an attempt.
///
/// Used in the example of a [`ReadinessDriver`](super::ReadinessDriver).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Attempt {
    /// It ended.
    Done {
        /// The operation's result.
        result: Result<u32, Errno>,
        /// More about it.
        flags: CompletionFlags,
        /// The direction is dry: less came or went than could have.
        dry: bool,
    },
    /// The platform has nothing now, and will report an edge.
    WouldBlock,
    /// The platform has no system call for it.
    Unsupported,
}

/// Something happened to a watched handle.
///
/// Used in the example of a [`ReadinessDriver`](super::ReadinessDriver).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Event {
    /// What the handle was watched under.
    pub token: u64,
    /// Reading may succeed, or fail for good.
    pub readable: bool,
    /// Writing may succeed, or fail for good.
    pub writable: bool,
    /// The end of the stream, an error, or anything else after which a short read does not promise another edge.
    pub ended: bool,
}
