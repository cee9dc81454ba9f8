//! Sending datagrams.

use super::super::every::account::leaked_bytes;
use super::super::rig::{Rig, Subject};
use super::os;
use rustix::fd::RawFd;
use rustix::io::Errno as Os;
use rustix::net::SocketAddrAny;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;
use zokio_core::driver::{IoDriver, Op, RawBuf};

fn peer() -> (UdpSocket, SocketAddr) {
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let address = peer.local_addr().unwrap();
    (peer, address)
}

/// A socket in the driver's mode, to be closed by it.
fn ours<S: Subject>(connected: Option<SocketAddr>) -> (RawFd, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(S::NON_BLOCKING).unwrap();
    if let Some(peer) = connected {
        socket.connect(peer).unwrap();
    }
    let address = socket.local_addr().unwrap();
    (raw(socket), address)
}

#[cfg(unix)]
fn raw(socket: impl Into<rustix::fd::OwnedFd>) -> RawFd {
    rustix::fd::IntoRawFd::into_raw_fd(socket.into())
}

#[cfg(windows)]
fn raw(socket: UdpSocket) -> RawFd {
    rustix::fd::IntoRawFd::into_raw_fd(socket)
}

/// The address, then the bytes, which need not be aligned.
fn datagram(handle: RawFd, to: Option<SocketAddr>, bytes: &[u8]) -> Op<RawFd> {
    let mut memory = vec![0xaa];
    if let Some(to) = to {
        let any: SocketAddrAny = to.into();
        // SAFETY: as the system writes it, so long.
        memory.extend_from_slice(unsafe {
            std::slice::from_raw_parts(any.as_ptr().cast::<u8>(), any.addr_len() as usize)
        });
    }
    let address = (memory.len() - 1) as u16;
    memory.extend_from_slice(bytes);
    let RawBuf { ptr, len } = leaked_bytes(&memory);
    // SAFETY: behind the first byte.
    Op::SendTo { handle, address, buf: RawBuf { ptr: unsafe { ptr.add(1) }, len: len - 1 } }
}

fn receive(peer: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut bytes = vec![0; 1 << 16];
    let (len, from) = peer.recv_from(&mut bytes).unwrap();
    bytes.truncate(len);
    (bytes, from)
}

pub fn datagrams_go_to_who_is_named<S: Subject>(mut rig: Rig<S>) {
    let ((one, one_at), (other, other_at)) = (peer(), peer());
    let (handle, address) = ours::<S>(None);
    let bytes: Vec<u8> = (0..60_000u32).map(|at| (at * 7 / 3) as u8).collect();
    for len in [5, 0, 1, 1473, 60_000] {
        for (peer, to) in [(&one, one_at), (&other, other_at)] {
            assert_eq!(rig.run(datagram(handle, Some(to), &bytes[..len])), Ok(len as u32));
            assert_eq!(receive(peer), (bytes[..len].to_vec(), address));
        }
    }
    rig.close(handle);
}

pub fn datagrams_go_to_who_is_connected<S: Subject>(mut rig: Rig<S>) {
    let (peer, to) = peer();
    let (handle, address) = ours::<S>(Some(to));
    for bytes in [b"one".as_slice(), b"", b"another"] {
        assert_eq!(rig.run(datagram(handle, None, bytes)), Ok(bytes.len() as u32));
        assert_eq!(receive(&peer), (bytes.to_vec(), address));
    }
    rig.close(handle);
}

pub fn datagrams_that_cannot_go_are_errors<S: Subject>(mut rig: Rig<S>) {
    let (peer, to) = peer();
    let (handle, address) = ours::<S>(None);
    assert_eq!(rig.run(datagram(handle, Some(to), &[0; 65_508])), Err(os(Os::MSGSIZE)));
    let nobody = rig.run(datagram(handle, None, b"to nobody"));
    // The last is wine's.
    assert!([Os::DESTADDRREQ, Os::NOTCONN, Os::INVAL].map(|error| Err(os(error))).contains(&nobody), "{nobody:?}");
    // Neither keeps the next from going.
    assert_eq!(rig.run(datagram(handle, Some(to), b"next")), Ok(4));
    assert_eq!(receive(&peer), (b"next".to_vec(), address));
    rig.close(handle);
}

pub fn more_datagrams_than_the_queue_has_room_for<S: Subject>(mut rig: Rig<S>) {
    let (peer, to) = peer();
    let (handle, _) = ours::<S>(None);
    for round in 0..3u8 {
        let keys: Vec<_> = (0..60).map(|number| rig.start(datagram(handle, Some(to), &[round, number]))).collect();
        for key in keys {
            assert_eq!(rig.end(key).result, Ok(2));
        }
        for number in 0..60 {
            assert_eq!(receive(&peer).0, [round, number], "in the order in which they were handed over");
        }
    }
    assert_eq!(rig.in_flight(), 0);
    rig.close(handle);
}

pub fn a_cancelled_datagram_is_whole_or_none<S: Subject>(mut rig: Rig<S>) {
    let (peer, to) = peer();
    let (handle, _) = ours::<S>(None);
    for round in 0..50u8 {
        let key = rig.start(datagram(handle, Some(to), &[round; 9]));
        rig.driver.cancel(key);
        match rig.end(key).result {
            Ok(len) => assert_eq!((len, receive(&peer).0), (9, vec![round; 9])),
            Err(error) => assert_eq!(error, S::Driver::CANCELED),
        }
    }
    // What was cancelled did not go after all.
    assert_eq!(rig.run(datagram(handle, Some(to), b"last")), Ok(4));
    assert_eq!(receive(&peer).0, b"last");
    rig.close(handle);
}

/// Between processes of one machine a sender waits for room.
#[cfg(unix)]
pub fn datagrams_wait_for_room<S: Subject>(mut rig: Rig<S>) {
    use std::os::unix::net::UnixDatagram;
    let (ours, peer) = UnixDatagram::pair().unwrap();
    ours.set_nonblocking(S::NON_BLOCKING).unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let handle = raw(ours);
    let mut sent = 0u32;
    let waits = loop {
        let key = rig.start(datagram(handle, None, &sent.to_ne_bytes()));
        for _ in 0..3 {
            rig.settle();
            std::thread::sleep(Duration::from_millis(1));
        }
        if !rig.has_ended(key) {
            break key;
        }
        assert_eq!(rig.end(key).result, Ok(4));
        sent += 1;
    };
    let given_up = rig.start(datagram(handle, None, b"given up"));
    rig.settle();
    rig.driver.cancel(given_up);
    assert_eq!(rig.end(given_up).result, Err(S::Driver::CANCELED));
    let mut bytes = [0; 16];
    let mut take = |number: u32| {
        assert_eq!((peer.recv(&mut bytes).unwrap(), bytes[..4].to_vec()), (4, number.to_ne_bytes().to_vec()));
    };
    (0..sent).for_each(&mut take);
    assert_eq!(rig.end(waits).result, Ok(4));
    take(sent);
    rig.close(handle);
}
