//! The cases.

use super::{Handle, World};
use std::time::Duration;
use zokio_core::driver::{Driver, Interest, IoDriver, Key, Op, SubmitError, Wait};

/// Long enough on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

const fn readable<H>(handle: H) -> Op<H> {
    Op::Poll { handle, interest: Interest::Readable }
}

const fn canceled<W: World>() -> Result<u32, zokio_core::driver::Errno> {
    Err(W::Driver::CANCELED)
}

/// As many connections as there can be, but no more than `wanted`.
pub fn connections<W: World>(world: &mut W, wanted: usize) -> Vec<(Handle<W>, W::Peer)> {
    (0..wanted.min(W::CONNECTIONS)).map(|_| world.connection()).collect()
}

/// A wait on each of these handles, and on the first ones again until there are `count`.
pub fn waits<W: World>(world: &mut W, on: &[(Handle<W>, W::Peer)], count: usize) -> Vec<Key> {
    (0..count).map(|number| world.start(readable(on[number % on.len()].0))).collect()
}

pub fn close<W: World>(world: &mut W, connections: Vec<(Handle<W>, W::Peer)>) {
    for (handle, _peer) in connections {
        world.close(handle);
        assert!(!world.is_open(handle));
    }
}

pub fn nops_end<W: World>(mut world: W) {
    let account = &mut *world;
    for _ in 0..100 {
        assert_eq!(account.run(Op::Nop), Ok(0));
    }
    let count = account.room().min(400);
    // More than a small queue has room for.
    let keys: Vec<Key> = (0..count).map(|_| account.start(Op::Nop)).collect();
    for key in keys {
        assert_eq!(account.end(key).result, Ok(0));
    }
    account.settle();
    assert_eq!(account.in_flight(), 0);
}

pub fn readiness_is_told<W: World>(mut world: W) {
    let (handle, mut peer) = world.connection();
    let key = world.start(readable(handle));
    world.settle();
    assert!(!world.has_ended(key), "nothing has arrived");
    world.say(&mut peer, b"x");
    assert_eq!(world.end(key).result, Ok(0), "the result is no event mask");
    assert_eq!(world.run(readable(handle)), Ok(0), "still readable");
    assert_eq!(world.take(handle, 1), b"x", "polling takes nothing");
    let key = world.start(readable(handle));
    world.settle();
    assert!(!world.has_ended(key), "it was taken");
    world.driver.cancel(key);
    assert_eq!(world.end(key).result, canceled::<W>());
    world.close(handle);
}

pub fn a_look_sees_what_is_ready<W: World>(mut world: W) {
    let (handle, mut peer) = world.connection();
    for round in 0..3 {
        let key = world.start(readable(handle));
        world.say(&mut peer, &[round]);
        let until = world.driver.now() + PATIENCE;
        while !world.has_ended(key) {
            world.turn(Wait::Poll);
            assert!(world.driver.now() < until, "it is ready, and no look shows it");
        }
        assert_eq!(world.end(key).result, Ok(0));
        assert_eq!(world.take(handle, 1), [round]);
    }
    world.close(handle);
}

pub fn only_what_is_ready_ends<W: World>(mut world: W) {
    let mut open = connections(&mut world, 5);
    let keys = waits(&mut world, &open, open.len());
    for ready in 0..open.len() {
        let (handle, peer) = &mut open[ready];
        world.say(peer, b"here");
        assert_eq!(world.end(keys[ready]).result, Ok(0));
        world.settle();
        // With its bytes still there, which is when some systems tell of others, too.
        let more = world.start(readable(*handle));
        assert_eq!(world.end(more).result, Ok(0));
        for (number, key) in keys.iter().enumerate().skip(ready + 1) {
            assert!(!world.has_ended(*key), "{number} has ended for the bytes of {ready}");
        }
        assert_eq!(world.take(*handle, 4), b"here");
    }
    close(&mut world, open);
}

pub fn a_crowd_of_waits<W: World>(mut world: W) {
    let count = world.room().min(200);
    let mut open = connections(&mut world, count);
    let keys = waits(&mut world, &open, count);
    world.settle();
    assert_eq!(world.in_flight(), count);
    for (_, peer) in &mut open {
        world.say(peer, b"x");
    }
    for key in keys {
        assert_eq!(world.end(key).result, Ok(0));
    }
    for (handle, _) in &open {
        assert_eq!(world.take(*handle, 1), b"x");
    }
    close(&mut world, open);
}

pub fn more_waits_than_there_is_room_for<W: World>(mut world: W) {
    let room = world.room();
    let mut open = connections(&mut world, 1);
    let keys = waits(&mut world, &open, room);
    let (handle, peer) = &mut open[0];
    let another = Key::new(room as u32, 1);
    // SAFETY: names no memory.
    let refused = unsafe { world.driver.submit(another, &readable(*handle)) };
    assert_eq!(refused, Err(SubmitError::Full));
    // Those before are none the worse for it.
    world.say(peer, b"x");
    for key in keys {
        assert_eq!(world.end(key).result, Ok(0));
    }
    assert_eq!(world.run(readable(*handle)), Ok(0));
    close(&mut world, open);
}

