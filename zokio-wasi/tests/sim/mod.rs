//! Preview 1 hosts in virtual time, each with the manners that were measured on the real one.
//!
//! What would hang, crash or kill a real module fails the test here, with the real host's name.
#![allow(dead_code, reason = "every test binary compiles this module, and none uses all of it")]

pub mod drive;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use zokio_core::driver::Errno;
use zokio_wasi::p1::Host;
use zokio_wasi::p1::abi::{self, Event, Fd, FdStat, Subscription};

pub const MS: u64 = 1_000_000;

/// Whose manners.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manners {
    /// wasmtime 46 and later.
    Wasmtime,
    /// wasmtime's old implementation and wasmi.
    Legacy,
    /// Node 20.
    Node,
    /// pywasm 2.2.
    PyWasm,
    /// browser_wasi_shim 0.4.
    Browser,
}

impl Manners {
    pub const ALL: [Self; 5] = [Self::Wasmtime, Self::Legacy, Self::Node, Self::PyWasm, Self::Browser];
}

#[derive(Default)]
pub struct File {
    pub stat: FdStat,
    /// What can be read from when on; an empty chunk is the end of the stream.
    pub arrivals: VecDeque<(u64, Vec<u8>)>,
    pub written: Vec<u8>,
    /// From when on writes are taken.
    pub writable_from: u64,
    /// How many bytes one write takes at most.
    pub room: usize,
    /// What a write fails with, if it does.
    pub write_error: Option<Errno>,
    pub refuses_nonblock: bool,
}

impl File {
    pub fn pipe() -> Self {
        Self { room: usize::MAX, ..Self::default() }
    }

    pub fn of_type(filetype: u8, rights: u64) -> Self {
        Self { stat: FdStat { filetype, rights, ..FdStat::default() }, ..Self::pipe() }
    }

    pub fn null() -> Self {
        Self::of_type(abi::FILETYPE_CHARACTER_DEVICE, u64::MAX).arriving(0, b"")
    }

    /// Standard input as wasmtime has it: it cannot be made non-blocking.
    pub fn stdin() -> Self {
        Self { refuses_nonblock: true, ..Self::pipe() }
    }

    pub fn arriving(mut self, at: u64, bytes: &[u8]) -> Self {
        self.arrivals.push_back((at, bytes.to_vec()));
        self
    }

    fn always_ready(&self) -> bool {
        matches!(self.stat.filetype, abi::FILETYPE_REGULAR_FILE | abi::FILETYPE_DIRECTORY) || self.is_null()
    }

    fn is_null(&self) -> bool {
        self.stat.filetype == abi::FILETYPE_CHARACTER_DEVICE && self.stat.rights & abi::RIGHT_SEEK != 0
    }

    fn nonblocking(&self) -> bool {
        self.stat.flags & abi::FDFLAG_NONBLOCK != 0
    }

    /// From when on the subscription is true.
    fn ready_at(&self, kind: u8) -> u64 {
        match kind {
            _ if self.always_ready() => 0,
            abi::FD_READ => self.arrivals.front().map_or(u64::MAX, |a| a.0),
            _ => self.writable_from,
        }
    }
}

type Answer = Box<dyn FnOnce(&[Subscription], &mut [Event]) -> Result<(), Errno>>;

pub struct Sim {
    pub manners: Manners,
    pub now: Cell<u64>,
    pub files: RefCell<BTreeMap<Fd, File>>,
    /// Every request that reached the host.
    pub requests: RefCell<Vec<Vec<Subscription>>>,
    /// Answers that come before the manners do.
    pub script: RefCell<VecDeque<Answer>>,
    pub clock_error: Cell<Option<Errno>>,
    /// How often the clock was read.
    pub readings: Cell<usize>,
    /// How often it was asked to wait for a bit less than a millisecond and for nothing else.
    pub asked_of_itself: Cell<usize>,
    pub closed: RefCell<Vec<Fd>>,
    /// How many of the next writes are interrupted.
    pub interrupts: Cell<u32>,
}

