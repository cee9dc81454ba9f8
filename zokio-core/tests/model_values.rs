//! Broadcast, watch and oneshot against sequential models: what each receiver is told next, and that whoever waits for
//! something new has been woken by it, once.

mod models;

use models::{STEPS, Waiter, Waiters, cases, pick};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use zokio_core::sync::{
    Broadcast, BroadcastRecvError, BroadcastTryRecvError, Oneshot, OneshotReceiver, OneshotSender, RecvError,
    Subscriber, TryRecvError, Watch, Watcher,
};

type Value = Arc<usize>;

/// What is done with something that many listen to.
#[derive(Clone, Debug)]
enum Step {
    Send,
    Listen,
    /// One more, where another is.
    Copy(usize),
    Leave(usize),
    Wait(usize),
    Poll(usize),
    GiveUp(usize),
    Try(usize),
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = any::<usize>;
    prop::collection::vec(
        prop_oneof![
            10 => Just(Step::Send),
            2 => Just(Step::Listen),
            1 => which().prop_map(Step::Copy),
            1 => which().prop_map(Step::Leave),
            8 => which().prop_map(Step::Wait),
            6 => which().prop_map(Step::Poll),
            2 => which().prop_map(Step::GiveUp),
            5 => which().prop_map(Step::Try),
            1 => prop::bool::weighted(0.15).prop_map(|close| if close { Step::Close } else { Step::Send }),
        ],
        1..STEPS,
    )
}

/// A listener that waits, with a copy of it for when it gives up.
struct Waits<'a, L, R> {
    waiter: Waiter<'a, (L, R)>,
    place: usize,
    copy: L,
    /// Whether something was new since it was polled last.
    told: bool,
}

impl<L, R> Waits<'_, L, R> {
    fn check(&self) {
        assert_eq!(self.waiter.woken(), usize::from(self.told));
    }
}

type Received = Result<Value, BroadcastRecvError>;

/// What the subscriber at `place` is told, and where it is then.
fn told<const N: usize>(sent: &[Value], closed: bool, place: &mut usize) -> Option<Received> {
    let behind = sent.len() - *place;
    if behind == 0 {
        return closed.then_some(Err(BroadcastRecvError::Closed));
    }
    if behind > N {
        *place = sent.len() - N;
        return Some(Err(BroadcastRecvError::Lagged((behind - N) as u32)));
    }
    *place += 1;
    Some(Ok(sent[*place - 1].clone()))
}

