//! How connections end, and what is an error.

use super::super::rig::{Rig, Subject, address, leaked, leaked_bytes, reset};
use super::super::system::{DEAD_PEER, NO_SOCKET, is_open, no_socket};
use super::os;
use rustix::io::Errno as Os;
use std::io::{Read, Write};
use zokio_core::driver::{Interest, IoDriver, Op};

pub fn end_of_stream<S: Subject>(mut rig: Rig<S>) {
    let (handle, mut peer) = rig.connection();
    let key = rig.start(Op::RecvPooled { handle });
    rig.settle();
    peer.write_all(b"last").unwrap();
    drop(peer);
    let end = rig.end(key);
    assert_eq!(rig.pooled(end), b"last");
    for _ in 0..3 {
        let key = rig.start(Op::RecvPooled { handle });
        let end = rig.end(key);
        assert_eq!((end.result, end.flags.buffer), (Ok(0), None), "the end stays the end, and costs no buffer");
    }
    assert_eq!(rig.run(Op::Recv { handle, buf: leaked(4) }), Ok(0));
    rig.close(handle);
}

pub fn connection_reset<S: Subject>(mut rig: Rig<S>) {
    let (handle, peer) = rig.connection();
    let key = rig.start(Op::RecvPooled { handle });
    rig.settle();
    reset(peer);
    let end = rig.end(key);
    assert_eq!((end.result, end.flags.buffer), (Err(os(Os::CONNRESET)), None));
    rig.close(handle);
}

pub fn connection_reset_before_it_is_read<S: Subject>(mut rig: Rig<S>) {
    let (handle, peer) = rig.connection();
    reset(peer);
    assert_eq!(rig.run(Op::RecvPooled { handle }), Err(os(Os::CONNRESET)));
    rig.close(handle);
}

pub fn send_to_a_dead_peer<S: Subject>(mut rig: Rig<S>) {
    let (handle, peer) = rig.connection();
    reset(peer);
    // The first may report the reset or the pipe; none raises a signal, which would end this process.
    for _ in 0..3 {
        let result = rig.run(Op::Send { handle, buf: leaked_bytes(b"x") });
        assert!(DEAD_PEER.iter().any(|&error| result == Err(os(error))), "{result:?}");
    }
    rig.close(handle);
}

pub fn connect_refused<S: Subject>(mut rig: Rig<S>) {
    let listener = rig.listener();
    let address = address(&listener);
    drop(listener);
    let handle = rig.socket();
    assert_eq!(rig.run(Op::Connect { handle, address }), Err(os(Os::CONNREFUSED)));
    rig.close(handle);
}

pub fn bad_handles_are_errors<S: Subject>(mut rig: Rig<S>) {
    // A pipe is no socket.
    let (_pipe, handle) = no_socket();
    let mut ops = vec![Op::RecvPooled { handle }, Op::Accept { handle }, Op::Send { handle, buf: leaked_bytes(b"x") }];
    // Elsewhere a pipe can be polled.
    if cfg!(windows) {
        ops.extend([Interest::Readable, Interest::Writable].map(|interest| Op::Poll { handle, interest }));
    }
    for op in ops {
        let result = rig.run(op);
        assert!(NO_SOCKET.iter().any(|&error| result == Err(os(error))), "{op:?}: {result:?}");
    }
    rig.driver.forget(handle);
}

pub fn close_closes_and_the_number_is_reusable<S: Subject>(mut rig: Rig<S>) {
    let mut reused = 0;
    let mut last = !0;
    for round in 0..20u8 {
        let (handle, mut peer) = rig.connection();
        reused += u32::from(handle == last);
        last = handle;
        let key = rig.start(Op::RecvPooled { handle });
        rig.settle();
        peer.write_all(&[round]).unwrap();
        let end = rig.end(key);
        assert_eq!(rig.pooled(end), [round]);
        rig.close(handle);
        assert!(!is_open(handle));
        assert_eq!(peer.read(&mut [0; 8]).unwrap(), 0, "the peer sees the end");
    }
    assert!(reused > 10, "the test did not reuse a number: {reused}");
}
