//! The channel from many to many under loom: senders and receivers that give up while others send, receive and close.
//! Nothing is lost or doubled, the order is kept, and nobody sleeps through a place, a value or the end.
//!
//! As in `loom_wait_lists.rs` it is the hand-over between two locked regions that is explored. How to run it: see
//! `loom_queues.rs`.
#![cfg(loom)]

mod explore;
mod waiting;

use explore::explore;
use loom::thread;
use waiting::{Waiting, with_static};
use zokio_core::sync::{Channel, Closed, Permit, RecvError};

/// How often whoever gives up looks again before.
const LOOKS: std::ops::Range<usize> = 0..2;

/// A value goes to the second receiver if the first gives up, or to the first; then the end goes to the second.
#[test]
fn a_value_goes_on() {
    for looks in LOOKS {
        explore(Some(3), move || {
            with_static(Channel::<u8, 1>::new(), |channel| {
                let first = Waiting::queued(channel.recv());
                let second = Waiting::queued(channel.recv());
                let gives_up = thread::spawn(move || first.give_up(looks));
                let sends = thread::spawn(|| {
                    channel.try_send(1).unwrap();
                    channel.close();
                });
                let second = second.end_woken_once();
                let first = gives_up.join().unwrap();
                sends.join().unwrap();
                match first {
                    Some(first) => assert_eq!((first, second), (Ok(1), Err(RecvError))),
                    None => assert_eq!(second, Ok(1)),
                }
                assert!(channel.is_empty());
            });
        });
    }
}

/// A place goes to the second sender if the first gives up; what both sent comes in order.
#[test]
fn a_place_goes_on() {
    for looks in LOOKS {
        explore(Some(3), move || {
            with_static(Channel::<u8, 1>::new(), |channel| {
                channel.try_send(0).unwrap();
                let first = Waiting::queued(channel.send(1));
                let second = Waiting::queued(channel.send(2));
                let gives_up = thread::spawn(move || first.give_up(looks).is_some());
                let receives = thread::spawn(|| {
                    let mut received = vec![channel.try_recv().unwrap()];
                    while *received.last().unwrap() != 2 {
                        received.push(Waiting::new(channel.recv()).end().unwrap());
                    }
                    received
                });
                second.end_woken_once().unwrap();
                let expected: &[u8] = if gives_up.join().unwrap() { &[0, 1, 2] } else { &[0, 2] };
                assert_eq!(receives.join().unwrap(), expected);
                let place = channel.try_reserve().expect("every place is free");
                drop(place);
            });
        });
    }
}

/// The same for a place that is reserved, and not used.
#[test]
fn a_permit_goes_on() {
    for looks in LOOKS {
        explore(Some(3), move || {
            with_static(Channel::<u8, 1>::new(), |channel| {
                let held = channel.try_reserve().unwrap();
                let first = Waiting::queued(channel.reserve());
                let second = Waiting::queued(channel.reserve());
                let gives_up = thread::spawn(move || drop(first.give_up(looks)));
                let frees = thread::spawn(move || drop(held));
                second.end_woken_once().unwrap().send(2);
                gives_up.join().unwrap();
                frees.join().unwrap();
                assert_eq!(channel.try_recv(), Ok(2));
                drop(channel.try_reserve().expect("every place is free"));
            });
        });
    }
}

/// Two senders wait while one receives and one closes: who was granted a place sends, who was not has its value back, and
/// nobody is served who came after one who was refused.
#[test]
fn closed_while_senders_wait() {
    explore(Some(3), || {
        with_static(Channel::<u8, 1>::new(), |channel| {
            channel.try_send(0).unwrap();
            let first = Waiting::queued(channel.send(1));
            let second = Waiting::queued(channel.send(2));
            let closes = thread::spawn(|| channel.close());
            let receives = thread::spawn(|| {
                let mut received = Vec::new();
                while let Ok(value) = Waiting::new(channel.recv()).end() {
                    received.push(value);
                }
                received
            });
            let sent = [first.end_woken_once(), second.end_woken_once()];
            closes.join().unwrap();
            let expected: &[u8] = match sent {
                [Ok(()), Ok(())] => &[0, 1, 2],
                [Ok(()), Err(Closed(2))] => &[0, 1],
                [Err(Closed(1)), Err(Closed(2))] => &[0],
                _ => panic!("the second overtook the first: {sent:?}"),
            };
            assert_eq!(receives.join().unwrap(), expected);
        });
    });
}

/// Receivers of a closed channel wait for whoever holds a permit; when it goes they are told one by one, though the first
/// of them gives up.
#[test]
fn the_end_is_told_to_all() {
    for (looks, send) in LOOKS.flat_map(|looks| [(looks, false), (looks, true)]) {
        explore(Some(3), move || {
            with_static(Channel::<u8, 1>::new(), |channel| {
                let held = channel.try_reserve().unwrap();
                let first = Waiting::queued(channel.recv());
                let second = Waiting::queued(channel.recv());
                let third = Waiting::queued(channel.recv());
                let gives_up = thread::spawn(move || first.give_up(looks));
                let ends = thread::spawn(move || if send { Permit::send(held, 1) } else { drop(held) });
                channel.close();
                let mut received = vec![second.end_woken_once(), third.end_woken_once()];
                received.extend(gives_up.join().unwrap());
                ends.join().unwrap();
                assert_eq!(received.iter().filter(|it| **it == Ok(1)).count(), usize::from(send));
                assert!(received.iter().all(|it| matches!(it, Ok(1) | Err(RecvError))));
            });
        });
    }
}

/// The last sender goes while somebody receives: everything, then the end.
#[test]
fn the_last_sender_goes() {
    explore(Some(3), || {
        with_static(Channel::<u8, 1>::new(), |channel| {
            let (sender, receiver) = channel.try_split().unwrap();
            let other = sender.clone();
            drop(Waiting::queued(receiver.recv()));
            let one = thread::spawn(move || Waiting::new(sender.send(1)).end().unwrap());
            let two = thread::spawn(move || Waiting::new(other.send(1)).end().unwrap());
            let mut sum = 0;
            while let Ok(value) = Waiting::new(receiver.recv()).end() {
                sum += value;
            }
            assert_eq!(sum, 2);
            one.join().unwrap();
            two.join().unwrap();
        });
    });
}

/// Both ends go at once, and the channel is split again while the last of them is still telling that it went: the new ends
/// are open, empty and lose no wake-up.
#[test]
fn ends_of_two_splits() {
    explore(Some(3), || {
        with_static(Channel::<u8, 1>::new(), |channel| {
            let (sender, receiver) = channel.try_split().unwrap();
            assert!(channel.try_split().is_none());
            let sends = thread::spawn(move || {
                let _ = sender.try_send(7);
            });
            let goes = thread::spawn(move || drop(receiver));
            let (sender, receiver) = loop {
                match channel.try_split() {
                    Some(ends) => break ends,
                    None => thread::yield_now(),
                }
            };
            assert!(sender.try_send(1).is_ok());
            let mut second = Waiting::queued(sender.send(2));
            assert!(second.poll().is_pending());
            assert_eq!(Waiting::new(receiver.recv()).end(), Ok(1));
            second.end().unwrap();
            assert_eq!(receiver.try_recv(), Ok(2));
            sends.join().unwrap();
            goes.join().unwrap();
        });
    });
}

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
