//! The two queues that are shared with the kernel, and the one system call between them.
//!
//! *Invariant "kernel layout":* the offsets in `io_uring_params` name, inside the mappings that the kernel made, aligned
//! words that live as long as the mappings: heads, tails and flags as `u32`, `ring_entries` records each of 64 bytes
//! (submission) and 16 bytes (completion).
//!
//! *Invariant "one side each":* the submission tail and the completion head are written by this side only, the other two
//! by the kernel only. A release store of an index publishes the records before it; an acquire load receives them.

use super::super::mapping::Mapping;
use rustix::io::Errno as Os;
use rustix::io_uring::{
    IORING_OFF_SQ_RING, IORING_OFF_SQES, IoringEnterFlags, IoringFeatureFlags, IoringSetupFlags, IoringSqFlags,
    Timespec, io_uring_cqe, io_uring_enter, io_uring_enter_arg, io_uring_getevents_arg, io_uring_params, io_uring_ptr,
    io_uring_setup, io_uring_sqe,
};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

/// A completion as the kernel writes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cqe {
    pub(super) user_data: u64,
    pub(super) result: i32,
    pub(super) flags: u32,
}

/// A ring. Any thread may push and pop, one at a time; where it was set up for one thread (`SINGLE_ISSUER`) the kernel
/// refuses to let another one enter it (`EEXIST`).
pub(super) struct Ring {
    fd: OwnedFd,
    /// Written before this point by us, not yet shown to the kernel: the tail it will see.
    tail: u32,
    sq_head: NonNull<AtomicU32>,
    sq_tail: NonNull<AtomicU32>,
    sq_flags: NonNull<AtomicU32>,
    sq_entries: u32,
    sqes: NonNull<io_uring_sqe>,
    head: u32,
    cq_head: NonNull<AtomicU32>,
    cq_tail: NonNull<AtomicU32>,
    cq_entries: u32,
    cqes: NonNull<io_uring_cqe>,
    /// The kernel says in a flag whether it has completions that it will make when it is entered.
    flagged: bool,
    deferred: bool,
    /// Kept for what the pointers above point into.
    _rings: Mapping,
    _sqes: Mapping,
}

/// The sets of setup flags, best first: what an older kernel does not know it refuses with `EINVAL`.
pub(super) fn setups() -> [IoringSetupFlags; 3] {
    use IoringSetupFlags as F;
    let base = F::CLAMP | F::CQSIZE;
    [
        // 6.1: completions are made when this thread asks for them, never by interrupting it.
        base | F::SUBMIT_ALL | F::SINGLE_ISSUER | F::DEFER_TASKRUN | F::TASKRUN_FLAG,
        // 5.19
        base | F::SUBMIT_ALL | F::COOP_TASKRUN | F::TASKRUN_FLAG,
        base,
    ]
}

impl Ring {
    /// A ring with room for `entries` submissions (rounded up to a power of two) and four times as many completions.
    /// If it is `shared`, several threads may enter it.
    pub(super) fn new(entries: u32, shared: bool) -> io::Result<Self> {
        let [single, rest @ ..] = setups();
        let first = if shared { rest[0] } else { single };
        rest.into_iter().fold(Self::with_setup(entries, first), |made, setup| match made {
            Err(error) if error.raw_os_error() == Some(Os::INVAL.raw_os_error()) => Self::with_setup(entries, setup),
            made => made,
        })
    }

    /// As [`new`](Self::new), with these setup flags and no others.
    pub(super) fn with_setup(entries: u32, setup: IoringSetupFlags) -> io::Result<Self> {
        let mut params = io_uring_params::default();
        params.flags = setup;
        params.cq_entries = entries.saturating_mul(4);
        // SAFETY: `ATTACH_WQ` is not set, so no descriptor is named.
        let fd = unsafe { io_uring_setup(entries, &mut params) }?;
        Self::map(fd, &params)
    }

