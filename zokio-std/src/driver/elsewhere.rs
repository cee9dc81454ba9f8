//! Files for drivers that wait for readiness, which files do not have: the calls block, so threads of the pool make them.
//!
//! ```text
//!             (1) submit          (2) a thread takes it            (3) done
//!   nowhere ───────────► Asked ──────────────────────────► Running ─────────► Ended ──── (5) take ───► nowhere
//!                          │ (4) cancel: not begun, so ended as such            ▲
//!                          └────────────────────────────────────────────────────┘
//! ```
//!
//! *Invariant "one terminal completion":* an operation is in exactly one of the three places, and moves under the lock.

use super::system;
use super::wake::Wake;
use crate::blocking::{BlockingPool, Job, Work};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, RawMode};
use rustix::io::Errno as Os;
use std::collections::VecDeque;
use std::ffi::CStr;
use std::os::fd::{BorrowedFd, IntoRawFd, RawFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zokio_core::driver::{Completion, CompletionFlags, Errno, FileOp, Key, RawPath, SubmitError};

/// The operations of one driver that threads work on.
pub(super) struct Elsewhere {
    places: Mutex<Places>,
    /// How many have ended and were not taken: so that a turn that finds none takes no lock.
    ended: AtomicUsize,
    wake: Arc<Wake>,
}

#[derive(Default)]
struct Places {
    asked: VecDeque<(Key, FileOp<RawFd>)>,
    ended: VecDeque<Completion>,
}

// SAFETY: what the pointers in operations name is valid, and left alone by all others, until the end of the operation
// ("the owner holds on"); nothing about it is tied to a thread.
unsafe impl Send for Places {}

impl Elsewhere {
    pub(super) fn new(wake: Arc<Wake>) -> Arc<Self> {
        Arc::new(Self { places: Mutex::default(), ended: AtomicUsize::new(0), wake })
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// (1)
    ///
    /// # Safety
    /// As [`IoDriver::submit`](zokio_core::driver::IoDriver::submit).
    pub(super) unsafe fn submit(self: &Arc<Self>, key: Key, op: &FileOp<RawFd>) -> Result<(), SubmitError> {
        self.places().asked.push_back((key, *op));
        if BlockingPool::shared().push(Job::Piece(self.clone())).is_err() {
            // No thread at all. If one of before took it meanwhile, it is on its way.
            let mut places = self.places();
            if let Some(at) = places.asked.iter().position(|&(asked, _)| asked == key) {
                places.asked.remove(at);
                return Err(SubmitError::Os(Errno(Os::AGAIN.raw_os_error() as u16)));
            }
        }
        Ok(())
    }

    /// (4)
    pub(super) fn cancel(&self, key: Key) {
        let mut places = self.places();
        if let Some(at) = places.asked.iter().position(|&(asked, _)| asked == key) {
            places.asked.remove(at);
            self.end(&mut places, key, Err(Os::CANCELED));
            drop(places);
            self.wake.unpark();
        }
    }

    /// (5)
    pub(super) fn take(&self) -> Option<Completion> {
        // Who ends one wakes the driver afterwards, so what is missed here is found in the next turn.
        if self.ended.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let end = self.places().ended.pop_front()?;
        self.ended.fetch_sub(1, Ordering::Relaxed);
        Some(end)
    }

    fn end(&self, places: &mut Places, key: Key, result: Result<u32, Os>) {
        let result = result.map_err(|error| Errno(error.raw_os_error() as u16));
        places.ended.push_back(Completion { key, result, flags: CompletionFlags::default() });
        self.ended.fetch_add(1, Ordering::Relaxed);
    }
}

impl Work for Elsewhere {
    /// (2), (3)
    fn work(&self) {
        // There may be none left: a cancelled operation has a piece of work too.
        let Some((key, op)) = self.places().asked.pop_front() else { return };
        // SAFETY: "the owner holds on" until the end, which is told below.
        let result = rustix::io::retry_on_intr(|| unsafe { perform(&op) });
        self.end(&mut self.places(), key, result);
        self.wake.unpark();
    }
}

/// # Safety
/// The memory that `op` names is valid, and nobody else touches it, during the call.
unsafe fn perform(op: &FileOp<RawFd>) -> Result<u32, Os> {
    // SAFETY: the caller's word.
    let path = |path: RawPath| unsafe { CStr::from_ptr(path.cast()) };
    // SAFETY: the submitter keeps the handle open until the end.
    let file = |handle: RawFd| unsafe { BorrowedFd::borrow_raw(handle) };
    match *op {
        FileOp::Open { path: at, flags, mode } => {
            let flags = OFlags::from_bits_retain(flags) | OFlags::CLOEXEC;
            rustix::fs::openat(CWD, path(at), flags, Mode::from_bits_retain(mode as RawMode))
                .map(|fd| fd.into_raw_fd() as u32)
        }
        FileOp::Read { handle, buf, offset } => {
            // SAFETY: the caller's word for the memory.
            let memory = unsafe {
                std::slice::from_raw_parts_mut(buf.ptr.cast::<std::mem::MaybeUninit<u8>>(), buf.len as usize)
            };
            rustix::io::pread(file(handle), memory, offset).map(|(read, _)| read.len() as u32)
        }
        FileOp::Write { handle, buf, offset } => {
            // SAFETY: the caller's word for the memory.
            let memory = unsafe { std::slice::from_raw_parts(buf.ptr, buf.len as usize) };
            rustix::io::pwrite(file(handle), memory, offset).map(|len| len as u32)
        }
        FileOp::Sync { handle, data_only: true } => system::sync_data(file(handle)).map(|()| 0),
        FileOp::Sync { handle, data_only: false } => rustix::fs::fsync(file(handle)).map(|()| 0),
        FileOp::Allocate { handle, mode, offset, len } => system::allocate(file(handle), mode, offset, len).map(|()| 0),
        FileOp::Stat { handle, path: at, flags, mask, out } => {
            let found = system::look(handle.map(file), path(at), flags, mask)?;
            // SAFETY: the caller's word for the memory; it need not be aligned.
            unsafe { out.cast::<system::Record>().write_unaligned(found) };
            Ok(0)
        }
        FileOp::Rename { from, to } => rustix::fs::renameat(CWD, path(from), CWD, path(to)).map(|()| 0),
        FileOp::Remove { path: at, directory } => {
            let flags = if directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
            rustix::fs::unlinkat(CWD, path(at), flags).map(|()| 0)
        }
        FileOp::MakeDirectory { path: at, mode } => {
            rustix::fs::mkdirat(CWD, path(at), Mode::from_bits_retain(mode as RawMode)).map(|()| 0)
        }
        _ => Err(Os::OPNOTSUPP),
    }
}
