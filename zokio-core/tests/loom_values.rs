//! What holds one value, or the latest ones, under loom: sending and closing against receiving and giving up. A value is
//! had once (or by everybody who is to have it), none is dropped twice or never, and nobody sleeps through one or the end.
//!
//! As in `loom_wait_lists.rs` it is the hand-over between two locked regions that is explored, and for watch and broadcast
//! the time in which a value is lent. How to run it: see `loom_queues.rs`.
#![cfg(loom)]

mod explore;
mod waiting;

use explore::explore;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use std::sync::Arc;
use waiting::{Waiting, with_static};
use zokio_core::sync::{Broadcast, BroadcastRecvError, Closed, OnceCell, Oneshot, RecvError, Signal, Watch};

/// How often whoever gives up looks again before.
const LOOKS: std::ops::Range<usize> = 0..2;

/// A number whose clone takes a while: another thread may run in it. All copies of one are counted.
struct Slow(Arc<AtomicUsize>);

impl Slow {
    fn new(number: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(number)))
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Clone for Slow {
    fn clone(&self) -> Self {
        self.get();
        Self(self.0.clone())
    }
}

/// The first of two that wait for a signal gives up, or has it: then the next one is the second's.
#[test]
fn a_signal_goes_on() {
    for looks in LOOKS {
        explore(Some(3), move || {
            with_static(Signal::new(), |signal| {
                let first = Waiting::queued(signal.wait());
                let second = Waiting::queued(signal.wait());
                let gives_up = thread::spawn(move || first.give_up(looks));
                let signals = thread::spawn(|| assert_eq!(signal.signal(1), None));
                // Nobody overtakes.
                assert_eq!(signal.try_take(), None);
                if gives_up.join().unwrap().is_some() {
                    signals.join().unwrap();
                    assert_eq!(signal.signal(2), None);
                    assert_eq!(second.end_woken_once(), 2);
                } else {
                    assert_eq!(second.end_woken_once(), 1);
                    signals.join().unwrap();
                }
                assert!(!signal.is_signaled());
            });
        });
    }
}

/// Two signals and one who waits: it has the newer, or the older and the newer is left. Nothing is had twice.
#[test]
fn the_latest_signal() {
    explore(None, || {
        with_static(Signal::new(), |signal| {
            let first = Waiting::queued(signal.wait());
            let signals = thread::spawn(|| (signal.signal(1), signal.signal(2)));
            let had = first.end_woken_once();
            let (none, replaced) = signals.join().unwrap();
            assert_eq!(none, None);
            match replaced {
                Some(1) => assert_eq!((had, signal.try_take()), (2, None)),
                None => assert_eq!((had, signal.try_take()), (1, Some(2))),
                other => panic!("{other:?} was replaced"),
            }
        });
    });
}

#[test]
fn a_oneshot_is_sent_while_the_receiver_goes() {
    for looks in 0..3 {
        explore(None, move || {
            with_static(Oneshot::<Arc<()>>::new(), |oneshot| {
                let value = Arc::new(());
                let (sender, receiver) = oneshot.try_split().unwrap();
                let sent = value.clone();
                let sends = thread::spawn(move || sender.send(sent));
                let had = Waiting::new(receiver).give_up(looks);
                // `Err(Closed)` only if the receiver went first, and then it had nothing.
                let sent = sends.join().unwrap();
                assert!(sent.is_ok() || had.is_none());
                assert!(!matches!(had, Some(Err(_))));
                drop((sent, had));
                assert_eq!(Arc::strong_count(&value), 1);
                assert!(oneshot.try_split().is_some(), "both halves are gone");
            });
        });
    }
}

#[test]
fn a_oneshot_is_awaited() {
    for send in [true, false] {
        explore(None, move || {
            with_static(Oneshot::new(), |oneshot| {
                let (sender, receiver) = oneshot.try_split().unwrap();
                let receiver = Waiting::queued(receiver);
                let sends = thread::spawn(move || if send { sender.send(1).unwrap() } else { drop(sender) });
                assert_eq!(receiver.end_woken_once(), if send { Ok(1) } else { Err(RecvError) });
                sends.join().unwrap();
            });
        });
    }
}

/// The sender learns that the receiver went; and the two halves of the next round are not those of this one, though this
/// one's are still on their way out.
#[test]
fn a_oneshot_is_split_again() {
    explore(Some(3), || {
        with_static(Oneshot::new(), |oneshot| {
            let (mut sender, receiver) = oneshot.try_split().unwrap();
            let goes = thread::spawn(move || drop(receiver));
            let sends = thread::spawn(move || {
                Waiting::new(sender.closed()).end();
                assert_eq!(sender.send(1), Err(Closed(1)));
            });
            let (sender, receiver) = loop {
                match oneshot.try_split() {
                    Some(halves) => break halves,
                    None => thread::yield_now(),
                }
            };
            let receiver = Waiting::queued(receiver);
            assert!(!sender.is_closed());
            sender.send(2).unwrap();
            assert_eq!(receiver.end(), Ok(2));
            goes.join().unwrap();
            sends.join().unwrap();
        });
    });
}

