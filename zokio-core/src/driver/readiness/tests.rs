use super::*;
use crate::driver::FixedTable;
use crate::driver::Unpark;
use std::collections::BTreeMap;
use std::vec;
use std::vec::Vec;

/// A platform that plays what a test says, and keeps the rules of edge-triggered readiness to the letter.
#[derive(Default)]
struct Script {
    handles: Vec<Open>,
    events: Vec<Event>,
    attempts: usize,
    watches: usize,
    waits: Vec<Wait>,
    fail_watch: bool,
}

#[derive(Clone, Default)]
struct Open {
    inbound: u32,
    end: bool,
    room: u32,
    connected: bool,
    token: Option<u64>,
    edges: (bool, bool),
}

#[derive(Clone)]
struct Nobody;

impl Unpark for Nobody {
    fn unpark(&self) {}
}

fn done(result: Result<u32, Errno>, dry: bool) -> Attempt {
    Attempt::Done { result, flags: CompletionFlags::default(), dry }
}

impl Poller for Script {
    type Handle = usize;
    type Unparker = Nobody;
    type Error = core::convert::Infallible;
    const CAPS: Caps = Caps { sockets: true, ..Caps::NONE };
    const CANCELED: Errno = Errno(125);
    const NO_BUFFER: Errno = Errno(105);

    fn now(&self) -> Instant {
        Instant::ZERO
    }

    fn unparker(&self) -> Nobody {
        Nobody
    }

    fn number(&mut self, handle: usize) -> usize {
        handle
    }

    unsafe fn attempt(&mut self, op: &Op<usize>, again: bool) -> Attempt {
        self.attempts += 1;
        match *op {
            Op::Nop => done(Ok(0), false),
            Op::Close { handle } => {
                self.handles[handle] = Open::default();
                done(Ok(0), false)
            }
            Op::Recv { handle, buf } => {
                let open = &mut self.handles[handle];
                if open.inbound == 0 && !open.end {
                    return Attempt::WouldBlock;
                }
                let taken = buf.len.min(open.inbound);
                open.inbound -= taken;
                done(Ok(taken), taken < buf.len)
            }
            Op::Send { handle, buf } => {
                let open = &mut self.handles[handle];
                if open.room == 0 {
                    return Attempt::WouldBlock;
                }
                let taken = buf.len.min(open.room);
                open.room -= taken;
                done(Ok(taken), taken < buf.len)
            }
            Op::Connect { handle, .. } => match (self.handles[handle].connected, again) {
                (true, true) => done(Ok(0), false),
                _ => Attempt::WouldBlock,
            },
            _ => Attempt::Unsupported,
        }
    }

    fn watch(&mut self, handle: usize, token: u64) -> Result<(), Errno> {
        if self.fail_watch {
            return Err(Errno(1));
        }
        self.watches += 1;
        let open = &mut self.handles[handle];
        open.token = Some(token);
        open.edges = (open.inbound > 0 || open.end, open.room > 0);
        Ok(())
    }

    fn wait(&mut self, wait: Wait) -> Result<usize, Self::Error> {
        self.waits.push(wait);
        self.events.clear();
        for open in &mut self.handles {
            if let (Some(token), (readable, writable)) = (open.token, core::mem::take(&mut open.edges))
                && (readable || writable)
            {
                self.events.push(Event { token, readable, writable, ended: open.end });
            }
        }
        Ok(self.events.len())
    }

    fn event(&self, index: usize) -> Event {
        self.events[index]
    }
}

type Tested = ReadinessDriver<Script, FixedTable<HandleRecord, 8>, FixedTable<OpRecord<usize>, 8>>;

fn driver(handles: usize) -> Tested {
    let script = Script { handles: vec![Open::default(); handles], ..Script::default() };
    ReadinessDriver::new(script, FixedTable::new(), FixedTable::new())
}

fn memory(len: u32) -> RawBuf {
    RawBuf { ptr: core::ptr::null_mut(), len }
}

fn recv(handle: usize, len: u32) -> Op<usize> {
    Op::Recv { handle, buf: memory(len) }
}

fn send(handle: usize, len: u32) -> Op<usize> {
    Op::Send { handle, buf: memory(len) }
}

fn key(index: u32) -> Key {
    Key::new(index, 1)
}

impl Tested {
    fn start(&mut self, key: Key, op: Op<usize>) -> Option<Completion> {
        // SAFETY: the script touches no memory.
        match unsafe { self.submit(key, &op) }.unwrap() {
            Staged::Done(completion) => Some(completion),
            Staged::Pending => None,
        }
    }

    fn arrive(&mut self, handle: usize, bytes: u32) {
        let open = &mut self.poller.handles[handle];
        open.inbound += bytes;
        open.edges.0 = true;
    }

    fn drained(&mut self, handle: usize, bytes: u32) {
        let open = &mut self.poller.handles[handle];
        open.room += bytes;
        open.edges.1 = true;
    }

    fn ends(&mut self) -> Vec<(u32, Result<u32, Errno>)> {
        let mut ends = Vec::new();
        self.turn(Wait::Poll, &mut |end| ends.push((end.key.index() as u32, end.result))).unwrap();
        ends
    }
}

