//! Operations that end when they are told to: one result after the other. A driver that has none refuses them.

use super::super::rig::{Rig, Subject};
use super::super::system::{descriptors, is_inherited};
use super::resized;
use rustix::fd::{AsRawFd, RawFd};
use std::io::Write;
use zokio_core::driver::{IoDriver, Key, Op, SubmitError, Wait};

/// Whether the driver has such operations; if not, it says so.
fn has_them<S: Subject>(rig: &mut Rig<S>, op: &Op<RawFd>) -> bool {
    if !S::Driver::CAPS.many {
        // SAFETY: names no memory.
        let refused = unsafe { rig.driver.submit(Key::new(3, 1), op) };
        assert!(matches!(refused, Err(SubmitError::Unsupported)), "{refused:?}");
    }
    S::Driver::CAPS.many
}

pub fn receives_again_and_again<S: Subject>(rig: Rig<S>) {
    let mut rig = resized(rig, |size| size.buffers = 64);
    let (handle, mut peer) = rig.connection();
    let op = Op::RecvMany { handle };
    if !has_them(&mut rig, &op) {
        return;
    }
    let mut key = rig.start(op);
    let mut seen = Vec::new();
    for round in 0..200u32 {
        let message: Vec<u8> = (0..=round % 90).map(|byte| (byte ^ round) as u8).collect();
        peer.write_all(&message).unwrap();
        seen.clear();
        while seen.len() < message.len() {
            let step = rig.step(&mut key, op);
            seen.extend(rig.pooled(step));
        }
        assert_eq!(seen, message);
    }
    drop(peer);
    let end = rig.end(key);
    assert_eq!((end.result, end.flags.buffer), (Ok(0), None));
    rig.close(handle);
}

pub fn receives_until_there_is_no_buffer<S: Subject>(rig: Rig<S>) {
    let mut rig = resized(rig, |_| {});
    let (handle, mut peer) = rig.connection();
    let op = Op::RecvMany { handle };
    if !has_them(&mut rig, &op) {
        return;
    }
    let mut key = rig.start(op);
    let bytes: Vec<u8> = (0..1000).map(|byte| byte as u8).collect();
    peer.write_all(&bytes).unwrap();
    let mut results = Vec::new();
    let end = loop {
        let end = rig.end(key);
        results.extend(rig.steps(key));
        if end.result.is_err() {
            break end;
        }
        results.push(end);
        key = rig.start(op);
    };
    assert_eq!((end.result, end.flags.buffer), (Err(S::Driver::NO_BUFFER), None));
    let mut seen = Vec::new();
    for result in results {
        seen.extend(rig.pooled(result));
    }
    assert_eq!(seen.len(), 4 * 64, "all buffers were used");
    // What had no buffer is still there, in order.
    seen.extend(rig.receive(handle, bytes.len() - seen.len()));
    assert_eq!(seen, bytes);
    rig.close(handle);
}

pub fn receives_until_it_is_cancelled<S: Subject>(rig: Rig<S>) {
    let mut rig = resized(rig, |size| size.buffers = 256);
    let (handle, mut peer) = rig.connection();
    if !has_them(&mut rig, &Op::RecvMany { handle }) {
        return;
    }
    let (mut sent, mut seen, mut canceled) = (Vec::new(), Vec::new(), 0);
    for round in 0..100u8 {
        let key = rig.start(Op::RecvMany { handle });
        if round % 3 != 0 {
            rig.turn(Wait::Poll);
        }
        let message = [round; 40];
        peer.write_all(&message).unwrap();
        sent.extend(message);
        rig.driver.cancel(key);
        let end = rig.end(key);
        canceled += 1;
        for step in rig.steps(key) {
            seen.extend(rig.pooled(step));
        }
        match end.result {
            Err(error) => assert_eq!(error, S::Driver::CANCELED),
            // The last step was the end.
            Ok(len) => {
                assert!(len > 0);
                seen.extend(rig.pooled(end));
            }
        }
        // A cancel loses no byte: it was a step, or it is still in the socket.
        if seen.len() < sent.len() {
            seen.extend(rig.receive(handle, sent.len() - seen.len()));
        }
        assert_eq!(seen, sent);
    }
    assert_eq!(canceled, 100);
    rig.close(handle);
}

pub fn accepts_again_and_again<S: Subject>(mut rig: Rig<S>) {
    let listener = rig.listener();
    let at = listener.local_addr().unwrap();
    let op = Op::AcceptMany { handle: listener.as_raw_fd() };
    if !has_them(&mut rig, &op) {
        return;
    }
    let before = descriptors();
    let mut key = rig.start(op);
    for _ in 0..20 {
        let mut peers: Vec<_> = (0..5).map(|_| std::net::TcpStream::connect(at).unwrap()).collect();
        for _ in 0..5 {
            let handle = rig.step(&mut key, op).result.unwrap() as RawFd;
            assert!(!is_inherited(handle), "a child process inherits no connection");
            rig.close(handle);
        }
        peers.clear();
    }
    rig.driver.cancel(key);
    assert_eq!(rig.end(key).result, Err(S::Driver::CANCELED));
    assert!(rig.steps(key).is_empty());
    assert_eq!(descriptors(), before);
}

pub fn accepted_while_it_is_cancelled_leaks_no_handle<S: Subject>(mut rig: Rig<S>) {
    let listener = rig.listener();
    let at = listener.local_addr().unwrap();
    let handle = listener.as_raw_fd();
    if !has_them(&mut rig, &Op::AcceptMany { handle }) {
        return;
    }
    let before = descriptors();
    for round in 0..100 {
        let key = rig.start(Op::AcceptMany { handle });
        if round % 2 == 0 {
            rig.turn(Wait::Poll);
        }
        let peers: Vec<_> = (0..3).map(|_| std::net::TcpStream::connect(at).unwrap()).collect();
        rig.driver.cancel(key);
        let end = rig.end(key);
        let mut accepted: Vec<u32> = rig.steps(key).iter().map(|step| step.result.unwrap()).collect();
        accepted.extend(end.result.ok());
        // The others are still in the backlog.
        while accepted.len() < peers.len() {
            accepted.push(rig.run(Op::Accept { handle }).unwrap());
        }
        for handle in accepted {
            rig.close(handle as RawFd);
        }
    }
    assert_eq!(descriptors(), before);
}
