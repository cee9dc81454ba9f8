//! Full queues.

use super::super::rig::{Rig, Subject};
use super::resized;
use std::io::Write;
use std::time::Duration;
use zokio_core::driver::{IoDriver, Key, Op, SubmitError, Wait};

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
