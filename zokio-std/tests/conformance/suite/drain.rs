//! The end of a driver.

use super::super::rig::{Rig, Size, Subject, leaked};
use super::super::system::descriptors;
use rustix::fd::AsRawFd;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use zokio_core::driver::{Driver, Interest, IoDriver, Op, Unpark, Wait};

pub fn drain_ends_everything<S: Subject>(mut rig: Rig<S>) {
    let listener = rig.listener();
    let connections: Vec<_> = (0..30).map(|_| rig.connection()).collect();
    let mut keys = vec![rig.start(Op::Accept { handle: listener.as_raw_fd() })];
    for (number, (handle, _)) in connections.iter().enumerate() {
        let handle = *handle;
        keys.push(rig.start(match number % 3 {
            0 => Op::RecvPooled { handle },
            1 => Op::Recv { handle, buf: leaked(16) },
            _ => Op::Poll { handle, interest: Interest::Readable },
        }));
    }
    rig.turn(Wait::Poll);
    rig.drain(Duration::from_secs(10)).unwrap();
    assert_eq!(rig.in_flight(), 0);
    for key in keys {
        assert_eq!(rig.end(key).result, Err(S::Driver::CANCELED));
    }
    rig.drain(Duration::ZERO).unwrap();
}

pub fn a_drained_driver_goes_on<S: Subject>(mut rig: Rig<S>) {
    let (handle, mut peer) = rig.connection();
    rig.start(Op::RecvPooled { handle });
    rig.drain(Duration::from_secs(10)).unwrap();
    peer.write_all(b"still").unwrap();
    assert_eq!(rig.receive(handle, 5), b"still");
    let (unparker, woken) = (rig.driver.unparker(), Arc::new(AtomicBool::new(false)));
    let waker = std::thread::spawn({
        let woken = woken.clone();
        move || {
            std::thread::sleep(Duration::from_millis(20));
            woken.store(true, Ordering::Release);
            unparker.unpark();
        }
    });
    while !woken.load(Ordering::Acquire) {
        rig.turn(Wait::Forever); // hangs if the drain has taken the way to be woken along
    }
    waker.join().unwrap();
    rig.close(handle);
}

pub fn drop_with_operations_in_flight<S: Subject>(rig: Rig<S>) {
    let before = descriptors();
    drop(rig);
    for _ in 0..5 {
        let mut rig: Rig<S> = Rig::new(Size { queue_depth: 4, operations: 512, buffers: 4, buffer_size: 64 });
        let listener = rig.listener();
        let connections: Vec<_> = (0..20).map(|_| rig.connection()).collect();
        for (handle, _) in &connections {
            rig.start(Op::RecvPooled { handle: *handle });
            rig.start(Op::Recv { handle: *handle, buf: leaked(16) });
        }
        rig.start(Op::Accept { handle: listener.as_raw_fd() });
        rig.turn(Wait::Poll);
        for (_, peer) in &connections {
            { peer }.write_all(b"into the void").unwrap();
        }
        drop(rig);
        for (handle, _) in connections {
            // SAFETY: the driver is gone, and the handle is ours.
            unsafe { rustix::io::close(handle) };
        }
    }
    let after = descriptors();
    assert!(after < before, "the rig's own descriptors are closed: {before} before, {after} after");
}
