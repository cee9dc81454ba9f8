//! The channel from one to one.

use crate::polling::{Wakes, poll, poll_next};
use crate::task::Counted;
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::pin::pin;
use core::task::Poll;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::join;
use zokio_core::sync::{Closed, RecvError, SpscChannel, TryRecvError, TryReserveError, TrySendError};

pub(crate) fn values_pass_in_order_between_two_tasks() -> Outcome {
    let (mut sim, _) = sim!();
    let mut channel = SpscChannel::<u32, 3>::new();
    let (mut sender, mut receiver) = channel.split();
    let result = sim.block_on(join((
        async move {
            for number in 0..50 {
                if sender.send(number).await.is_err() {
                    return false;
                }
            }
            true
        },
        async {
            let mut expected = 0;
            while let Ok(number) = receiver.recv().await {
                if number != expected {
                    return 0;
                }
                expected += 1;
            }
            expected
        },
    )));
    check!(result == Ok((true, 50)));
    Ok(())
}

pub(crate) fn a_full_ring_holds_back() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    let mut channel = SpscChannel::<u8, 2>::new();
    let (mut sender, mut receiver) = channel.split();
    check!(sender.try_send(1).is_ok() && sender.try_send(2).is_ok());
    check!(sender.try_send(3) == Err(TrySendError::Full(3)));
    check!(sender.try_reserve().err() == Some(TryReserveError::Full));
    {
        let mut send = pin!(sender.send(3));
        check!(WAKES.poll(send.as_mut()).is_pending());
        check!(receiver.len() == 2 && receiver.try_recv() == Ok(1));
        check!(WAKES.take() == 1);
        check!(WAKES.poll(send.as_mut()) == Poll::Ready(Ok(())));
    }
    check!(receiver.try_recv() == Ok(2) && receiver.try_recv() == Ok(3));
    let Ok(permit) = sender.try_reserve() else { return Err("a place is free") };
    permit.send(4);
    check!(receiver.try_recv() == Ok(4));
    check!(receiver.try_recv() == Err(TryRecvError::Empty) && receiver.is_empty());
    Ok(())
}

pub(crate) fn either_end_closes() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    let mut channel = SpscChannel::<u8, 2>::new();
    {
        let (mut sender, mut receiver) = channel.split();
        check!(sender.try_send(1).is_ok());
        drop(sender);
        check!(receiver.try_recv() == Ok(1) && receiver.try_recv() == Err(TryRecvError::Closed));
        check!(poll(pin!(receiver.recv())) == Poll::Ready(Err(RecvError)));
    }
    {
        // A receiver that waits is told.
        let (sender, mut receiver) = channel.split();
        let mut recv = pin!(receiver.recv());
        check!(WAKES.poll(recv.as_mut()).is_pending());
        drop(sender);
        check!(WAKES.take() == 1 && poll(recv.as_mut()) == Poll::Ready(Err(RecvError)));
    }
    {
        // So is a sender, and it gets its value back.
        let (mut sender, mut receiver) = channel.split();
        check!(sender.try_send(1).is_ok() && sender.try_send(2).is_ok());
        receiver.close();
        check!(sender.try_send(3) == Err(TrySendError::Closed(3)) && receiver.try_recv() == Ok(1));
        drop(receiver);
        check!(sender.is_closed() && sender.try_reserve().err() == Some(TryReserveError::Closed));
        check!(poll(pin!(sender.send(4))) == Poll::Ready(Err(Closed(4))));
    }
    let (mut sender, receiver) = channel.split();
    check!(!sender.is_closed() && sender.try_send(1).is_ok() && sender.try_send(2).is_ok());
    let mut send = pin!(sender.send(3));
    check!(WAKES.poll(send.as_mut()).is_pending());
    drop(receiver);
    check!(WAKES.take() == 1 && poll(send.as_mut()) == Poll::Ready(Err(Closed(3))));
    Ok(())
}

pub(crate) fn a_value_wakes_a_receiver_once() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    let mut channel = SpscChannel::<u8, 4>::new();
    let (mut sender, mut receiver) = channel.split();
    let mut recv = pin!(receiver.recv());
    check!(WAKES.poll(recv.as_mut()).is_pending() && WAKES.poll(recv.as_mut()).is_pending());
    check!(sender.try_send(1).is_ok() && sender.try_send(2).is_ok());
    check!(WAKES.take() == 1);
    check!(WAKES.poll(recv.as_mut()) == Poll::Ready(Ok(1)));
    Ok(())
}

pub(crate) fn a_receiving_end_is_a_stream() -> Outcome {
    let mut channel = SpscChannel::<u8, 2>::new();
    let (mut sender, receiver) = channel.split();
    let mut stream = pin!(receiver);
    check!(poll_next(stream.as_mut()).is_pending());
    check!(sender.try_send(1).is_ok());
    check!(poll_next(stream.as_mut()) == Poll::Ready(Some(1)));
    drop(sender);
    check!(poll_next(stream.as_mut()) == Poll::Ready(None));
    Ok(())
}

pub(crate) fn what_a_receiver_leaves_is_dropped() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    let dropped = || DROPPED.load(Ordering::Relaxed);
    DROPPED.store(0, Ordering::Relaxed);
    let mut channel = SpscChannel::<Counted, 3>::new();
    let (mut sender, receiver) = channel.split();
    check!(sender.try_send(Counted(&DROPPED)).is_ok() && sender.try_send(Counted(&DROPPED)).is_ok());
    drop(receiver);
    check!(dropped() == 2);
    // What comes after that is refused, and comes back.
    check!(matches!(sender.try_send(Counted(&DROPPED)), Err(TrySendError::Closed(_))) && dropped() == 3);
    Ok(())
}

pub(crate) fn every_prefix_of_a_send_and_a_receive() -> Outcome {
    // Drop a send after `polls` polls, with a place freed before poll number `freed`: the value is in, or it is not and
    // its place is free.
    for polls in 0..4 {
        for freed in 0..5 {
            let mut channel = SpscChannel::<u8, 1>::new();
            let (mut sender, mut receiver) = channel.split();
            check!(sender.try_send(0).is_ok());
            let mut sent = false;
            {
                let mut send = pin!(sender.send(8));
                for number in 0..polls {
                    if number == freed {
                        check!(receiver.try_recv() == Ok(0));
                    }
                    if poll(send.as_mut()).is_ready() {
                        sent = true;
                        break;
                    }
                }
            }
            if freed >= polls {
                check!(!sent && receiver.try_recv() == Ok(0));
            }
            check!((receiver.try_recv() == Ok(8)) == sent);
            check!(sender.try_send(9).is_ok());
            // The same for a receive: what it does not return is there for the next.
            for polls in 0..3 {
                let mut received = None;
                let mut recv = pin!(receiver.recv());
                for _ in 0..polls {
                    if let Poll::Ready(Ok(value)) = poll(recv.as_mut()) {
                        received = Some(value);
                        break;
                    }
                }
                if received.is_some() {
                    check!(received == Some(9) && sender.try_send(9).is_ok());
                }
            }
            check!(receiver.try_recv() == Ok(9) && receiver.is_empty());
        }
    }
    Ok(())
}
