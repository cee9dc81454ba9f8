//! Moving bytes: accepting, connecting, receiving, sending.

use super::super::rig::{Rig, Subject, address, borrow, contents, leaked, leaked_bytes};
use super::super::system::is_inherited;
use super::resized;
use rustix::fd::{AsRawFd, RawFd};
use std::io::{ErrorKind, Read, Write};
use zokio_core::driver::{Interest, IoDriver, Key, Op, RawBuf, RecvPool, Wait};

pub fn poll_tells_readiness<S: Subject>(mut rig: Rig<S>) {
    let (handle, mut peer) = rig.connection();
    assert_eq!(rig.run(Op::Poll { handle, interest: Interest::Writable }), Ok(0));
    let key = rig.start(Op::Poll { handle, interest: Interest::Readable });
    rig.settle();
    assert!(!rig.has_ended(key), "nothing has arrived");
    peer.write_all(b"x").unwrap();
    assert_eq!(rig.end(key).result, Ok(0), "the result is no event mask");
    assert_eq!(rig.run(Op::Poll { handle, interest: Interest::Readable }), Ok(0), "still readable");
    assert_eq!(rig.receive(handle, 1), b"x", "polling takes nothing");
    drop(peer);
    assert_eq!(rig.run(Op::Poll { handle, interest: Interest::Readable }), Ok(0), "the end is readable");
    rig.close(handle);
}

pub fn polls_wait_for_room<S: Subject>(mut rig: Rig<S>) {
    let (handle, mut peer) = rig.connection();
    let poll = Op::Poll { handle, interest: Interest::Writable };
    // Until a send has to wait, and room stays away. (A send that waits still takes what room comes meanwhile.)
    let send = loop {
        let send = rig.start(Op::Send { handle, buf: leaked(1 << 16) });
        rig.settle();
        if !rig.has_ended(send) {
            break send;
        }
        rig.end(send).result.unwrap();
    };
    let mut pending = || loop {
        let key = rig.start(poll);
        rig.settle();
        if !rig.has_ended(key) {
            break key;
        }
        assert_eq!(rig.end(key).result, Ok(0));
    };
    let (given_up, room) = (pending(), pending());
    rig.driver.cancel(given_up);
    assert_eq!(rig.end(given_up).result, Err(S::Driver::CANCELED));
    peer.set_nonblocking(true).unwrap();
    let mut bytes = vec![0; 1 << 16];
    while !rig.has_ended(room) || !rig.has_ended(send) {
        let read = peer.read(&mut bytes);
        assert!(read.as_ref().map_or_else(|error| error.kind() == ErrorKind::WouldBlock, |len| *len > 0), "{read:?}");
        rig.settle();
    }
    assert_eq!(rig.end(room).result, Ok(0));
    assert!(rig.end(send).result.is_ok());
    rig.close(handle);
}

pub fn polls_wait_for_connections<S: Subject>(mut rig: Rig<S>) {
    let listener = rig.listener();
    let poll = Op::Poll { handle: listener.as_raw_fd(), interest: Interest::Readable };
    let (given_up, waits) = (rig.start(poll), rig.start(poll));
    rig.settle();
    assert!(!rig.has_ended(given_up) && !rig.has_ended(waits), "nobody has come");
    rig.driver.cancel(given_up);
    assert_eq!(rig.end(given_up).result, Err(S::Driver::CANCELED));
    let client = rig.socket();
    assert_eq!(rig.run(Op::Connect { handle: client, address: address(&listener) }), Ok(0));
    assert_eq!(rig.end(waits).result, Ok(0));
    assert_eq!(rig.run(poll), Ok(0), "polling accepts nobody");
    let server = rig.run(Op::Accept { handle: listener.as_raw_fd() }).unwrap() as RawFd;
    rig.close(client);
    rig.close(server);
}

pub fn accept_and_connect<S: Subject>(mut rig: Rig<S>) {
    let listener = rig.listener();
    let accept = rig.start(Op::Accept { handle: listener.as_raw_fd() });
    rig.settle();
    assert!(!rig.has_ended(accept));
    let client = rig.socket();
    assert_eq!(rig.run(Op::Connect { handle: client, address: address(&listener) }), Ok(0));
    let server = rig.end(accept).result.unwrap() as RawFd;
    assert!(!is_inherited(server), "a child process inherits no connection");
    assert_eq!(rig.run(Op::Send { handle: client, buf: leaked_bytes(b"hello") }), Ok(5));
    assert_eq!(rig.receive(server, 5), b"hello");
    assert_eq!(rig.run(Op::Send { handle: server, buf: leaked_bytes(b"you") }), Ok(3));
    assert_eq!(rig.receive(client, 3), b"you");
    rig.close(client);
    rig.close(server);
}

