//! A machine for tests: time that moves when the test says so, one executor, and wires to a server's sessions.

#![allow(dead_code, reason = "every test file uses another part")]

use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::future::poll_fn;
use core::task::{Poll, Waker};
use core::time::Duration;
use embedded_io_async::{ErrorType, Read, Write};
use kv::{End, Options, Server};
use std::collections::VecDeque;
use std::rc::Rc;
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::executor::{Executor, Ready};
use zokio_core::task::TaskArena;
use zokio_core::time::{Clock, Instant, SortedList, Timers};

/// A server so small that everything fills up.
pub type Tiny = Server<8, 24, 32, 3, 6, 2, 192, 128>;

#[derive(Clone)]
pub struct Nobody;

impl Unpark for Nobody {
    fn unpark(&self) {}
}

struct Time {
    now: Cell<u64>,
    timers: Timers<SortedList>,
}

/// The clock and the driver.
#[derive(Clone, Copy)]
pub struct Ticks(&'static Time);

// SAFETY: "one store": the reference never changes.
unsafe impl Clock for Ticks {
    type Store = SortedList;

    fn now(&self) -> Instant {
        Instant::from_nanos(self.0.now.get())
    }

    fn timers(&self) -> &Timers<SortedList> {
        &self.0.timers
    }
}

impl Driver for Ticks {
    type Unparker = Nobody;
    type Error = Infallible;

    fn now(&self) -> Instant {
        Clock::now(self)
    }

    fn unparker(&self) -> Nobody {
        Nobody
    }

    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        assert_eq!(wait, Wait::Poll, "the tests never sleep");
        Ok(())
    }
}

/// One direction of a wire.
#[derive(Default)]
struct Flow {
    bytes: VecDeque<u8>,
    /// How many bytes it holds before a writer has to wait; 0 for any number.
    limit: usize,
    closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// One end of one direction of a wire.
#[derive(Clone, Default)]
pub struct Wire(Rc<RefCell<Flow>>);

impl Wire {
    fn change<T>(&self, change: impl FnOnce(&mut Flow) -> T) -> T {
        let mut flow = self.0.borrow_mut();
        let result = change(&mut flow);
        let wakers = [flow.reader.take(), flow.writer.take()];
        drop(flow);
        wakers.into_iter().flatten().for_each(Waker::wake);
        result
    }
}

impl ErrorType for Wire {
    type Error = Infallible;
}

impl Read for Wire {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Infallible> {
        assert!(!buffer.is_empty(), "a read of nothing looks like the end");
        poll_fn(|cx| {
            let mut flow = self.0.borrow_mut();
            if flow.bytes.is_empty() && !flow.closed {
                flow.reader = Some(cx.waker().clone());
                return Poll::Pending;
            }
            let count = buffer.len().min(flow.bytes.len());
            buffer.iter_mut().zip(flow.bytes.drain(..count)).for_each(|(place, byte)| *place = byte);
            flow.writer.take().into_iter().for_each(Waker::wake);
            Poll::Ready(Ok(count))
        })
        .await
    }
}

impl Write for Wire {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, Infallible> {
        poll_fn(|cx| {
            let mut flow = self.0.borrow_mut();
            if flow.limit > 0 && flow.bytes.len() >= flow.limit {
                flow.writer = Some(cx.waker().clone());
                return Poll::Pending;
            }
            let count = if flow.limit == 0 { bytes.len() } else { bytes.len().min(flow.limit - flow.bytes.len()) };
            flow.bytes.extend(&bytes[..count]);
            Poll::Ready(Ok(count))
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The client's end of a connection.
pub struct Client {
    to_server: Wire,
    from_server: Wire,
    end: Rc<Cell<Option<End>>>,
    abort: Box<dyn Fn()>,
}

impl Client {
    /// What the server has sent since the last time.
    pub fn take(&self) -> String {
        let bytes: Vec<u8> = self.from_server.change(|flow| flow.bytes.drain(..).collect());
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Why the session is over, if it is.
    pub fn end(&self) -> Option<End> {
        self.end.get()
    }

    /// Closes the client's side.
    pub fn close(&self) {
        self.to_server.change(|flow| flow.closed = true);
    }

    /// Drops the session's future.
    pub fn abort(&self) {
        (self.abort)();
    }

    /// Stops reading: at most so many bytes are on their way to the client from now on.
    pub fn stall(&self, limit: usize) {
        self.from_server.change(|flow| flow.limit = limit);
    }

    pub fn put(&self, bytes: impl AsRef<[u8]>) {
        self.to_server.change(|flow| flow.bytes.extend(bytes.as_ref()));
    }
}

pub struct World {
    pub clock: Ticks,
    executor: Executor<Ticks, Ticks>,
    arena: &'static TaskArena<8, 16_384>,
}

impl World {
    pub fn new() -> Self {
        let clock = Ticks(Box::leak(Box::new(Time { now: Cell::new(0), timers: Timers::new() })));
        let ready: &'static Ready<Nobody> = Box::leak(Box::new(Ready::new()));
        Self { clock, executor: Executor::new(ready, clock, clock), arena: Box::leak(Box::new(TaskArena::new())) }
    }

    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) -> impl Fn() + 'static {
        let task = self.executor.spawner().spawn(self.arena.task(future)).expect("a slot");
        move || task.abort()
    }

    /// A server with its expiry task.
    pub fn server(&self) -> &'static Tiny {
        let server: &'static Tiny = Box::leak(Box::new(Server::new()));
        let clock = self.clock;
        let _abort = self.spawn(async move { server.expire(clock).await });
        server
    }

    /// Lets all tasks run until each waits.
    pub fn settle(&mut self) {
        let Ok(_) = self.executor.run_until_stalled();
    }

    /// Lets time pass, and everything happen that does so meanwhile.
    pub fn pass(&mut self, time: Duration) {
        let end = Clock::now(&self.clock) + time;
        self.settle();
        while let Some(deadline) = self.executor.next_deadline().filter(|deadline| *deadline <= end) {
            self.clock.0.now.set(deadline.as_nanos().max(self.clock.0.now.get()));
            self.settle();
        }
        self.clock.0.now.set(end.as_nanos());
        self.settle();
    }

    /// Connects a client.
    pub fn connect<
        const KEYS: usize,
        const KEY_LEN: usize,
        const VALUE_LEN: usize,
        const CLIENTS: usize,
        const SUBSCRIPTIONS: usize,
        const INBOX: usize,
        const IN: usize,
        const OUT: usize,
    >(
        &self,
        server: &'static Server<KEYS, KEY_LEN, VALUE_LEN, CLIENTS, SUBSCRIPTIONS, INBOX, IN, OUT>,
        options: Options,
    ) -> Client {
        let (to_server, from_server, end) = (Wire::default(), Wire::default(), Rc::new(Cell::new(None)));
        let (reader, writer, result, clock) = (to_server.clone(), from_server.clone(), end.clone(), self.clock);
        let abort = self.spawn(async move {
            let Ok(end) = server.serve(clock, reader, writer, options).await;
            result.set(Some(end));
        });
        Client { to_server, from_server, end, abort: Box::new(abort) }
    }

    /// What the server answers to `bytes`.
    pub fn ask(&mut self, client: &Client, bytes: impl AsRef<[u8]>) -> String {
        client.put(bytes);
        self.settle();
        client.take()
    }
}

/// `words` as a client sends a command.
pub fn command(words: &[&str]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).bytes());
    }
    bytes
}

/// A command written as a line, words separated by single blanks.
pub fn line(line: &str) -> Vec<u8> {
    command(&line.split(' ').collect::<Vec<_>>())
}
