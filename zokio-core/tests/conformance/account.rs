//! A driver under test, with an account of every operation: what is in flight, and that it ends exactly once.
#![allow(dead_code, reason = "some adapters have cases of their own, which use more of this")]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;
use zokio_core::driver::{Completion, Errno, InFlight, IoDriver, Key, Op, RawBuf, RecvPool, Staged, SubmitError, Wait};

/// As long as anything may take on a busy machine.
const LONG: Duration = Duration::from_secs(30);

pub struct Account<D> {
    pub driver: D,
    free: Vec<u32>,
    generation: u32,
    in_flight: BTreeMap<u64, bool>,
    ended: BTreeMap<u64, Completion>,
    /// What came of operations that have several results, oldest first.
    steps: BTreeMap<u64, Vec<Completion>>,
}

impl<D: IoDriver<Handle: Debug, Error: Debug>> Account<D> {
    /// Of a driver for as many `operations`.
    pub fn new(driver: D, operations: usize) -> Self {
        Self {
            driver,
            free: (0..operations as u32).rev().collect(),
            generation: 0,
            in_flight: BTreeMap::new(),
            ended: BTreeMap::new(),
            steps: BTreeMap::new(),
        }
    }

    /// Submits, turning as often as the driver has no room.
    pub fn start(&mut self, op: Op<D::Handle>) -> Key {
        let index = self.free.pop().expect("a test uses fewer operations");
        self.generation += 1;
        let key = Key::new(index, self.generation);
        self.start_as(key, op);
        key
    }

    fn start_as(&mut self, key: Key, op: Op<D::Handle>) {
        loop {
            // SAFETY: the tests keep what they name until the operation has ended, or leak it.
            match unsafe { self.driver.submit(key, &op) } {
                Ok(Staged::Pending) => break assert!(self.in_flight.insert(key.to_u64(), true).is_none()),
                Ok(Staged::Done(end)) => {
                    assert!(end.key == key && !end.flags.more, "{end:?}");
                    self.in_flight.insert(key.to_u64(), true);
                    break self.account(end);
                }
                Err(SubmitError::Full) => self.turn(Wait::Poll),
                Err(error) => panic!("{op:?}: {error:?}"),
            }
        }
    }

    fn account(&mut self, end: Completion) {
        if end.flags.more {
            assert!(self.in_flight.contains_key(&end.key.to_u64()), "a step after the end: {end:?}");
            return self.steps.entry(end.key.to_u64()).or_default().push(end);
        }
        let known = self.in_flight.remove(&end.key.to_u64());
        assert!(known.is_some(), "ended twice, or was never started: {end:?}");
        self.free.push(end.key.index() as u32);
        self.ended.insert(end.key.to_u64(), end);
    }

    pub fn turn(&mut self, wait: Wait) {
        let mut ends = Vec::new();
        self.driver.turn(wait, &mut |end| ends.push(end)).expect("turn");
        for end in ends {
            self.account(end);
        }
    }

    pub fn drain(&mut self, patience: Duration) -> Result<(), InFlight> {
        let mut ends = Vec::new();
        let until = self.driver.now() + patience;
        let result = self.driver.drain(until, &mut |end| ends.push(end));
        for end in ends {
            self.account(end);
        }
        result
    }

    /// Turns until `key` has ended.
    pub fn end(&mut self, key: Key) -> Completion {
        let until = self.driver.now() + LONG;
        loop {
            if let Some(end) = self.ended.remove(&key.to_u64()) {
                return end;
            }
            assert!(self.in_flight.contains_key(&key.to_u64()), "asked twice");
            assert!(self.driver.now() < until, "{key:?} does not end");
            self.turn(Wait::Until(until));
        }
    }

    /// The results of `key` before its end that were not asked for yet.
    pub fn steps(&mut self, key: Key) -> Vec<Completion> {
        self.steps.remove(&key.to_u64()).unwrap_or_default()
    }

    /// The next result of an operation for many. Where it was the last one, the operation is started again, under a new key.
    pub fn step(&mut self, key: &mut Key, op: Op<D::Handle>) -> Completion {
        let until = self.driver.now() + LONG;
        loop {
            if let Some(steps) = self.steps.get_mut(&key.to_u64())
                && !steps.is_empty()
            {
                return steps.remove(0);
            }
            if self.has_ended(*key) {
                let end = self.end(*key);
                assert!(end.result.is_ok(), "{key:?} ended: {end:?}");
                *key = self.start(op);
                return end;
            }
            assert!(self.driver.now() < until, "{key:?} brings nothing");
            self.turn(Wait::Until(until));
        }
    }

    /// Starts and waits.
    pub fn run(&mut self, op: Op<D::Handle>) -> Result<u32, Errno> {
        let key = self.start(op);
        self.end(key).result
    }

    /// How many more operations may be in flight.
    pub fn room(&self) -> usize {
        self.free.len()
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    pub fn has_ended(&self, key: Key) -> bool {
        self.ended.contains_key(&key.to_u64())
    }

    /// Turns a few times without waiting: what can end has ended, and nothing ends twice.
    pub fn settle(&mut self) {
        for _ in 0..4 {
            self.turn(Wait::Poll);
        }
    }

    pub fn close(&mut self, handle: D::Handle) {
        assert_eq!(self.run(Op::Close { handle }), Ok(0));
    }
}

impl<D: RecvPool<Handle: Debug, Error: Debug>> Account<D> {
    /// The bytes of a pooled completion, after which its buffer goes back.
    pub fn pooled(&mut self, end: Completion) -> Vec<u8> {
        let len = end.result.expect("received") as usize;
        let id = end.flags.buffer.expect("bytes come in a buffer");
        let buffer = self.driver.pooled(id);
        assert!(len <= buffer.len as usize);
        // SAFETY: the completion lends the buffer; it is given back once, after the last use.
        unsafe {
            let bytes = std::slice::from_raw_parts(buffer.ptr, len).to_vec();
            self.driver.recycle(id);
            bytes
        }
    }

    /// Receives until `want` bytes are there.
    pub fn receive(&mut self, handle: D::Handle, want: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < want {
            let key = self.start(Op::RecvPooled { handle });
            let end = self.end(key);
            assert_ne!(end.result, Ok(0), "the stream ended after {} of {want} bytes", bytes.len());
            bytes.extend(self.pooled(end));
        }
        bytes
    }
}

/// Memory that is never freed: whatever becomes of an operation, its bytes stay.
pub fn leaked(len: usize) -> RawBuf {
    RawBuf { ptr: vec![0u8; len].leak().as_mut_ptr(), len: len as u32 }
}

/// Leaked memory with `bytes` in it.
pub fn leaked_bytes(bytes: &[u8]) -> RawBuf {
    RawBuf { ptr: bytes.to_vec().leak().as_mut_ptr(), len: bytes.len() as u32 }
}

/// What is in `buf` now; nothing may be in flight on it.
pub fn contents(buf: RawBuf, len: u32) -> Vec<u8> {
    assert!(len <= buf.len);
    // SAFETY: leaked memory, and the operation on it has ended.
    unsafe { std::slice::from_raw_parts(buf.ptr, len as usize).to_vec() }
}
