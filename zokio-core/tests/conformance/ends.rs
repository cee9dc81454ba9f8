//! How sockets end, and a driver with operations on them.

use super::account::{leaked, leaked_bytes};
use super::waits::connections;
use super::{Handle, Sockets};
use std::time::Duration;
use zokio_core::driver::{Interest, IoDriver, Op, Wait};

pub fn connection_reset<W: Sockets>(mut world: W) {
    let (handle, peer) = world.connection();
    let key = world.start(Op::RecvPooled { handle });
    world.settle();
    world.reset(peer);
    let end = world.end(key);
    assert_eq!((end.result, end.flags.buffer), (Err(W::RESET), None));
    world.close(handle);
}

pub fn connection_reset_before_it_is_read<W: Sockets>(mut world: W) {
    let (handle, peer) = world.connection();
    world.reset(peer);
    assert_eq!(world.run(Op::RecvPooled { handle }), Err(W::RESET));
    world.close(handle);
}

pub fn send_to_a_dead_peer<W: Sockets>(mut world: W) {
    let (handle, peer) = world.connection();
    world.reset(peer);
    // The first may report the reset or the pipe; none raises a signal, which would end this process.
    for _ in 0..3 {
        let result = world.run(Op::Send { handle, buf: leaked_bytes(b"x") });
        assert!(W::dead_peer_says().iter().any(|&error| result == Err(error)), "{result:?}");
    }
    world.close(handle);
}

pub fn close_closes_and_the_number_is_reusable<W: Sockets>(mut world: W) {
    let mut reused = 0;
    let mut last: Option<Handle<W>> = None;
    for round in 0..20u8 {
        let (handle, mut peer) = world.connection();
        reused += u32::from(last == Some(handle));
        last = Some(handle);
        let key = world.start(Op::RecvPooled { handle });
        world.settle();
        world.say(&mut peer, &[round]);
        let end = world.end(key);
        assert_eq!(world.pooled(end), [round]);
        world.close(handle);
        assert!(!world.is_open(handle));
        let seen = loop {
            if let Some(bytes) = world.hear(&mut peer) {
                break bytes;
            }
        };
        assert!(seen.is_empty(), "the peer sees the end");
        world.leave(peer);
    }
    assert!(reused > 10 || !W::REUSES_NUMBERS, "the test did not reuse a number: {reused}");
}

pub fn drain_ends_everything<W: Sockets>(mut world: W) {
    let (_listener, on) = world.listener();
    let open = connections(&mut world, 30);
    let mut keys = vec![world.start(Op::Accept { handle: on })];
    for (number, (handle, _)) in open.iter().enumerate() {
        let handle = *handle;
        keys.push(world.start(match number % 3 {
            0 => Op::RecvPooled { handle },
            1 => Op::Recv { handle, buf: leaked(16) },
            _ => Op::Poll { handle, interest: Interest::Readable },
        }));
    }
    world.turn(Wait::Poll);
    world.drain(Duration::from_secs(10)).unwrap();
    assert_eq!(world.in_flight(), 0);
    for key in keys {
        assert_eq!(world.end(key).result, Err(W::Driver::CANCELED));
    }
    world.drain(Duration::ZERO).unwrap();
}

pub fn drop_with_operations_in_flight<W: Sockets>(world: W) {
    let mut world = world.with_buffers(4, 64);
    let before = world.open_handles();
    for _ in 0..5 {
        let (listener, on) = world.listener();
        let mut open = connections(&mut world, 20);
        for (handle, _) in &open {
            world.start(Op::RecvPooled { handle: *handle });
            world.start(Op::Recv { handle: *handle, buf: leaked(16) });
        }
        world.start(Op::Accept { handle: on });
        world.turn(Wait::Poll);
        for (_, peer) in &mut open {
            world.say(peer, b"into the void");
        }
        // The old driver goes, with all of that in flight.
        world = world.with_buffers(4, 64);
        for (handle, peer) in open {
            world.leave(peer);
            world.close(handle);
        }
        world.close_listener(listener);
    }
    assert_eq!(world.open_handles(), before);
}
