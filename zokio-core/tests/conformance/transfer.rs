//! Moving bytes over sockets: accepting, receiving, sending.

use super::account::{leaked, leaked_bytes};
use super::{Handle, Sockets};
use std::time::Duration;
use zokio_core::driver::{Driver, Interest, IoDriver, Key, Op, RawBuf, Wait};

/// What the other end has by now, until there is no more of it. Empty if it has nothing.
fn hear_all<W: Sockets>(world: &mut W, peer: &mut W::Peer) -> Vec<u8> {
    let mut heard = Vec::new();
    while let Some(more) = world.hear(peer) {
        assert!(!more.is_empty(), "the stream ended after {} bytes", heard.len());
        heard.extend(more);
    }
    heard
}

/// Sends by `op` until one has to wait; gives that one, and says how many bytes went before.
fn fill<W: Sockets>(world: &mut W, op: Op<Handle<W>>) -> (Key, usize) {
    let mut sent = 0;
    loop {
        let key = world.start(op);
        // A host may have to pass on what it took, and systems may give a connection more room.
        let until = world.driver.now() + Duration::from_millis(30);
        while !world.has_ended(key) && world.driver.now() < until {
            world.turn(Wait::Until(until));
        }
        if !world.has_ended(key) {
            return (key, sent);
        }
        sent += world.end(key).result.unwrap() as usize;
    }
}

pub fn poll_tells_readiness<W: Sockets>(mut world: W) {
    let (handle, mut peer) = world.connection();
    assert_eq!(world.run(Op::Poll { handle, interest: Interest::Writable }), Ok(0));
    let key = world.start(Op::Poll { handle, interest: Interest::Readable });
    world.settle();
    assert!(!world.has_ended(key), "nothing has arrived");
    world.say(&mut peer, b"x");
    assert_eq!(world.end(key).result, Ok(0), "the result is no event mask");
    assert_eq!(world.run(Op::Poll { handle, interest: Interest::Readable }), Ok(0), "still readable");
    assert_eq!(world.receive(handle, 1), b"x", "polling takes nothing");
    world.leave(peer);
    assert_eq!(world.run(Op::Poll { handle, interest: Interest::Readable }), Ok(0), "the end is readable");
    world.close(handle);
}

pub fn polls_wait_for_room<W: Sockets>(mut world: W) {
    let (handle, mut peer) = world.connection();
    let poll = Op::Poll { handle, interest: Interest::Writable };
    // Until a send has to wait, and room stays away. (A send that waits still takes what room comes meanwhile.)
    let (send, _) = fill(&mut world, Op::Send { handle, buf: leaked(1 << 16) });
    let mut pending = || loop {
        let key = world.start(poll);
        world.settle();
        if !world.has_ended(key) {
            break key;
        }
        assert_eq!(world.end(key).result, Ok(0));
    };
    let (given_up, room) = (pending(), pending());
    world.driver.cancel(given_up);
    assert_eq!(world.end(given_up).result, Err(W::Driver::CANCELED));
    while !world.has_ended(room) || !world.has_ended(send) {
        hear_all(&mut world, &mut peer);
        world.settle();
    }
    assert_eq!(world.end(room).result, Ok(0));
    assert!(world.end(send).result.is_ok());
    world.close(handle);
}

pub fn polls_wait_for_connections<W: Sockets>(mut world: W) {
    let (listener, handle) = world.listener();
    let poll = Op::Poll { handle, interest: Interest::Readable };
    let (given_up, waits) = (world.start(poll), world.start(poll));
    world.settle();
    assert!(!world.has_ended(given_up) && !world.has_ended(waits), "nobody has come");
    world.driver.cancel(given_up);
    assert_eq!(world.end(given_up).result, Err(W::Driver::CANCELED));
    let client = world.dial(&listener);
    assert_eq!(world.end(waits).result, Ok(0));
    assert_eq!(world.run(poll), Ok(0), "polling accepts nobody");
    let server = W::accepted(world.run(Op::Accept { handle }).unwrap());
    world.leave(client);
    world.close(server);
}

