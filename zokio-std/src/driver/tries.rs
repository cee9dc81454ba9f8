//! What drivers share that wait for readiness: pooled buffers, and one try at each operation, which does not block.

use super::any::DriverOptions;
use super::pool::Pool;
use super::system;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fd::{BorrowedFd, IntoRawFd, RawFd};
use rustix::io::Errno as Os;
use rustix::net::SocketAddrAny;
use rustix::net::addr::SocketAddrStorage;
use std::io;
use std::mem::MaybeUninit;
use zokio_core::driver::readiness::Attempt;
use zokio_core::driver::{Caps, CompletionFlags, Errno, Interest, Op, RawBuf};

#[cfg(unix)]
/// As many handles as a process may have open on a machine that was not told otherwise (`fs.nr_open`).
pub(super) const HANDLES: usize = 1 << 20;

/// How many events a wait brings at most.
#[cfg(unix)]
pub(super) const EVENTS: usize = 256;
/// How many events a wait may bring however few buffers are free.
#[cfg(unix)]
const FEWEST_EVENTS: usize = 16;

pub(super) const CAPS: Caps = {
    let mut caps = Caps::NONE;
    (caps.sockets, caps.pooled_recv, caps.many, caps.files) = (true, true, true, true);
    caps.poll_many = cfg!(unix);
    caps
};
pub(super) const CANCELED: Errno = Errno(Os::CANCELED.raw_os_error() as u16);
pub(super) const NO_BUFFER: Errno = Errno(Os::NOBUFS.raw_os_error() as u16);

/// Where operations are tried.
pub(super) struct Tries {
    pub(super) pool: Pool,
}

impl Tries {
    pub(super) fn new(options: &DriverOptions) -> io::Result<Self> {
        Ok(Self { pool: Pool::new(options.buffers, options.buffer_size)? })
    }

    /// How many events the next wait may bring. No more than there are buffers to receive into: what is ready stays so, and
    /// a socket that finds no buffer costs two more system calls to wait for than one whose event comes a turn later.
    #[cfg(unix)]
    pub(super) fn events(&self) -> usize {
        self.pool.free().clamp(FEWEST_EVENTS, EVENTS)
    }

    /// See [`Poller::attempt`](zokio_core::driver::readiness::Poller::attempt).
    ///
    /// # Safety
    /// As there.
    #[inline(always)]
    pub(super) unsafe fn attempt(&mut self, op: &Op<RawFd>, again: bool) -> Attempt {
        match *op {
            Op::Nop => done(Ok(0), false),
            Op::Poll { handle, interest } => done(ready(handle, interest), false),
            Op::Accept { handle } | Op::AcceptMany { handle } => {
                let accepted = uninterrupted(|| system::accept(descriptor(&handle)));
                done(accepted.map(|handle| handle.into_raw_fd() as u32), false)
            }
            // SAFETY: the caller's word for the memory.
            Op::Connect { handle, address } => done(unsafe { connect(handle, address, again) }, false),
            Op::Recv { handle, buf } => {
                // SAFETY: the caller's word for the memory.
                let received = unsafe { receive(handle, buf) };
                done(received, matches!(received, Ok(1..)) && received != Ok(buf.len))
            }
            Op::RecvPooled { handle } | Op::RecvMany { handle } => {
                let Some(id) = self.pool.lend() else { return done(Err(Os::NOBUFS), false) };
                let buf = self.pool.buffers().get(id);
                // SAFETY: the buffer was just lent, to us.
                let received = unsafe { receive(handle, buf) };
                let mut attempt = done(received, matches!(received, Ok(1..)) && received != Ok(buf.len));
                match &mut attempt {
                    Attempt::Done { result: Ok(1..), flags, .. } => flags.buffer = Some(id),
                    _ => self.pool.give_back(id),
                }
                attempt
            }
            Op::Send { handle, buf } | Op::SendZeroCopy { handle, buf } => {
                // SAFETY: the caller's word for the memory.
                let bytes = unsafe { std::slice::from_raw_parts(buf.ptr, buf.len as usize) };
                let sent = uninterrupted(|| rustix::net::send(descriptor(&handle), bytes, system::SEND));
                done(sent.map(|sent| sent as u32), sent.is_ok_and(|sent| sent < bytes.len()))
            }
            // SAFETY: the caller's word for the memory.
            Op::SendTo { handle, address, buf } => done(unsafe { send_to(handle, address, buf) }, false),
            Op::Close { handle } => {
                // SAFETY: the submitter gives the handle up. Closing takes it out of the epoll set.
                unsafe { rustix::io::close(handle) };
                done(Ok(0), false)
            }
            _ => Attempt::Unsupported,
        }
    }
}