fn a_broadcast<const N: usize>(steps: &[Step]) {
    type Listener<'a, const N: usize> = Subscriber<'a, Value, N>;
    let broadcast = Broadcast::<Value, N>::new();
    let (mut sent, mut closed) = (Vec::<Value>::new(), false);
    let mut idle: BTreeMap<usize, (Listener<'_, N>, usize)> = BTreeMap::new();
    let mut waiting: BTreeMap<usize, Waits<'_, Listener<'_, N>, Received>> = BTreeMap::new();
    for (now, step) in steps.iter().enumerate() {
        match *step {
            Step::Send => {
                let value = Arc::new(now);
                assert_eq!(broadcast.send(value.clone()).is_err(), closed);
                if !closed {
                    sent.push(value);
                    waiting.values_mut().for_each(|waits| waits.told = true);
                }
            }
            Step::Close => {
                broadcast.close();
                closed = true;
                waiting.values_mut().for_each(|waits| waits.told = true);
            }
            Step::Listen => {
                idle.insert(now, (broadcast.subscribe(), sent.len()));
            }
            Step::Copy(which) => {
                let Some(who) = pick(&idle, which) else { continue };
                let copy = idle[&who].clone();
                idle.insert(now, copy);
            }
            Step::Leave(which) => {
                let Some(who) = pick(&idle, which) else { continue };
                idle.remove(&who);
            }
            Step::Try(which) => {
                let Some(who) = pick(&idle, which) else { continue };
                let (subscriber, place) = idle.get_mut(&who).unwrap();
                assert_eq!(subscriber.behind(), sent.len() - *place);
                let model = told::<N>(&sent, closed, place);
                let model = model.map_or(Err(BroadcastTryRecvError::Empty), |told| told.map_err(Into::into));
                assert_eq!(subscriber.try_recv(), model);
            }
            Step::Wait(_) | Step::Poll(_) => {
                let who = match *step {
                    Step::Wait(which) => {
                        let Some(who) = pick(&idle, which) else { continue };
                        let (mut subscriber, place) = idle.remove(&who).unwrap();
                        let copy = subscriber.clone();
                        let waiter = Waiter::new(async move {
                            let received = subscriber.recv().await;
                            (subscriber, received)
                        });
                        waiting.insert(who, Waits { waiter, place, copy, told: false });
                        who
                    }
                    Step::Poll(which) => match pick(&waiting, which) {
                        Some(who) => who,
                        None => continue,
                    },
                    _ => unreachable!(),
                };
                let waits = waiting.get_mut(&who).unwrap();
                waits.told = false;
                let (polled, model) = (waits.waiter.poll(), told::<N>(&sent, closed, &mut waits.place));
                match polled {
                    Poll::Ready((subscriber, received)) => {
                        assert_eq!(Some(received), model);
                        let place = waits.place;
                        waiting.remove(&who);
                        idle.insert(who, (subscriber, place));
                    }
                    Poll::Pending => assert_eq!(model, None),
                }
            }
            Step::GiveUp(which) => {
                let Some(who) = pick(&waiting, which) else { continue };
                let Waits { place, copy, .. } = waiting.remove(&who).unwrap();
                idle.insert(who, (copy, place));
            }
        }
        waiting.values().for_each(Waits::check);
    }
    drop((idle, waiting));
    drop(broadcast);
    assert!(sent.iter().all(|value| Arc::strong_count(value) == 1), "a value was kept, or dropped twice");
}

fn a_watch(steps: &[Step]) {
    type Listener<'a> = Watcher<'a, Value>;
    let watch = Watch::<Value>::new(Arc::new(usize::MAX));
    let (mut latest, mut version, mut closed) = (usize::MAX, 0, false);
    let mut idle: BTreeMap<usize, (Listener<'_>, usize)> = BTreeMap::new();
    let mut waiting: BTreeMap<usize, Waits<'_, Listener<'_>, Result<Value, RecvError>>> = BTreeMap::new();
    for (now, step) in steps.iter().enumerate() {
        match *step {
            Step::Send => {
                assert_eq!(watch.send(Arc::new(now)).is_err(), closed);
                if !closed {
                    (latest, version) = (now, version + 1);
                    waiting.values_mut().for_each(|waits| waits.told = true);
                }
            }
            Step::Close => {
                watch.close();
                closed = true;
                waiting.values_mut().for_each(|waits| waits.told = true);
            }
            Step::Listen => {
                idle.insert(now, (watch.watcher(), version));
            }
            Step::Copy(which) => {
                let Some(who) = pick(&idle, which) else { continue };
                let copy = idle[&who].clone();
                idle.insert(now, copy);
            }
            Step::Leave(which) => {
                let Some(who) = pick(&idle, which) else { continue };
                idle.remove(&who);
            }
            Step::Try(which) => {
                let Some(who) = pick(&idle, which) else { continue };
                let (watcher, seen) = idle.get_mut(&who).unwrap();
                assert_eq!(watcher.has_changed(), *seen != version);
                match watcher.try_changed() {
                    Ok(value) => assert!(*seen != version && *value == latest),
                    Err(TryRecvError::Closed) => assert!(*seen == version && closed),
                    Err(_) => assert!(*seen == version && !closed),
                }
                *seen = version;
            }
            Step::Wait(_) | Step::Poll(_) => {
                let who = match *step {
                    Step::Wait(which) => {
                        let Some(who) = pick(&idle, which) else { continue };
                        let (mut watcher, place) = idle.remove(&who).unwrap();
                        let copy = watcher.clone();
                        let waiter = Waiter::new(async move {
                            let changed = watcher.changed().await;
                            (watcher, changed)
                        });
                        waiting.insert(who, Waits { waiter, place, copy, told: false });
                        who
                    }
                    Step::Poll(which) => match pick(&waiting, which) {
                        Some(who) => who,
                        None => continue,
                    },
                    _ => unreachable!(),
                };
                let waits = waiting.get_mut(&who).unwrap();
                waits.told = false;
                let new = waits.place != version;
                match waits.waiter.poll() {
                    Poll::Ready((watcher, changed)) => {
                        match changed {
                            Ok(value) => assert!(new && *value == latest),
                            Err(RecvError) => assert!(!new && closed),
                        }
                        waiting.remove(&who);
                        idle.insert(who, (watcher, version));
                    }
                    Poll::Pending => assert!(!new && !closed),
                }
            }
            Step::GiveUp(which) => {
                let Some(who) = pick(&waiting, which) else { continue };
                let Waits { place, copy, .. } = waiting.remove(&who).unwrap();
                idle.insert(who, (copy, place));
            }
        }
        waiting.values().for_each(Waits::check);
        assert_eq!((watch.try_view(|value| **value), watch.is_closed()), (Some(latest), closed));
    }
}

#[derive(Clone, Copy, Debug)]
enum Once {
    Send,
    DropSender,
    /// Waits for the receiver to go; or looks again.
    WaitClosed,
    Recv,
    TryRecv,
    DropReceiver,
    Again,
}

/// One round of a oneshot.
#[derive(Default)]
struct Round {
    sender: bool,
    receiver: bool,
    value: Option<Value>,
}

fn a_oneshot(steps: &[Once]) {
    let oneshot = Oneshot::<Value>::new();
    let mut round = Round::default();
    let mut sender: Option<OneshotSender<'_, Value>> = None;
    let mut receiver: Option<OneshotReceiver<'_, Value>> = None;
    // At most one of each: an end that waits is inside its future.
    let mut recv: Waiters<'_, Result<Value, RecvError>> = BTreeMap::new();
    let mut closing: Waiters<'_, OneshotSender<'_, Value>> = BTreeMap::new();
    let mut values = Vec::new();
    for (now, step) in steps.iter().enumerate() {
        match step {
            Once::Again => {
                let halves = oneshot.try_split();
                assert_eq!(halves.is_some(), !round.sender && !round.receiver);
                if let Some((one, other)) = halves {
                    (sender, receiver) = (Some(one), Some(other));
                    round = Round { sender: true, receiver: true, value: None };
                }
            }
            Once::Send => {
                let Some(sender) = sender.take() else { continue };
                let value = Arc::new(now);
                values.push(value.clone());
                assert_eq!(sender.is_closed(), !round.receiver);
                assert_eq!(sender.send(value.clone()).is_ok(), round.receiver);
                round.sender = false;
                round.value = round.receiver.then_some(value);
            }
            Once::DropSender => {
                if sender.take().is_some() || !closing.is_empty() {
                    closing.clear();
                    round.sender = false;
                }
            }
            Once::WaitClosed => {
                if let Some(mut sender) = sender.take() {
                    closing.insert(
                        now,
                        Waiter::new(async move {
                            sender.closed().await;
                            sender
                        }),
                    );
                }
                let Some(waiter) = closing.values_mut().next() else { continue };
                let Poll::Ready(back) = waiter.poll() else {
                    assert!(round.receiver);
                    continue;
                };
                assert!(!round.receiver);
                closing.clear();
                sender = Some(back);
            }
            Once::Recv => {
                if let Some(mut receiver) = receiver.take() {
                    recv.insert(now, Waiter::new(async move { Pin::new(&mut receiver).await }));
                }
                let Some(waiter) = recv.values_mut().next() else { continue };
                match waiter.poll() {
                    Poll::Ready(Ok(value)) => assert_eq!(Some(value), round.value.take()),
                    Poll::Ready(Err(RecvError)) => assert!(!round.sender && round.value.is_none()),
                    Poll::Pending => {
                        assert!(round.sender && round.value.is_none());
                        continue;
                    }
                }
                // Ready, and the receiver gone with its future.
                recv.clear();
                round.receiver = false;
            }
            Once::TryRecv => {
                let Some(receiver) = &mut receiver else { continue };
                match receiver.try_recv() {
                    Ok(value) => assert_eq!(Some(value), round.value.take()),
                    Err(TryRecvError::Closed) => assert!(!round.sender && round.value.is_none()),
                    Err(_) => assert!(round.sender && round.value.is_none()),
                }
            }
            Once::DropReceiver => {
                if receiver.take().is_some() || !recv.is_empty() {
                    recv.clear();
                    round.receiver = false;
                    round.value = None;
                }
            }
        }
        recv.values().for_each(|waiter| assert_eq!(waiter.woken(), usize::from(!round.sender)));
        closing.values().for_each(|waiter| assert_eq!(waiter.woken(), usize::from(!round.receiver)));
    }
    drop((sender, receiver, recv, closing, round));
    drop(oneshot);
    assert!(values.iter().all(|value| Arc::strong_count(value) == 1), "a value was kept, or dropped twice");
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_broadcast_is_a_list_with_readers(steps in steps()) {
        a_broadcast::<1>(&steps);
        a_broadcast::<3>(&steps);
    }

    #[test]
    fn a_watch_is_a_value_with_a_version(steps in steps()) {
        a_watch(&steps);
    }

    #[test]
    fn a_oneshot_is_a_value_and_two_ends(
        steps in prop::collection::vec(
            prop_oneof![
                2 => Just(Once::Send),
                1 => Just(Once::DropSender),
                2 => Just(Once::WaitClosed),
                3 => Just(Once::Recv),
                2 => Just(Once::TryRecv),
                1 => Just(Once::DropReceiver),
                3 => Just(Once::Again),
            ],
            1..STEPS,
        )
    ) {
        a_oneshot(&steps);
    }
}
