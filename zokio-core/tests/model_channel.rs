//! The channel from many to many against a sequential model: random sends, receives, reservations, closing, polls at any
//! time and futures that are dropped. The same is ready, in the same order, with the same values, and exactly those who
//! can go on have been woken, once.

mod models;

use models::{STEPS, Waiter, Waiters, cases, pick};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::task::Poll;
use zokio_core::sync::{Channel, Closed, Permit, RecvError, TryRecvError, TryReserveError, TrySendError};

type Value = Arc<usize>;

#[derive(Clone, Debug)]
enum Step {
    Send,
    Reserve,
    Recv,
    TrySend,
    TryReserve,
    TryRecv,
    /// Uses a permit, or drops it.
    Permit(usize, bool),
    PollSend(usize),
    PollReserve(usize),
    PollRecv(usize),
    DropSend(usize),
    DropReserve(usize),
    DropRecv(usize),
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = any::<usize>;
    prop::collection::vec(
        prop_oneof![
            6 => Just(Step::Send),
            3 => Just(Step::Reserve),
            8 => Just(Step::Recv),
            3 => Just(Step::TrySend),
            1 => Just(Step::TryReserve),
            3 => Just(Step::TryRecv),
            4 => (which(), any::<bool>()).prop_map(|(which, used)| Step::Permit(which, used)),
            6 => which().prop_map(Step::PollSend),
            4 => which().prop_map(Step::PollReserve),
            8 => which().prop_map(Step::PollRecv),
            2 => which().prop_map(Step::DropSend),
            1 => which().prop_map(Step::DropReserve),
            3 => which().prop_map(Step::DropRecv),
            1 => prop::bool::weighted(0.2).prop_map(|close| if close { Step::Close } else { Step::TryRecv }),
        ],
        1..STEPS,
    )
}

/// What the channel is meant to be: values, places, and two queues of who waits.
#[derive(Default)]
struct Model {
    capacity: usize,
    values: VecDeque<Value>,
    /// Places that are kept by permits.
    permits: usize,
    senders: VecDeque<usize>,
    receivers: VecDeque<usize>,
    /// Senders that have a place and were not polled since.
    granted: BTreeSet<usize>,
    /// Receivers that were promised a value and were not polled since. Whoever is polled first has the oldest.
    promised: BTreeSet<usize>,
    closed: bool,
}

impl Model {
    /// Places that are nobody's.
    fn free(&self) -> usize {
        self.capacity - self.values.len() - self.permits - self.granted.len()
    }

    fn unpromised(&self) -> usize {
        self.values.len() - self.promised.len()
    }

    fn is_over(&self) -> bool {
        self.closed && self.free() == self.capacity
    }

    /// Whatever is nobody's goes to whoever has waited longest.
    fn settle(&mut self) {
        while self.free() > 0 && !self.closed {
            let Some(who) = self.senders.pop_front() else { break };
            self.granted.insert(who);
        }
        while self.unpromised() > 0 {
            let Some(who) = self.receivers.pop_front() else { break };
            self.promised.insert(who);
        }
    }

    /// A sender that is polled has a place: it was granted one, or it has just come and one is free.
    fn has_place(&mut self, who: usize, new: bool) -> bool {
        self.granted.remove(&who) || (new && !self.closed && self.free() > 0)
    }

    fn has_value(&mut self, who: usize, new: bool) -> Option<Value> {
        let has = self.promised.remove(&who) || (new && self.unpromised() > 0);
        has.then(|| self.values.pop_front()).flatten()
    }

    /// What was promised to it is nobody's again, and stays where it is: values keep their order, whoever gives up.
    fn forget(&mut self, who: usize) {
        self.granted.remove(&who);
        self.promised.remove(&who);
        self.senders.retain(|waits| *waits != who);
        self.receivers.retain(|waits| *waits != who);
    }
}