pub fn who_comes_is_accepted<W: Sockets>(mut world: W) {
    let (listener, handle) = world.listener();
    let accepts = [world.start(Op::Accept { handle }), world.start(Op::Accept { handle })];
    world.settle();
    for accept in accepts {
        assert!(!world.has_ended(accept));
        let mut client = world.dial(&listener);
        let server = W::accepted(world.end(accept).result.unwrap());
        assert!(!world.is_inherited(server), "a child process inherits no connection");
        world.say(&mut client, b"hello");
        assert_eq!(world.receive(server, 5), b"hello");
        assert_eq!(world.run(Op::Send { handle: server, buf: leaked_bytes(b"you") }), Ok(3));
        let mut heard = Vec::new();
        while heard.len() < 3 {
            heard.extend(hear_all(&mut world, &mut client));
        }
        assert_eq!(heard, b"you");
        world.leave(client);
        world.close(server);
    }
}

pub fn partial_sends_and_receives<W: Sockets>(mut world: W) {
    const TOTAL: usize = 4 << 20;
    let (handle, mut peer) = world.connection();
    let bytes: Vec<u8> = (0..TOTAL).map(|byte| (byte / 7) as u8).collect();
    let whole = leaked_bytes(&bytes);
    let rest = |sent: usize| RawBuf {
        // SAFETY: inside the leaked memory.
        ptr: unsafe { whole.ptr.add(sent) },
        len: (TOTAL - sent) as u32,
    };
    // Nobody reads yet, so this fills what there is of room and takes no more.
    let bounded = world.make_room_small(handle);
    let mut sent = world.run(Op::Send { handle, buf: rest(0) }).unwrap() as usize;
    assert!(sent > 0 && (sent < TOTAL || !bounded), "{sent}");
    let mut heard = Vec::new();
    while sent < TOTAL {
        let send = world.start(Op::Send { handle, buf: rest(sent) });
        while !world.has_ended(send) {
            heard.extend(hear_all(&mut world, &mut peer));
            world.settle();
        }
        let taken = world.end(send).result.unwrap() as usize;
        assert!(taken > 0 && taken <= TOTAL - sent);
        sent += taken;
    }
    while heard.len() < TOTAL {
        heard.extend(hear_all(&mut world, &mut peer));
    }
    assert!(heard == bytes, "the bytes are as sent");
    world.close(handle);
}

pub fn sends_without_a_copy_end_once<W: Sockets>(mut world: W) {
    let (handle, mut peer) = world.connection();
    // While there is room, then one that waits for it and is given up.
    let (blocked, mut sent) = fill(&mut world, Op::SendZeroCopy { handle, buf: leaked(256 << 10) });
    world.driver.cancel(blocked);
    let mut received = 0;
    // Such a send may end only when the peer has its bytes.
    while !world.has_ended(blocked) {
        received += hear_all(&mut world, &mut peer).len();
        world.settle();
    }
    match world.end(blocked).result {
        Ok(taken) => sent += taken as usize,
        Err(error) => assert_eq!(error, W::Driver::CANCELED),
    }
    let key = world.start(Op::SendZeroCopy { handle, buf: leaked_bytes(b"last") });
    while !world.has_ended(key) {
        received += hear_all(&mut world, &mut peer).len();
        world.settle();
    }
    assert_eq!(world.end(key).result, Ok(4));
    while received < sent + 4 {
        received += hear_all(&mut world, &mut peer).len();
    }
    assert_eq!(received, sent + 4, "the results say what was sent");
    world.close(handle);
}

pub fn both_directions_at_once<W: Sockets>(mut world: W) {
    let (handle, mut peer) = world.connection();
    let receive = world.start(Op::RecvPooled { handle });
    // Fill the way out until a send has to wait, with the receive in flight.
    let (blocked, _) = fill(&mut world, Op::Send { handle, buf: leaked(256 << 10) });
    world.say(&mut peer, b"meanwhile");
    let end = world.end(receive);
    assert_eq!(world.pooled(end), b"meanwhile", "a send that waits does not block receiving");
    assert!(!world.has_ended(blocked));
    while !world.has_ended(blocked) {
        hear_all(&mut world, &mut peer);
        world.settle();
    }
    assert!(world.end(blocked).result.unwrap() > 0);
    world.close(handle);
}

pub fn urgent_data_does_not_stall<W: Sockets>(mut world: W) {
    let (handle, mut peer) = world.connection();
    let key = world.start(Op::RecvPooled { handle });
    world.settle();
    world.say_urgent(&mut peer, b"abc");
    world.say(&mut peer, b"de");
    // A receive stops at the urgent byte; what lies behind must come without another event.
    let end = world.end(key);
    let mut bytes = world.pooled(end);
    bytes.extend(world.receive(handle, 4 - bytes.len()));
    assert_eq!(bytes, b"abde");
    world.close(handle);
}