#[test]
fn what_can_be_done_at_once_is_done_at_once() {
    let mut driver = driver(1);
    driver.arrive(0, 10);
    assert_eq!(driver.start(key(0), recv(0, 4)).unwrap().result, Ok(4));
    assert_eq!(driver.start(key(0), Op::Nop).unwrap().result, Ok(0));
    assert_eq!(driver.poller.watches, 0, "no event was needed");
    assert_eq!(driver.ends(), []);
}

#[test]
fn what_would_block_ends_inside_a_turn() {
    let mut driver = driver(1);
    assert_eq!(driver.start(key(3), recv(0, 4)), None);
    assert_eq!(driver.in_flight(), 1);
    assert_eq!(driver.ends(), []);
    driver.arrive(0, 9);
    assert_eq!(driver.ends(), [(3, Ok(4))]);
    assert_eq!(driver.in_flight(), 0);
    assert_eq!(driver.start(key(3), recv(0, 5)).unwrap().result, Ok(5), "the rest is known to be there");
    assert_eq!(driver.poller.watches, 1);
}

#[test]
fn a_dry_handle_is_not_asked_again() {
    let mut driver = driver(1);
    assert_eq!(driver.start(key(0), recv(0, 4)), None);
    driver.arrive(0, 3);
    assert_eq!(driver.ends(), [(0, Ok(3))], "less than it could take: dry");
    let attempts = driver.poller.attempts;
    assert_eq!(driver.start(key(0), recv(0, 4)), None);
    assert_eq!(driver.poller.attempts, attempts, "no system call for what cannot succeed");
    driver.arrive(0, 1);
    assert_eq!(driver.ends(), [(0, Ok(1))]);
    assert_eq!(driver.poller.watches, 1, "watched once");
}

#[test]
fn the_end_of_a_stream_is_never_dry() {
    let mut driver = driver(1);
    assert_eq!(driver.start(key(0), recv(0, 4)), None);
    driver.arrive(0, 2);
    driver.poller.handles[0].end = true;
    assert_eq!(driver.ends(), [(0, Ok(2))]);
    assert_eq!(driver.start(key(0), recv(0, 4)).unwrap().result, Ok(0), "no edge will come for this");
}

#[test]
fn a_short_read_before_the_watch_is_no_promise() {
    let mut driver = driver(1);
    driver.arrive(0, 2);
    assert_eq!(driver.start(key(0), recv(0, 4)).unwrap().result, Ok(2));
    driver.poller.handles[0].inbound = 5; // arrives without an edge: nobody watches yet
    assert_eq!(driver.start(key(0), recv(0, 4)).unwrap().result, Ok(4));
}

#[test]
fn directions_are_independent_and_each_in_order() {
    let mut driver = driver(1);
    for (index, op) in [recv(0, 4), recv(0, 4), send(0, 4), send(0, 4)].into_iter().enumerate() {
        assert_eq!(driver.start(key(index as u32), op), None);
    }
    assert_eq!(driver.poller.watches, 1);
    driver.drained(0, 8);
    assert_eq!(driver.ends(), [(2, Ok(4)), (3, Ok(4))]);
    driver.arrive(0, 5);
    assert_eq!(driver.ends(), [(0, Ok(4)), (1, Ok(1))]);
}

#[test]
fn a_connect_is_attempted_again_when_the_socket_is_writable() {
    let mut driver = driver(1);
    assert_eq!(driver.start(key(0), Op::Connect { handle: 0, address: memory(0) }), None);
    driver.drained(0, 0); // a spurious edge
    assert_eq!(driver.ends(), []);
    driver.poller.handles[0].connected = true;
    driver.drained(0, 1);
    assert_eq!(driver.ends(), [(0, Ok(0))]);
}

#[test]
fn a_cancelled_operation_ends_once_and_leaves_its_neighbours() {
    let mut driver = driver(1);
    for index in 0..4 {
        assert_eq!(driver.start(key(index), recv(0, 1)), None);
    }
    driver.cancel(key(1));
    driver.cancel(key(1));
    driver.cancel(Key::new(2, 0)); // a stale generation
    driver.cancel(Key::new(99, 0));
    driver.cancel(key(3));
    driver.cancel(key(0));
    driver.arrive(0, 4);
    let canceled = Err(Script::CANCELED);
    assert_eq!(driver.ends(), [(1, canceled), (3, canceled), (0, canceled), (2, Ok(1))]);
    assert_eq!(driver.in_flight(), 0);
    driver.cancel(key(2));
    assert_eq!(driver.ends(), [], "what has ended cannot be cancelled");
}

#[test]
fn a_turn_does_not_sleep_on_an_end_that_is_known() {
    let mut driver = driver(1);
    assert_eq!(driver.start(key(0), recv(0, 1)), None);
    driver.cancel(key(0));
    driver.turn(Wait::Forever, &mut |_| {}).unwrap();
    driver.turn(Wait::Forever, &mut |_| {}).unwrap();
    assert_eq!(driver.poller.waits, [Wait::Poll, Wait::Forever]);
}

