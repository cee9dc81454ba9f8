//! The epoll driver: system calls for the shared [readiness adapter](zokio_core::driver::readiness).

use super::any::DriverOptions;
use super::elsewhere::Elsewhere;
use super::monotonic;
use super::reserved::Reserved;
use super::tries::{self, EVENTS, HANDLES, Tries, descriptor};
use super::wake::Wake;
use rustix::event::epoll;
use rustix::io::Errno as Os;
use rustix::time::{Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;
use zokio_core::driver::readiness::{Attempt, Event, HandleRecord, OpRecord, Poller, ReadinessDriver};
use zokio_core::driver::{Errno, Op, Wait};
use zokio_core::time::Instant;

/// Completion-based I/O emulated on epoll.
///
/// In use: see the example of an [`AnyDriver`](super::AnyDriver).
pub type EpollDriver = ReadinessDriver<Epoll, Reserved<HandleRecord>, Reserved<OpRecord<RawFd>>>;

/// The token of what belongs to the driver itself; the number of no handle.
const OWN: u64 = u64::MAX;

/// An epoll instance with what the driver itself watches: an eventfd for unparks, and a timer with the precision of
/// nanoseconds (the timeout of `epoll_wait` counts milliseconds).
///
/// In use: see the example of an [`AnyDriver`](super::AnyDriver).
pub struct Epoll {
    epoll: OwnedFd,
    wake: Arc<Wake>,
    timer: OwnedFd,
    /// When the timer will fire; it is set anew only for an earlier deadline.
    timer_at: Instant,
    events: Vec<epoll::Event>,
    tries: Tries,
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
        let this = Self {
            tries: Tries::new(options)?,
            elsewhere: Elsewhere::new(wake.clone()),
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            wake,
            timer: rustix::time::timerfd_create(
                TimerfdClockId::Monotonic,
                TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
            )?,
            timer_at: Instant::ZERO,
            events: Vec::with_capacity(EVENTS),
        };
        // Edge-triggered, so that neither is ever read: every write and every expiry is an edge of its own.
        let (own, flags) = (epoll::EventData::new_u64(OWN), epoll::EventFlags::IN | epoll::EventFlags::ET);
        epoll::add(&this.epoll, &*this.wake, own, flags)?;
        epoll::add(&this.epoll, &this.timer, own, flags)?;
        Ok(ReadinessDriver::new(this, Reserved::new(HANDLES), Reserved::new(options.operations)))
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
    most: usize,
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
        match epoll::wait(epoll, &mut self.events.spare_capacity_mut()[..self.most], timeout) {
            Ok((seen, _)) => {
                let count = seen.len();
                // SAFETY: so many were written.
                unsafe { self.events.set_len(count) };
                Ok(())
            }
            Err(Os::INTR) => Ok(()),
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
        Ok(EpollEntry { epoll: self.epoll.as_raw_fd(), sleeps, events, most: self.tries.events() })
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

impl Poller for Epoll {
    tries::polls_with_tries!();

    #[inline(always)]
    unsafe fn attempt(&mut self, op: &Op<RawFd>, again: bool) -> Attempt {
        // SAFETY: the caller's word.
        unsafe { self.tries.attempt(op, again) }
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
}