pub fn deadlines<W: World>(mut world: W) {
    let account = &mut *world;
    // Later and earlier ones in turn: what was armed for one must not delay the next.
    for millis in [3, 1, 4, 2, 0] {
        let until = account.driver.now() + Duration::from_millis(millis);
        while account.driver.now() < until {
            account.turn(Wait::Until(until)); // hangs if the deadline is lost
        }
    }
    let until = account.driver.now();
    account.turn(Wait::Until(until));
    let before = account.driver.now();
    assert!(account.driver.now() >= before);
    // With a wait in flight, too.
    let (handle, _peer) = world.connection();
    let key = world.start(readable(handle));
    let until = world.driver.now() + Duration::from_millis(5);
    while world.driver.now() < until {
        world.turn(Wait::Until(until));
    }
    assert!(!world.has_ended(key));
    world.drain(PATIENCE).unwrap();
    world.close(handle);
}

pub fn a_cancelled_wait_ends_once<W: World>(mut world: W) {
    let (handle, mut peer) = world.connection();
    world.driver.cancel(Key::new(0, 0));
    world.driver.cancel(Key::new(123_456, 7));
    for turned in [true, false] {
        let key = world.start(readable(handle));
        if turned {
            world.settle();
        }
        world.driver.cancel(Key::new(key.index() as u32, key.generation() + 1));
        world.settle();
        assert!(!world.has_ended(key), "another generation was meant");
        world.driver.cancel(key);
        world.driver.cancel(key);
        assert_eq!(world.end(key).result, canceled::<W>());
        world.driver.cancel(key);
        world.settle();
    }
    // Cancelled before the driver was ever turned.
    let key = world.start(readable(handle));
    world.driver.cancel(key);
    assert_eq!(world.end(key).result, canceled::<W>());
    // And nothing of that is left.
    let key = world.start(readable(handle));
    world.say(&mut peer, b"kept");
    assert_eq!(world.end(key).result, Ok(0));
    assert_eq!(world.take(handle, 4), b"kept");
    world.close(handle);
}

pub fn cancelled_waits_of_a_crowd_end<W: World>(mut world: W) {
    let count = world.room().min(200);
    let mut open = connections(&mut world, count);
    let keys = waits(&mut world, &open, count);
    world.settle();
    // Every other one, in no order that they were started in.
    let (gone, kept): (Vec<Key>, Vec<Key>) = keys.iter().rev().partition(|key| key.index() % 2 == 0);
    for key in &gone {
        world.driver.cancel(*key);
    }
    for key in gone {
        assert_eq!(world.end(key).result, canceled::<W>());
    }
    assert_eq!(world.in_flight(), kept.len());
    for (_, peer) in &mut open {
        world.say(peer, b"x");
    }
    for key in kept {
        assert_eq!(world.end(key).result, Ok(0));
    }
    assert_eq!(world.in_flight(), 0);
    close(&mut world, open);
}

pub fn a_cancel_does_not_reach_the_next_wait<W: World>(mut world: W) {
    let (handle, mut peer) = world.connection();
    for round in 0..20u8 {
        let first = world.start(readable(handle));
        world.say(&mut peer, &[round]);
        if round % 2 == 0 {
            world.turn(Wait::Poll);
        }
        world.driver.cancel(first);
        let end = world.end(first);
        assert!(end.result == Ok(0) || end.result == canceled::<W>(), "{end:?}");
        let second = world.start(readable(handle));
        assert_eq!(first.index(), second.index(), "the slot is used again at once");
        assert_eq!(world.end(second).result, Ok(0), "the cancel was meant for the first");
        assert_eq!(world.take(handle, 1), [round]);
    }
    world.close(handle);
}

pub fn a_turn_that_tells_cancels_does_not_sleep<W: World>(mut world: W) {
    let count = world.room().min(12);
    let open = connections(&mut world, count);
    let keys = waits(&mut world, &open, count);
    world.settle();
    for key in keys {
        world.driver.cancel(key);
    }
    while world.in_flight() > 0 {
        world.turn(Wait::Forever); // hangs if it sleeps on ends that it has told already
    }
    close(&mut world, open);
}

pub fn drained_waits_end_and_it_goes_on<W: World>(mut world: W) {
    let mut open = connections(&mut world, 20);
    let count = world.room().min(20);
    let keys = waits(&mut world, &open, count);
    world.turn(Wait::Poll);
    world.drain(PATIENCE).unwrap();
    assert_eq!(world.in_flight(), 0);
    for key in keys {
        assert_eq!(world.end(key).result, canceled::<W>());
    }
    world.drain(Duration::ZERO).unwrap();
    let (handle, peer) = &mut open[0];
    let key = world.start(readable(*handle));
    world.say(peer, b"still");
    assert_eq!(world.end(key).result, Ok(0));
    assert_eq!(world.take(*handle, 5), b"still");
    close(&mut world, open);
}

pub fn the_peer_s_end_is_readable<W: World>(mut world: W) {
    let (handle, peer) = world.connection();
    let key = world.start(readable(handle));
    world.settle();
    assert!(!world.has_ended(key));
    world.leave(peer);
    assert_eq!(world.end(key).result, Ok(0));
    assert_eq!(world.run(readable(handle)), Ok(0), "the end stays the end");
    world.close(handle);
    assert!(!world.is_open(handle));
}

pub fn what_it_cannot_do_is_refused<W: World>(mut world: W) {
    let (handle, _peer) = world.connection();
    let key = Key::new(0, 77);
    let (sockets, pooled) = (W::Driver::CAPS.sockets, W::Driver::CAPS.pooled_recv);
    for (can, op) in [(sockets, Op::Accept { handle }), (pooled, Op::RecvPooled { handle })] {
        if !can {
            // SAFETY: names no memory.
            let refused = unsafe { world.driver.submit(key, &op) };
            assert_eq!(refused, Err(SubmitError::Unsupported), "{op:?}");
        }
    }
    world.settle();
    assert_eq!(world.in_flight(), 0);
    world.close(handle);
}
