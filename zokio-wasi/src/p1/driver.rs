//! The driver over `poll_oneoff`: believes nothing that a host says, and survives all of it.
//!
//! Preview 1 hosts do not agree on what `poll_oneoff` means. What this file does about it:
//!
//! | a host … | so the reactor … |
//! |---|---|
//! | fails, hangs or sleeps on no subscription at all | never asks about nothing |
//! | hangs on absolute timeouts, or refuses them | sends one relative timeout, on the monotonic clock |
//! | hangs on a timeout that is due, or makes it a millisecond | expires it without the host; looks, if anything is armed, with timeout 0 |
//! | truncates timeouts to milliseconds and returns early | notices once, and rounds up from then on |
//! | looks at no descriptor where that leaves nothing | finds out before its first look, and gives it a millisecond |
//! | leaves out the clock's event, or makes one up | reads the clock instead |
//! | returns an odd count of events, or leaves some unwritten | marks all events beforehand and looks at every one |
//! | reports idle descriptors as ready as soon as one is | has the hint confirmed before a call that may block, and before an operation ends by it |
//! | answers for every descriptor with the error of one | finds the offender, fails that one, keeps the others armed |
//! | hides a bad descriptor behind a timer that ends early | looks for it whenever a wait ends early |
//! | loses the second subscription to a descriptor | changes their order, and waits in slices |

mod probe;

use super::abi::{self, Event, Fd, Subscription};
use super::error::Error;
use super::host::Host;
use super::ready::Ready;
use super::table::{Outcome, Source, Table, Told, Waiter};
use core::cell::{Cell, RefCell};
use zokio_core::driver::{Driver, Errno, Interest, Key, Unpark, Wait};
use zokio_core::time::Instant;

const MILLISECOND: u64 = 1_000_000;
/// How long the host may watch one of two waits for the same descriptor while it possibly ignores the other.
const TWIN_SLICE: u64 = 10 * MILLISECOND;
/// How often an executor with ready tasks looks at descriptors: a look costs more than many a task's turn.
const LOOK_EVERY: u64 = MILLISECOND;
/// The same where a look lasts a millisecond.
const LONG_LOOK_EVERY: u64 = 10 * MILLISECOND;
/// How often in a row the host may fail for no reason that can be found.
const PATIENCE: u8 = 3;

/// Whoever wants to know which operations may be tried again.
pub(super) type Sink<'s> = &'s mut dyn FnMut(Told);

/// What a [`Reactor`] has seen of its host.
///
/// From [`Reactor::stats`], which has an example.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct DriverStats {
    /// Calls of `poll_oneoff`.
    pub host_calls: u64,
    /// Waits that the host ended before their time and without an event.
    pub early_returns: u64,
    /// Events that named nothing armed, and readiness that turned out to be none.
    pub spurious_events: u64,
    /// Searches for a bad descriptor.
    pub sweeps: u64,
    /// The most descriptors that were waited for at a time.
    pub max_armed: usize,
}

/// The driver of a module: a host, a clock, and the waits for descriptors.
///
/// `N` is the size of the largest `poll_oneoff` call: one place for the clock, `N - 1` for descriptors that are waited for
/// at the same time. All memory is inside: no heap, about 120 bytes a place.
///
/// Shared by reference: `&Reactor` is the [`Driver`] of an executor, and descriptors hold another. It belongs to one thread
/// (it is not `Sync`), and nothing in it is interrupt-safe, for there are no interrupts in a module.
///
/// In use: see [`Host`], whose example parks one, and [`Runtime`](crate::Runtime), which has one inside.
pub struct Reactor<H, const N: usize> {
    host: H,
    // Never borrowed while a waker is cloned, woken or dropped.
    table: RefCell<Table<N>>,
    // Apart from the table, because it is read between wakes.
    events: RefCell<[Event; N]>,
    /// The latest time seen.
    latest: Cell<u64>,
    /// The reading that the last park ended with, if it took one after whatever it waited for.
    woke: Cell<Option<u64>>,
    /// When the host was last asked in passing.
    looked: Cell<u64>,
    stats: Cell<DriverStats>,
    /// The host truncates timeouts to milliseconds; `None` until that is known.
    truncates: Cell<Option<bool>>,
    /// The last wait for nothing but time ended early.
    early: Cell<bool>,
    /// Failures in a row without an offender.
    failures: Cell<u8>,
    /// Which answer of the host is being looked at, and which event of it is looked at first, so that no descriptor's task
    /// is always the last to be woken.
    answer: Cell<usize>,
}

