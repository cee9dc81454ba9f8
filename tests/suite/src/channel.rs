//! Channels.

use crate::task::Counted;
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::join;
use zokio_core::sync::{Channel, Closed, RecvError, TryRecvError, TryReserveError, TrySendError};

pub(crate) fn values_keep_their_order() -> Outcome {
    let (mut sim, _) = sim!();
    let channel = Channel::<u32, 3>::new();
    let result = sim.block_on(join((
        async {
            for number in 0..50 {
                if channel.send(number).await.is_err() {
                    return false;
                }
            }
            channel.close();
            true
        },
        async {
            let mut expected = 0;
            while let Ok(number) = channel.recv().await {
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

pub(crate) fn a_full_channel_holds_back() -> Outcome {
    let channel = Channel::<u8, 2>::new();
    let mut cx = Context::from_waker(Waker::noop());
    check!(channel.try_send(1).is_ok() && channel.try_send(2).is_ok());
    check!(channel.try_send(3) == Err(TrySendError::Full(3)));
    let mut send = pin!(channel.send(3));
    check!(send.as_mut().poll(&mut cx).is_pending());
    check!((channel.len(), channel.capacity()) == (2, 2));
    check!(channel.try_recv() == Ok(1));
    check!(send.as_mut().poll(&mut cx) == Poll::Ready(Ok(())));
    check!(channel.try_recv() == Ok(2) && channel.try_recv() == Ok(3));
    check!(channel.try_recv() == Err(TryRecvError::Empty));
    Ok(())
}

pub(crate) fn senders_are_served_in_order() -> Outcome {
    let channel = Channel::<u8, 1>::new();
    let mut cx = Context::from_waker(Waker::noop());
    check!(channel.try_send(0).is_ok());
    let (mut first, mut second) = (pin!(channel.send(1)), pin!(channel.send(2)));
    check!(first.as_mut().poll(&mut cx).is_pending());
    check!(second.as_mut().poll(&mut cx).is_pending());
    check!(channel.try_recv() == Ok(0));
    // The place is the first's: neither a newcomer nor the second gets it.
    check!(channel.try_send(9) == Err(TrySendError::Full(9)));
    check!(second.as_mut().poll(&mut cx).is_pending());
    check!(first.as_mut().poll(&mut cx).is_ready());
    check!(channel.try_recv() == Ok(1));
    check!(second.as_mut().poll(&mut cx).is_ready());
    check!(channel.try_recv() == Ok(2));
    Ok(())
}

pub(crate) fn close_lets_the_rest_through() -> Outcome {
    let channel = Channel::<u8, 4>::new();
    let mut cx = Context::from_waker(Waker::noop());
    check!(channel.try_send(1).is_ok() && channel.try_send(2).is_ok());
    channel.close();
    check!(channel.is_closed());
    check!(pin!(channel.recv()).poll(&mut cx) == Poll::Ready(Ok(1)));
    check!(channel.try_recv() == Ok(2));
    check!(channel.try_recv() == Err(TryRecvError::Closed));
    check!(pin!(channel.recv()).poll(&mut cx) == Poll::Ready(Err(RecvError)));
    Ok(())
}

pub(crate) fn close_gives_values_back() -> Outcome {
    let channel = Channel::<u8, 1>::new();
    let mut cx = Context::from_waker(Waker::noop());
    check!(channel.try_send(1).is_ok());
    let mut waiting = pin!(channel.send(2));
    check!(waiting.as_mut().poll(&mut cx).is_pending());
    channel.close();
    check!(waiting.as_mut().poll(&mut cx) == Poll::Ready(Err(Closed(2))));
    check!(channel.try_send(3) == Err(TrySendError::Closed(3)));
    check!(pin!(channel.send(4)).poll(&mut cx) == Poll::Ready(Err(Closed(4))));
    check!(matches!(channel.try_reserve(), Err(TryReserveError::Closed)));
    Ok(())
}

pub(crate) fn a_permit_outlives_close() -> Outcome {
    let channel = Channel::<u8, 2>::new();
    let mut cx = Context::from_waker(Waker::noop());
    let (Ok(used), Ok(unused)) = (channel.try_reserve(), channel.try_reserve()) else { return Err("no place") };
    check!(matches!(channel.try_reserve(), Err(TryReserveError::Full)));
    let mut receiver = pin!(channel.recv());
    check!(receiver.as_mut().poll(&mut cx).is_pending());
    channel.close();
    check!(receiver.as_mut().poll(&mut cx).is_pending());
    used.send(1);
    check!(receiver.as_mut().poll(&mut cx) == Poll::Ready(Ok(1)));
    let mut last = pin!(channel.recv());
    check!(last.as_mut().poll(&mut cx).is_pending());
    drop(unused);
    check!(last.as_mut().poll(&mut cx) == Poll::Ready(Err(RecvError)));
    Ok(())
}

pub(crate) fn try_operations_overtake_nobody() -> Outcome {
    let channel = Channel::<u8, 1>::new();
    let mut cx = Context::from_waker(Waker::noop());
    let mut receiver = pin!(channel.recv());
    check!(receiver.as_mut().poll(&mut cx).is_pending());
    check!(channel.try_send(5).is_ok());
    check!(channel.try_recv() == Err(TryRecvError::Empty));
    check!(receiver.as_mut().poll(&mut cx) == Poll::Ready(Ok(5)));
    Ok(())
}

pub(crate) fn what_is_left_is_dropped() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    {
        let channel = Channel::<Counted, 3>::new();
        check!(channel.try_send(Counted(&DROPPED)).is_ok());
        drop(channel.try_recv());
        for _ in 0..3 {
            check!(channel.try_send(Counted(&DROPPED)).is_ok());
        }
        check!(DROPPED.load(Ordering::Relaxed) == 1);
    }
    check!(DROPPED.load(Ordering::Relaxed) == 4);
    Ok(())
}