pub fn recv_at_once_and_later<S: Subject>(mut rig: Rig<S>) {
    let (handle, mut peer) = rig.connection();
    peer.write_all(b"abcdef").unwrap();
    let buf = leaked(4);
    assert_eq!(rig.run(Op::Recv { handle, buf }), Ok(4));
    assert_eq!(contents(buf, 4), b"abcd");
    assert_eq!(rig.run(Op::Recv { handle, buf }), Ok(2), "what is there, not what was asked for");
    assert_eq!(contents(buf, 2), b"ef");
    let key = rig.start(Op::Recv { handle, buf });
    rig.settle();
    assert!(!rig.has_ended(key));
    peer.write_all(b"gh").unwrap();
    assert_eq!(rig.end(key).result, Ok(2));
    assert_eq!(contents(buf, 2), b"gh");
    rig.close(handle);
}

pub fn recv_pooled_lends_a_buffer<S: Subject>(rig: Rig<S>) {
    let mut rig = resized(rig, |_| {});
    let (handle, mut peer) = rig.connection();
    // More bytes than the pool holds at a time, through buffers that go round.
    let bytes: Vec<u8> = (0..10_000u32).map(|byte| byte as u8).collect();
    peer.write_all(&bytes).unwrap();
    assert_eq!(rig.receive(handle, bytes.len()), bytes);
    assert_eq!(rig.driver.pooled(4).len, 0, "there is no such buffer");
    rig.close(handle);
}

