//! A channel under loom whose values are promised to receivers that give up meanwhile: a value goes to the next in its order.
//!
//! How to run it: see `loom_queues.rs`.
#![cfg(loom)]

mod explore;
mod waiting;

use explore::explore;
use loom::thread;
use std::task::Poll;
use waiting::{Waiting, with_static};
use zokio_core::sync::{Channel, Notify};

#[test]
fn what_nobody_takes_is_before_what_was_sent_after_it() {
    explore(Some(3), || {
        with_static(Channel::<u32, 2>::new(), |channel| {
            let mut given_up = Waiting::new(channel.recv());
            assert!(given_up.poll().is_pending());
            let sender = thread::spawn(move || {
                channel.try_send(1).unwrap();
                channel.try_send(2).unwrap();
            });
            let first = given_up.give_up(1);
            assert!(matches!(first, None | Some(Ok(1))));
            let rest = if first.is_some() { vec![2] } else { vec![1, 2] };
            for value in rest {
                assert_eq!(Waiting::new(channel.recv()).end(), Ok(value));
            }
            sender.join().unwrap();
        });
    });
}

#[test]
fn a_receiver_behind_one_that_gives_up_has_its_value() {
    explore(Some(3), || {
        with_static(Channel::<u32, 1>::new(), |channel| {
            let given_up = Waiting::queued(channel.recv());
            let behind = Waiting::queued(channel.recv());
            let receiver = thread::spawn(move || behind.end_woken_once());
            channel.try_send(1).unwrap();
            drop(given_up);
            assert_eq!(receiver.join().unwrap(), Ok(1));
            // Its place is free again.
            assert_eq!(channel.try_send(2), Ok(()));
        });
    });
}

#[test]
fn closing_reaches_both_sides_that_wait() {
    explore(Some(3), || {
        with_static(Channel::<u32, 1>::new(), |channel| {
            channel.try_send(0).unwrap();
            let sender = thread::spawn(move || Waiting::new(channel.send(1)).end().is_ok());
            let receiver = thread::spawn(move || {
                let mut received = 0;
                while Waiting::new(channel.recv()).end().is_ok() {
                    received += 1;
                }
                received
            });
            channel.close();
            let sent = usize::from(sender.join().unwrap());
            assert_eq!(receiver.join().unwrap(), 1 + sent, "what was sent is received");
        });
    });
}

/// Who is polled again while it waits came no later for that.
#[test]
fn another_waker_keeps_the_place_in_time() {
    explore(Some(3), || {
        with_static(Notify::new(), |notify| {
            let mut waits = Waiting::queued(notify.notified());
            let teller = thread::spawn(move || notify.notify_all());
            let again = waits.poll();
            if again == Poll::Pending {
                waits.end();
            }
            teller.join().unwrap();
        });
    });
}