    fn map(fd: OwnedFd, params: &io_uring_params) -> io::Result<Self> {
        let needed = IoringFeatureFlags::SINGLE_MMAP | IoringFeatureFlags::NODROP | IoringFeatureFlags::EXT_ARG;
        if !params.features.contains(needed) {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "io_uring of this kernel is too old (before 5.11)"));
        }
        let (sq, cq) = (params.sq_off, params.cq_off);
        let sq_bytes = sq.array as usize + params.sq_entries as usize * size_of::<u32>();
        let cq_bytes = cq.cqes as usize + params.cq_entries as usize * size_of::<io_uring_cqe>();
        let rings = Mapping::shared(fd.as_fd(), IORING_OFF_SQ_RING, sq_bytes.max(cq_bytes))?;
        let sqe_bytes = params.sq_entries as usize * size_of::<io_uring_sqe>();
        let sqes = Mapping::shared(fd.as_fd(), IORING_OFF_SQES, sqe_bytes)?;
        let word = |offset: u32| rings.at::<AtomicU32>(offset as usize);
        for index in 0..params.sq_entries {
            // The indirection of the submission queue is not used: record n is always at place n.
            // SAFETY: "kernel layout"; the kernel does not look before the first submission.
            unsafe { word(sq.array + index * 4).as_ref() }.store(index, Ordering::Relaxed);
        }
        let (sq_head, sq_tail) = (word(sq.head), word(sq.tail));
        let (cq_head, cq_tail) = (word(cq.head), word(cq.tail));
        Ok(Self {
            // SAFETY: "kernel layout".
            tail: unsafe { sq_tail.as_ref() }.load(Ordering::Relaxed),
            // SAFETY: "kernel layout".
            head: unsafe { cq_head.as_ref() }.load(Ordering::Relaxed),
            sq_flags: word(sq.flags),
            sq_entries: params.sq_entries,
            cq_entries: params.cq_entries,
            cqes: rings.at(cq.cqes as usize),
            sqes: sqes.at(0),
            flagged: params.flags.contains(IoringSetupFlags::TASKRUN_FLAG),
            deferred: params.flags.contains(IoringSetupFlags::DEFER_TASKRUN),
            fd,
            sq_head,
            sq_tail,
            cq_head,
            cq_tail,
            _rings: rings,
            _sqes: sqes,
        })
    }

    /// Whether completions are made only when this thread asks for them.
    pub(super) fn is_deferred(&self) -> bool {
        self.deferred
    }

    /// For `io_uring_register`.
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// A word that is shared with the kernel.
    fn word(&self, word: NonNull<AtomicU32>) -> &AtomicU32 {
        // SAFETY: "kernel layout"; the mapping lives as long as `self`.
        unsafe { word.as_ref() }
    }

    /// How many records wait for the next [`enter`](Self::enter).
    pub(super) fn staged(&self) -> u32 {
        // Acquire: the kernel has read the records before this index, so their places may be written again.
        self.tail.wrapping_sub(self.word(self.sq_head).load(Ordering::Acquire))
    }

    /// Stages a record for the next [`enter`](Self::enter). `false` if the queue is full.
    ///
    /// # Safety
    /// The kernel will do what the record says: memory and handles in it stay valid until its completion.
    pub(super) unsafe fn push(&mut self, sqe: &io_uring_sqe) -> bool {
        if self.staged() >= self.sq_entries {
            return false;
        }
        let place = self.tail & (self.sq_entries - 1);
        // SAFETY: "kernel layout", and the place is ours until the tail is published.
        unsafe { self.sqes.add(place as usize).write(*sqe) };
        self.tail = self.tail.wrapping_add(1);
        // Release: the kernel that sees the tail sees the record.
        self.word(self.sq_tail).store(self.tail, Ordering::Release);
        true
    }

    /// Takes a completion.
    pub(super) fn pop(&mut self) -> Option<Cqe> {
        if self.is_empty() {
            return None;
        }
        let place = self.head & (self.cq_entries - 1);
        // SAFETY: "kernel layout"; the acquire in `is_empty` received the record, and the kernel leaves it alone until
        // the head is published.
        let cqe = unsafe { self.cqes.add(place as usize).as_ref() };
        let cqe = Cqe { user_data: cqe.user_data.u64_(), result: cqe.res, flags: cqe.flags.bits() };
        self.head = self.head.wrapping_add(1);
        // Release: the record was read before the kernel may write there again.
        self.word(self.cq_head).store(self.head, Ordering::Release);
        Some(cqe)
    }

    /// Whether no completion is there to be taken.
    pub(super) fn is_empty(&self) -> bool {
        self.head == self.word(self.cq_tail).load(Ordering::Acquire)
    }

    /// How many completions have room in the queue.
    pub(super) fn capacity(&self) -> u32 {
        self.cq_entries
    }

    /// Whether an enter that does not wait would do nothing.
    pub(super) fn is_idle(&self) -> bool {
        let flags = IoringSqFlags::from_bits_retain(self.word(self.sq_flags).load(Ordering::Acquire));
        let waiting = IoringSqFlags::CQ_OVERFLOW | IoringSqFlags::TASKRUN;
        self.flagged && self.staged() == 0 && !flags.intersects(waiting)
    }

    /// Shows the kernel what is staged without asking for completions.
    pub(super) fn flush(&mut self) -> rustix::io::Result<()> {
        // SAFETY: every staged record was pushed under the contract of `push`.
        unsafe { io_uring_enter(&self.fd, self.staged(), 0, IoringEnterFlags::empty()) }.map(drop)
    }

    /// Shows the kernel what is staged, and waits until `want` completions are there or `timeout` has passed.
    pub(super) fn enter(&mut self, want: u32, timeout: Option<Timespec>) -> rustix::io::Result<()> {
        // SAFETY: the ring is open, and every staged record was pushed under the contract of `push`.
        unsafe { self.prepare(want, timeout).call() }
    }

    /// What [`enter`](Self::enter) would do, to be done without holding the ring.
    pub(super) fn prepare(&self, want: u32, timeout: Option<Timespec>) -> Enter {
        Enter { fd: self.fd.as_raw_fd(), staged: self.staged(), want, timeout }
    }
}

/// A call of `io_uring_enter`.
pub(crate) struct Enter {
    fd: RawFd,
    staged: u32,
    want: u32,
    timeout: Option<Timespec>,
}

impl Enter {
    /// Makes the call.
    ///
    /// # Safety
    /// The ring is open.
    pub(super) unsafe fn call(&self) -> rustix::io::Result<()> {
        // SAFETY: the caller's word.
        let fd = unsafe { BorrowedFd::borrow_raw(self.fd) };
        let Some(timeout) = &self.timeout else {
            // SAFETY: every staged record was pushed under the contract of `push`.
            return unsafe { io_uring_enter(fd, self.staged, self.want, IoringEnterFlags::GETEVENTS) }.map(drop);
        };
        let arg = io_uring_getevents_arg {
            ts: io_uring_ptr::new(std::ptr::from_ref(timeout).cast_mut().cast()),
            ..Default::default()
        };
        let flags = IoringEnterFlags::GETEVENTS | IoringEnterFlags::EXT_ARG;
        // SAFETY: as above; the argument and the time in it live until the call returns, and no signal mask is named.
        unsafe { io_uring_enter_arg(fd, self.staged, self.want, flags, Some(&arg)) }.map(drop)
    }
}
