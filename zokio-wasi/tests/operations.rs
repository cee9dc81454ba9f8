//! Waits as operations: every accepted one ends exactly once.

mod sim;

use sim::drive::{counter, poll};
use sim::{File, MS, Manners, Sim};
use std::pin::pin;
use zokio_core::driver::{Completion, Driver, Errno, Interest, IoDriver, Key, Op, RawBuf, Staged, SubmitError, Wait};
use zokio_core::time::Instant;
use zokio_wasi::p1::{Descriptor, Reactor, abi};

type Small = Reactor<Sim, 4>;

const T: u64 = 1_000 * MS;

fn key(number: u32) -> Key {
    // Not what a slot of the reactor would be called.
    Key::new(1000 + number, 7)
}

fn submit(mut driver: &Small, number: u32, op: Op<u32>) -> Result<Staged, SubmitError> {
    // SAFETY: the operations of these tests name no memory, and every key is used once.
    unsafe { driver.submit(key(number), &op) }
}

fn readable(handle: u32) -> Op<u32> {
    Op::Poll { handle, interest: Interest::Readable }
}

fn pend(driver: &Small, number: u32, fd: u32) {
    assert_eq!(submit(driver, number, readable(fd)), Ok(Staged::Pending));
}

fn turn(mut driver: &Small, wait: Wait) -> Vec<(u32, Result<u32, Errno>)> {
    let mut ended = Vec::new();
    driver.turn(wait, &mut |completion: Completion| ended.push(told(completion))).unwrap();
    ended
}

fn told(completion: Completion) -> (u32, Result<u32, Errno>) {
    assert_eq!(completion.key.generation(), 7);
    assert!(!completion.flags.more && completion.flags.buffer.is_none());
    (completion.key.index() as u32 - 1000, completion.result)
}

fn done(staged: Result<Staged, SubmitError>) -> Result<u32, Errno> {
    let Ok(Staged::Done(completion)) = staged else { panic!("{staged:?}") };
    completion.result
}

#[test]
fn a_wait_ends_once_when_its_time_has_come() {
    for manners in [Manners::Wasmtime, Manners::Legacy, Manners::Node] {
        let sim = Sim::new(manners).with(5, File::pipe().arriving(T + 20 * MS, b"x"));
        let driver = &Small::new(sim.with(6, File { writable_from: T + 10 * MS, ..File::pipe() }));
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
        let driver = &Small::new(sim.with(7, File::pipe()));
        for (number, fd) in [(1, 5), (2, 6), (3, 7)] {
            pend(driver, number, fd);
        }
        assert_eq!(turn(driver, Wait::Forever), [(2, Ok(0))], "{manners:?}");
        assert_eq!((driver.host().requests(), driver.armed()), (calls, 2), "{manners:?}");
        // The others still wait, and the host is not taken for one that returns early.
        let until = Instant::from_nanos(driver.now().as_nanos() + 5 * MS);
        assert_eq!(turn(driver, Wait::Until(until)), []);
        assert_eq!(driver.stats().early_returns, 0, "{manners:?}");
    }
}

#[test]
fn what_needs_no_wait_is_done_at_once() {
    let sim = Sim::new(Manners::Node).with(0, File::null()).with(5, File::pipe());
    let driver = &Small::new(sim.with(6, File::of_type(abi::FILETYPE_REGULAR_FILE, u64::MAX)));
    assert_eq!(done(submit(driver, 1, Op::Nop)), Ok(0));
    assert_eq!(done(submit(driver, 2, readable(0))), Ok(0));
    assert_eq!(done(submit(driver, 3, readable(6))), Ok(0));
    assert_eq!(done(submit(driver, 4, Op::Close { handle: 5 })), Ok(0));
    assert_eq!(done(submit(driver, 5, Op::Close { handle: 5 })), Err(abi::BADF));
    assert_eq!((driver.armed(), driver.host().requests()), (0, 0));
}

#[test]
fn what_cannot_be_is_refused() {
    let mut sim = Sim::new(Manners::Wasmtime);
    for fd in 5..9 {
        sim = sim.with(fd, File::pipe());
    }
    let driver = &Small::new(sim);
    assert_eq!(submit(driver, 1, readable(77)), Err(SubmitError::Os(abi::BADF)));
    assert_eq!(submit(driver, 2, Op::Accept { handle: 5 }), Err(SubmitError::Unsupported));
    let buf = RawBuf { ptr: std::ptr::null_mut(), len: 0 };
    assert_eq!(submit(driver, 3, Op::Recv { handle: 5, buf }), Err(SubmitError::Unsupported));
    for number in 5..8 {
        pend(driver, number, number);
    }
    assert_eq!(submit(driver, 8, readable(8)), Err(SubmitError::Full));
}

#[test]
fn a_cancelled_wait_still_ends() {
    let sim = Sim::new(Manners::Wasmtime).with(5, File::pipe().arriving(T, b"x")).with(6, File::pipe());
    let mut driver = &Small::new(sim);
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
    let mut driver = &Small::new(Sim::new(Manners::Wasmtime).with(5, File::pipe()));
    pend(driver, 1, 5);
    driver.cancel(key(1));
    assert!(driver.is_armed());
    assert_eq!(turn(driver, Wait::Forever), [(1, Err(abi::CANCELED))]);
    assert_eq!(driver.host().requests(), 0);
}

#[test]
fn places_are_used_again() {
    let mut driver = &Small::new(Sim::new(Manners::Wasmtime).with(5, File::pipe().arriving(T, b"x")));
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
    let reactor = Small::new(sim);
    let mut driver = &reactor;
    let pipe = Descriptor::adopt(driver, 5).unwrap();
    let (count, waker) = counter();
    let mut wait = pin!(pipe.readable());
    assert!(poll(wait.as_mut(), &waker).is_pending());
    pend(driver, 1, 6);
    pend(driver, 2, 5);
    let mut ended = Vec::new();
    driver.drain(Instant::ZERO, &mut |completion| ended.push(told(completion))).unwrap();
    assert_eq!(ended, [(1, Err(abi::CANCELED)), (2, Err(abi::CANCELED))]);
    assert_eq!(driver.armed(), 1);
    assert_eq!(turn(driver, Wait::Forever), []);
    assert_eq!(count.get(), 1);
    assert!(poll(wait, &waker).is_ready());
}

#[test]
fn a_descriptor_closed_behind_the_back_ends_its_operation() {
    for manners in [Manners::Wasmtime, Manners::Legacy, Manners::Node] {
        let driver = &Small::new(Sim::new(manners).with(5, File::pipe()).with(6, File::pipe()));
        pend(driver, 1, 5);
        pend(driver, 2, 6);
        driver.host().vanish(6);
        assert_eq!(turn(driver, Wait::Until(Instant::from_nanos(T + 50 * MS))), [(2, Err(abi::BADF))], "{manners:?}");
        assert_eq!(driver.armed(), 1);
    }
}