/// What a [`Poller`](zokio_core::driver::readiness::Poller) with fields `wake`, `tries` and `elsewhere` leaves to them.
#[cfg(unix)]
macro_rules! polls_with_tries {
    () => {
        type Handle = RawFd;
        type Unparker = $crate::driver::wake::Unparker;
        type Error = std::io::Error;
        const CAPS: zokio_core::driver::Caps = $crate::driver::tries::CAPS;
        const CANCELED: Errno = $crate::driver::tries::CANCELED;
        const NO_BUFFER: Errno = $crate::driver::tries::NO_BUFFER;

        fn now(&self) -> zokio_core::time::Instant {
            $crate::driver::monotonic::now()
        }

        fn unparker(&self) -> Self::Unparker {
            $crate::driver::wake::Unparker(self.wake.clone())
        }

        fn number(&mut self, handle: RawFd) -> usize {
            // A descriptor that is none has a number beyond every table.
            usize::try_from(handle).unwrap_or(usize::MAX)
        }

        unsafe fn do_elsewhere(
            &mut self,
            key: zokio_core::driver::Key,
            op: &zokio_core::driver::FileOp<RawFd>,
        ) -> Result<(), zokio_core::driver::SubmitError> {
            // SAFETY: the caller's word.
            unsafe { self.elsewhere.submit(key, op) }
        }

        fn cancel_elsewhere(&mut self, key: zokio_core::driver::Key) {
            self.elsewhere.cancel(key);
        }

        fn take_elsewhere(&mut self) -> Option<zokio_core::driver::Completion> {
            self.elsewhere.take()
        }

        fn pooled(&self, id: u16) -> zokio_core::driver::RawBuf {
            self.tries.pool.buffers().get(id)
        }

        unsafe fn recycle(&mut self, id: u16) {
            self.tries.pool.give_back(id);
        }
    };
}
#[cfg(unix)]
pub(super) use polls_with_tries;

/// The descriptor behind a handle.
pub(super) fn descriptor(handle: &RawFd) -> BorrowedFd<'_> {
    // SAFETY: the submitter of an operation keeps its handle open until the operation ends.
    unsafe { BorrowedFd::borrow_raw(*handle) }
}

pub(super) fn done(result: Result<u32, Os>, dry: bool) -> Attempt {
    match result {
        Err(Os::AGAIN) => Attempt::WouldBlock,
        Err(error) => Attempt::Done {
            result: Err(Errno(error.raw_os_error() as u16)),
            flags: CompletionFlags::default(),
            dry: false,
        },
        Ok(result) => Attempt::Done { result: Ok(result), flags: CompletionFlags::default(), dry },
    }
}

/// Calls again what a signal interrupted.
fn uninterrupted<T>(mut call: impl FnMut() -> Result<T, Os>) -> Result<T, Os> {
    loop {
        match call() {
            Err(Os::INTR) => {}
            other => return other,
        }
    }
}

/// # Safety
/// As [`Tries::attempt`].
unsafe fn receive(handle: RawFd, buf: RawBuf) -> Result<u32, Os> {
    // SAFETY: the caller's word for the memory.
    let memory = unsafe { std::slice::from_raw_parts_mut(buf.ptr.cast::<MaybeUninit<u8>>(), buf.len as usize) };
    uninterrupted(|| {
        let ((received, _), _) = rustix::net::recv(descriptor(&handle), &mut *memory, system::RECEIVE)?;
        Ok(received.len() as u32)
    })
}

fn ready(handle: RawFd, interest: Interest) -> Result<u32, Os> {
    let flags = match interest {
        Interest::Readable => system::READABLE,
        Interest::Writable => PollFlags::OUT,
    };
    let descriptor = descriptor(&handle);
    let mut poll = [PollFd::new(&descriptor, flags)];
    match uninterrupted(|| rustix::event::poll(&mut poll, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })))? {
        0 => Err(Os::AGAIN),
        _ => Ok(0),
    }
}

/// The address that lies at `ptr`, however that is aligned.
///
/// # Safety
/// There are `len` bytes.
unsafe fn address_at(ptr: *const u8, len: u32) -> Result<SocketAddrAny, Os> {
    // The shortest address is its family; the longest is what the system has room for.
    if len < 2 || len as usize > size_of::<SocketAddrStorage>() {
        return Err(Os::INVAL);
    }
    let mut storage = MaybeUninit::<SocketAddrStorage>::zeroed();
    // SAFETY: the caller's word; the length is one that there is room for, and that `read` takes.
    unsafe {
        storage.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(ptr, len as usize);
        Ok(SocketAddrAny::read(storage.as_ptr(), len))
    }
}

/// # Safety
/// As [`Tries::attempt`].
unsafe fn send_to(handle: RawFd, address: u16, buf: RawBuf) -> Result<u32, Os> {
    let (name, memory) = (u32::from(address), buf.len as usize);
    if name as usize > memory {
        return Err(Os::INVAL);
    }
    // SAFETY: the caller's word for the memory.
    let bytes = unsafe { &std::slice::from_raw_parts(buf.ptr, memory)[name as usize..] };
    let sent = match name {
        0 => uninterrupted(|| rustix::net::send(descriptor(&handle), bytes, system::SEND)),
        _ => {
            // SAFETY: as above.
            let address = unsafe { address_at(buf.ptr, name) }?;
            uninterrupted(|| rustix::net::sendto(descriptor(&handle), bytes, system::SEND, &address))
        }
    };
    sent.map(|sent| sent as u32)
}

/// # Safety
/// As [`Tries::attempt`].
unsafe fn connect(handle: RawFd, address: RawBuf, again: bool) -> Result<u32, Os> {
    // SAFETY: the caller's word for the memory.
    let address = unsafe { address_at(address.ptr, address.len) }?;
    // Asking again is how the outcome is told: success, the error, or that it is still under way.
    match uninterrupted(|| rustix::net::connect(descriptor(&handle), &address)) {
        Ok(()) => Ok(0),
        Err(Os::ISCONN) if again => Ok(0),
        Err(Os::INPROGRESS | Os::ALREADY) => Err(Os::AGAIN),
        Err(error) => Err(error),
    }
}