#[test]
fn a_late_event_does_not_reach_the_next_owner_of_the_number() {
    let mut driver = driver(1);
    assert_eq!(driver.start(key(0), recv(0, 1)), None);
    let old = driver.poller.handles[0].token;
    assert_eq!(driver.start(key(1), Op::Close { handle: 0 }).unwrap().result, Ok(0));
    assert_eq!(driver.ends(), [(0, Err(Script::CANCELED))], "what was in flight ends");
    assert_eq!(driver.start(key(0), recv(0, 1)), None);
    assert_eq!(driver.poller.watches, 2, "the new handle is watched anew");
    assert_ne!(driver.poller.handles[0].token, old);
    let current = driver.poller.handles[0].token;
    let attempts = driver.poller.attempts;
    (driver.poller.handles[0].token, driver.poller.handles[0].edges) = (old, (true, true));
    assert_eq!(driver.ends(), []);
    assert_eq!(driver.poller.attempts, attempts, "the stale event was recognised");
    driver.poller.handles[0].token = current;
    driver.arrive(0, 1);
    assert_eq!(driver.ends(), [(0, Ok(1))]);
}

#[test]
fn a_handle_that_cannot_be_watched_refuses() {
    let mut driver = driver(1);
    driver.poller.fail_watch = true;
    // SAFETY: the script touches no memory.
    let refused = unsafe { driver.submit(key(0), &recv(0, 1)) };
    assert_eq!(refused, Err(SubmitError::Os(Errno(1))));
    assert_eq!(driver.in_flight(), 0);
    assert_eq!(driver.ends(), []);
}

#[test]
fn full_tables_say_so() {
    let mut driver = driver(9);
    // SAFETY: the script touches no memory.
    let refused = unsafe { [driver.submit(key(8), &recv(0, 1)), driver.submit(key(0), &recv(8, 1))] };
    assert_eq!(refused, [Err(SubmitError::Full); 2]);
    assert_eq!(driver.start(key(7), recv(7, 1)), None, "the last of each is usable");
}

#[test]
fn drain_ends_everything_at_once() {
    let mut driver = driver(2);
    for index in 0..6 {
        let op = if index % 2 == 0 { recv(index % 2, 1) } else { send(index % 2, 1) };
        assert_eq!(driver.start(key(index as u32), op), None);
    }
    let mut ends = Vec::new();
    driver.drain(Instant::ZERO, &mut |end| ends.push((end.key.index(), end.result))).unwrap();
    ends.sort_unstable_by_key(|end| end.0);
    assert_eq!(ends, (0..6).map(|index| (index, Err(Script::CANCELED))).collect::<Vec<_>>());
    assert_eq!(driver.in_flight(), 0);
}

/// Random histories: every accepted operation ends exactly once, and nothing waits for what is already there.
#[test]
fn random_histories_lose_nothing() {
    for seed in 1..2_000u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut below = |bound: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random >> 33) % bound
        };
        let mut driver = driver(3);
        let mut flying: BTreeMap<usize, (Key, Op<usize>)> = BTreeMap::new();
        let mut generation = 0;
        for _ in 0..60 {
            let handle = below(3) as usize;
            match below(8) {
                0..=2 => {
                    let Some(index) = (0..8).find(|index| !flying.contains_key(index)) else { continue };
                    let len = below(5) as u32 + 1;
                    let op = if below(2) == 0 { recv(handle, len) } else { send(handle, len) };
                    generation += 1;
                    let key = Key::new(index as u32, generation);
                    match driver.start(key, op) {
                        None => drop(flying.insert(index, (key, op))),
                        Some(end) => assert_eq!(end.key, key),
                    }
                }
                3 => driver.arrive(handle, below(6) as u32),
                4 => driver.drained(handle, below(6) as u32),
                5 => {
                    if let Some((key, _)) = flying.get(&(below(8) as usize)) {
                        driver.cancel(*key);
                    }
                }
                6 if below(4) == 0 => {
                    generation += 1;
                    assert!(driver.start(Key::new(7, generation), Op::Close { handle }).is_some());
                }
                _ => driver
                    .turn(Wait::Poll, &mut |end| {
                        let (key, _) = flying.remove(&end.key.index()).expect("ended twice");
                        assert_eq!(key, end.key);
                    })
                    .unwrap(),
            }
            assert_eq!(driver.in_flight(), flying.len(), "seed {seed}");
        }
        for _ in 0..2 {
            driver.turn(Wait::Poll, &mut |end| assert!(flying.remove(&end.key.index()).is_some())).unwrap();
        }
        for (_, op) in flying.values() {
            let stuck = match *op {
                Op::Recv { handle, .. } => driver.poller.handles[handle].inbound > 0,
                Op::Send { handle, .. } => driver.poller.handles[handle].room > 0,
                _ => true,
            };
            assert!(!stuck, "seed {seed}: {op:?} waits for what is there");
        }
        driver.drain(Instant::ZERO, &mut |end| assert!(flying.remove(&end.key.index()).is_some())).unwrap();
        assert!(flying.is_empty(), "seed {seed}");
    }
}
