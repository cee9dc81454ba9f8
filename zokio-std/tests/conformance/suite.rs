//! What every I/O driver must do, as one list of tests.

use crate::rig::{Rig, Size, Subject, address, contents, descriptors, is_open, leaked, leaked_bytes, reset};
use rustix::io::Errno as Os;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use zokio_core::driver::{Driver, Errno, Interest, IoDriver, Key, Op, RawBuf, RecvPool, Unpark, Wait};

pub type Case<S> = (&'static str, fn(Rig<S>));

/// All tests for drivers of kind `S`.
pub fn cases<S: Subject>() -> Vec<Case<S>> {
    vec![
        ("nop", nop),
        ("poll_tells_readiness", poll_tells_readiness),
        ("accept_and_connect", accept_and_connect),
        ("connect_refused", connect_refused),
        ("recv_at_once_and_later", recv_at_once_and_later),
        ("recv_pooled_lends_a_buffer", recv_pooled_lends_a_buffer),
        ("recv_pooled_without_a_buffer_loses_nothing", recv_pooled_without_a_buffer_loses_nothing),
        ("idle_connections_own_no_buffer", idle_connections_own_no_buffer),
        ("partial_sends_and_receives", partial_sends_and_receives),
        ("both_directions_at_once", both_directions_at_once),
        ("end_of_stream", end_of_stream),
        ("connection_reset", connection_reset),
        ("send_to_a_dead_peer", send_to_a_dead_peer),
        ("urgent_data_does_not_stall", urgent_data_does_not_stall),
        ("close_closes_and_the_number_is_reusable", close_closes_and_the_number_is_reusable),
        ("cancel_ends_once_and_loses_no_bytes", cancel_ends_once_and_loses_no_bytes),
        ("cancel_of_what_is_not_in_flight", cancel_of_what_is_not_in_flight),
        ("cancel_does_not_reach_the_next_use_of_a_slot", cancel_does_not_reach_the_next_use_of_a_slot),
        ("cancel_race_on_receive", cancel_race_on_receive),
        ("cancel_race_on_accept_leaks_no_handle", cancel_race_on_accept_leaks_no_handle),
        ("mass_cancel", mass_cancel),
        ("a_turn_that_delivers_does_not_sleep", a_turn_that_delivers_does_not_sleep),
        ("more_operations_than_the_queue_has_room_for", more_operations_than_the_queue_has_room_for),
        ("more_completions_than_the_queue_has_room_for", more_completions_than_the_queue_has_room_for),
        ("operations_are_bounded", operations_are_bounded),
        ("unpark_from_another_thread", unpark_from_another_thread),
        ("unpark_is_a_sticky_token", unpark_is_a_sticky_token),
        ("unparker_outlives_the_driver", unparker_outlives_the_driver),
        ("deadlines", deadlines),
        ("drain_ends_everything", drain_ends_everything),
        ("a_drained_driver_goes_on", a_drained_driver_goes_on),
        ("drop_with_operations_in_flight", drop_with_operations_in_flight),
        ("bad_handles_are_errors", bad_handles_are_errors),
    ]
}

fn os(errno: Os) -> Errno {
    Errno(errno.raw_os_error() as u16)
}

/// A driver with other numbers than the default of its test.
fn resized<S: Subject>(old: Rig<S>, change: impl FnOnce(&mut Size)) -> Rig<S> {
    drop(old);
    let mut size = Size { queue_depth: 4, operations: 512, buffers: 4, buffer_size: 64 };
    change(&mut size);
    Rig::new(size)
}

fn nop<S: Subject>(mut rig: Rig<S>) {
    for _ in 0..100 {
        assert_eq!(rig.run(Op::Nop), Ok(0));
    }
    rig.settle();
    assert_eq!(rig.in_flight(), 0);
}

fn poll_tells_readiness<S: Subject>(mut rig: Rig<S>) {
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

fn accept_and_connect<S: Subject>(mut rig: Rig<S>) {
    let listener = rig.listener();
    let accept = rig.start(Op::Accept { handle: listener.as_raw_fd() });
    rig.settle();
    assert!(!rig.has_ended(accept));
    let client = rig.socket();
    assert_eq!(rig.run(Op::Connect { handle: client, address: address(&listener) }), Ok(0));
    let server = rig.end(accept).result.unwrap() as RawFd;
    let flags = rustix::io::fcntl_getfd(borrow(server).as_fd()).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC), "a child process inherits no connection");
    assert_eq!(rig.run(Op::Send { handle: client, buf: leaked_bytes(b"hello") }), Ok(5));
    assert_eq!(rig.receive(server, 5), b"hello");
    assert_eq!(rig.run(Op::Send { handle: server, buf: leaked_bytes(b"you") }), Ok(3));
    assert_eq!(rig.receive(client, 3), b"you");
    rig.close(client);
    rig.close(server);
}

