//! Operations with completions: `poll_oneoff` under the shared [readiness adapter](zokio_core::driver::readiness).
//!
//! Accepting, receiving and sending are tried at once where the call cannot block, and otherwise, or again, when the host
//! says that it is time; a wait for that is one of the reactor's, for each direction of a descriptor in which something
//! waits.

use super::abi::{self, Fd};
use super::driver::{Reactor, Unparker};
use super::error::Error;
use super::host::Host;
use super::table::{Told, Waiter};
use crate::pool::{Pool, bytes};
use zokio_core::driver::readiness::{Attempt, Event, HandleRecord, OpRecord, Poller, ReadinessDriver};
use zokio_core::driver::{Caps, CompletionFlags, Errno, FixedTable, Interest, Key, Op, RawBuf, SubmitError, Wait};
use zokio_core::time::Instant;

/// Completion-based I/O on preview 1, for at most `HANDLES` descriptors and `OPS` operations at a time.
///
/// In use: see [`PollOneoff`].
pub type PollOneoffDriver<'r, H, const N: usize, const HANDLES: usize, const OPS: usize> =
    ReadinessDriver<PollOneoff<'r, H, N, HANDLES>, FixedTable<HandleRecord, HANDLES>, FixedTable<OpRecord<Fd>, OPS>>;

/// A reactor as the platform of a [`PollOneoffDriver`]: waits, accepts, receives (into memory of the operation, or into a
/// pool's), sends and closes. Preview 1 cannot connect, and its files are never waited for, so neither is an operation.
///
/// It receives and sends by `fd_read` and `fd_write`, so that pipes will do too. What the host cannot make non-blocking is
/// received from, and accepted from, only after the host has said that there is something.
///
/// Tasks may wait on the same reactor meanwhile: a turn of the driver wakes them. One driver at a time has operations on a
/// reactor, and it is the driver that is turned: a park of the reactor's own loses what it hears of operations.
///
/// ```
/// # #[cfg(all(target_os = "wasi", target_env = "p1"))] {
/// use zokio_core::driver::{IoDriver, Key, Op, RawBuf, Staged};
/// use zokio_wasi::p1::{PollOneoff, PollOneoffDriver, Reactor, Wasi};
///
/// let reactor: Reactor<Wasi, 8> = Reactor::new(Wasi);
/// let mut buffers = [0; 4 * 256];
/// let mut driver: PollOneoffDriver<'_, Wasi, 8, 4, 16> = PollOneoff::driver(&reactor, &mut buffers, 256);
///
/// let mut line = *b"an operation\n";
/// let op = Op::Send { handle: 2, buf: RawBuf { ptr: line.as_mut_ptr(), len: 13 } };
/// // SAFETY: the line is there until the operation has ended, and nobody touches it.
/// let staged = unsafe { driver.submit(Key::new(0, 1), &op) };
/// assert!(matches!(staged, Ok(Staged::Done(end)) if end.result == Ok(13)));
/// # }
/// ```
pub struct PollOneoff<'r, H: Host, const N: usize, const HANDLES: usize> {
    reactor: &'r Reactor<H, N>,
    pool: Pool<'r>,
    /// Which descriptor has which number; hosts count descriptors up for as long as the module lives.
    numbers: [Option<Fd>; HANDLES],
    /// What the last wait brought, until somebody has made use of it.
    told: [Option<Told>; N],
    count: usize,
}

impl<'r, H: Host, const N: usize, const HANDLES: usize> PollOneoff<'r, H, N, HANDLES> {
    /// A driver on `reactor`, with as many pooled buffers of `size` bytes as `memory` has room for.
    pub fn driver<const OPS: usize>(
        reactor: &'r Reactor<H, N>,
        memory: &'r mut [u8],
        size: u32,
    ) -> PollOneoffDriver<'r, H, N, HANDLES, OPS> {
        let pool = Pool::new(memory, size);
        let this = Self { reactor, pool, numbers: [None; HANDLES], told: [None; N], count: 0 };
        ReadinessDriver::new(this, FixedTable::new(), FixedTable::new())
    }

    /// The reactor underneath.
    pub const fn reactor(&self) -> &'r Reactor<H, N> {
        self.reactor
    }

    /// What the last wait told of this direction, and nobody has made use of.
    fn told(&mut self, fd: Fd, interest: Interest) -> Option<&mut Option<Told>> {
        let meant = |told: &&mut Option<Told>| told.is_some_and(|told| told.fd == fd && told.interest == interest);
        self.told[..self.count].iter_mut().find(meant)
    }

    /// Makes `call` if it does not block.
    fn try_call(
        &mut self,
        fd: Fd,
        interest: Interest,
        again: bool,
        mut call: impl FnMut(&H) -> Result<u32, Errno>,
    ) -> Attempt {
        let told = if again { self.told(fd, interest).and_then(Option::take) } else { None };
        if told.is_none() {
            match self.reactor.host().fd_fdstat_get(fd) {
                Err(errno) => return done(Err(errno)),
                // A host takes the bytes of such a descriptor however long that lasts, so that waiting would gain nothing.
                Ok(stat) if interest == Interest::Readable && stat.may_block() => return Attempt::WouldBlock,
                Ok(_) => {}
            }
        }
        loop {
            match (call(self.reactor.host()), told) {
                (Err(abi::INTR), _) => {}
                // Waiting again would come to the same.
                (Err(abi::AGAIN), Some(Told { result: Err(errno), .. })) => return done(Err(errno)),
                (Err(abi::AGAIN), _) => return Attempt::WouldBlock,
                (result, _) => return done(result),
            }
        }
    }

    /// # Safety
    /// As [`bytes`], for the call.
    unsafe fn receive(&mut self, fd: Fd, buf: RawBuf, again: bool) -> Attempt {
        self.try_call(fd, Interest::Readable, again, |host| {
            // SAFETY: the caller's word.
            host.fd_read(fd, unsafe { bytes(buf) }).map(|len| len as u32)
        })
    }
}

