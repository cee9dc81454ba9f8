//! Connecting.

use super::super::every::Sockets;
use super::super::every::account::leaked_bytes;
use super::super::rig::{Rig, Subject, address};
use super::os;
use rustix::fd::{AsRawFd, RawFd};
use rustix::io::Errno as Os;
use zokio_core::driver::Op;

pub fn accept_and_connect<S: Subject>(mut rig: Rig<S>) {
    let (listener, _) = rig.listener();
    let accept = rig.start(Op::Accept { handle: listener.as_raw_fd() });
    rig.settle();
    assert!(!rig.has_ended(accept));
    let client = rig.socket();
    assert_eq!(rig.run(Op::Connect { handle: client, address: address(&listener) }), Ok(0));
    let server = rig.end(accept).result.unwrap() as RawFd;
    assert_eq!(rig.run(Op::Send { handle: client, buf: leaked_bytes(b"hello") }), Ok(5));
    assert_eq!(rig.receive(server, 5), b"hello");
    assert_eq!(rig.run(Op::Send { handle: server, buf: leaked_bytes(b"you") }), Ok(3));
    assert_eq!(rig.receive(client, 3), b"you");
    rig.close(client);
    rig.close(server);
}

pub fn connect_refused<S: Subject>(mut rig: Rig<S>) {
    let (listener, _) = rig.listener();
    let address = address(&listener);
    drop(listener);
    let handle = rig.socket();
    assert_eq!(rig.run(Op::Connect { handle, address }), Err(os(Os::CONNREFUSED)));
    rig.close(handle);
}
