//! The ends of a split channel.

use crate::polling::{Wakes, poll, poll_next};
use crate::task::Counted;
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::pin::pin;
use core::task::Poll;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::join;
use zokio_core::sync::{Channel, Closed, RecvError, Sender, TryRecvError, TrySendError};

pub(crate) fn the_last_sender_closes() -> Outcome {
    let (mut sim, _) = sim!();
    let mut channel = Channel::<u32, 2>::new();
    async fn send(sender: Sender<'_, u32, 2>, from: u32) -> bool {
        for number in from..from + 10 {
            if sender.send(number).await.is_err() {
                return false;
            }
        }
        true
    }
    for _ in 0..2 {
        let (sender, receiver) = channel.split();
        let receive = async {
            let mut sum = 0;
            while let Ok(number) = receiver.recv().await {
                sum += number;
            }
            sum
        };
        let result = sim.block_on(join((receive, send(sender.clone(), 0), send(sender, 10))));
        check!(result == Ok((190, true, true)));
    }
    Ok(())
}

pub(crate) fn what_was_sent_outlives_the_sender() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    let mut channel = Channel::<u8, 2>::new();
    let (sender, receiver) = channel.split();
    let other = sender.clone();
    check!(other.try_send(1).is_ok() && sender.try_send(2).is_ok());
    check!(sender.try_send(3) == Err(TrySendError::Full(3)));
    drop(sender);
    check!(!other.is_closed());
    drop(other);
    check!(receiver.len() == 2 && receiver.try_recv() == Ok(1) && receiver.try_recv() == Ok(2));
    check!(receiver.is_empty() && receiver.try_recv() == Err(TryRecvError::Closed));
    drop(receiver);
    // A receiver that waits is woken by the last sender.
    let (sender, receiver) = channel.split();
    let mut waiting = pin!(receiver.recv());
    check!(WAKES.poll(waiting.as_mut()).is_pending());
    drop(sender);
    check!(WAKES.take() == 1 && poll(waiting.as_mut()) == Poll::Ready(Err(RecvError)));
    Ok(())
}

pub(crate) fn a_dropped_receiver_closes_and_empties() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    static WAKES: Wakes = Wakes::new();
    let dropped = || DROPPED.load(Ordering::Relaxed);
    let mut channel = Channel::<Counted, 2>::new();
    let (sender, receiver) = channel.split();
    check!(sender.try_send(Counted(&DROPPED)).is_ok());
    let Ok(permit) = sender.try_reserve() else { return Err("no place") };
    {
        let mut waiting = pin!(sender.send(Counted(&DROPPED)));
        check!(WAKES.poll(waiting.as_mut()).is_pending());
        drop(receiver);
        check!(WAKES.take() == 1 && dropped() == 1 && sender.is_closed());
        check!(matches!(poll(waiting.as_mut()), Poll::Ready(Err(Closed(Counted(_))))));
    }
    check!(dropped() == 2);
    // A permit is a promise; what comes through it now is dropped with the sender.
    permit.send(Counted(&DROPPED));
    check!(dropped() == 2);
    drop(sender);
    check!(dropped() == 3 && channel.is_empty());
    Ok(())
}

pub(crate) fn a_static_channel_is_split_again() -> Outcome {
    static CHANNEL: Channel<u8, 2> = Channel::new();
    for round in 0..3 {
        let Some((sender, receiver)) = CHANNEL.try_split() else { return Err("both ends are gone") };
        check!(!sender.is_closed() && receiver.try_recv() == Err(TryRecvError::Empty));
        check!(CHANNEL.try_split().is_none());
        check!(sender.try_send(round).is_ok());
        let other = sender.clone();
        drop(sender);
        check!(CHANNEL.try_split().is_none());
        if round == 1 {
            drop(receiver);
            check!(CHANNEL.try_split().is_none() && other.try_send(9) == Err(TrySendError::Closed(9)));
            continue;
        }
        drop(other);
        check!(CHANNEL.try_split().is_none());
        if round == 0 {
            check!(receiver.try_recv() == Ok(0));
        }
    }
    check!(CHANNEL.is_empty());
    Ok(())
}

pub(crate) fn a_receiver_is_a_stream() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    let mut channel = Channel::<u8, 2>::new();
    let (sender, receiver) = channel.split();
    let mut stream = pin!(receiver.recv());
    check!(WAKES.poll(stream.as_mut()).is_pending());
    check!(sender.try_send(1).is_ok() && sender.try_send(2).is_ok());
    check!(WAKES.take() == 1);
    check!(poll_next(stream.as_mut()) == Poll::Ready(Some(1)));
    check!(poll_next(stream.as_mut()) == Poll::Ready(Some(2)));
    // It waits for the next as it did for the first.
    check!(WAKES.poll(stream.as_mut()).is_pending());
    check!(sender.try_send(3).is_ok() && WAKES.take() == 1);
    check!(poll_next(stream.as_mut()) == Poll::Ready(Some(3)));
    check!(WAKES.poll(stream.as_mut()).is_pending());
    drop(sender);
    check!(WAKES.take() == 1);
    check!(poll_next(stream.as_mut()) == Poll::Ready(None));
    Ok(())
}