impl Sim {
    pub fn new(manners: Manners) -> Self {
        Self {
            manners,
            now: Cell::new(1_000 * MS),
            files: RefCell::default(),
            requests: RefCell::default(),
            script: RefCell::default(),
            clock_error: Cell::new(None),
            readings: Cell::new(0),
            asked_of_itself: Cell::new(0),
            closed: RefCell::default(),
            interrupts: Cell::new(0),
        }
    }

    pub fn with(self, fd: Fd, file: File) -> Self {
        self.files.borrow_mut().insert(fd, file);
        self
    }

    pub fn answer(&self, answer: impl FnOnce(&[Subscription], &mut [Event]) -> Result<(), Errno> + 'static) {
        self.script.borrow_mut().push_back(Box::new(answer));
    }

    /// Closes `fd` behind the module's back.
    pub fn vanish(&self, fd: Fd) {
        self.files.borrow_mut().remove(&fd);
    }

    pub fn requests(&self) -> usize {
        self.requests.borrow().len()
    }

    fn ready_at(&self, s: &Subscription) -> u64 {
        self.files.borrow()[&(s.id as Fd)].ready_at(s.kind)
    }

    /// When the first of `subscriptions` comes true; time passes until then.
    fn pass(&self, subscriptions: &[Subscription], precision: u64) {
        let start = self.now.get();
        let at = subscriptions.iter().map(|s| match s.kind {
            abi::CLOCK => start + s.timeout / precision * precision,
            _ => self.ready_at(s),
        });
        let at = at.min().unwrap();
        assert_ne!(at, u64::MAX, "{:?} waits for ever", self.manners);
        self.now.set(start.max(at) + 20_000);
    }

    fn is_true(&self, s: &Subscription, start: u64) -> bool {
        match s.kind {
            abi::CLOCK => start + s.timeout <= self.now.get(),
            _ => self.ready_at(s) <= self.now.get(),
        }
    }

    fn is_open(&self, s: &Subscription) -> bool {
        s.kind == abi::CLOCK || self.files.borrow().contains_key(&(s.id as Fd))
    }

    fn any(&self, subscriptions: &[Subscription], what: impl Fn(&File) -> bool) -> bool {
        let files = self.files.borrow();
        subscriptions.iter().filter(|s| s.kind != abi::CLOCK).any(|s| files.get(&(s.id as Fd)).is_some_and(&what))
    }

    fn wasmtime(&self, subs: &[Subscription], events: &mut [Event]) -> Result<(), Errno> {
        if !subs.iter().all(|s| self.is_open(s)) {
            return Err(abi::BADF);
        }
        let start = self.now.get();
        self.pass(subs, 1);
        report(events, subs.iter().filter(|s| self.is_true(s, start)));
        Ok(())
    }

    fn legacy(&self, subs: &[Subscription], events: &mut [Event]) -> Result<(), Errno> {
        assert!(!self.any(subs, File::is_null), "Legacy kills the module that polls /dev/null");
        if !subs.iter().all(|s| self.is_open(s)) {
            return Err(abi::BADF);
        }
        let start = self.now.get();
        self.pass(subs, 1);
        let descriptors = || subs.iter().filter(|s| s.kind != abi::CLOCK);
        if descriptors().any(|s| self.is_true(s, start)) {
            // One is ready, so all are reported; reads first.
            let reads = descriptors().filter(|s| s.kind == abi::FD_READ);
            report(events, reads.chain(descriptors().filter(|s| s.kind == abi::FD_WRITE)));
        } else {
            report(events, subs.iter().filter(|s| s.kind == abi::CLOCK));
        }
        Ok(())
    }