impl<H: Host, const N: usize> Reactor<H, N> {
    /// A driver on `host`.
    pub const fn new(host: H) -> Self {
        Self {
            host,
            table: RefCell::new(Table::new()),
            events: RefCell::new([Event::UNWRITTEN; N]),
            latest: Cell::new(0),
            woke: Cell::new(None),
            looked: Cell::new(0),
            stats: Cell::new(DriverStats {
                host_calls: 0,
                early_returns: 0,
                spurious_events: 0,
                sweeps: 0,
                max_armed: 0,
            }),
            truncates: Cell::new(None),
            early: Cell::new(false),
            failures: Cell::new(0),
            answer: Cell::new(0),
        }
    }

    /// The host.
    pub const fn host(&self) -> &H {
        &self.host
    }

    /// What has been seen of the host so far.
    ///
    /// ```
    /// # use zokio_core::driver::Errno;
    /// # use zokio_wasi::p1::abi::{Event, Fd, FdStat, Subscription};
    /// # use zokio_wasi::p1::{DriverStats, Host, Reactor};
    /// # struct Nothing;
    /// # impl Host for Nothing {
    /// #     fn poll_oneoff(&self, _: &[Subscription], _: &mut [Event]) -> Result<(), Errno> { Ok(()) }
    /// #     fn monotonic(&self) -> Result<u64, Errno> { Ok(0) }
    /// #     fn fd_fdstat_get(&self, _: Fd) -> Result<FdStat, Errno> { Err(Errno(8)) }
    /// #     fn fd_fdstat_set_flags(&self, _: Fd, _: u16) -> Result<(), Errno> { Err(Errno(8)) }
    /// #     fn fd_read(&self, _: Fd, _: &mut [u8]) -> Result<usize, Errno> { Err(Errno(8)) }
    /// #     fn fd_write(&self, _: Fd, _: &[u8]) -> Result<usize, Errno> { Err(Errno(8)) }
    /// #     fn fd_close(&self, _: Fd) -> Result<(), Errno> { Err(Errno(8)) }
    /// # }
    /// let reactor: Reactor<Nothing, 4> = Reactor::new(Nothing);
    /// // A look at nothing does not reach the host.
    /// reactor.park(zokio_core::driver::Wait::Poll)?;
    /// assert_eq!(reactor.stats(), DriverStats::default());
    /// # Ok::<(), zokio_wasi::p1::Error>(())
    /// ```
    pub fn stats(&self) -> DriverStats {
        self.stats.get()
    }

    /// How many descriptors are waited for.
    pub fn armed(&self) -> usize {
        self.table.borrow().armed()
    }

    /// The time now; that of the last reading if the host fails to tell it. Never goes backwards, whatever the host does.
    pub fn now(&self) -> Instant {
        Instant::from_nanos(self.clock().unwrap_or(self.latest.get()))
    }

    fn clock(&self) -> Result<u64, Error> {
        let host = self.host.monotonic().map_err(|errno| Error::Host { call: "clock_time_get", errno })?;
        let now = self.latest.get().max(host);
        self.latest.set(now);
        Ok(now)
    }

    /// Waits for descriptors and time as `wait` says, and wakes whose wait has ended.
    ///
    /// May return early for no reason: a host may, and nobody can tell. Linear in the number of armed descriptors.
    ///
    /// A look ([`Wait::Poll`]) does not wait, but for two exceptions: the first one does for a millisecond, unless this has slept
    /// before, and on Node every one may, where shorter ones see nothing.
    ///
    /// # Errors
    /// - [`Error::NothingArmed`] for [`Wait::Forever`] on nothing.
    /// - [`Error::Host`]: the host fails again and again, and not because of any one descriptor. All waits stay armed, and
    ///   it may be tried again.
    pub fn park(&self, wait: Wait) -> Result<(), Error> {
        self.turn(wait, &mut |_| {})
    }

