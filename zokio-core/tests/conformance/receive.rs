//! Receiving: into memory of one's own and into buffers that the driver lends, from connections that end.

use super::account::{contents, leaked, leaked_bytes};
use super::waits::{close, connections};
use super::{Sockets, Streams, World};
use std::time::Duration;
use zokio_core::driver::{Driver, Interest, IoDriver, Key, Op, RecvPool, SubmitError, Unpark, Wait};

pub fn recv_at_once_and_later<W: Streams>(mut world: W) {
    let (handle, mut peer) = world.connection();
    world.say(&mut peer, b"abcdef");
    let buf = leaked(4);
    assert_eq!(world.run(Op::Recv { handle, buf }), Ok(4));
    assert_eq!(contents(buf, 4), b"abcd");
    assert_eq!(world.run(Op::Recv { handle, buf }), Ok(2), "what is there, not what was asked for");
    assert_eq!(contents(buf, 2), b"ef");
    let key = world.start(Op::Recv { handle, buf });
    world.settle();
    assert!(!world.has_ended(key));
    world.say(&mut peer, b"gh");
    assert_eq!(world.end(key).result, Ok(2));
    assert_eq!(contents(buf, 2), b"gh");
    world.close(handle);
}

pub fn recv_pooled_lends_a_buffer<W: Streams>(world: W) {
    let mut world = world.with_buffers(4, 64);
    let (handle, mut peer) = world.connection();
    // More bytes than the pool holds at a time, through buffers that go round.
    let bytes: Vec<u8> = (0..10_000u32).map(|byte| byte as u8).collect();
    world.say(&mut peer, &bytes);
    assert_eq!(world.receive(handle, bytes.len()), bytes);
    assert_eq!(world.driver.pooled(4).len, 0, "there is no such buffer");
    world.close(handle);
}

pub fn recv_pooled_without_a_buffer_loses_nothing<W: Sockets>(world: W) {
    let mut world = world.with_buffers(4, 64);
    let mut open = connections(&mut world, 6);
    for (number, (_, peer)) in open.iter_mut().enumerate() {
        world.say(peer, &[number as u8; 3]);
    }
    let mut held = Vec::new();
    let mut refused = Vec::new();
    for (number, (handle, _)) in open.iter().enumerate() {
        let key = world.start(Op::RecvPooled { handle: *handle });
        let end = world.end(key);
        match end.result {
            Ok(3) => held.push((number, end)),
            Err(error) => {
                assert_eq!(error, W::Driver::NO_BUFFER);
                assert_eq!(end.flags.buffer, None);
                refused.push(number);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((held.len(), refused.len()), (4, 2));
    // Without a buffer, readiness and memory of one's own still get at the bytes.
    let (number, handle) = (refused[0], open[refused[0]].0);
    assert_eq!(world.run(Op::Poll { handle, interest: Interest::Readable }), Ok(0));
    let buf = leaked(8);
    assert_eq!(world.run(Op::Recv { handle, buf }), Ok(3));
    assert_eq!(contents(buf, 3), [number as u8; 3]);
    // And a buffer that comes back serves the next.
    for (number, end) in held {
        assert_eq!(world.pooled(end), [number as u8; 3]);
    }
    assert_eq!(world.receive(open[refused[1]].0, 3), [refused[1] as u8; 3]);
    close(&mut world, open);
}

pub fn idle_connections_own_no_buffer<W: Sockets>(world: W) {
    let mut world = world.with_buffers(4, 64);
    let mut open = connections(&mut world, 40);
    let keys: Vec<Key> = open.iter().map(|(handle, _)| world.start(Op::RecvPooled { handle: *handle })).collect();
    world.settle();
    assert!(open.len() > 10 && world.in_flight() == open.len(), "many wait, with four buffers");
    for (number, (_, peer)) in open.iter_mut().enumerate() {
        world.say(peer, &[number as u8]);
        let end = world.end(keys[number]);
        assert_eq!(world.pooled(end), [number as u8]);
    }
    close(&mut world, open);
}

pub fn operations_are_bounded<W: Streams>(mut world: W) {
    let (handle, mut peer) = world.connection();
    let room = world.room();
    for _ in 0..room {
        world.start(Op::RecvPooled { handle });
    }
    // SAFETY: names no memory.
    let refused = unsafe { world.driver.submit(Key::new(room as u32, 1), &Op::RecvPooled { handle }) };
    assert_eq!(refused, Err(SubmitError::Full));
    world.say(&mut peer, b"x");
    while world.in_flight() == room {
        world.turn(Wait::Forever);
    }
    world.drain(Duration::from_secs(5)).unwrap();
    assert_eq!(world.in_flight(), 0);
    world.close(handle);
}

pub fn end_of_stream<W: Streams>(mut world: W) {
    let (handle, mut peer) = world.connection();
    let key = world.start(Op::RecvPooled { handle });
    world.settle();
    world.say(&mut peer, b"last");
    world.leave(peer);
    let end = world.end(key);
    assert_eq!(world.pooled(end), b"last");
    for _ in 0..3 {
        let key = world.start(Op::RecvPooled { handle });
        let end = world.end(key);
        assert_eq!((end.result, end.flags.buffer), (Ok(0), None), "the end stays the end, and costs no buffer");
    }
    assert_eq!(world.run(Op::Recv { handle, buf: leaked(4) }), Ok(0));
    world.close(handle);
}

pub fn bad_handles_are_errors<W: Streams>(mut world: W) {
    let handle = world.no_connection();
    let mut ops = vec![Op::RecvPooled { handle }, Op::Accept { handle }, Op::Send { handle, buf: leaked_bytes(b"x") }];
    // Elsewhere it can be polled.
    if cfg!(windows) {
        ops.extend([Interest::Readable, Interest::Writable].map(|interest| Op::Poll { handle, interest }));
    }
    for op in ops {
        let result = world.run(op);
        assert!(W::no_connection_says().iter().any(|&error| result == Err(error)), "{op:?}: {result:?}");
    }
    world.driver.forget(handle);
}

pub fn a_drained_driver_goes_on<W: Streams>(mut world: W) {
    let (handle, mut peer) = world.connection();
    world.start(Op::RecvPooled { handle });
    world.drain(Duration::from_secs(10)).unwrap();
    world.say(&mut peer, b"still");
    assert_eq!(world.receive(handle, 5), b"still");
    world.close(handle);
}

pub fn unparker_outlives_the_driver<W: World>(world: W) {
    let unparker = world.driver.unparker();
    drop(world);
    unparker.clone().unpark();
}
