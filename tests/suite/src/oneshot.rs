//! One value from one to one.

use crate::polling::{Wakes, poll};
use crate::task::Counted;
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::{join, race};
use zokio_core::sync::{Closed, Oneshot, RecvError, TryRecvError};
use zokio_core::time::Clock;

pub(crate) fn the_value_arrives() -> Outcome {
    let (mut sim, time) = sim!();
    let mut oneshot = Oneshot::new();
    for round in 0..3 {
        let (sender, receiver) = oneshot.split();
        let result = sim.block_on(join((receiver, async {
            time.sleep(Duration::from_millis(1)).await;
            sender.send(round)
        })));
        check!(result == Ok((Ok(round), Ok(()))));
    }
    Ok(())
}

pub(crate) fn a_dropped_sender_closes() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    let mut oneshot = Oneshot::<u8>::new();
    let (sender, mut receiver) = oneshot.split();
    check!(WAKES.poll(pin!(&mut receiver)).is_pending());
    check!(receiver.try_recv() == Err(TryRecvError::Empty));
    drop(sender);
    check!(WAKES.take() == 1);
    check!(receiver.try_recv() == Err(TryRecvError::Closed));
    check!(poll(pin!(&mut receiver)) == Poll::Ready(Err(RecvError)));
    Ok(())
}

pub(crate) fn a_dropped_receiver_gives_the_value_back() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    let mut oneshot = Oneshot::new();
    let (mut sender, receiver) = oneshot.split();
    check!(!sender.is_closed());
    {
        let mut closed = pin!(sender.closed());
        check!(WAKES.poll(closed.as_mut()).is_pending());
        drop(receiver);
        check!(WAKES.take() == 1);
        check!(poll(closed.as_mut()).is_ready());
    }
    check!(sender.is_closed());
    check!(sender.send(5) == Err(Closed(5)));
    Ok(())
}

pub(crate) fn work_that_nobody_wants_is_given_up() -> Outcome {
    let (mut sim, time) = sim!();
    let mut oneshot = Oneshot::<u8>::new();
    let (mut sender, receiver) = oneshot.split();
    let worker = async {
        let work = async {
            time.sleep(Duration::from_millis(100)).await;
            true
        };
        let given_up = async {
            sender.closed().await;
            false
        };
        race((work, given_up)).await
    };
    let impatient = async { time.timeout(Duration::from_millis(10), receiver).await.is_err() };
    check!(sim.block_on(join((worker, impatient))) == Ok((false, true)));
    check!(time.millis() == 10);
    Ok(())
}

pub(crate) fn a_static_is_used_again() -> Outcome {
    static ONESHOT: Oneshot<u32> = Oneshot::new();
    for round in 0..4 {
        let Some((sender, mut receiver)) = ONESHOT.try_split() else { return Err("it is in use") };
        check!(ONESHOT.try_split().is_none());
        check!(receiver.try_recv() == Err(TryRecvError::Empty));
        match round {
            0 => check!(sender.send(round).is_ok()),
            1 => drop(sender),
            2 => {
                check!(sender.send(round).is_ok());
                check!(receiver.try_recv() == Ok(round));
            }
            _ => {
                drop(receiver);
                check!(ONESHOT.try_split().is_none());
                check!(sender.send(round) == Err(Closed(round)));
                continue;
            }
        }
        check!(ONESHOT.try_split().is_none());
        drop(receiver);
    }
    let Some((_sender, mut receiver)) = ONESHOT.try_split() else { return Err("both are gone") };
    check!(receiver.try_recv() == Err(TryRecvError::Empty));
    Ok(())
}

pub(crate) fn every_prefix_of_a_oneshot() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    let mut sent = 0;
    for polls in 0..4 {
        for sent_before in 0..5 {
            let mut oneshot = Oneshot::new();
            let (sender, mut receiver) = oneshot.split();
            let mut sender = Some(sender);
            for number in 0..polls {
                if number == sent_before
                    && let Some(sender) = sender.take()
                {
                    check!(sender.send(Counted(&DROPPED)).is_ok());
                }
                if poll(pin!(&mut receiver)).is_ready() {
                    check!(number == sent_before);
                    break;
                }
            }
            drop(receiver);
            if let Some(sender) = sender {
                check!(sender.send(Counted(&DROPPED)).is_err());
            }
            // Received, dropped with the receiver, or come back: dropped once in each case.
            sent += 1;
            check!(DROPPED.load(Ordering::Relaxed) == sent);
        }
    }
    Ok(())
}
