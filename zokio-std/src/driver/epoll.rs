//! The epoll driver: system calls for the shared [readiness adapter](zokio_core::driver::readiness).

use super::any::DriverOptions;
use super::elsewhere::Elsewhere;
use super::monotonic;
use super::pool::Pool;
use super::reserved::Reserved;
use super::wake::{Unparker, Wake};
use rustix::event::{PollFd, PollFlags, epoll};
use rustix::io::Errno as Os;
use rustix::net::{RecvFlags, SendFlags, SocketAddrAny, SocketFlags};
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use zokio_core::driver::readiness::{Attempt, Event, HandleRecord, OpRecord, Poller, ReadinessDriver};
use zokio_core::driver::{
    Caps, Completion, CompletionFlags, Errno, FileOp, Interest, Key, Op, RawBuf, SubmitError, Wait,
};
use zokio_core::time::Instant;

/// Completion-based I/O emulated on epoll.
pub type EpollDriver = ReadinessDriver<Epoll, Reserved<HandleRecord>, Reserved<OpRecord<RawFd>>>;

/// How many events one wait brings.
const EVENTS: usize = 256;
/// As many handles as a process may have open on a machine that was not told otherwise (`fs.nr_open`).
const HANDLES: usize = 1 << 20;
/// The token of what belongs to the driver itself; the number of no handle.
const OWN: u64 = u64::MAX;

/// An epoll instance with what the driver itself watches: an eventfd for unparks, and a timer with the precision of
/// nanoseconds (the timeout of `epoll_wait` counts milliseconds).
pub struct Epoll {
    epoll: OwnedFd,
    wake: Arc<Wake>,
    timer: OwnedFd,
    /// When the timer will fire; it is set anew only for an earlier deadline.
    timer_at: Instant,
    pool: Pool,
    events: Vec<epoll::Event>,
    /// Where files are worked on.
    elsewhere: Arc<Elsewhere>,
}

impl Epoll {
    /// A driver for at most `operations` operations in flight, with `buffers` pooled buffers of `buffer_size` bytes.
    ///
    /// # Errors
    /// What the system reports.
    pub fn driver(operations: usize, buffers: u16, buffer_size: u32) -> io::Result<EpollDriver> {
        let options = DriverOptions { operations, buffers, buffer_size, ..DriverOptions::default() };
        Self::with_wake(&options, Wake::new()?)
    }

    /// As [`driver`](Self::driver), woken by what exists already.
    pub(super) fn with_wake(options: &DriverOptions, wake: Arc<Wake>) -> io::Result<EpollDriver> {
        let DriverOptions { operations, buffers, buffer_size, .. } = *options;
        let elsewhere = Elsewhere::new(wake.clone());
        let this = Self {
            elsewhere,
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            wake,
            timer: rustix::time::timerfd_create(
                TimerfdClockId::Monotonic,
                TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
            )?,
            timer_at: Instant::ZERO,
            pool: Pool::new(buffers, buffer_size)?,
            events: Vec::with_capacity(EVENTS),
        };
        // Edge-triggered, so that neither is ever read: every write and every expiry is an edge of its own.
        let (own, flags) = (epoll::EventData::new_u64(OWN), epoll::EventFlags::IN | epoll::EventFlags::ET);
        epoll::add(&this.epoll, &*this.wake, own, flags)?;
        epoll::add(&this.epoll, &this.timer, own, flags)?;
        Ok(ReadinessDriver::new(this, Reserved::new(HANDLES), Reserved::new(operations)))
    }

    /// Makes the timer fire at `at` or before.
    fn arm_timer(&mut self, at: Instant, now: Instant) -> io::Result<()> {
        if self.timer_at > now && self.timer_at <= at {
            // It will fire early, once, and be set to the then nearest deadline: cheaper than a system call for every
            // timeout that moves back.
            return Ok(());
        }
        let nothing = Timespec { tv_sec: 0, tv_nsec: 0 };
        let timer = Itimerspec { it_interval: nothing, it_value: monotonic::timespec(at - Instant::ZERO) };
        rustix::time::timerfd_settime(&self.timer, TimerfdTimerFlags::ABSTIME, &timer)?;
        self.timer_at = at;
        Ok(())
    }
}