    /// As [`park`](Self::park), and tells `sink` which operations may be tried again.
    pub(super) fn turn(&self, wait: Wait, sink: Sink<'_>) -> Result<(), Error> {
        // Read although the sleep that is waited for has read the clock: nobody knows how long its task went on after that.
        let start = if wait == Wait::Poll { 0 } else { self.clock()? };
        let mut timeout = match wait {
            Wait::Poll => Some(0),
            Wait::Until(at) => Some(at.as_nanos().saturating_sub(start)),
            Wait::Forever => None,
        };
        self.woke.set(match (wait, timeout) {
            (Wait::Until(_), Some(0)) => Some(start),
            _ => None,
        });
        let looks = timeout == Some(0);
        match (self.armed(), timeout) {
            (0, Some(0)) => return Ok(()),
            (0, None) => return Err(Error::NothingArmed),
            (_, Some(0)) => timeout = Some(self.glance()?),
            _ => {}
        }
        let mut table = self.table.borrow_mut();
        if table.has_twins() {
            table.rotate();
            timeout = Some(timeout.map_or(TWIN_SLICE, |t| t.min(TWIN_SLICE)));
        }
        let request = table.request(timeout.map(|t| self.representable(t)));
        let len = request.len();
        let result = self.ask(request, &mut self.events.borrow_mut()[..len]);
        drop(table);
        match result {
            Ok(()) => {
                self.failures.set(0);
                if self.deliver(len, sink) == 0 && !looks {
                    self.ended_without_event(start, timeout, sink)?;
                }
                Ok(())
            }
            Err(errno) => self.refused(errno, sink),
        }
    }

    /// As [`park`](Self::park) with [`Wait::Poll`], but not more often than every millisecond.
    fn look(&self) -> Result<(), Error> {
        self.woke.set(None);
        if self.armed() > 0 {
            let now = self.clock()?;
            let every = if self.truncates.get() == Some(true) { LONG_LOOK_EVERY } else { LOOK_EVERY };
            if now - self.looked.get() >= every {
                self.looked.set(now);
                self.park(Wait::Poll)?;
            }
            self.woke.set(Some(now));
        }
        Ok(())
    }

    /// A timeout that the host does not take for a shorter one.
    fn representable(&self, nanos: u64) -> u64 {
        // An instant has 63 bits, so that the longest timeout fits where a host keeps it in a signed integer.
        if self.truncates.get() == Some(true) { nanos.next_multiple_of(MILLISECOND) } else { nanos }
    }

    fn ask(&self, request: &[Subscription], events: &mut [Event]) -> Result<(), Errno> {
        events.fill(Event::UNWRITTEN);
        self.count(|s| s.host_calls += 1);
        self.host.poll_oneoff(request, events)
    }

    /// Ends the waits that the first `len` events tell of; how many, those among them that turned out not to be ready included.
    fn deliver(&self, len: usize, sink: Sink<'_>) -> usize {
        let about_descriptors = |e: &Event| e.kind != abi::CLOCK && e.kind != abi::UNWRITTEN;
        let told = self.events.borrow()[..len].iter().filter(|e| about_descriptors(e)).count();
        let (alone, all) = (told == 1, told > 1 && told >= self.armed());
        let answer = self.answer.get().wrapping_add(1);
        self.answer.set(answer);
        let mut delivered = 0;
        for turn in 0..len {
            // By value: what a waker does may come back here.
            let event = self.events.borrow()[answer.wrapping_add(turn) % len];
            if about_descriptors(&event) {
                let key = Key::from_u64(event.userdata);
                // A task is told a hint; an operation is told the truth, for its call may block.
                let doubtful = if all { self.table.borrow_mut().operation(key) } else { None };
                let outcome = match (event.error, doubtful) {
                    (0, Some(subscription)) => self.probed(subscription),
                    (0, None) => Some(Outcome::Ready(Source { alone, answer })),
                    (errno, _) => Some(Outcome::Failed(Errno(errno))),
                };
                let Some(outcome) = outcome else {
                    // It goes on waiting, but the host did not return for nothing.
                    delivered += 1;
                    self.spurious();
                    continue;
                };
                match self.finish(key, outcome, sink) {
                    true => delivered += 1,
                    false => self.spurious(),
                }
            }
        }
        delivered
    }

