//! Full queues.

use super::super::rig::{Rig, Subject};
use super::resized;
use std::io::Write;
use std::time::Duration;
use zokio_core::driver::{Interest, IoDriver, Key, Op, SubmitError, Wait};

pub fn more_operations_than_the_queue_has_room_for<S: Subject>(mut rig: Rig<S>) {
    let keys: Vec<Key> = (0..400).map(|_| rig.start(Op::Nop)).collect();
    for key in keys {
        assert_eq!(rig.end(key).result, Ok(0));
    }
}

pub fn more_completions_than_the_queue_has_room_for<S: Subject>(mut rig: Rig<S>) {
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

pub fn operations_are_bounded<S: Subject>(rig: Rig<S>) {
    let mut rig = resized(rig, |size| size.operations = 3);
    let (handle, mut peer) = rig.connection();
    for _ in 0..3 {
        rig.start(Op::RecvPooled { handle });
    }
    // SAFETY: names no memory.
    let refused = unsafe { rig.driver.submit(Key::new(3, 1), &Op::RecvPooled { handle }) };
    assert_eq!(refused, Err(SubmitError::Full));
    peer.write_all(b"x").unwrap();
    while rig.in_flight() == 3 {
        rig.turn(Wait::Forever);
    }
    rig.drain(Duration::from_secs(5)).unwrap();
    assert_eq!(rig.in_flight(), 0);
    rig.close(handle);
}
