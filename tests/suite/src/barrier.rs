//! Barriers.

use crate::polling::{Wakes, poll};
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::cell::Cell;
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use zokio_core::future::join;
use zokio_core::sync::Barrier;
use zokio_core::time::Clock;

pub(crate) fn all_go_on_together() -> Outcome {
    let (mut sim, time) = sim!();
    let barrier = Barrier::new(3);
    let (arrived, early, leaders) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let work = |pace: u64| {
        let (arrived, early, leaders, barrier) = (&arrived, &early, &leaders, &barrier);
        async move {
            for round in 1..=4 {
                time.sleep(Duration::from_millis(pace)).await;
                arrived.set(arrived.get() + 1);
                let result = barrier.wait().await;
                early.set(early.get() + u32::from(arrived.get() < 3 * round));
                leaders.set(leaders.get() + u32::from(result.is_leader()));
            }
        }
    };
    check!(sim.block_on(join([work(3), work(1), work(2)])).is_ok());
    check!(early.get() == 0 && leaders.get() == 4);
    check!(time.millis() == 12);
    Ok(())
}

pub(crate) fn a_barrier_for_one_holds_up_nobody() -> Outcome {
    for count in 0..2 {
        let barrier = Barrier::new(count);
        for _ in 0..2 {
            check!(matches!(poll(pin!(barrier.wait())), Poll::Ready(result) if result.is_leader()));
        }
    }
    Ok(())
}

pub(crate) fn every_prefix_of_a_wait_leaves_the_count_right() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    for polls in 0..3 {
        let barrier = Barrier::new(3);
        let (mut first, mut second) = (pin!(barrier.wait()), pin!(barrier.wait()));
        check!(WAKES.poll(first.as_mut()).is_pending());
        {
            let mut dropped = pin!(barrier.wait());
            for _ in 0..polls {
                check!(poll(dropped.as_mut()).is_pending());
            }
        }
        // Two are here, whether or not a third had come and gone.
        check!(WAKES.poll(second.as_mut()).is_pending());
        check!(poll(first.as_mut()).is_pending() && WAKES.take() == 0);
        check!(WAKES.poll(first.as_mut()).is_pending());
        check!(matches!(poll(pin!(barrier.wait())), Poll::Ready(result) if result.is_leader()));
        check!(WAKES.take() == 2);
        check!(matches!(poll(first.as_mut()), Poll::Ready(result) if !result.is_leader()));
        check!(matches!(poll(second.as_mut()), Poll::Ready(result) if !result.is_leader()));
    }
    Ok(())
}

pub(crate) fn a_wait_that_is_over_does_not_count() -> Outcome {
    let barrier = Barrier::new(2);
    let mut next = pin!(barrier.wait());
    {
        let mut over = pin!(barrier.wait());
        check!(poll(over.as_mut()).is_pending());
        check!(matches!(poll(pin!(barrier.wait())), Poll::Ready(result) if result.is_leader()));
        check!(poll(next.as_mut()).is_pending());
        // Dropped without having heard that its round is over: that is not taken out of the next one's count.
    }
    check!(matches!(poll(pin!(barrier.wait())), Poll::Ready(result) if result.is_leader()));
    check!(matches!(poll(next.as_mut()), Poll::Ready(result) if !result.is_leader()));
    Ok(())
}
