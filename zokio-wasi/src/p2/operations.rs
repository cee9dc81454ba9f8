//! Operations with completions: pollables under the shared [readiness adapter](zokio_core::driver::readiness).
//!
//! Accepting, receiving and sending never block on preview 2, so they are tried at once, and again when the pollable of
//! their direction is ready; the waits are those of the component's own driver, beside those of its tasks.

use super::driver::{Reactor, Subscription};
use super::handles::{Handles, Open, Resource};
use crate::p1::{Unparker, abi, done};
use crate::pool::{Pool, bytes};
use core::convert::Infallible;
use core::task::{Poll, Waker};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Wake;
use std::vec::Vec;
use zokio_core::driver::readiness::{Attempt, Event, HandleRecord, OpRecord, Poller, ReadinessDriver};
use zokio_core::driver::{Caps, Errno, FixedTable, Interest, Op, RawBuf, SubmitError, Wait};
use zokio_core::time::Instant;

/// Completion-based I/O on preview 2, for handles below `HANDLES` and at most `OPS` operations at a time.
///
/// In use: see [`WasiPoll`].
pub type WasiPollDriver<'m, const HANDLES: usize, const OPS: usize> =
    ReadinessDriver<WasiPoll<'m>, FixedTable<HandleRecord, HANDLES>, FixedTable<OpRecord<u32>, OPS>>;

/// Which waits are over, as told by their wakers.
type Told = Arc<Mutex<Vec<Event>>>;

/// The component's driver as the platform of a [`WasiPollDriver`]: waits, accepts, receives (into memory of the operation, or into
/// a pool's), sends and closes, on what [`Handles`] have a number for. It does not connect, because a handle is a connection only
/// once it stands: [`TcpStream::connect`](super::net::TcpStream::connect) does.
///
/// Errors have the numbers of preview 1, which are those of `wasi-libc`; where the host tells no more of an error than a sentence
/// it is [`abi::IO`]. Tasks may run meanwhile: a turn wakes them, and what a park hears of operations is told in the next turn.
///
/// ```
/// use zokio_core::driver::{Completion, IoDriver, Key, Op, Wait};
/// use zokio_wasi::net::TcpListener;
/// use zokio_wasi::p2::{Handles, WasiPoll, WasiPollDriver};
///
/// let handles = Handles::new();
/// let mut buffers = [0; 4 * 256];
/// let mut driver: WasiPollDriver<'_, 8, 16> = WasiPoll::driver(handles.clone(), &mut buffers, 256);
///
/// let listener = handles.listener(TcpListener::bind("127.0.0.1:0".parse().unwrap())?);
/// // SAFETY: it names no memory.
/// let staged = unsafe { driver.submit(Key::new(0, 1), &Op::Accept { handle: listener }) };
/// assert!(staged.is_ok());
/// // Nobody comes.
/// driver.cancel(Key::new(0, 1));
/// let mut ended: Option<Completion> = None;
/// let Ok(()) = driver.turn(Wait::Forever, &mut |end| ended = Some(end));
/// assert!(ended.is_some_and(|end| end.result.is_err()));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct WasiPoll<'m> {
    reactor: &'static Reactor,
    handles: Handles,
    pool: Pool<'m>,
    told: Told,
    events: Vec<Event>,
}

impl<'m> WasiPoll<'m> {
    /// A driver for `handles`, with as many pooled buffers of `size` bytes as `memory` has room for.
    pub fn driver<const HANDLES: usize, const OPS: usize>(
        handles: Handles,
        memory: &'m mut [u8],
        size: u32,
    ) -> WasiPollDriver<'m, HANDLES, OPS> {
        let (reactor, told) = (super::runtime::reactor(), Told::default());
        let this = Self { reactor, handles, pool: Pool::new(memory, size), told, events: Vec::new() };
        ReadinessDriver::new(this, FixedTable::new(), FixedTable::new())
    }

    /// Makes `call` on the connection `handle`.
    fn on_stream(&self, handle: u32, call: impl FnOnce(&mut Open) -> Option<Poll<io::Result<usize>>>) -> Attempt {
        match self.handles.with(handle, call) {
            None => done(Err(abi::BADF)),
            // A listener is no connection.
            Some(None) => done(Err(abi::INVAL)),
            Some(Some(Poll::Pending)) => Attempt::WouldBlock,
            Some(Some(Poll::Ready(result))) => done(result.map(|len| len as u32).map_err(|error| errno(&error))),
        }
    }

    /// # Safety
    /// As of [`bytes`], for the call.
    unsafe fn receive(&self, handle: u32, buf: RawBuf) -> Attempt {
        // SAFETY: the caller's word.
        self.on_stream(handle, |open| open.receive(unsafe { bytes(buf) }))
    }

    fn accept(&self, handle: u32) -> Attempt {
        let accepted = self.handles.with(handle, |open| match &open.resource {
            Resource::Listener(listener) => Some(listener.try_accept()),
            Resource::Stream(_) => None,
        });
        match accepted {
            None => done(Err(abi::BADF)),
            Some(None) => done(Err(abi::INVAL)),
            Some(Some(Poll::Pending)) => Attempt::WouldBlock,
            Some(Some(Poll::Ready(accepted))) => {
                done(accepted.map(|stream| self.handles.stream(stream)).map_err(|error| errno(&error)))
            }
        }
    }
}