    fn node(&self, subs: &[Subscription], events: &mut [Event]) -> Result<(), Errno> {
        if let Some(bad) = subs.iter().position(|s| !self.is_open(s)) {
            assert!(bad == subs.len() - 1, "Node crashes: a closed descriptor before another one");
            // The rest is forgotten, and a timer that nobody asked for ends at once.
            let user = subs.iter().find(|s| s.kind == abi::CLOCK).map_or(0, |s| s.userdata);
            events[0] = Event { userdata: user, error: 0, kind: abi::CLOCK, bytes: 0xdead, flags: 0xbeef };
            return Ok(());
        }
        if self.any(subs, File::always_ready) {
            return Err(abi::PERM);
        }
        if let Some(clock) = subs.iter().find(|s| s.kind == abi::CLOCK && s.timeout < MS) {
            // Truncated to nothing, it is over before anybody looks at descriptors.
            report(events, [clock].into_iter());
            return Ok(());
        }
        // Of two subscriptions to one descriptor the second is lost.
        let known: Vec<Subscription> = subs
            .iter()
            .enumerate()
            .filter(|(i, s)| s.kind == abi::CLOCK || !subs[..*i].iter().any(|t| t.kind != abi::CLOCK && t.id == s.id))
            .map(|(_, s)| *s)
            .collect();
        let start = self.now.get();
        self.pass(&known, MS);
        let ready = || known.iter().filter(|s| s.kind != abi::CLOCK && self.is_true(s, start));
        if ready().next().is_some() {
            report(events, ready());
        } else {
            // Whatever the time is by now.
            report(events, known.iter().filter(|s| s.kind == abi::CLOCK));
        }
        Ok(())
    }

    fn pywasm(&self, subs: &[Subscription], events: &mut [Event]) -> Result<(), Errno> {
        if !subs.iter().all(|s| self.is_open(s)) {
            return Err(abi::BADF);
        }
        let clock = subs.iter().find(|s| s.kind == abi::CLOCK);
        if subs.iter().any(|s| s.kind == abi::FD_READ && s.id == 0) {
            report(events, subs.iter().filter(|s| s.kind == abi::FD_READ && s.id == 0));
        } else if clock.is_some_and(|s| s.timeout < MS) {
            self.now.set(self.now.get() + MS);
        } else {
            return self.wasmtime(subs, events);
        }
        Ok(())
    }

    fn browser(&self, subs: &[Subscription], events: &mut [Event]) -> Result<(), Errno> {
        if subs.len() > 1 || subs[0].kind != abi::CLOCK {
            return Err(abi::NOTSUP);
        }
        self.wasmtime(subs, events)
    }
}

fn report<'a>(events: &mut [Event], which: impl Iterator<Item = &'a Subscription>) {
    for (event, s) in events.iter_mut().zip(which) {
        *event = Event { userdata: s.userdata, error: 0, kind: s.kind, bytes: 1, flags: 0 };
    }
}

impl Host for Sim {
    fn poll_oneoff(&self, subs: &[Subscription], events: &mut [Event]) -> Result<(), Errno> {
        assert_eq!(subs.len(), events.len());
        assert!(!subs.is_empty(), "hosts fail, hang or sleep on no subscription at all");
        for s in subs.iter().filter(|s| s.kind == abi::CLOCK) {
            assert_eq!((s.id, s.flags, s.precision), (abi::MONOTONIC, 0, 0), "only relative monotonic timeouts work");
            assert!(s.timeout <= i64::MAX as u64, "hosts overflow");
        }
        if subs.iter().filter(|s| s.kind == abi::CLOCK).count() > 1 {
            panic!("hosts tell one of two clocks, or refuse");
        }
        // Whether it truncates is asked once in a module's life and not what the tests are about: neither counted nor scripted.
        let of_itself = matches!(subs, [clock] if clock.timeout == MS - 1);
        if of_itself {
            self.asked_of_itself.set(self.asked_of_itself.get() + 1);
        } else {
            self.requests.borrow_mut().push(subs.to_vec());
        }
        let scripted = if of_itself { None } else { self.script.borrow_mut().pop_front() };
        match (scripted, self.manners) {
            (Some(answer), _) => answer(subs, events),
            (None, Manners::Wasmtime) => self.wasmtime(subs, events),
            (None, Manners::Legacy) => self.legacy(subs, events),
            (None, Manners::Node) => self.node(subs, events),
            (None, Manners::PyWasm) => self.pywasm(subs, events),
            (None, Manners::Browser) => self.browser(subs, events),
        }
    }

