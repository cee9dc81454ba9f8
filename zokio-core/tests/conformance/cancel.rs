//! Cancelling: one end each, nothing lost, nothing hit by mistake.

use super::account::{contents, leaked};
use super::waits::{close, connections};
use super::{Sockets, Streams};
use zokio_core::driver::{IoDriver, Key, Op, Wait};

pub fn cancel_ends_once_and_loses_no_bytes<W: Streams>(mut world: W) {
    let (handle, mut peer) = world.connection();
    for op in [Op::RecvPooled { handle }, Op::Recv { handle, buf: leaked(8) }] {
        let key = world.start(op);
        world.settle();
        world.driver.cancel(key);
        world.driver.cancel(key);
        let end = world.end(key);
        assert_eq!((end.result, end.flags.buffer), (Err(W::Driver::CANCELED), None));
        world.settle();
    }
    // Cancelled before the driver was ever turned.
    let key = world.start(Op::RecvPooled { handle });
    world.driver.cancel(key);
    assert_eq!(world.end(key).result, Err(W::Driver::CANCELED));
    world.say(&mut peer, b"kept");
    assert_eq!(world.receive(handle, 4), b"kept");
    world.close(handle);
}

pub fn cancel_of_what_is_not_in_flight<W: Streams>(mut world: W) {
    world.driver.cancel(Key::new(0, 0));
    world.driver.cancel(Key::new(123_456, 7));
    world.settle();
    let key = world.start(Op::Nop);
    assert_eq!(world.end(key).result, Ok(0));
    world.driver.cancel(key);
    world.settle();
    let (handle, mut peer) = world.connection();
    let key = world.start(Op::RecvPooled { handle });
    world.driver.cancel(Key::new(key.index() as u32, key.generation() + 1));
    world.driver.cancel(Key::new(key.index() as u32, key.generation() - 1));
    world.settle();
    assert!(!world.has_ended(key), "another generation was meant");
    world.say(&mut peer, b"x");
    let end = world.end(key);
    assert_eq!(world.pooled(end), b"x");
    world.close(handle);
}

pub fn cancel_does_not_reach_the_next_use_of_a_slot<W: Streams>(mut world: W) {
    let (handle, mut peer) = world.connection();
    for round in 0..50u8 {
        let first = world.start(Op::RecvPooled { handle });
        world.say(&mut peer, &[round]);
        if round % 2 == 0 {
            world.turn(Wait::Poll);
        }
        world.driver.cancel(first);
        let end = world.end(first);
        let second = world.start(Op::RecvPooled { handle });
        assert_eq!(first.index(), second.index(), "the slot is used again at once");
        if end.result == Ok(1) {
            assert_eq!(world.pooled(end), [round]);
            world.settle();
            assert!(!world.has_ended(second), "the cancel was meant for the first");
            world.say(&mut peer, &[round]);
        }
        let end = world.end(second);
        assert_eq!(world.pooled(end), [round]);
    }
    world.close(handle);
}

pub fn cancel_race_on_receive<W: Streams>(mut world: W) {
    const BYTES: usize = 400;
    let (handle, mut peer) = world.connection();
    let bytes: Vec<u8> = (0..BYTES).map(|byte| byte as u8).collect();
    world.drip(&mut peer, &bytes);
    let (mut seen, mut canceled) = (Vec::new(), 0);
    for round in 0.. {
        if seen.len() >= BYTES {
            break;
        }
        // Fresh memory each time: what a cancelled receive left behind is not taken for bytes.
        let buf = leaked(16);
        let op = if round % 2 == 0 { Op::RecvPooled { handle } } else { Op::Recv { handle, buf } };
        let key = world.start(op);
        for _ in 0..round % 3 {
            world.turn(Wait::Poll);
        }
        world.driver.cancel(key);
        let end = world.end(key);
        match end.result {
            Ok(len) if end.flags.buffer.is_none() => seen.extend(contents(buf, len)),
            Ok(_) => seen.extend(world.pooled(end)),
            Err(error) => {
                assert_eq!(error, W::Driver::CANCELED);
                canceled += 1;
            }
        }
    }
    assert_eq!(seen, bytes);
    assert!(canceled > 0, "the race never went the other way");
    world.close(handle);
}

pub fn cancel_race_on_accept_leaks_no_handle<W: Sockets>(mut world: W) {
    let (listener, on) = world.listener();
    let before = world.open_handles();
    let (mut accepted, mut canceled) = (0, 0);
    for round in 0..200 {
        let key = world.start(Op::Accept { handle: on });
        if round % 2 == 0 {
            world.turn(Wait::Poll);
        }
        let peer = (round % 4 != 3).then(|| world.dial(&listener));
        world.driver.cancel(key);
        let came = peer.is_some();
        match world.end(key).result {
            Ok(handle) => {
                accepted += 1;
                world.close(W::accepted(handle));
            }
            Err(error) => {
                assert_eq!(error, W::Driver::CANCELED);
                canceled += 1;
                if came {
                    // Still in the backlog.
                    let handle = world.run(Op::Accept { handle: on }).unwrap();
                    world.close(W::accepted(handle));
                }
            }
        }
        if let Some(peer) = peer {
            world.leave(peer);
        }
    }
    assert_eq!(world.open_handles(), before);
    assert!(canceled >= 50, "{accepted} accepted, {canceled} cancelled");
}

pub fn mass_cancel<W: Streams>(mut world: W) {
    let open = connections(&mut world, 200);
    let keys: Vec<Key> = open.iter().map(|(handle, _)| world.start(Op::RecvPooled { handle: *handle })).collect();
    world.settle();
    for &key in &keys {
        world.driver.cancel(key);
    }
    for &key in &keys {
        assert_eq!(world.end(key).result, Err(W::Driver::CANCELED));
    }
    world.settle();
    assert_eq!(world.in_flight(), 0);
    close(&mut world, open);
}

pub fn a_turn_that_delivers_does_not_sleep<W: Streams>(mut world: W) {
    // More cancels than the queue has room for, of what has ended by itself meanwhile: all ends may be seen before the
    // turn comes to wait.
    let open = connections(&mut world, 12);
    let keys: Vec<Key> = open.iter().map(|(handle, _)| world.start(Op::RecvPooled { handle: *handle })).collect();
    world.settle();
    let mut handles = Vec::new();
    for (handle, peer) in open {
        world.leave(peer);
        handles.push(handle);
    }
    for &key in &keys {
        world.driver.cancel(key);
    }
    while world.in_flight() > 0 {
        world.turn(Wait::Forever); // hangs if it sleeps on ends that it has told already
    }
    for handle in handles {
        world.close(handle);
    }
}
