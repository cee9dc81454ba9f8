//! Dropping futures at every stage: nothing is lost, nothing stays linked.

use crate::{Outcome, check};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use zokio_core::sync::{Channel, Mutex, Notify, Signal};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

pub(crate) fn a_dropped_lock_hands_on() -> Outcome {
    let mutex = Mutex::new(0);
    let held = mutex.try_lock();
    let mut last = pin!(mutex.lock());
    {
        let (mut waiting, mut granted) = (pin!(mutex.lock()), pin!(mutex.lock()));
        check!(poll(granted.as_mut()).is_pending());
        check!(poll(waiting.as_mut()).is_pending());
        check!(poll(last.as_mut()).is_pending());
        drop(held);
        // `granted` has the lock and does not know yet; both go.
    }
    check!(poll(last.as_mut()).is_ready());
    check!(mutex.try_lock().is_some());
    Ok(())
}

pub(crate) fn a_dropped_notified_hands_on() -> Outcome {
    let notify = Notify::new();
    let mut last = pin!(notify.notified());
    {
        let mut granted = pin!(notify.notified());
        check!(poll(granted.as_mut()).is_pending());
        check!(poll(last.as_mut()).is_pending());
        notify.notify_one();
        check!(poll(last.as_mut()).is_pending());
    }
    check!(poll(last.as_mut()).is_ready());
    {
        let mut alone = pin!(notify.notified());
        check!(poll(alone.as_mut()).is_pending());
        notify.notify_one();
    }
    // Nobody was left to hand it to, so it was kept.
    check!(poll(pin!(notify.notified())).is_ready());
    // What was for all is not handed on: all had it.
    {
        let mut all = pin!(notify.notified());
        check!(poll(all.as_mut()).is_pending());
        notify.notify_all();
        let mut late = pin!(notify.notified());
        check!(poll(late.as_mut()).is_pending());
    }
    check!(poll(pin!(notify.notified())).is_pending());
    Ok(())
}

pub(crate) fn a_dropped_receiver_hands_on() -> Outcome {
    let channel = Channel::<u8, 2>::new();
    let mut last = pin!(channel.recv());
    {
        let mut granted = pin!(channel.recv());
        check!(poll(granted.as_mut()).is_pending());
        check!(poll(last.as_mut()).is_pending());
        check!(channel.try_send(1).is_ok());
        check!(poll(last.as_mut()).is_pending());
    }
    check!(poll(last.as_mut()) == Poll::Ready(Ok(1)));
    {
        let mut alone = pin!(channel.recv());
        check!(poll(alone.as_mut()).is_pending());
        check!(channel.try_send(2).is_ok());
    }
    check!(channel.try_recv() == Ok(2));
    Ok(())
}

pub(crate) fn a_dropped_sender_hands_on() -> Outcome {
    let channel = Channel::<u8, 1>::new();
    check!(channel.try_send(0).is_ok());
    let mut last = pin!(channel.send(2));
    {
        let mut granted = pin!(channel.send(1));
        check!(poll(granted.as_mut()).is_pending());
        check!(poll(last.as_mut()).is_pending());
        check!(channel.try_recv() == Ok(0));
        check!(poll(last.as_mut()).is_pending());
    }
    check!(poll(last.as_mut()) == Poll::Ready(Ok(())));
    check!(channel.try_recv() == Ok(2));
    drop(channel.try_reserve());
    check!(channel.try_send(3).is_ok());
    Ok(())
}

pub(crate) fn a_dropped_signal_wait_hands_on() -> Outcome {
    let signal = Signal::new();
    let mut last = pin!(signal.wait());
    {
        let mut woken = pin!(signal.wait());
        check!(poll(woken.as_mut()).is_pending());
        check!(poll(last.as_mut()).is_pending());
        signal.signal(4);
    }
    check!(poll(last.as_mut()) == Poll::Ready(4));
    Ok(())
}

pub(crate) fn every_prefix_of_a_receive() -> Outcome {
    // Drop the receiver after `polls` polls, with the value sent before poll number `sent`: it always arrives in the end.
    for polls in 0..4 {
        for sent in 0..5 {
            let channel = Channel::<u8, 1>::new();
            let mut received = None;
            {
                let mut receive = pin!(channel.recv());
                for number in 0..polls {
                    if number == sent {
                        check!(channel.try_send(8).is_ok());
                    }
                    if let Poll::Ready(Ok(value)) = poll(receive.as_mut()) {
                        received = Some(value);
                        break;
                    }
                }
            }
            if sent >= polls {
                check!(received.is_none() && channel.try_send(8).is_ok());
            }
            check!(received.or_else(|| channel.try_recv().ok()) == Some(8));
            check!(channel.is_empty() && channel.try_reserve().is_ok());
        }
    }
    Ok(())
}

pub(crate) fn every_prefix_of_a_send() -> Outcome {
    for polls in 0..4 {
        for freed in 0..5 {
            let channel = Channel::<u8, 1>::new();
            check!(channel.try_send(0).is_ok());
            let mut sent = false;
            {
                let mut send = pin!(channel.send(8));
                for number in 0..polls {
                    if number == freed {
                        check!(channel.try_recv() == Ok(0));
                    }
                    if poll(send.as_mut()).is_ready() {
                        sent = true;
                        break;
                    }
                }
            }
            if freed >= polls {
                check!(!sent && channel.try_recv() == Ok(0));
            }
            // Either it is in, or its place is free: never neither.
            check!(channel.try_recv().is_ok() == sent);
            check!(channel.try_send(9).is_ok());
        }
    }
    Ok(())
}