fn errno(error: &io::Error) -> Errno {
    match error.kind() {
        io::ErrorKind::BrokenPipe => abi::PIPE,
        io::ErrorKind::ConnectionReset => abi::CONNRESET,
        io::ErrorKind::PermissionDenied => abi::PERM,
        io::ErrorKind::InvalidInput => abi::INVAL,
        io::ErrorKind::Unsupported => abi::NOTSUP,
        _ => abi::IO,
    }
}

/// Tells of one direction of one use of a handle.
struct Teller {
    told: Told,
    event: Event,
}

impl Wake for Teller {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push(self.event);
    }
}

impl Poller for WasiPoll<'_> {
    type Handle = u32;
    type Unparker = Unparker;
    type Error = Infallible;
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

    fn number(&mut self, handle: u32) -> usize {
        handle as usize
    }

    unsafe fn attempt(&mut self, op: &Op<u32>, _again: bool) -> Attempt {
        match *op {
            Op::Nop => done(Ok(0)),
            Op::Close { handle } => done(if self.handles.close(handle) { Ok(0) } else { Err(abi::BADF) }),
            Op::Poll { handle, interest } => match self.handles.with(handle, |open| open.look(interest)) {
                None => done(Err(abi::BADF)),
                Some(None) => done(Err(abi::INVAL)),
                Some(Some(true)) => done(Ok(0)),
                Some(Some(false)) => Attempt::WouldBlock,
            },
            Op::Accept { handle } | Op::AcceptMany { handle } => self.accept(handle),
            // SAFETY: the caller's word.
            Op::Recv { handle, buf } => unsafe { self.receive(handle, buf) },
            Op::RecvPooled { handle } | Op::RecvMany { handle } => {
                let Some(id) = self.pool.lend() else { return done(Err(abi::NOBUFS)) };
                // SAFETY: the buffer was just lent, to us.
                let attempt = unsafe { self.receive(handle, self.pool.get(id)) };
                // SAFETY: the same buffer, and the call is over.
                unsafe { self.pool.settle(id, attempt) }
            }
            Op::Send { handle, buf } | Op::SendZeroCopy { handle, buf } => {
                // SAFETY: the caller's word.
                self.on_stream(handle, |open| open.send(unsafe { bytes(buf) }))
            }
            _ => Attempt::Unsupported,
        }
    }

    /// Nothing: each wait is [armed](Self::arm).
    fn watch(&mut self, _: u32, _: u64) -> Result<(), Errno> {
        Ok(())
    }

    fn arm(&mut self, handle: u32, interest: Interest, token: u64) -> Result<(), SubmitError> {
        let told = &self.told;
        let armed = self.handles.with(handle, |open| {
            let direction = usize::from(interest == Interest::Writable);
            let waker = match &open.wakers[direction] {
                Some((known, waker)) if *known == token => waker.clone(),
                _ => {
                    let (readable, writable) = (interest == Interest::Readable, interest == Interest::Writable);
                    let event = Event { token, readable, writable, ended: false };
                    let waker = Waker::from(Arc::new(Teller { told: told.clone(), event }));
                    open.wakers[direction] = Some((token, waker.clone()));
                    waker
                }
            };
            open.subscription(interest).map(|subscription| subscription.arm(waker))
        });
        armed.flatten().ok_or(SubmitError::Os(abi::BADF))
    }

    fn disarm(&mut self, handle: u32, interest: Interest) {
        self.handles.with(handle, |open| open.subscription(interest).map(Subscription::disarm));
    }

    fn is_armed(&self) -> bool {
        self.reactor.is_armed()
    }

    fn wait(&mut self, wait: Wait) -> Result<usize, Infallible> {
        let take = |told: &Told| core::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
        // What a park of somebody else has heard meanwhile.
        self.events = take(&self.told);
        self.reactor.turn(if self.events.is_empty() { wait } else { Wait::Poll });
        self.events.append(&mut take(&self.told));
        Ok(self.events.len())
    }

    fn event(&self, index: usize) -> Event {
        self.events[index]
    }

    fn pooled(&self, id: u16) -> RawBuf {
        self.pool.get(id)
    }

    unsafe fn recycle(&mut self, id: u16) {
        // SAFETY: the caller's word.
        unsafe { self.pool.give_back(id) };
    }
}

impl Drop for WasiPoll<'_> {
    /// What was in flight waits no longer.
    fn drop(&mut self) {
        for open in self.handles.0.borrow().iter().flatten() {
            for interest in [Interest::Readable, Interest::Writable] {
                open.subscription(interest).map(Subscription::disarm);
            }
        }
    }
}
