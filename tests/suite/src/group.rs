//! Groups.

use crate::polling::{Wakes, poll, poll_next};
use crate::task::Counted;
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::Group;
use zokio_core::sync::Notify;
use zokio_core::time::Clock;

pub(crate) fn what_completes_first_comes_first() -> Outcome {
    let (mut sim, time) = sim!();
    let after = |millis: u64| async move {
        time.sleep(Duration::from_millis(millis)).await;
        millis
    };
    let result = sim.block_on(async {
        let mut group = pin!(Group::<_, 3>::new());
        let mut digits = 0;
        for millis in [5, 2, 4] {
            if group.as_mut().insert(after(millis)).is_err() {
                return 0;
            }
        }
        while let Some((_, millis)) = group.next().await {
            digits = digits * 10 + millis;
            // One comes while the others run.
            if millis == 2 && group.as_mut().insert(after(6)).is_err() {
                return 0;
            }
        }
        digits
    });
    check!(result == Ok(2456));
    check!(time.millis() == 8);
    Ok(())
}

pub(crate) fn a_full_group_gives_the_future_back() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    async fn hold(counted: Counted, until: &Notify) {
        until.notified().await;
        drop(counted);
    }
    let dropped = || DROPPED.load(Ordering::Relaxed);
    let go = Notify::new();
    {
        let mut group = pin!(Group::<_, 2>::new());
        check!(poll(pin!(group.next())) == Poll::Ready(None));
        let (Ok(first), Ok(second)) =
            (group.as_mut().insert(hold(Counted(&DROPPED), &go)), group.as_mut().insert(hold(Counted(&DROPPED), &go)))
        else {
            return Err("no place in an empty group");
        };
        let Err(full) = group.as_mut().insert(hold(Counted(&DROPPED), &go)) else { return Err("three in two") };
        check!(dropped() == 0 && (group.len(), group.capacity()) == (2, 2));
        check!(poll(pin!(group.next())).is_pending());
        check!(group.as_mut().remove(first) && dropped() == 1);
        check!(!group.as_mut().remove(first));
        // It takes the place of the first, but not its key.
        let Ok(third) = group.as_mut().insert(full.0) else { return Err("a place is free") };
        check!(third != first && !group.as_mut().remove(first));
        go.notify_one();
        check!(poll(pin!(group.next())) == Poll::Ready(Some((second, ()))));
        check!(!group.as_mut().remove(second) && group.len() == 1 && !group.is_empty());
        check!(poll_next(group.as_mut()).is_pending());
        check!(dropped() == 2);
    }
    check!(dropped() == 3);
    // The third was dropped while it waited, and left no trace.
    go.notify_one();
    check!(poll(pin!(go.notified())).is_ready());
    Ok(())
}

pub(crate) fn a_group_is_fair() -> Outcome {
    // Three that are always ready, replaced at once each time: each has its turn.
    let mut group = pin!(Group::<_, 3>::new());
    let mut counts = [0; 3];
    for number in 0..3 {
        check!(group.as_mut().insert(core::future::ready(number)).is_ok());
    }
    for _ in 0..30 {
        let Poll::Ready(Some((_, number))) = poll(pin!(group.next())) else { return Err("all are ready") };
        counts[number] += 1;
        check!(group.as_mut().insert(core::future::ready(number)).is_ok());
    }
    check!(counts == [10; 3]);
    Ok(())
}

pub(crate) fn every_prefix_of_a_next() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    for polls in 0..4 {
        for done in 0..5 {
            let go = Notify::new();
            let mut group = pin!(Group::<_, 2>::new());
            check!(group.as_mut().insert(go.notified()).is_ok() && group.as_mut().insert(go.notified()).is_ok());
            let mut seen = 0;
            {
                let mut next = pin!(group.next());
                for number in 0..polls {
                    if number == done {
                        go.notify_one();
                        check!(WAKES.take() == usize::from(number > 0));
                    }
                    if WAKES.poll(next.as_mut()).is_ready() {
                        seen += 1;
                        break;
                    }
                }
            }
            if done >= polls {
                go.notify_one();
            }
            // Whoever was notified completes in the group, whatever became of the future that waited.
            seen += usize::from(seen == 0 && poll(pin!(group.next())).is_ready());
            check!(seen == 1 && group.len() == 1);
            WAKES.take();
        }
    }
    Ok(())
}