pub fn recv_pooled_without_a_buffer_loses_nothing<S: Subject>(rig: Rig<S>) {
    let mut rig = resized(rig, |_| {});
    let connections: Vec<_> = (0..6).map(|_| rig.connection()).collect();
    for (number, (_, peer)) in connections.iter().enumerate() {
        { peer }.write_all(&[number as u8; 3]).unwrap();
    }
    let mut held = Vec::new();
    let mut refused = Vec::new();
    for (number, (handle, _)) in connections.iter().enumerate() {
        let key = rig.start(Op::RecvPooled { handle: *handle });
        let end = rig.end(key);
        match end.result {
            Ok(3) => held.push((number, end)),
            Err(error) => {
                assert_eq!(error, S::Driver::NO_BUFFER);
                assert_eq!(end.flags.buffer, None);
                refused.push(number);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((held.len(), refused.len()), (4, 2));
    // Without a buffer, readiness and memory of one's own still get at the bytes.
    let (number, handle) = (refused[0], connections[refused[0]].0);
    assert_eq!(rig.run(Op::Poll { handle, interest: Interest::Readable }), Ok(0));
    let buf = leaked(8);
    assert_eq!(rig.run(Op::Recv { handle, buf }), Ok(3));
    assert_eq!(contents(buf, 3), [number as u8; 3]);
    // And a buffer that comes back serves the next.
    for (number, end) in held {
        assert_eq!(rig.pooled(end), [number as u8; 3]);
    }
    assert_eq!(rig.receive(connections[refused[1]].0, 3), [refused[1] as u8; 3]);
    for (handle, _) in connections {
        rig.close(handle);
    }
}

pub fn idle_connections_own_no_buffer<S: Subject>(rig: Rig<S>) {
    let mut rig = resized(rig, |_| {});
    let connections: Vec<_> = (0..40).map(|_| rig.connection()).collect();
    let keys: Vec<Key> = connections.iter().map(|(handle, _)| rig.start(Op::RecvPooled { handle: *handle })).collect();
    rig.settle();
    assert_eq!(rig.in_flight(), 40, "forty wait, with four buffers");
    for (number, (_, peer)) in connections.iter().enumerate() {
        { peer }.write_all(&[number as u8]).unwrap();
        let end = rig.end(keys[number]);
        assert_eq!(rig.pooled(end), [number as u8]);
    }
    for (handle, _) in connections {
        rig.close(handle);
    }
}

pub fn partial_sends_and_receives<S: Subject>(mut rig: Rig<S>) {
    const TOTAL: usize = 4 << 20;
    let (handle, mut peer) = rig.connection();
    let bytes: Vec<u8> = (0..TOTAL).map(|byte| (byte / 7) as u8).collect();
    let whole = leaked_bytes(&bytes);
    let rest = |sent: usize| RawBuf {
        // SAFETY: inside the leaked memory.
        ptr: unsafe { whole.ptr.add(sent) },
        len: (TOTAL - sent) as u32,
    };
    // Nobody reads yet, so this fills what there is of room and takes no more.
    rustix::net::sockopt::set_socket_send_buffer_size(borrow(&handle), 64 << 10).unwrap();
    let mut sent = rig.run(Op::Send { handle, buf: rest(0) }).unwrap() as usize;
    assert!(sent > 0 && sent < TOTAL, "{sent}");
    let reader = std::thread::spawn(move || {
        let mut seen = Vec::new();
        let mut piece = vec![0; 70_001];
        while seen.len() < TOTAL {
            let len = peer.read(&mut piece).unwrap();
            assert_ne!(len, 0);
            seen.extend_from_slice(&piece[..len]);
        }
        (seen, peer)
    });
    while sent < TOTAL {
        let taken = rig.run(Op::Send { handle, buf: rest(sent) }).unwrap() as usize;
        assert!(taken > 0 && taken <= TOTAL - sent);
        sent += taken;
    }
    let (seen, _peer) = reader.join().unwrap();
    assert!(seen == bytes, "the bytes are as sent");
    rig.close(handle);
}

pub fn sends_without_a_copy_end_once<S: Subject>(mut rig: Rig<S>) {
    let (handle, mut peer) = rig.connection();
    let chunk = leaked(256 << 10);
    let mut sent = 0;
    // While there is room, then one that waits for it and is given up.
    let blocked = loop {
        let key = rig.start(Op::SendZeroCopy { handle, buf: chunk });
        rig.settle();
        if !rig.has_ended(key) {
            break key;
        }
        sent += rig.end(key).result.unwrap() as usize;
    };
    rig.driver.cancel(blocked);
    let mut received = 0;
    let mut sink = vec![0; 1 << 20];
    peer.set_read_timeout(Some(std::time::Duration::from_millis(200))).unwrap();
    // Such a send may end only when the peer has its bytes.
    while !rig.has_ended(blocked) {
        received += peer.read(&mut sink).unwrap_or(0);
        rig.turn(Wait::Poll);
    }
    match rig.end(blocked).result {
        Ok(taken) => sent += taken as usize,
        Err(error) => assert_eq!(error, S::Driver::CANCELED),
    }
    let key = rig.start(Op::SendZeroCopy { handle, buf: leaked_bytes(b"last") });
    while !rig.has_ended(key) {
        received += peer.read(&mut sink).unwrap_or(0);
        rig.turn(Wait::Poll);
    }
    assert_eq!(rig.end(key).result, Ok(4));
    while received < sent + 4 {
        received += peer.read(&mut sink).unwrap();
    }
    assert_eq!(received, sent + 4, "the results say what was sent");
    rig.close(handle);
}

pub fn both_directions_at_once<S: Subject>(mut rig: Rig<S>) {
    let (handle, mut peer) = rig.connection();
    let receive = rig.start(Op::RecvPooled { handle });
    // Fill the way out until a send has to wait, with the receive in flight.
    let chunk = leaked(256 << 10);
    let mut sent = 0;
    let blocked = loop {
        let key = rig.start(Op::Send { handle, buf: chunk });
        rig.settle();
        if !rig.has_ended(key) {
            break key;
        }
        sent += rig.end(key).result.unwrap() as usize;
    };
    peer.write_all(b"meanwhile").unwrap();
    let end = rig.end(receive);
    assert_eq!(rig.pooled(end), b"meanwhile", "a send that waits does not block receiving");
    assert!(!rig.has_ended(blocked));
    let mut sink = vec![0; 1 << 20];
    while !rig.has_ended(blocked) {
        sent -= peer.read(&mut sink).unwrap().min(sent);
        rig.turn(Wait::Poll);
    }
    assert!(rig.end(blocked).result.unwrap() > 0);
    rig.close(handle);
}

pub fn urgent_data_does_not_stall<S: Subject>(mut rig: Rig<S>) {
    let (handle, peer) = rig.connection();
    let key = rig.start(Op::RecvPooled { handle });
    rig.settle();
    rustix::net::send(&peer, b"abc", rustix::net::SendFlags::OOB).unwrap();
    rustix::net::send(&peer, b"de", rustix::net::SendFlags::empty()).unwrap();
    // A receive stops at the urgent byte; what lies behind must come without another event.
    let end = rig.end(key);
    let mut bytes = rig.pooled(end);
    bytes.extend(rig.receive(handle, 4 - bytes.len()));
    assert_eq!(bytes, b"abde");
    rig.close(handle);
}