    fn finish(&self, key: Key, outcome: Outcome, sink: Sink<'_>) -> bool {
        let operation = self.table.borrow_mut().operation(key);
        let waiter = self.table.borrow_mut().finish(key, outcome);
        match (waiter, operation) {
            (Some(Waiter::Task(waker)), _) => waker.wake(),
            (Some(Waiter::Operation(token)), Some(subscription)) => sink(Told {
                token,
                fd: subscription.id as Fd,
                interest: subscription.interest(),
                result: match outcome {
                    Outcome::Ready(_) => Ok(()),
                    Outcome::Failed(errno) => Err(errno),
                },
            }),
            _ => return false,
        }
        true
    }

    /// Nothing to tell: the time is up, or the host truncates timeouts, or it hides something.
    fn ended_without_event(&self, start: u64, timeout: Option<u64>, sink: Sink<'_>) -> Result<(), Error> {
        let now = self.clock()?;
        self.woke.set(Some(now));
        let waited = now - start;
        let missing = timeout.map_or(u64::MAX, |t| t.saturating_sub(waited));
        let truncated = missing < MILLISECOND;
        if missing == 0 {
            self.early.set(false);
            // Of what is left after whole milliseconds nothing was lost.
            if self.truncates.get().is_none() && timeout.is_some_and(|t| t % MILLISECOND != 0) {
                self.truncates.set(Some(false));
            }
            return Ok(());
        }
        self.count(|s| s.early_returns += 1);
        if truncated {
            self.truncates.set(Some(true));
        }
        // A host whose own clock ticks in milliseconds is early by less than one, now and then, but not twice in a row.
        if self.early.replace(true) || !truncated {
            self.sweep(sink);
        }
        Ok(())
    }

    /// The host failed as a whole, without saying because of whom.
    fn refused(&self, errno: Errno, sink: Sink<'_>) -> Result<(), Error> {
        if self.sweep(sink) > 0 {
            return Ok(());
        }
        let failures = self.failures.get() + 1;
        self.failures.set(failures % PATIENCE);
        if failures < PATIENCE { Ok(()) } else { Err(Error::Host { call: "poll_oneoff", errno }) }
    }

    pub(super) fn is_reliable(&self, source: Source) -> bool {
        source.alone && source.answer == self.answer.get()
    }

    /// Completes when the host says that `fd` is ready, or that it does not wait for `fd`.
    pub(super) const fn ready(&self, fd: Fd, interest: Interest) -> Ready<'_, H, N> {
        Ready::new(self, fd, interest)
    }

    pub(super) fn arm(&self, fd: Fd, interest: Interest, waiter: Waiter) -> Result<Key, Error> {
        let result = self.table.borrow_mut().arm(fd, interest, waiter);
        let armed = self.armed();
        self.count(|s| s.max_armed = s.max_armed.max(armed));
        result.map_err(|_unused| Error::Full { capacity: N - 1 })
    }

    pub(super) fn table(&self) -> &RefCell<Table<N>> {
        &self.table
    }

    pub(super) fn spurious(&self) {
        self.count(|s| s.spurious_events += 1);
    }

    fn count(&self, change: impl FnOnce(&mut DriverStats)) {
        let mut stats = self.stats.get();
        change(&mut stats);
        self.stats.set(stats);
    }
}

/// The unparker of a module, which has nothing to do: there is one thread and no interrupt, so nobody runs during a park
/// except the park itself, and wakes from within it are on the executor's queue when it returns.
///
/// ```
/// use zokio_core::driver::Unpark;
/// zokio_wasi::p1::Unparker.unpark();
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Unparker;

impl Unpark for Unparker {
    fn unpark(&self) {}
}

/// [`Wait::Poll`] is what an executor asks for while tasks are ready, after every turn; the host is asked once a millisecond, on
/// Node every ten.
/// Whoever wants to know at once uses [`Reactor::park`].
impl<H: Host, const N: usize> Driver for &Reactor<H, N> {
    type Unparker = Unparker;
    type Error = Error;
    const REMOTE_WAKE: bool = false;

    fn now(&self) -> Instant {
        Reactor::now(self)
    }

    fn woke_at(&self) -> Instant {
        self.woke.take().map_or_else(|| Reactor::now(self), Instant::from_nanos)
    }

    fn unparker(&self) -> Unparker {
        Unparker
    }

    fn park(&mut self, wait: Wait) -> Result<(), Error> {
        match wait {
            Wait::Poll => self.look(),
            wait => Reactor::park(self, wait),
        }
    }

    fn is_armed(&self) -> bool {
        self.armed() > 0
    }
}
