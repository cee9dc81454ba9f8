//! Waiting, and being woken.

use super::super::every::World;
use super::super::rig::{Rig, Subject};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use zokio_core::driver::{Driver, Op, Unpark, Wait};

pub fn unpark_from_another_thread<S: Subject>(mut rig: Rig<S>) {
    for round in 0..50 {
        let unparker = rig.driver.unparker();
        let woken = Arc::new(AtomicBool::new(false));
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

pub fn unpark_is_a_sticky_token<S: Subject>(mut rig: Rig<S>) {
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

pub fn a_drained_driver_can_be_woken<S: Subject>(mut rig: Rig<S>) {
    let (handle, _peer) = rig.connection();
    rig.start(Op::RecvPooled { handle });
    rig.drain(Duration::from_secs(10)).unwrap();
    let (unparker, woken) = (rig.driver.unparker(), Arc::new(AtomicBool::new(false)));
    let waker = std::thread::spawn({
        let woken = woken.clone();
        move || {
            std::thread::sleep(Duration::from_millis(20));
            woken.store(true, Ordering::Release);
            unparker.unpark();
        }
    });
    while !woken.load(Ordering::Acquire) {
        rig.turn(Wait::Forever); // hangs if the drain has taken the way to be woken along
    }
    waker.join().unwrap();
    rig.close(handle);
}
