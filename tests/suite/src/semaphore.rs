//! Semaphores.

use crate::polling::{Wakes, poll};
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::cell::Cell;
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use zokio_core::future::join;
use zokio_core::sync::{AcquireError, Semaphore, TryAcquireError};
use zokio_core::time::Clock;

pub(crate) fn permits_bound_how_many_run() -> Outcome {
    let (mut sim, time) = sim!();
    let semaphore = Semaphore::new(5);
    let (running, most) = (Cell::new(0), Cell::new(0));
    let work = |need: usize| {
        let (running, most, semaphore) = (&running, &most, &semaphore);
        async move {
            for _ in 0..3 {
                let Ok(permit) = semaphore.acquire(need).await else { return false };
                running.set(running.get() + permit.count());
                most.set(most.get().max(running.get()));
                time.sleep(Duration::from_millis(need as u64)).await;
                running.set(running.get() - permit.count());
            }
            true
        }
    };
    check!(sim.block_on(join([work(1), work(2), work(3), work(5)])) == Ok([true; 4]));
    check!(most.get() == 5 && running.get() == 0);
    check!(semaphore.available() == 5);
    Ok(())
}

pub(crate) fn a_big_request_is_not_overtaken() -> Outcome {
    static BIG: Wakes = Wakes::new();
    static SMALL: Wakes = Wakes::new();
    let semaphore = Semaphore::new(4);
    let Ok(held) = semaphore.try_acquire(2) else { return Err("no permits") };
    let (mut big, mut small) = (pin!(semaphore.acquire(3)), pin!(semaphore.acquire(1)));
    check!(BIG.poll(big.as_mut()).is_pending());
    // There are two, but three are wanted first.
    check!(SMALL.poll(small.as_mut()).is_pending());
    check!(matches!(semaphore.try_acquire(1), Err(TryAcquireError::NoPermits)));
    check!(semaphore.available() == 2);
    drop(held);
    // Enough for both: both are woken, once, and what was granted is nobody else's.
    check!((BIG.take(), SMALL.take()) == (1, 1));
    check!(semaphore.available() == 0);
    check!(matches!(semaphore.try_acquire(1), Err(TryAcquireError::NoPermits)));
    let Poll::Ready(Ok(one)) = poll(small.as_mut()) else { return Err("the small one waits although granted") };
    let Poll::Ready(Ok(three)) = poll(big.as_mut()) else { return Err("the big one waits although granted") };
    check!((one.count(), three.count()) == (1, 3));
    drop((one, three));
    check!(semaphore.available() == 4);
    Ok(())
}

pub(crate) fn a_dropped_big_request_lets_the_small_go() -> Outcome {
    static SMALL: Wakes = Wakes::new();
    let semaphore = Semaphore::new(1);
    let (mut first, mut second) = (pin!(semaphore.acquire(1)), pin!(semaphore.acquire(1)));
    {
        let mut big = pin!(semaphore.acquire(2));
        check!(poll(big.as_mut()).is_pending());
        check!(SMALL.poll(first.as_mut()).is_pending());
        check!(SMALL.poll(second.as_mut()).is_pending());
        check!(SMALL.take() == 0);
    }
    check!(SMALL.take() == 1);
    {
        let Poll::Ready(Ok(_one)) = poll(first.as_mut()) else { return Err("nobody let it go") };
        check!(poll(second.as_mut()).is_pending());
    }
    check!(poll(second.as_mut()).is_ready());
    Ok(())
}

pub(crate) fn permits_can_be_used_up_and_added() -> Outcome {
    let semaphore = Semaphore::new(1);
    if let Ok(permit) = semaphore.try_acquire(1) {
        permit.forget();
    }
    check!(semaphore.available() == 0);
    let mut waiting = pin!(semaphore.acquire(2));
    check!(poll(waiting.as_mut()).is_pending());
    semaphore.add_permits(1);
    check!(poll(waiting.as_mut()).is_pending());
    semaphore.add_permits(1);
    let Poll::Ready(Ok(permit)) = poll(waiting.as_mut()) else { return Err("two were added") };
    check!(permit.count() == 2);
    // Asking for nothing waits its turn, too, but not longer.
    check!(semaphore.try_acquire(0).is_ok());
    drop(permit);
    semaphore.add_permits(usize::MAX);
    check!(semaphore.available() == usize::MAX);
    Ok(())
}

pub(crate) fn a_closed_semaphore_refuses() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    let semaphore = Semaphore::new(2);
    let Ok(held) = semaphore.try_acquire(1) else { return Err("no permits") };
    let mut granted = pin!(semaphore.acquire(1));
    let mut waiting = pin!(semaphore.acquire(2));
    let Poll::Ready(Ok(second)) = poll(granted.as_mut()) else { return Err("one was free") };
    let mut behind = pin!(semaphore.acquire(1));
    check!(WAKES.poll(waiting.as_mut()).is_pending() && WAKES.poll(behind.as_mut()).is_pending());
    semaphore.close();
    check!(semaphore.is_closed() && WAKES.take() == 2);
    check!(matches!(poll(behind.as_mut()), Poll::Ready(Err(AcquireError))));
    check!(matches!(poll(waiting.as_mut()), Poll::Ready(Err(AcquireError))));
    check!(matches!(semaphore.try_acquire(0), Err(TryAcquireError::Closed)));
    check!(matches!(poll(pin!(semaphore.acquire(1))), Poll::Ready(Err(AcquireError))));
    // What is out stays valid, and comes back.
    drop((held, second));
    check!(semaphore.available() == 2);
    Ok(())
}

pub(crate) fn every_prefix_of_an_acquire() -> Outcome {
    // Dropped after `polls` polls, with the permits freed before poll number `freed`, and with somebody behind.
    static BEHIND: Wakes = Wakes::new();
    for polls in 0..4 {
        for freed in 0..5 {
            let semaphore = Semaphore::new(2);
            let mut held = semaphore.try_acquire(2).ok();
            let mut behind = pin!(semaphore.acquire(2));
            {
                let mut acquire = pin!(semaphore.acquire(1));
                for number in 0..polls {
                    if number == freed {
                        held = None;
                    }
                    if poll(acquire.as_mut()).is_ready() {
                        break;
                    }
                    check!(BEHIND.poll(behind.as_mut()).is_pending());
                }
            }
            let enqueued = polls > 0 && freed > 0;
            drop(held.take());
            check!(BEHIND.take() == usize::from(enqueued));
            check!(poll(behind.as_mut()).is_ready());
            check!(semaphore.available() == 2 && semaphore.try_acquire(2).is_ok());
        }
    }
    Ok(())
}