/// Who makes the value gives up, another sets it, a third would make it, a fourth waits for it: there is one value, and all
/// have it.
#[test]
fn a_value_is_made_once() {
    for looks in LOOKS {
        explore(Some(3), move || {
            with_static(OnceCell::new(), |cell| {
                let mut polled = false;
                let makes = Waiting::queued(cell.get_or_init(async move || {
                    std::future::poll_fn(|_| match std::mem::replace(&mut polled, true) {
                        true => std::task::Poll::Ready(1),
                        false => std::task::Poll::Pending,
                    })
                    .await
                }));
                let second = Waiting::queued(cell.get_or_init(async || 2));
                let waits = Waiting::queued(cell.wait());
                let gives_up = thread::spawn(move || makes.give_up(looks).copied());
                let sets = thread::spawn(|| cell.set(3));
                let value = *second.end_woken_once();
                assert_eq!(*waits.end_woken_once(), value);
                assert_eq!(cell.get(), Some(&value));
                let set = sets.join().unwrap();
                match gives_up.join().unwrap() {
                    Some(made) => assert_eq!((made, value, set), (1, 1, Err(3))),
                    None => assert_eq!(value, if set.is_ok() { 3 } else { 2 }),
                }
            });
        });
    }
}

/// What is sent while a watcher clones is seen; what it cloned is dropped once.
#[test]
fn a_watch_is_sent_while_it_is_lent() {
    explore(Some(3), || {
        let values = [0, 1, 2].map(Slow::new);
        let [zero, one, two] = values.clone();
        with_static(Watch::new(zero), |watch| {
            let mut first = watch.watcher();
            let mut second = watch.watcher();
            let _ = watch.try_view(Slow::get);
            let sends = thread::spawn(move || {
                assert!(watch.send(one).is_ok());
                assert!(watch.send(two).is_ok());
                watch.close();
            });
            let watches = thread::spawn(move || {
                let mut last = 0;
                while let Ok(value) = Waiting::new(second.changed()).end() {
                    assert!(value.get() > last, "{} after {last}", value.get());
                    last = value.get();
                }
                last
            });
            let mut last = 0;
            while let Ok(value) = Waiting::new(first.changed()).end() {
                assert!(value.get() > last, "{} after {last}", value.get());
                last = value.get();
            }
            sends.join().unwrap();
            assert_eq!((last, watches.join().unwrap()), (2, 2), "the last is seen by all");
            assert_eq!(watch.try_view(Slow::get), Some(2));
        });
        assert!(values.iter().all(|value| Arc::strong_count(&value.0) == 1));
    });
}

/// Two wait for a change and one of them gives up; two look at the value that is lent to each other.
#[test]
fn a_watch_wakes_everybody() {
    for looks in LOOKS {
        explore(Some(3), move || {
            with_static((Watch::new(Slow::new(0)), [(); 2]), |(watch, _)| {
                let watchers: &'static mut [_; 2] = Box::leak(Box::new([watch.watcher(), watch.watcher()]));
                let [one, two] = watchers;
                let first = Waiting::queued(one.changed());
                let second = Waiting::queued(two.changed());
                let gives_up = thread::spawn(move || drop(first.give_up(looks)));
                let views = thread::spawn(|| Waiting::new(watch.view(Slow::get)).end());
                assert!(watch.send(Slow::new(1)).is_ok());
                assert!(second.end().is_ok_and(|value| value.get() == 1));
                gives_up.join().unwrap();
                assert!(views.join().unwrap() <= 1);
            });
        });
    }
}

/// Two subscribers want the same values, of which the channel keeps one, while they are sent and closed: each has every
/// value in order or is told how many it missed, then the end.
#[test]
fn a_broadcast_reaches_everybody() {
    explore(Some(3), || {
        let values = [1, 2].map(Slow::new);
        let [one, two] = values.clone();
        with_static(Broadcast::<Slow, 1>::new(), |broadcast| {
            let all = |mut subscriber: zokio_core::sync::Subscriber<'static, Slow, 1>| {
                let mut seen = 0;
                loop {
                    match Waiting::new(subscriber.recv()).end() {
                        Ok(value) => {
                            assert_eq!(value.get(), seen + 1);
                            seen += 1;
                        }
                        Err(BroadcastRecvError::Lagged(missed)) => seen += missed as usize,
                        Err(_) => return seen,
                    }
                }
            };
            let (first, second) = (broadcast.subscribe(), broadcast.subscribe());
            let receives = thread::spawn(move || all(first));
            let sends = thread::spawn(move || {
                assert!(broadcast.send(one).is_ok());
                assert!(broadcast.send(two).is_ok());
                broadcast.close();
            });
            assert_eq!(all(second), 2);
            assert_eq!(receives.join().unwrap(), 2);
            sends.join().unwrap();
        });
        assert!(values.iter().all(|value| Arc::strong_count(&value.0) == 1));
    });
}

/// Two wait for the same value and one of them gives up, perhaps while it has borrowed it.
#[test]
fn a_broadcast_wakes_everybody() {
    for looks in LOOKS {
        explore(Some(3), move || {
            with_static(Broadcast::<Slow, 1>::new(), |broadcast| {
                let subscribers: &'static mut [_; 2] =
                    Box::leak(Box::new([broadcast.subscribe(), broadcast.subscribe()]));
                let [one, two] = subscribers;
                let first = Waiting::queued(one.recv());
                let second = Waiting::queued(two.recv());
                let gives_up = thread::spawn(move || drop(first.give_up(looks)));
                assert!(broadcast.send(Slow::new(1)).is_ok());
                assert!(second.end().is_ok_and(|value| value.get() == 1));
                gives_up.join().unwrap();
            });
        });
    }
}
