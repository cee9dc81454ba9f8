//! Cancelling: one end each, nothing lost, nothing hit by mistake.

use super::super::rig::{Rig, Subject, contents, leaked};
use super::super::system::descriptors;
use rustix::fd::{AsRawFd, RawFd};
use std::io::Write;
use zokio_core::driver::{IoDriver, Key, Op, Wait};

pub fn cancel_ends_once_and_loses_no_bytes<S: Subject>(mut rig: Rig<S>) {
    let (handle, mut peer) = rig.connection();
    for op in [Op::RecvPooled { handle }, Op::Recv { handle, buf: leaked(8) }] {
        let key = rig.start(op);
        rig.settle();
        rig.driver.cancel(key);
        rig.driver.cancel(key);
        let end = rig.end(key);
        assert_eq!((end.result, end.flags.buffer), (Err(S::Driver::CANCELED), None));
        rig.settle();
    }
    // Cancelled before the driver was ever turned.
    let key = rig.start(Op::RecvPooled { handle });
    rig.driver.cancel(key);
    assert_eq!(rig.end(key).result, Err(S::Driver::CANCELED));
    peer.write_all(b"kept").unwrap();
    assert_eq!(rig.receive(handle, 4), b"kept");
    rig.close(handle);
}

pub fn cancel_of_what_is_not_in_flight<S: Subject>(mut rig: Rig<S>) {
    rig.driver.cancel(Key::new(0, 0));
    rig.driver.cancel(Key::new(123_456, 7));
    rig.settle();
    let key = rig.start(Op::Nop);
    assert_eq!(rig.end(key).result, Ok(0));
    rig.driver.cancel(key);
    rig.settle();
    let (handle, mut peer) = rig.connection();
    let key = rig.start(Op::RecvPooled { handle });
    rig.driver.cancel(Key::new(key.index() as u32, key.generation() + 1));
    rig.driver.cancel(Key::new(key.index() as u32, key.generation() - 1));
    rig.settle();
    assert!(!rig.has_ended(key), "another generation was meant");
    peer.write_all(b"x").unwrap();
    let end = rig.end(key);
    assert_eq!(rig.pooled(end), b"x");
    rig.close(handle);
}

pub fn cancel_does_not_reach_the_next_use_of_a_slot<S: Subject>(mut rig: Rig<S>) {
    let (handle, mut peer) = rig.connection();
    for round in 0..50u8 {
        let first = rig.start(Op::RecvPooled { handle });
        peer.write_all(&[round]).unwrap();
        if round % 2 == 0 {
            rig.turn(Wait::Poll);
        }
        rig.driver.cancel(first);
        let end = rig.end(first);
        let second = rig.start(Op::RecvPooled { handle });
        assert_eq!(first.index(), second.index(), "the slot is used again at once");
        if end.result == Ok(1) {
            assert_eq!(rig.pooled(end), [round]);
            rig.settle();
            assert!(!rig.has_ended(second), "the cancel was meant for the first");
            peer.write_all(&[round]).unwrap();
        }
        let end = rig.end(second);
        assert_eq!(rig.pooled(end), [round]);
    }
    rig.close(handle);
}

pub fn cancel_race_on_receive<S: Subject>(mut rig: Rig<S>) {
    const BYTES: usize = 400;
    let (handle, mut peer) = rig.connection();
    peer.set_nodelay(true).unwrap();
    let writer = std::thread::spawn(move || {
        for byte in 0..BYTES {
            peer.write_all(&[byte as u8]).unwrap();
            if byte % 3 == 0 {
                std::thread::yield_now();
            }
            if byte % 50 == 0 {
                std::thread::sleep(std::time::Duration::from_micros(300));
            }
        }
        peer
    });
    let (mut seen, mut canceled) = (Vec::new(), 0);
    for round in 0.. {
        if seen.len() >= BYTES {
            break;
        }
        // Fresh memory each time: what a cancelled receive left behind is not taken for bytes.
        let buf = leaked(16);
        let op = if round % 2 == 0 { Op::RecvPooled { handle } } else { Op::Recv { handle, buf } };
        let key = rig.start(op);
        for _ in 0..round % 3 {
            rig.turn(Wait::Poll);
        }
        rig.driver.cancel(key);
        let end = rig.end(key);
        match end.result {
            Ok(len) if end.flags.buffer.is_none() => seen.extend(contents(buf, len)),
            Ok(_) => seen.extend(rig.pooled(end)),
            Err(error) => {
                assert_eq!(error, S::Driver::CANCELED);
                canceled += 1;
            }
        }
    }
    let _peer = writer.join().unwrap();
    assert_eq!(seen, (0..BYTES).map(|byte| byte as u8).collect::<Vec<_>>());
    assert!(canceled > 0, "the race never went the other way");
    rig.close(handle);
}

pub fn cancel_race_on_accept_leaks_no_handle<S: Subject>(mut rig: Rig<S>) {
    let listener = rig.listener();
    let at = listener.local_addr().unwrap();
    let before = descriptors();
    let (mut accepted, mut canceled) = (0, 0);
    for round in 0..200 {
        let key = rig.start(Op::Accept { handle: listener.as_raw_fd() });
        if round % 2 == 0 {
            rig.turn(Wait::Poll);
        }
        let peer = (round % 4 != 3).then(|| std::net::TcpStream::connect(at).unwrap());
        rig.driver.cancel(key);
        match rig.end(key).result {
            Ok(handle) => {
                accepted += 1;
                rig.close(handle as RawFd);
            }
            Err(error) => {
                assert_eq!(error, S::Driver::CANCELED);
                canceled += 1;
                if peer.is_some() {
                    // Still in the backlog.
                    let handle = rig.run(Op::Accept { handle: listener.as_raw_fd() }).unwrap();
                    rig.close(handle as RawFd);
                }
            }
        }
    }
    assert_eq!(descriptors(), before);
    assert!(canceled >= 50, "{accepted} accepted, {canceled} cancelled");
}

pub fn mass_cancel<S: Subject>(mut rig: Rig<S>) {
    let connections: Vec<_> = (0..200).map(|_| rig.connection()).collect();
    let keys: Vec<Key> = connections.iter().map(|(handle, _)| rig.start(Op::RecvPooled { handle: *handle })).collect();
    rig.settle();
    for &key in &keys {
        rig.driver.cancel(key);
    }
    for &key in &keys {
        assert_eq!(rig.end(key).result, Err(S::Driver::CANCELED));
    }
    rig.settle();
    assert_eq!(rig.in_flight(), 0);
    for (handle, _) in connections {
        rig.close(handle);
    }
}

pub fn a_turn_that_delivers_does_not_sleep<S: Subject>(mut rig: Rig<S>) {
    // More cancels than the queue has room for, of what has ended by itself meanwhile: all ends may be seen before the
    // turn comes to wait.
    let connections: Vec<_> = (0..12).map(|_| rig.connection()).collect();
    let keys: Vec<Key> = connections.iter().map(|(handle, _)| rig.start(Op::RecvPooled { handle: *handle })).collect();
    rig.settle();
    let handles: Vec<RawFd> = connections.into_iter().map(|(handle, _peer)| handle).collect();
    for &key in &keys {
        rig.driver.cancel(key);
    }
    while rig.in_flight() > 0 {
        rig.turn(Wait::Forever); // hangs if it sleeps on ends that it has told already
    }
    for handle in handles {
        rig.close(handle);
    }
}
