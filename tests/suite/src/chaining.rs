//! map, then, chain.

use crate::polling::poll;
use crate::task::Counted;
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::{FutureExt, pending, ready, yield_now};
use zokio_core::time::Clock;

pub(crate) fn one_after_the_other() -> Outcome {
    let (mut sim, time) = sim!();
    let after = |millis| async move {
        time.sleep(Duration::from_millis(millis)).await;
        millis
    };
    check!(sim.block_on(after(1).map(|it| it + 1)) == Ok(2));
    check!(sim.block_on(after(2).then(|it| after(it + 1))) == Ok(3));
    check!(sim.block_on(after(3).chain(after(4))) == Ok((3, 4)));
    check!(time.millis() == 1 + 2 + 3 + 3 + 4);
    check!(sim.block_on(ready(1).chain(ready(2)).map(|(a, b)| a + b).then(|sum| ready(sum * 2))) == Ok(6));
    Ok(())
}

pub(crate) fn the_first_is_dropped_before_the_second_begins() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    async fn first() {
        let _counted = Counted(&DROPPED);
        yield_now().await;
    }
    let dropped = || DROPPED.load(Ordering::Relaxed);
    let second = async { dropped() };
    check!(matches!(poll(pin!(ready(Counted(&DROPPED)).map(drop))), Poll::Ready(())));
    {
        let mut then = pin!(first().then(|()| async { dropped() }));
        check!(poll(then.as_mut()).is_pending() && dropped() == 1);
        check!(poll(then.as_mut()) == Poll::Ready(2));
        check!(poll(then.as_mut()).is_pending());
        let mut chain = pin!(first().chain(second));
        check!(poll(chain.as_mut()).is_pending() && dropped() == 2);
        check!(poll(chain.as_mut()) == Poll::Ready(((), 3)));
        check!(poll(chain.as_mut()).is_pending());
    }
    check!(dropped() == 3);
    Ok(())
}

pub(crate) fn every_prefix_drops_everything_once() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    async fn work() -> Counted {
        let _counted = Counted(&DROPPED);
        yield_now().await;
        Counted(&DROPPED)
    }
    // How much there is to drop after so many polls: what runs, what is captured, what came out.
    for (polls, chained, then) in [(0, 0, 1), (1, 1, 2), (2, 3, 4), (3, 3, 4)] {
        {
            let mut chain = pin!(work().chain(async {
                let _counted = Counted(&DROPPED);
                pending::<()>().await;
            }));
            for _ in 0..polls {
                let _ = poll(chain.as_mut());
            }
        }
        let seen = DROPPED.swap(0, Ordering::Relaxed);
        check!(seen == chained);
        {
            let captured = Counted(&DROPPED);
            let mut chain = pin!(work().then(move |output| async move {
                let _both = (captured, output);
                let _counted = Counted(&DROPPED);
                pending::<()>().await;
            }));
            for _ in 0..polls {
                let _ = poll(chain.as_mut());
            }
        }
        check!(DROPPED.swap(0, Ordering::Relaxed) == then);
    }
    Ok(())
}