    fn monotonic(&self) -> Result<u64, Errno> {
        self.readings.set(self.readings.get() + 1);
        self.clock_error.get().map_or(Ok(self.now.get()), Err)
    }

    fn fd_fdstat_get(&self, fd: Fd) -> Result<FdStat, Errno> {
        self.files.borrow().get(&fd).map(|f| f.stat).ok_or(abi::BADF)
    }

    fn fd_fdstat_set_flags(&self, fd: Fd, flags: u16) -> Result<(), Errno> {
        match self.files.borrow_mut().get_mut(&fd) {
            Some(file) if !file.refuses_nonblock => file.stat.flags = flags,
            _ => return Err(abi::BADF),
        }
        Ok(())
    }

    fn fd_read(&self, fd: Fd, buf: &mut [u8]) -> Result<usize, Errno> {
        let mut files = self.files.borrow_mut();
        let file = files.get_mut(&fd).ok_or(abi::BADF)?;
        let (ends, nonblocking) = (file.always_ready(), file.nonblocking());
        let Some((at, bytes)) = file.arrivals.front_mut().filter(|a| a.0 != u64::MAX) else {
            assert!(ends || nonblocking, "the module is blocked for ever in fd_read({fd})");
            return if ends { Ok(0) } else { Err(abi::AGAIN) };
        };
        if *at > self.now.get() {
            if nonblocking {
                return Err(abi::AGAIN);
            }
            // The two that cannot wait for standard input can only block.
            let blocks = matches!(self.manners, Manners::PyWasm | Manners::Browser) && fd == 0;
            assert!(blocks, "the module is blocked in fd_read({fd})");
            self.now.set(*at);
        }
        let n = bytes.len().min(buf.len());
        buf[..n].copy_from_slice(&bytes[..n]);
        bytes.drain(..n);
        // The end of the stream stays.
        if bytes.is_empty() && n > 0 {
            file.arrivals.pop_front();
        }
        Ok(n)
    }

    fn fd_write(&self, fd: Fd, buf: &[u8]) -> Result<usize, Errno> {
        let mut files = self.files.borrow_mut();
        let file = files.get_mut(&fd).ok_or(abi::BADF)?;
        if self.interrupts.get() > 0 {
            self.interrupts.set(self.interrupts.get() - 1);
            return Err(abi::INTR);
        }
        if let Some(errno) = file.write_error {
            return Err(errno);
        }
        if file.writable_from > self.now.get() {
            assert!(file.nonblocking(), "the module is blocked in fd_write({fd})");
            return Err(abi::AGAIN);
        }
        let n = buf.len().min(file.room);
        file.written.extend_from_slice(&buf[..n]);
        Ok(n)
    }

    /// A connection arrives as its descriptor's number and what it says at once.
    fn sock_accept(&self, fd: Fd, flags: u16) -> Result<Fd, Errno> {
        let mut files = self.files.borrow_mut();
        let listener = files.get_mut(&fd).ok_or(abi::BADF)?;
        if listener.stat.filetype != abi::FILETYPE_SOCKET_STREAM {
            return Err(abi::NOTSUP);
        }
        if listener.ready_at(abi::FD_READ) > self.now.get() {
            assert!(listener.nonblocking(), "the module is blocked in sock_accept({fd})");
            return Err(abi::AGAIN);
        }
        let (at, bytes) = listener.arrivals.pop_front().unwrap();
        let mut connection = File::of_type(abi::FILETYPE_SOCKET_STREAM, 0).arriving(at, &bytes[1..]);
        connection.stat.flags = flags;
        files.insert(bytes[0].into(), connection);
        Ok(bytes[0].into())
    }

    fn sock_shutdown(&self, fd: Fd, how: u8) -> Result<(), Errno> {
        assert_eq!(how, abi::SHUT_WRITE);
        self.files.borrow().get(&fd).map(|_| ()).ok_or(abi::BADF)
    }

    fn fd_close(&self, fd: Fd) -> Result<(), Errno> {
        self.closed.borrow_mut().push(fd);
        self.files.borrow_mut().remove(&fd).map(|_| ()).ok_or(abi::BADF)
    }
}
