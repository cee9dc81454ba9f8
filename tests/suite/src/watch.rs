//! Watches.

use crate::interrupted::{Interrupted, interrupt};
use crate::polling::{Wakes, poll, poll_next};
use crate::task::Counted;
use crate::virtual_time::{Time, sim};
use crate::{Outcome, check};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::join;
use zokio_core::sync::{Closed, RecvError, TryRecvError, Watch, Watcher};
use zokio_core::time::Clock;

pub(crate) fn each_watcher_learns_the_latest() -> Outcome {
    let (mut sim, time) = sim!();
    let watch = Watch::new(0);
    async fn follow(mut watcher: Watcher<'_, u32>, time: &'static Time, pace: u64) -> (u32, u32) {
        let (mut last, mut count) = (0, 0);
        while let Ok(value) = watcher.changed().await {
            if value <= last {
                return (0, 0);
            }
            (last, count) = (value, count + 1);
            time.sleep(Duration::from_millis(pace)).await;
        }
        (last, count)
    }
    let change = async {
        for value in 1..=10 {
            if watch.send(value).is_err() {
                break;
            }
            time.sleep(Duration::from_millis(2)).await;
        }
        watch.close();
    };
    // The quick one sees all ten, the slow one fewer, both the last.
    let result = sim.block_on(join((follow(watch.watcher(), time, 1), follow(watch.watcher(), time, 5), change)));
    check!(matches!(result, Ok(((10, 10), (10, 2..=5), ()))));
    check!(watch.get() == 10 && watch.is_closed() && watch.send(11) == Err(Closed(11)));
    Ok(())
}

pub(crate) fn a_watcher_begins_with_the_present() -> Outcome {
    let watch = Watch::new(1);
    check!(watch.send(2).is_ok());
    let mut watcher = watch.watcher();
    check!(!watcher.has_changed() && watcher.try_changed() == Err(TryRecvError::Empty));
    check!(watch.send(3).is_ok() && watch.send(4).is_ok());
    let mut other = watcher.clone();
    check!(watcher.has_changed() && watcher.try_changed() == Ok(4));
    check!(!watcher.has_changed() && other.has_changed());
    watch.close();
    check!(watcher.try_changed() == Err(TryRecvError::Closed));
    check!(poll(pin!(watcher.changed())) == Poll::Ready(Err(RecvError)));
    // Who has not seen the last one still does.
    let mut stream = pin!(other.changed());
    check!(poll_next(stream.as_mut()) == Poll::Ready(Some(4)));
    check!(poll_next(stream.as_mut()) == Poll::Ready(None));
    Ok(())
}

pub(crate) fn a_watcher_is_a_stream() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    let watch = Watch::new(0);
    let mut watcher = watch.watcher();
    let mut stream = pin!(watcher.changed());
    for value in 1..4 {
        check!(WAKES.poll(stream.as_mut()).is_pending());
        check!(watch.send(value).is_ok() && WAKES.take() == 1);
        check!(poll_next(stream.as_mut()) == Poll::Ready(Some(value)));
    }
    check!(WAKES.poll(stream.as_mut()).is_pending());
    watch.close();
    check!(WAKES.take() == 1 && poll_next(stream.as_mut()) == Poll::Ready(None));
    Ok(())
}

pub(crate) fn every_prefix_of_a_change() -> Outcome {
    static OTHER: Wakes = Wakes::new();
    for polls in 0..4 {
        for sent in 0..5 {
            let watch = Watch::new(0);
            let (mut watcher, mut other) = (watch.watcher(), watch.watcher());
            let mut other = pin!(other.changed());
            let mut received = None;
            {
                let mut changed = pin!(watcher.changed());
                for number in 0..polls {
                    if number == sent {
                        check!(watch.send(8).is_ok());
                    }
                    if let Poll::Ready(Ok(value)) = poll(changed.as_mut()) {
                        received = Some(value);
                        break;
                    }
                    check!(OTHER.poll(other.as_mut()).is_pending());
                }
            }
            if sent >= polls {
                check!(received.is_none() && watch.send(8).is_ok());
            }
            check!(OTHER.take() == usize::from(polls > 0 && sent > 0));
            check!(received.or_else(|| watcher.try_changed().ok()) == Some(8));
            check!(poll(other.as_mut()) == Poll::Ready(Ok(8)));
        }
    }
    Ok(())
}

pub(crate) fn a_value_that_is_looked_at_is_waited_for() -> Outcome {
    static WATCHER: Wakes = Wakes::new();
    static VIEWER: Wakes = Wakes::new();
    let watch = Watch::new(Interrupted(0));
    let mut watcher = watch.watcher();
    check!(watch.send(Interrupted(1)).is_ok());
    let mut changed = pin!(watcher.changed());
    let mut view = pin!(watch.view(|value| value.0));
    let mut waited = false;
    let look = |value: &Interrupted| {
        waited = watch.try_view(|_| ()).is_none()
            && WATCHER.poll(changed.as_mut()).is_pending()
            && VIEWER.poll(view.as_mut()).is_pending();
        value.0
    };
    check!(watch.try_view(look) == Some(1));
    check!(waited && WATCHER.take() == 1 && VIEWER.take() == 1);
    check!(poll(changed.as_mut()) == Poll::Ready(Ok(Interrupted(1))));
    check!(poll(view.as_mut()) == Poll::Ready(1));
    Ok(())
}

pub(crate) fn a_value_that_is_looked_at_can_be_replaced() -> Outcome {
    let watch = Watch::new(Interrupted(0));
    let (mut first, mut second) = (watch.watcher(), watch.watcher());
    check!(watch.send(Interrupted(1)).is_ok());
    let send = || drop(watch.send(Interrupted(2)));
    check!(interrupt(send, || first.try_changed()) == Ok(Interrupted(1)));
    // The old one did not come back over the new one.
    check!(watch.try_view(|value| value.0) == Some(2));
    check!(first.try_changed() == Ok(Interrupted(2)) && second.try_changed() == Ok(Interrupted(2)));
    check!(first.try_changed() == Err(TryRecvError::Empty));
    // A copy is to be had also of what is lent.
    let copied = Watch::new(3);
    check!(
        copied.try_view(|lent| (*lent, copied.get(), copied.send(4).is_ok(), copied.get())) == Some((3, 3, true, 4))
    );
    check!(copied.get() == 4);
    Ok(())
}

pub(crate) fn replaced_values_are_dropped() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    {
        let watch = Watch::new(Counted(&DROPPED));
        check!(watch.send(Counted(&DROPPED)).is_ok());
        check!(DROPPED.load(Ordering::Relaxed) == 1);
        let replace = |_: &Counted| {
            drop(watch.send(Counted(&DROPPED)));
            DROPPED.load(Ordering::Relaxed)
        };
        // What is looked at lives until the look is over.
        check!(watch.try_view(replace) == Some(1));
        check!(DROPPED.load(Ordering::Relaxed) == 2);
    }
    check!(DROPPED.load(Ordering::Relaxed) == 3);
    Ok(())
}
