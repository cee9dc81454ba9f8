//! Operations on a host in virtual time: every accepted one ends exactly once, and none blocks the module.

mod sim;

use sim::drive::{counter, poll};
use sim::{File, MS, Manners, Sim};
use std::pin::pin;
use zokio_core::driver::{Completion, Driver, Errno, Interest, IoDriver, Key, Op, RawBuf, Staged, SubmitError, Wait};
use zokio_core::driver::{FileOp, RecvPool};
use zokio_core::time::Instant;
use zokio_wasi::p1::{Descriptor, PollOneoff, PollOneoffDriver, Reactor, abi};

type Small = PollOneoffDriver<'static, Sim, 4, 5, 24>;

/// With two buffers of four bytes.
fn small(sim: Sim) -> Small {
    PollOneoff::driver(Box::leak(Box::new(Reactor::new(sim))), vec![0; 8].leak(), 4)
}

fn reactor(driver: &Small) -> &'static Reactor<Sim, 4> {
    driver.poller().reactor()
}

const T: u64 = 1_000 * MS;

fn key(number: u32) -> Key {
    Key::new(number, 7)
}

fn submit(driver: &mut Small, number: u32, op: Op<u32>) -> Result<Staged, SubmitError> {
    // SAFETY: the operations of these tests name memory that is leaked, and every key is used once at a time.
    unsafe { driver.submit(key(number), &op) }
}

fn leaked(len: u32) -> RawBuf {
    RawBuf { ptr: vec![0; len as usize].leak().as_mut_ptr(), len }
}

/// What is in `buf`, on which nothing may be in flight.
fn contents(buf: RawBuf, len: u32) -> Vec<u8> {
    assert!(len <= buf.len);
    // SAFETY: leaked, or lent by the driver.
    unsafe { std::slice::from_raw_parts(buf.ptr, len as usize).to_vec() }
}

fn readable(handle: u32) -> Op<u32> {
    Op::Poll { handle, interest: Interest::Readable }
}

fn pend(driver: &mut Small, number: u32, fd: u32) {
    assert_eq!(submit(driver, number, readable(fd)), Ok(Staged::Pending));
}

fn turn(driver: &mut Small, wait: Wait) -> Vec<(u32, Result<u32, Errno>)> {
    let mut ended = Vec::new();
    driver.turn(wait, &mut |completion: Completion| ended.push(told(completion))).unwrap();
    ended
}

fn told(completion: Completion) -> (u32, Result<u32, Errno>) {
    assert_eq!(completion.key.generation(), 7);
    assert!(!completion.flags.more && completion.flags.buffer.is_none());
    (completion.key.index() as u32, completion.result)
}

fn done(staged: Result<Staged, SubmitError>) -> Result<u32, Errno> {
    let Ok(Staged::Done(completion)) = staged else { panic!("{staged:?}") };
    completion.result
}

#[test]
fn a_wait_ends_once_when_its_time_has_come() {
    for manners in [Manners::Wasmtime, Manners::Legacy, Manners::Node] {
        let sim = Sim::new(manners).with(5, File::pipe().arriving(T + 20 * MS, b"x"));
        let driver = &mut small(sim.with(6, File { writable_from: T + 10 * MS, ..File::pipe() }));
        pend(driver, 1, 5);
        let writable = Op::Poll { handle: 6, interest: Interest::Writable };
        assert_eq!(submit(driver, 2, writable), Ok(Staged::Pending));
        assert!(driver.is_armed());
        assert_eq!(turn(driver, Wait::Poll), []);
        assert_eq!(turn(driver, Wait::Until(Instant::from_nanos(T + 5 * MS))), []);
        let mut ended = turn(driver, Wait::Forever);
        while ended.len() < 2 {
            ended.extend(turn(driver, Wait::Forever));
        }
        ended.sort_by_key(|e| e.0);
        assert_eq!(ended, [(1, Ok(0)), (2, Ok(0))], "{manners:?}");
        assert!(!driver.is_armed());
        assert_eq!(turn(driver, Wait::Poll), []);
    }
}