fn run<const N: usize>(steps: &[Step]) {
    let channel = Channel::<Value, N>::new();
    let mut model = Model { capacity: N, ..Model::default() };
    let values: Vec<Value> = (0..steps.len()).map(Arc::new).collect();
    {
        let mut sends: Waiters<'_, Result<(), Closed<Value>>> = BTreeMap::new();
        let mut reserves: Waiters<'_, Result<Permit<'_, Value, N>, Closed<()>>> = BTreeMap::new();
        let mut recvs: Waiters<'_, Result<Value, RecvError>> = BTreeMap::new();
        let mut permits: BTreeMap<usize, Permit<'_, Value, N>> = BTreeMap::new();
        for (now, step) in steps.iter().enumerate() {
            let value = values[now].clone();
            match step {
                Step::Send | Step::PollSend(_) => {
                    let new = matches!(step, Step::Send);
                    let who = if let Step::PollSend(which) = step { pick(&sends, *which) } else { Some(now) };
                    let Some(who) = who else { continue };
                    let send = sends.entry(who).or_insert_with(|| Waiter::new(channel.send(value)));
                    match send.poll() {
                        Poll::Ready(Ok(())) => {
                            assert!(model.has_place(who, new), "sent without a place");
                            model.values.push_back(values[who].clone());
                            sends.remove(&who);
                        }
                        Poll::Ready(Err(Closed(back))) => {
                            assert!(model.closed && !model.granted.contains(&who) && *back == who);
                            model.forget(who);
                            sends.remove(&who);
                        }
                        Poll::Pending => {
                            assert!(!model.closed && !model.has_place(who, new), "it could have sent");
                            if new {
                                model.senders.push_back(who);
                            }
                        }
                    }
                }
                Step::Reserve | Step::PollReserve(_) => {
                    let new = matches!(step, Step::Reserve);
                    let who = if let Step::PollReserve(which) = step { pick(&reserves, *which) } else { Some(now) };
                    let Some(who) = who else { continue };
                    match reserves.entry(who).or_insert_with(|| Waiter::new(channel.reserve())).poll() {
                        Poll::Ready(Ok(permit)) => {
                            assert!(model.has_place(who, new), "reserved without a place");
                            model.permits += 1;
                            permits.insert(who, permit);
                            reserves.remove(&who);
                        }
                        Poll::Ready(Err(Closed(()))) => {
                            assert!(model.closed && !model.granted.contains(&who));
                            model.forget(who);
                            reserves.remove(&who);
                        }
                        Poll::Pending => {
                            assert!(!model.closed && !model.has_place(who, new), "it could have reserved");
                            if new {
                                model.senders.push_back(who);
                            }
                        }
                    }
                }
                Step::Recv | Step::PollRecv(_) => {
                    let new = matches!(step, Step::Recv);
                    let who = if let Step::PollRecv(which) = step { pick(&recvs, *which) } else { Some(now) };
                    let Some(who) = who else { continue };
                    match recvs.entry(who).or_insert_with(|| Waiter::new(channel.recv())).poll() {
                        Poll::Ready(Ok(value)) => {
                            assert_eq!(Some(value), model.has_value(who, new));
                            recvs.remove(&who);
                        }
                        Poll::Ready(Err(RecvError)) => {
                            assert!(model.is_over());
                            model.forget(who);
                            recvs.remove(&who);
                        }
                        Poll::Pending => {
                            assert!(!model.is_over());
                            assert_eq!(model.has_value(who, new), None, "it could have received");
                            if new {
                                model.receivers.push_back(who);
                            }
                        }
                    }
                }
                Step::TrySend => match channel.try_send(value) {
                    Ok(()) => {
                        assert!(model.free() > 0 && !model.closed);
                        model.values.push_back(values[now].clone());
                    }
                    Err(TrySendError::Full(back)) => assert!(model.free() == 0 && *back == now),
                    Err(TrySendError::Closed(back)) => assert!(model.closed && *back == now),
                    Err(other) => unreachable!("{other}"),
                },
                Step::TryReserve => match channel.try_reserve() {
                    Ok(permit) => {
                        assert!(model.free() > 0 && !model.closed);
                        model.permits += 1;
                        permits.insert(now, permit);
                    }
                    Err(TryReserveError::Full) => assert_eq!(model.free(), 0),
                    Err(error) => assert!(model.closed, "{error}"),
                },
                Step::TryRecv => match channel.try_recv() {
                    Ok(value) => {
                        assert!(model.unpromised() > 0, "a value that is promised");
                        assert_eq!(Some(value), model.values.pop_front());
                    }
                    Err(TryRecvError::Empty) => assert!(model.unpromised() == 0 && !model.is_over()),
                    Err(error) => assert!(model.is_over(), "{error}"),
                },
                Step::Permit(which, used) => {
                    let Some(permit) = pick(&permits, *which).and_then(|who| permits.remove(&who)) else { continue };
                    model.permits -= 1;
                    if *used {
                        permit.send(value.clone());
                        model.values.push_back(value);
                    }
                }
                Step::DropSend(which) => {
                    let Some(who) = pick(&sends, *which) else { continue };
                    sends.remove(&who);
                    model.forget(who);
                }
                Step::DropReserve(which) => {
                    let Some(who) = pick(&reserves, *which) else { continue };
                    reserves.remove(&who);
                    model.forget(who);
                }
                Step::DropRecv(which) => {
                    let Some(who) = pick(&recvs, *which) else { continue };
                    recvs.remove(&who);
                    model.forget(who);
                }
                Step::Close => {
                    channel.close();
                    model.closed = true;
                }
            }
            model.settle();
            assert_eq!((channel.len(), channel.is_closed()), (model.values.len(), model.closed));
            // Who can go on has been woken, once; nobody else.
            let place = |who| usize::from(model.granted.contains(who) || model.closed);
            sends.iter().for_each(|(who, waiter)| assert_eq!(waiter.woken(), place(who), "sender {who}"));
            reserves.iter().for_each(|(who, waiter)| assert_eq!(waiter.woken(), place(who), "reserve {who}"));
            if model.is_over() {
                // They tell each other, so that one at least has been told.
                assert!(
                    recvs.is_empty() || recvs.values().any(|waiter| waiter.woken() == 1),
                    "nobody tells of the end"
                );
            } else {
                for (who, waiter) in &recvs {
                    assert_eq!(waiter.woken(), usize::from(model.promised.contains(who)), "receiver {who}");
                }
            }
        }
    }
    drop((channel, model));
    assert!(values.iter().all(|value| Arc::strong_count(value) == 1), "a value was kept, or dropped twice");
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_channel_is_two_queues(steps in steps()) {
        run::<1>(&steps);
        run::<2>(&steps);
        run::<5>(&steps);
    }
}