/// For the operations of preview 2, too.
pub(crate) fn done(result: Result<u32, Errno>) -> Attempt {
    Attempt::Done { result, flags: CompletionFlags::default(), dry: false }
}

impl<H: Host, const N: usize, const HANDLES: usize> Poller for PollOneoff<'_, H, N, HANDLES> {
    type Handle = Fd;
    type Unparker = Unparker;
    type Error = Error;
    const CAPS: Caps = {
        let mut caps = Caps::NONE;
        (caps.sockets, caps.pooled_recv, caps.many) = (true, true, true);
        caps
    };
    const CANCELED: Errno = abi::CANCELED;
    const NO_BUFFER: Errno = abi::NOBUFS;
    const REMOTE_WAKE: bool = false;

    fn now(&self) -> Instant {
        self.reactor.now()
    }

    fn unparker(&self) -> Unparker {
        Unparker
    }

    /// O(HANDLES).
    fn number(&mut self, fd: Fd) -> usize {
        let place = |wanted| self.numbers.iter().position(|number| *number == wanted);
        let Some(number) = place(Some(fd)).or_else(|| place(None)) else { return usize::MAX };
        self.numbers[number] = Some(fd);
        number
    }

    fn forget(&mut self, fd: Fd) {
        self.numbers.iter_mut().filter(|number| **number == Some(fd)).for_each(|number| *number = None);
    }

    unsafe fn attempt(&mut self, op: &Op<Fd>, again: bool) -> Attempt {
        match *op {
            Op::Nop => done(Ok(0)),
            Op::Close { handle } => done(self.reactor.host().fd_close(handle).map(|()| 0)),
            Op::Poll { handle, interest } if again => match self.told(handle, interest) {
                Some(&mut Some(Told { result, .. })) => done(result.map(|()| 0)),
                _ => Attempt::WouldBlock,
            },
            // A descriptor that is not open must not reach the host together with others, nor one that it cannot wait for.
            Op::Poll { handle, .. } => match self.reactor.host().fd_fdstat_get(handle) {
                Ok(stat) if !stat.is_always_ready() => Attempt::WouldBlock,
                stat => done(stat.map(|_| 0)),
            },
            Op::Accept { handle } | Op::AcceptMany { handle } => {
                let accept = |host: &H| host.sock_accept(handle, abi::FDFLAG_NONBLOCK);
                self.try_call(handle, Interest::Readable, again, accept)
            }
            // SAFETY: the caller's word.
            Op::Recv { handle, buf } => unsafe { self.receive(handle, buf, again) },
            Op::RecvPooled { handle } | Op::RecvMany { handle } => {
                let Some(id) = self.pool.lend() else { return done(Err(abi::NOBUFS)) };
                // SAFETY: the buffer was just lent, to us.
                let attempt = unsafe { self.receive(handle, self.pool.get(id), again) };
                // SAFETY: the same buffer, and the call is over.
                unsafe { self.pool.settle(id, attempt) }
            }
            Op::Send { handle, buf } | Op::SendZeroCopy { handle, buf } => {
                self.try_call(handle, Interest::Writable, again, |host| {
                    // SAFETY: the caller's word.
                    host.fd_write(handle, unsafe { bytes(buf) }).map(|len| len as u32)
                })
            }
            _ => Attempt::Unsupported,
        }
    }

    /// Nothing: each wait is [armed](Self::arm).
    fn watch(&mut self, _: Fd, _: u64) -> Result<(), Errno> {
        Ok(())
    }

    fn arm(&mut self, fd: Fd, interest: Interest, token: u64) -> Result<(), SubmitError> {
        // The wait is over all the same if somebody has closed the descriptor.
        self.reactor
            .arm(fd, interest, Waiter::Operation(Key::from_u64(token)))
            .map(|_key| ())
            .map_err(|_| SubmitError::Full)
    }

    fn disarm(&mut self, fd: Fd, interest: Interest) {
        let meant = |wait: &abi::Subscription| wait.id == u64::from(fd) && wait.interest() == interest;
        self.reactor.table().borrow_mut().cancel_operations(meant);
    }

    fn is_armed(&self) -> bool {
        self.reactor.armed() > 0
    }

    fn wait(&mut self, wait: Wait) -> Result<usize, Error> {
        self.count = 0;
        let (told, count) = (&mut self.told, &mut self.count);
        self.reactor.turn(wait, &mut |event| {
            if let Some(place) = told.get_mut(*count) {
                *place = Some(event);
                *count += 1;
            }
        })?;
        Ok(self.count)
    }

    fn event(&self, index: usize) -> Event {
        // Asked for in order, and what an earlier event set in motion makes use of its own direction only.
        let told = self.told[index];
        Event {
            token: told.map_or(u64::MAX, |told| told.token.to_u64()),
            readable: told.is_some_and(|told| told.interest == Interest::Readable),
            writable: told.is_some_and(|told| told.interest == Interest::Writable),
            ended: false,
        }
    }

    fn pooled(&self, id: u16) -> RawBuf {
        self.pool.get(id)
    }

    unsafe fn recycle(&mut self, id: u16) {
        // SAFETY: the caller's word.
        unsafe { self.pool.give_back(id) };
    }
}

impl<H: Host, const N: usize, const HANDLES: usize> Drop for PollOneoff<'_, H, N, HANDLES> {
    fn drop(&mut self) {
        self.reactor.table().borrow_mut().cancel_operations(|_| true);
    }
}