#[test]
fn an_operation_does_not_end_because_another_does() {
    // The one host that tells of all as soon as one is ready; and what that costs where hosts tell the truth.
    for (manners, calls) in [(Manners::Legacy, 4), (Manners::Wasmtime, 1), (Manners::Node, 1)] {
        let sim = Sim::new(manners).with(5, File::pipe()).with(6, File::pipe().arriving(T + MS, b"x"));
        let driver = &mut small(sim.with(7, File::pipe()));
        for (number, fd) in [(1, 5), (2, 6), (3, 7)] {
            pend(driver, number, fd);
        }
        assert_eq!(turn(driver, Wait::Forever), [(2, Ok(0))], "{manners:?}");
        assert_eq!((reactor(driver).host().requests(), reactor(driver).armed()), (calls, 2), "{manners:?}");
        // The others still wait, and the host is not taken for one that returns early.
        let until = Instant::from_nanos(driver.now().as_nanos() + 5 * MS);
        assert_eq!(turn(driver, Wait::Until(until)), []);
        assert_eq!(reactor(driver).stats().early_returns, 0, "{manners:?}");
    }
}

#[test]
fn what_needs_no_wait_is_done_at_once() {
    let sim = Sim::new(Manners::Node).with(0, File::null()).with(5, File::pipe());
    let driver = &mut small(sim.with(6, File::of_type(abi::FILETYPE_REGULAR_FILE, u64::MAX)));
    assert_eq!(done(submit(driver, 1, Op::Nop)), Ok(0));
    assert_eq!(done(submit(driver, 2, readable(0))), Ok(0));
    assert_eq!(done(submit(driver, 3, readable(6))), Ok(0));
    assert_eq!(done(submit(driver, 4, Op::Close { handle: 5 })), Ok(0));
    assert_eq!(done(submit(driver, 5, Op::Close { handle: 5 })), Err(abi::BADF));
    assert_eq!((reactor(driver).armed(), reactor(driver).host().requests()), (0, 0));
}

#[test]
fn what_cannot_be_is_refused() {
    let mut sim = Sim::new(Manners::Wasmtime);
    for fd in 5..9 {
        sim = sim.with(fd, File::pipe());
    }
    let driver = &mut small(sim);
    assert_eq!(done(submit(driver, 1, readable(77))), Err(abi::BADF));
    assert_eq!(done(submit(driver, 1, Op::Recv { handle: 77, buf: leaked(1) })), Err(abi::BADF));
    assert_eq!(submit(driver, 2, Op::Connect { handle: 5, address: leaked(1) }), Err(SubmitError::Unsupported));
    let sync = Op::File(FileOp::Sync { handle: 5, data_only: false });
    assert_eq!(submit(driver, 3, sync), Err(SubmitError::Unsupported));
    for number in 5..8 {
        pend(driver, number, number);
    }
    assert_eq!(submit(driver, 8, readable(8)), Err(SubmitError::Full));
}

#[test]
fn a_cancelled_wait_still_ends() {
    let sim = Sim::new(Manners::Wasmtime).with(5, File::pipe().arriving(T, b"x")).with(6, File::pipe());
    let driver = &mut small(sim);
    pend(driver, 1, 5);
    pend(driver, 2, 6);
    driver.cancel(key(2));
    driver.cancel(key(2));
    driver.cancel(key(3));
    assert!(driver.is_armed());
    // Does not wait for ever, and tells of the other one too.
    assert_eq!(turn(driver, Wait::Forever), [(2, Err(abi::CANCELED)), (1, Ok(0))]);
    driver.cancel(key(1));
    assert!(!driver.is_armed());
    assert_eq!(turn(driver, Wait::Poll), []);
}

#[test]
fn a_turn_does_not_wait_when_there_is_something_to_tell() {
    let driver = &mut small(Sim::new(Manners::Wasmtime).with(5, File::pipe()));
    pend(driver, 1, 5);
    driver.cancel(key(1));
    assert!(driver.is_armed());
    assert_eq!(turn(driver, Wait::Forever), [(1, Err(abi::CANCELED))]);
    assert_eq!(reactor(driver).host().requests(), 0);
}

#[test]
fn places_are_used_again() {
    let driver = &mut small(Sim::new(Manners::Wasmtime).with(5, File::pipe().arriving(T, b"x")));
    for number in (0..20).step_by(2) {
        pend(driver, number, 5);
        assert_eq!(turn(driver, Wait::Forever), [(number, Ok(0))]);
        pend(driver, number + 1, 5);
        driver.cancel(key(number + 1));
        assert_eq!(turn(driver, Wait::Poll), [(number + 1, Err(abi::CANCELED))]);
    }
}

