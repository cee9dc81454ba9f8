//! Broadcasts.

use crate::interrupted::{Interrupted, interrupt};
use crate::polling::{Wakes, poll, poll_next};
use crate::task::Counted;
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::join;
use zokio_core::sync::{Broadcast, BroadcastRecvError, BroadcastTryRecvError, Closed, Subscriber};
use zokio_core::time::Clock;

pub(crate) fn each_subscriber_sees_each_value() -> Outcome {
    let (mut sim, time) = sim!();
    let broadcast = Broadcast::<u32, 3>::new();
    async fn all<const N: usize>(mut subscriber: Subscriber<'_, u32, N>) -> u32 {
        let mut digits = 0;
        while let Ok(value) = subscriber.recv().await {
            digits = digits * 10 + value;
        }
        digits
    }
    let early = broadcast.subscribe();
    let send = async {
        let mut late = 0;
        for value in 1..=7 {
            if broadcast.send(value).is_err() {
                break;
            }
            time.sleep(Duration::from_millis(1)).await;
            if value == 4 {
                late = broadcast.subscribe().behind();
            }
        }
        broadcast.close();
        late
    };
    let result = sim.block_on(join((all(early.clone()), all(early), send)));
    check!(result == Ok((1_234_567, 1_234_567, 0)));
    check!(broadcast.send(8) == Err(Closed(8)) && broadcast.is_closed() && broadcast.capacity() == 3);
    Ok(())
}

pub(crate) fn lag_is_reported() -> Outcome {
    let broadcast = Broadcast::<u8, 4>::new();
    let mut subscriber = broadcast.subscribe();
    for value in 0..10 {
        check!(broadcast.send(value).is_ok());
    }
    check!(subscriber.behind() == 10);
    check!(subscriber.try_recv() == Err(BroadcastTryRecvError::Lagged(6)));
    check!(subscriber.try_recv() == Ok(6) && subscriber.try_recv() == Ok(7));
    check!(broadcast.send(10).is_ok() && broadcast.send(11).is_ok());
    check!(poll(pin!(subscriber.recv())) == Poll::Ready(Ok(8)));
    for value in 12..15 {
        check!(broadcast.send(value).is_ok());
    }
    check!(poll(pin!(subscriber.recv())) == Poll::Ready(Err(BroadcastRecvError::Lagged(2))));
    for value in 11..15 {
        check!(subscriber.try_recv() == Ok(value));
    }
    check!(subscriber.try_recv() == Err(BroadcastTryRecvError::Empty));
    broadcast.close();
    check!(subscriber.try_recv() == Err(BroadcastTryRecvError::Closed));
    check!(poll(pin!(subscriber.recv())) == Poll::Ready(Err(BroadcastRecvError::Closed)));
    Ok(())
}

pub(crate) fn every_prefix_of_a_broadcast_receive() -> Outcome {
    static OTHER: Wakes = Wakes::new();
    for polls in 0..4 {
        for sent in 0..5 {
            let broadcast = Broadcast::<u8, 2>::new();
            let (mut subscriber, mut other) = (broadcast.subscribe(), broadcast.subscribe());
            let mut other = pin!(other.recv());
            let mut received = None;
            {
                let mut receive = pin!(subscriber.recv());
                for number in 0..polls {
                    if number == sent {
                        check!(broadcast.send(8).is_ok());
                    }
                    if let Poll::Ready(Ok(value)) = poll(receive.as_mut()) {
                        received = Some(value);
                        break;
                    }
                    check!(OTHER.poll(other.as_mut()).is_pending());
                }
            }
            if sent >= polls {
                check!(received.is_none() && broadcast.send(8).is_ok());
            }
            check!(OTHER.take() == usize::from(polls > 0 && sent > 0));
            check!(received.or_else(|| subscriber.try_recv().ok()) == Some(8));
            check!(poll(other.as_mut()) == Poll::Ready(Ok(8)));
            check!(subscriber.behind() == 0);
        }
    }
    Ok(())
}

pub(crate) fn a_borrowed_value_is_waited_for() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    let broadcast = Broadcast::<Interrupted, 2>::new();
    let (mut first, mut second, mut third) = (broadcast.subscribe(), broadcast.subscribe(), broadcast.subscribe());
    check!(broadcast.send(Interrupted(1)).is_ok());
    let mut second = pin!(second.recv());
    let mut seen = None;
    let others = || {
        let empty = third.try_recv() == Err(BroadcastTryRecvError::Empty);
        seen = Some((empty, WAKES.poll(second.as_mut()).is_pending(), WAKES.take()));
    };
    check!(interrupt(others, || first.try_recv()) == Ok(Interrupted(1)));
    check!(seen == Some((true, true, 0)));
    check!(WAKES.take() == 1);
    check!(poll(second.as_mut()) == Poll::Ready(Ok(Interrupted(1))));
    check!(third.try_recv() == Ok(Interrupted(1)));
    Ok(())
}

pub(crate) fn a_borrowed_value_can_be_overwritten() -> Outcome {
    let broadcast = Broadcast::<Interrupted, 2>::new();
    let (mut first, mut second) = (broadcast.subscribe(), broadcast.subscribe());
    for newer in 1..5 {
        check!(broadcast.send(Interrupted(0)).is_ok());
        let send = || (1..=newer).for_each(|number| drop(broadcast.send(Interrupted(number))));
        check!(interrupt(send, || first.try_recv()) == Ok(Interrupted(0)));
        // It went back into its place only if that was still its own.
        let (lost, kept) = (u32::from(newer).saturating_sub(1), newer.min(2));
        for reader in [&mut first, &mut second] {
            if reader.behind() > 2 {
                let missed = reader.behind() as u32 - 2;
                check!(missed <= lost && reader.try_recv() == Err(BroadcastTryRecvError::Lagged(missed)));
            }
            if reader.behind() > usize::from(kept) {
                check!(newer == 1 && reader.try_recv() == Ok(Interrupted(0)));
            }
            for number in newer - kept + 1..=newer {
                check!(reader.try_recv() == Ok(Interrupted(number)));
            }
            check!(reader.try_recv() == Err(BroadcastTryRecvError::Empty));
        }
    }
    Ok(())
}

pub(crate) fn a_subscriber_is_a_stream() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    let broadcast = Broadcast::<u8, 2>::new();
    let mut subscriber = broadcast.subscribe();
    let mut stream = pin!(subscriber.recv());
    check!(WAKES.poll(stream.as_mut()).is_pending());
    for value in 0..3 {
        check!(broadcast.send(value).is_ok());
    }
    check!(WAKES.take() == 1);
    check!(poll_next(stream.as_mut()) == Poll::Ready(Some(Err(BroadcastRecvError::Lagged(1)))));
    check!(poll_next(stream.as_mut()) == Poll::Ready(Some(Ok(1))));
    check!(poll_next(stream.as_mut()) == Poll::Ready(Some(Ok(2))));
    // It waits for the next as it did for the first.
    check!(WAKES.poll(stream.as_mut()).is_pending());
    broadcast.close();
    check!(WAKES.take() == 1);
    check!(poll_next(stream.as_mut()) == Poll::Ready(None));
    Ok(())
}

pub(crate) fn old_values_are_dropped() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    {
        let broadcast = Broadcast::<Counted, 2>::new();
        for _ in 0..5 {
            check!(broadcast.send(Counted(&DROPPED)).is_ok());
        }
        check!(DROPPED.load(Ordering::Relaxed) == 3);
    }
    check!(DROPPED.load(Ordering::Relaxed) == 5);
    Ok(())
}