/// A wait that is prepared. Others may use the driver while it lasts.
pub(crate) struct EpollEntry {
    epoll: RawFd,
    sleeps: bool,
    events: Vec<epoll::Event>,
}

impl EpollEntry {
    /// Waits.
    ///
    /// # Safety
    /// The driver that it came from has not been dropped.
    pub(crate) unsafe fn wait(&mut self) -> io::Result<()> {
        const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the caller's word.
        let epoll = unsafe { BorrowedFd::borrow_raw(self.epoll) };
        let timeout = if self.sleeps { None } else { Some(&NOW) };
        match epoll::wait(epoll, rustix::buffer::spare_capacity(&mut self.events), timeout) {
            Ok(_) | Err(Os::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Epoll {
    /// Prepares a wait, and announces it if it is to sleep.
    pub(super) fn begin(&mut self, wait: Wait) -> io::Result<EpollEntry> {
        let mut sleeps = wait != Wait::Poll && self.wake.sleep();
        if let (true, Wait::Until(at)) = (sleeps, wait) {
            let now = monotonic::now();
            sleeps = at > now;
            if sleeps && let Err(error) = self.arm_timer(at, now) {
                self.wake.awake();
                return Err(error);
            }
        }
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        Ok(EpollEntry { epoll: self.epoll.as_raw_fd(), sleeps, events })
    }

    /// The sleep that `begin` announced, if any, is over.
    pub(super) fn awake(&self) {
        self.wake.awake();
    }

    /// Takes in what a wait brought; says how many events that were.
    pub(super) fn finish(&mut self, entry: EpollEntry) -> usize {
        self.events = entry.events;
        self.events.len()
    }
}

/// The descriptor behind a handle.
fn descriptor(handle: &RawFd) -> BorrowedFd<'_> {
    // SAFETY: the submitter of an operation keeps its handle open until the operation ends.
    unsafe { BorrowedFd::borrow_raw(*handle) }
}

fn done(result: Result<u32, Os>, dry: bool) -> Attempt {
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
/// As [`Poller::attempt`].
unsafe fn receive(handle: RawFd, buf: RawBuf) -> Result<u32, Os> {
    // SAFETY: the caller's word for the memory.
    let memory = unsafe { std::slice::from_raw_parts_mut(buf.ptr.cast::<MaybeUninit<u8>>(), buf.len as usize) };
    uninterrupted(|| {
        let ((received, _), _) = rustix::net::recv(descriptor(&handle), &mut *memory, RecvFlags::DONTWAIT)?;
        Ok(received.len() as u32)
    })
}

fn ready(handle: RawFd, interest: Interest) -> Result<u32, Os> {
    let flags = match interest {
        Interest::Readable => PollFlags::IN | PollFlags::RDHUP,
        Interest::Writable => PollFlags::OUT,
    };
    let descriptor = descriptor(&handle);
    let mut poll = [PollFd::new(&descriptor, flags)];
    match uninterrupted(|| rustix::event::poll(&mut poll, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })))? {
        0 => Err(Os::AGAIN),
        _ => Ok(0),
    }
}

/// # Safety
/// As [`Poller::attempt`].
unsafe fn connect(handle: RawFd, address: RawBuf, again: bool) -> Result<u32, Os> {
    // The shortest address is its family; the longest is what the system has room for.
    if address.len < 2 || address.len as usize > size_of::<rustix::net::addr::SocketAddrStorage>() {
        return Err(Os::INVAL);
    }
    // SAFETY: the caller's word for the memory; the length is one that `read` takes.
    let address = unsafe { SocketAddrAny::read(address.ptr.cast(), address.len) };
    // Asking again is how the outcome is told: success, the error, or that it is still under way.
    match uninterrupted(|| rustix::net::connect(descriptor(&handle), &address)) {
        Ok(()) => Ok(0),
        Err(Os::ISCONN) if again => Ok(0),
        Err(Os::INPROGRESS | Os::ALREADY) => Err(Os::AGAIN),
        Err(error) => Err(error),
    }
}

impl Poller for Epoll {
    type Handle = RawFd;
    type Unparker = Unparker;
    type Error = io::Error;
    const CAPS: Caps = {
        let mut caps = Caps::NONE;
        (caps.sockets, caps.pooled_recv, caps.files) = (true, true, true);
        caps
    };
    const CANCELED: Errno = Errno(Os::CANCELED.raw_os_error() as u16);
    const NO_BUFFER: Errno = Errno(Os::NOBUFS.raw_os_error() as u16);

    fn now(&self) -> Instant {
        monotonic::now()
    }

    fn unparker(&self) -> Unparker {
        Unparker(self.wake.clone())
    }

    fn number(handle: RawFd) -> usize {
        // A descriptor that is none has a number beyond every table.
        usize::try_from(handle).unwrap_or(usize::MAX)
    }

    unsafe fn attempt(&mut self, op: &Op<RawFd>, again: bool) -> Attempt {
        match *op {
            Op::Nop => done(Ok(0), false),
            Op::Poll { handle, interest } => done(ready(handle, interest), false),
            Op::Accept { handle } => {
                let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
                let accepted = uninterrupted(|| rustix::net::accept_with(descriptor(&handle), flags));
                done(accepted.map(|handle| handle.into_raw_fd() as u32), false)
            }
            // SAFETY: the caller's word for the memory.
            Op::Connect { handle, address } => done(unsafe { connect(handle, address, again) }, false),
            Op::Recv { handle, buf } => {
                // SAFETY: the caller's word for the memory.
                let received = unsafe { receive(handle, buf) };
                done(received, matches!(received, Ok(1..)) && received != Ok(buf.len))
            }
            Op::RecvPooled { handle } => {
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
            Op::Send { handle, buf } => {
                // SAFETY: the caller's word for the memory.
                let bytes = unsafe { std::slice::from_raw_parts(buf.ptr, buf.len as usize) };
                let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
                let sent = uninterrupted(|| rustix::net::send(descriptor(&handle), bytes, flags));
                done(sent.map(|sent| sent as u32), sent.is_ok_and(|sent| sent < bytes.len()))
            }
            Op::Close { handle } => {
                // SAFETY: the submitter gives the handle up. Closing takes it out of the epoll set.
                unsafe { rustix::io::close(handle) };
                done(Ok(0), false)
            }
            _ => Attempt::Unsupported,
        }
    }

    fn watch(&mut self, handle: RawFd, token: u64) -> Result<(), Errno> {
        use epoll::EventFlags as F;
        let flags = F::IN | F::OUT | F::RDHUP | F::PRI | F::ET;
        let data = epoll::EventData::new_u64(token);
        match epoll::add(&self.epoll, descriptor(&handle), data, flags) {
            // It was watched, then forgotten, and is back.
            Err(Os::EXIST) => epoll::modify(&self.epoll, descriptor(&handle), data, flags),
            other => other,
        }
        .map_err(|error| Errno(error.raw_os_error() as u16))
    }

    fn wait(&mut self, wait: Wait) -> io::Result<usize> {
        let mut entry = self.begin(wait)?;
        // SAFETY: the set is ours, and stays open meanwhile.
        let waited = unsafe { entry.wait() };
        self.awake();
        let count = self.finish(entry);
        waited.map(|()| count)
    }

    fn event(&self, index: usize) -> Event {
        use epoll::EventFlags as F;
        let epoll::Event { flags, data } = self.events[index];
        // Urgent data cuts a read short too, and promises no edge for what lies behind it.
        let ended = flags.intersects(F::RDHUP | F::HUP | F::ERR | F::PRI);
        Event {
            token: data.u64(),
            readable: ended || flags.contains(F::IN),
            writable: flags.intersects(F::OUT | F::HUP | F::ERR),
            ended,
        }
    }

    unsafe fn do_elsewhere(&mut self, key: Key, op: &FileOp<RawFd>) -> Result<(), SubmitError> {
        // SAFETY: the caller's word.
        unsafe { self.elsewhere.submit(key, op) }
    }

    fn cancel_elsewhere(&mut self, key: Key) {
        self.elsewhere.cancel(key);
    }

    fn take_elsewhere(&mut self) -> Option<Completion> {
        self.elsewhere.take()
    }

    fn pooled(&self, id: u16) -> RawBuf {
        self.pool.buffers().get(id)
    }

    unsafe fn recycle(&mut self, id: u16) {
        self.pool.give_back(id);
    }
}