#[test]
fn draining_ends_all_operations_and_no_task() {
    let sim = Sim::new(Manners::Wasmtime).with(5, File::pipe().arriving(T + MS, b"x")).with(6, File::pipe());
    let driver = &mut small(sim);
    let pipe = Descriptor::adopt(reactor(driver), 5).unwrap();
    let (count, waker) = counter();
    let mut wait = pin!(pipe.readable());
    assert!(poll(wait.as_mut(), &waker).is_pending());
    pend(driver, 1, 6);
    pend(driver, 2, 5);
    let mut ended = Vec::new();
    driver.drain(Instant::ZERO, &mut |completion| ended.push(told(completion))).unwrap();
    assert_eq!(ended, [(1, Err(abi::CANCELED)), (2, Err(abi::CANCELED))]);
    assert_eq!(reactor(driver).armed(), 1);
    assert_eq!(turn(driver, Wait::Forever), []);
    assert_eq!(count.get(), 1);
    assert!(poll(wait, &waker).is_ready());
}

#[test]
fn a_descriptor_closed_behind_the_back_ends_its_operation() {
    for manners in [Manners::Wasmtime, Manners::Legacy, Manners::Node] {
        let driver = &mut small(Sim::new(manners).with(5, File::pipe()).with(6, File::pipe()));
        pend(driver, 1, 5);
        pend(driver, 2, 6);
        reactor(driver).host().vanish(6);
        assert_eq!(turn(driver, Wait::Until(Instant::from_nanos(T + 50 * MS))), [(2, Err(abi::BADF))], "{manners:?}");
        assert_eq!(reactor(driver).armed(), 1);
    }
}

#[test]
fn what_may_block_is_called_once_for_each_time_that_the_host_has_told() {
    for manners in [Manners::Wasmtime, Manners::Legacy, Manners::Node] {
        // Standard input cannot be made non-blocking: a call before its time fails this test in the simulated host.
        let stdin =
            File::stdin().arriving(T + 5 * MS, b"one").arriving(T + 9 * MS, b"other").arriving(T + 12 * MS, b"");
        let driver = &mut small(Sim::new(manners).with(0, stdin).with(5, File::pipe()));
        let (first, second, third) = (leaked(8), leaked(8), leaked(8));
        for (number, buf) in [(1, first), (2, second), (3, third)] {
            assert_eq!(submit(driver, number, Op::Recv { handle: 0, buf }), Ok(Staged::Pending));
        }
        // Of an idle one some hosts say that it is ready, too.
        pend(driver, 4, 5);
        let mut ended = Vec::new();
        while ended.len() < 3 {
            ended.extend(turn(driver, Wait::Forever));
        }
        assert_eq!(ended, [(1, Ok(3)), (2, Ok(5)), (3, Ok(0))], "{manners:?}");
        assert_eq!((contents(first, 3), contents(second, 5)), (b"one".to_vec(), b"other".to_vec()));
        assert_eq!(reactor(driver).armed(), 1);
    }
}

#[test]
fn a_receive_that_would_block_waits_and_one_that_would_not_does_not() {
    let mut pipe = File::pipe().arriving(0, b"ab").arriving(T + MS, b"c");
    pipe.stat.flags = abi::FDFLAG_NONBLOCK;
    let driver = &mut small(Sim::new(Manners::Wasmtime).with(5, pipe));
    let buf = leaked(8);
    let receive = Op::Recv { handle: 5, buf };
    assert_eq!((done(submit(driver, 1, receive)), reactor(driver).host().requests()), (Ok(2), 0));
    assert_eq!(submit(driver, 2, receive), Ok(Staged::Pending));
    assert_eq!((turn(driver, Wait::Forever), contents(buf, 1)), (vec![(2, Ok(1))], b"c".to_vec()));
}