struct Borrowed(RawFd);
fn borrow(handle: RawFd) -> Borrowed {
    Borrowed(handle)
}
impl Borrowed {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        // SAFETY: the test keeps the handle open.
        unsafe { std::os::fd::BorrowedFd::borrow_raw(self.0) }
    }
}

fn connect_refused<S: Subject>(mut rig: Rig<S>) {
    let listener = rig.listener();
    let address = address(&listener);
    drop(listener);
    let handle = rig.socket();
    assert_eq!(rig.run(Op::Connect { handle, address }), Err(os(Os::CONNREFUSED)));
    rig.close(handle);
}

fn recv_at_once_and_later<S: Subject>(mut rig: Rig<S>) {
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

fn recv_pooled_lends_a_buffer<S: Subject>(rig: Rig<S>) {
    let mut rig = resized(rig, |_| {});
    let (handle, mut peer) = rig.connection();
    // More bytes than the pool holds at a time, through buffers that go round.
    let bytes: Vec<u8> = (0..10_000u32).map(|byte| byte as u8).collect();
    peer.write_all(&bytes).unwrap();
    assert_eq!(rig.receive(handle, bytes.len()), bytes);
    assert_eq!(rig.driver.pooled(4).len, 0, "there is no such buffer");
    rig.close(handle);
}

fn recv_pooled_without_a_buffer_loses_nothing<S: Subject>(rig: Rig<S>) {
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

fn idle_connections_own_no_buffer<S: Subject>(rig: Rig<S>) {
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

fn partial_sends_and_receives<S: Subject>(mut rig: Rig<S>) {
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
    rustix::net::sockopt::set_socket_send_buffer_size(borrow(handle).as_fd(), 64 << 10).unwrap();
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

fn both_directions_at_once<S: Subject>(mut rig: Rig<S>) {
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

fn end_of_stream<S: Subject>(mut rig: Rig<S>) {
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

fn connection_reset<S: Subject>(mut rig: Rig<S>) {
    for late in [false, true] {
        let (handle, peer) = rig.connection();
        if !late {
            reset(peer);
            assert_eq!(rig.run(Op::RecvPooled { handle }), Err(os(Os::CONNRESET)));
        } else {
            let key = rig.start(Op::RecvPooled { handle });
            rig.settle();
            reset(peer);
            let end = rig.end(key);
            assert_eq!((end.result, end.flags.buffer), (Err(os(Os::CONNRESET)), None));
        }
        rig.close(handle);
    }
}

fn send_to_a_dead_peer<S: Subject>(mut rig: Rig<S>) {
    let (handle, peer) = rig.connection();
    reset(peer);
    // The first may report the reset or the pipe; none raises a signal, which would end this process.
    for _ in 0..3 {
        let result = rig.run(Op::Send { handle, buf: leaked_bytes(b"x") });
        assert!(result == Err(os(Os::PIPE)) || result == Err(os(Os::CONNRESET)), "{result:?}");
    }
    rig.close(handle);
}

fn urgent_data_does_not_stall<S: Subject>(mut rig: Rig<S>) {
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

fn close_closes_and_the_number_is_reusable<S: Subject>(mut rig: Rig<S>) {
    let mut reused = 0;
    let mut last = -1;
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

fn cancel_ends_once_and_loses_no_bytes<S: Subject>(mut rig: Rig<S>) {
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

fn cancel_of_what_is_not_in_flight<S: Subject>(mut rig: Rig<S>) {
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

fn cancel_does_not_reach_the_next_use_of_a_slot<S: Subject>(mut rig: Rig<S>) {
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

fn cancel_race_on_receive<S: Subject>(mut rig: Rig<S>) {
    const BYTES: usize = 400;
    let (handle, mut peer) = rig.connection();
    peer.set_nodelay(true).unwrap();
    let writer = std::thread::spawn(move || {
        for byte in 0..BYTES {
            peer.write_all(&[byte as u8]).unwrap();
            if byte % 3 == 0 {
                std::thread::yield_now();
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

fn cancel_race_on_accept_leaks_no_handle<S: Subject>(mut rig: Rig<S>) {
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

fn mass_cancel<S: Subject>(mut rig: Rig<S>) {
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

fn a_turn_that_delivers_does_not_sleep<S: Subject>(mut rig: Rig<S>) {
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

fn more_operations_than_the_queue_has_room_for<S: Subject>(mut rig: Rig<S>) {
    let keys: Vec<Key> = (0..400).map(|_| rig.start(Op::Nop)).collect();
    for key in keys {
        assert_eq!(rig.end(key).result, Ok(0));
    }
}

fn more_completions_than_the_queue_has_room_for<S: Subject>(mut rig: Rig<S>) {
    let connections: Vec<_> = (0..200).map(|_| rig.connection()).collect();
    let keys: Vec<Key> = connections
        .iter()
        .map(|(handle, _)| rig.start(Op::Poll { handle: *handle, interest: Interest::Readable }))
        .collect();
    rig.settle();
    for (_, peer) in &connections {
        { peer }.write_all(b"x").unwrap();
    }
    for key in keys {
        assert_eq!(rig.end(key).result, Ok(0));
    }
    for (handle, _) in connections {
        assert_eq!(rig.receive(handle, 1), b"x");
        rig.close(handle);
    }
}

fn operations_are_bounded<S: Subject>(rig: Rig<S>) {
    let mut rig = resized(rig, |size| size.operations = 3);
    let (handle, mut peer) = rig.connection();
    for _ in 0..3 {
        rig.start(Op::RecvPooled { handle });
    }
    // SAFETY: names no memory.
    let refused = unsafe { rig.driver.submit(Key::new(3, 1), &Op::RecvPooled { handle }) };
    assert_eq!(refused, Err(zokio_core::driver::SubmitError::Full));
    peer.write_all(b"x").unwrap();
    while rig.in_flight() == 3 {
        rig.turn(Wait::Forever);
    }
    rig.drain(Duration::from_secs(5)).unwrap();
    assert_eq!(rig.in_flight(), 0);
    rig.close(handle);
}

fn unpark_from_another_thread<S: Subject>(mut rig: Rig<S>) {
    for round in 0..50 {
        let unparker = rig.driver.unparker();
        let woken = std::sync::Arc::new(AtomicBool::new(false));
        let waker = std::thread::spawn({
            let woken = woken.clone();
            move || {
                if round % 2 == 0 {
                    std::thread::sleep(Duration::from_micros(200 * round));
                }
                woken.store(true, Ordering::Release);
                unparker.unpark();
            }
        });
        while !woken.load(Ordering::Acquire) {
            rig.turn(Wait::Forever); // hangs if the unpark is lost
        }
        waker.join().unwrap();
    }
}

fn unpark_is_a_sticky_token<S: Subject>(mut rig: Rig<S>) {
    let unparker = rig.driver.unparker();
    for _ in 0..20 {
        unparker.unpark();
        unparker.unpark();
        rig.turn(Wait::Forever); // hangs if the token is lost
    }
    // With an operation in flight, too.
    let (handle, _peer) = rig.connection();
    rig.start(Op::RecvPooled { handle });
    unparker.unpark();
    rig.turn(Wait::Forever);
    rig.drain(Duration::from_secs(5)).unwrap();
    rig.close(handle);
}

fn unparker_outlives_the_driver<S: Subject>(rig: Rig<S>) {
    let unparker = rig.driver.unparker();
    drop(rig);
    unparker.clone().unpark();
}

fn deadlines<S: Subject>(mut rig: Rig<S>) {
    // Later and earlier ones in turn: what was armed for one must not delay the next.
    for millis in [3, 1, 4, 2, 0] {
        let until = rig.driver.now() + Duration::from_millis(millis);
        while rig.driver.now() < until {
            rig.turn(Wait::Until(until)); // hangs if the deadline is lost
        }
    }
    let until = rig.driver.now();
    rig.turn(Wait::Until(until));
    let before = rig.driver.now();
    assert!(rig.driver.now() >= before);
}

fn drain_ends_everything<S: Subject>(mut rig: Rig<S>) {
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

fn a_drained_driver_goes_on<S: Subject>(mut rig: Rig<S>) {
    let (handle, mut peer) = rig.connection();
    rig.start(Op::RecvPooled { handle });
    rig.drain(Duration::from_secs(10)).unwrap();
    peer.write_all(b"still").unwrap();
    assert_eq!(rig.receive(handle, 5), b"still");
    let unparker = rig.driver.unparker();
    let waker = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        unparker.unpark();
    });
    while !waker.is_finished() {
        rig.turn(Wait::Until(rig.driver.now() + Duration::from_secs(60)));
    }
    waker.join().unwrap();
    rig.close(handle);
}

fn drop_with_operations_in_flight<S: Subject>(rig: Rig<S>) {
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
    assert!(descriptors() < before, "the rig's own descriptors are closed");
}

fn bad_handles_are_errors<S: Subject>(mut rig: Rig<S>) {
    // A pipe is no socket.
    let (pipe, _other) = std::io::pipe().unwrap();
    let handle = pipe.as_raw_fd();
    assert_eq!(rig.run(Op::RecvPooled { handle }), Err(os(Os::NOTSOCK)));
    assert_eq!(rig.run(Op::Accept { handle }), Err(os(Os::NOTSOCK)));
    assert_eq!(rig.run(Op::Send { handle, buf: leaked_bytes(b"x") }), Err(os(Os::NOTSOCK)));
    rig.driver.forget(handle);
}