#[test]
fn a_pooled_receive_has_a_buffer_from_when_bytes_come() {
    let pipes = (5..8).map(|fd| (fd, File::pipe().arriving(T + u64::from(fd) * MS, b"abcdef")));
    let driver = &mut small(pipes.fold(Sim::new(Manners::Wasmtime), |sim, (fd, pipe)| sim.with(fd, pipe)));
    for handle in 5..8 {
        assert_eq!(submit(driver, handle, Op::RecvPooled { handle }), Ok(Staged::Pending));
    }
    let mut ended: Vec<Completion> = Vec::new();
    while ended.len() < 3 {
        driver.turn(Wait::Forever, &mut |end| ended.push(end)).unwrap();
    }
    assert_eq!(ended.iter().map(|end| end.result).collect::<Vec<_>>(), [Ok(4), Ok(4), Err(abi::NOBUFS)]);
    for end in &ended[..2] {
        let id = end.flags.buffer.unwrap();
        assert_eq!(contents(driver.pooled(id), 4), b"abcd");
        // SAFETY: lent, and not used any more.
        unsafe { driver.recycle(id) };
    }
    assert_eq!(driver.pooled(2).len, 0, "there is no such buffer");
    // What found no buffer is still there, and what did not fit.
    for (handle, rest) in [(7, b"abcd".as_slice()), (5, b"ef")] {
        assert_eq!(submit(driver, handle, Op::RecvPooled { handle }), Ok(Staged::Pending));
        driver.turn(Wait::Forever, &mut |end| ended.push(end)).unwrap();
        let end = ended.last().unwrap();
        assert_eq!(contents(driver.pooled(end.flags.buffer.unwrap()), end.result.unwrap()), rest);
    }
}

#[test]
fn connections_are_accepted_one_by_one() {
    let listener = File::of_type(abi::FILETYPE_SOCKET_STREAM, 0).arriving(T + MS, &[20]).arriving(T + 2 * MS, &[21]);
    let driver = &mut small(Sim::new(Manners::Legacy).with(5, listener));
    for (number, connection) in [(1, 20), (2, 21)] {
        assert_eq!(submit(driver, number, Op::Accept { handle: 5 }), Ok(Staged::Pending));
        assert_eq!(turn(driver, Wait::Forever), [(number, Ok(connection))]);
        assert_eq!(reactor(driver).armed(), 0);
    }
}

#[test]
fn a_send_waits_for_room() {
    let mut full = File { writable_from: T + 3 * MS, room: 2, ..File::pipe() };
    full.stat.flags = abi::FDFLAG_NONBLOCK;
    let driver = &mut small(Sim::new(Manners::Wasmtime).with(5, full));
    let buf = leaked(3);
    assert_eq!(submit(driver, 1, Op::Send { handle: 5, buf }), Ok(Staged::Pending));
    reactor(driver).host().interrupts.set(1);
    assert_eq!(turn(driver, Wait::Forever), [(1, Ok(2))]);
}

#[test]
fn descriptors_may_have_any_numbers_but_not_too_many_at_a_time() {
    let sim = (0..9u32).fold(Sim::new(Manners::Wasmtime), |sim, number| sim.with(1_000_000 * number + 9, File::pipe()));
    let driver = &mut small(sim);
    // Five descriptors are known at a time; a closed one makes room, and so does one that is forgotten.
    for round in 0..9u32 {
        let handle = 1_000_000 * round + 9;
        pend(driver, round, handle);
        driver.cancel(key(round));
        assert_eq!(turn(driver, Wait::Poll), [(round, Err(abi::CANCELED))]);
        match round % 2 {
            0 => assert_eq!(done(submit(driver, 20, Op::Close { handle })), Ok(0)),
            _ => driver.forget(handle),
        }
    }
    let sim = (5..11).fold(Sim::new(Manners::Wasmtime), |sim, fd| sim.with(fd, File::pipe()));
    let driver = &mut small(sim);
    for fd in 5..11 {
        let staged = submit(driver, fd, readable(fd));
        assert_eq!(staged, if fd < 10 { Ok(Staged::Pending) } else { Err(SubmitError::Full) });
        driver.cancel(key(fd));
    }
}

#[test]
fn a_driver_takes_its_waits_along() {
    let mut driver = small(Sim::new(Manners::Wasmtime).with(5, File::pipe()));
    pend(&mut driver, 1, 5);
    let reactor = reactor(&driver);
    assert_eq!(reactor.armed(), 1);
    drop(driver);
    assert_eq!(reactor.armed(), 0);
}
