//! Timers on virtual time.

use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::cell::Cell;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use zokio_core::driver::Wait;
use zokio_core::future::{Stream, join};
use zokio_core::time::{Clock, Instant, MissedTicks, TimedOut};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn timers_fire_in_order() -> Outcome {
    let (mut sim, time) = sim!();
    let order = Cell::new(0);
    let after = |millis: u64| {
        let order = &order;
        async move {
            time.sleep(ms(millis)).await;
            order.set(order.get() * 10 + millis);
        }
    };
    check!(sim.block_on(join((after(4), after(1), after(3), after(2)))).is_ok());
    check!(order.get() == 1234);
    check!(time.millis() == 4);
    Ok(())
}

pub(crate) fn equal_deadlines_keep_their_order() -> Outcome {
    let (mut sim, time) = sim!();
    static ORDER: zokio_core::sync::Channel<u8, 4> = zokio_core::sync::Channel::new();
    static ARENA: zokio_core::task::TaskArena<4, { size_of::<[usize; 16]>() }> = zokio_core::task::TaskArena::new();
    for number in 1..=4 {
        let task = ARENA.task(async move {
            time.sleep_until(Instant::from_millis(3)).await;
            let _ = ORDER.try_send(number);
        });
        check!(sim.spawner().spawn(task).is_ok());
    }
    check!(sim.block_on(async { time.sleep(ms(5)).await }).is_ok());
    for number in 1..=4 {
        check!(ORDER.try_recv() == Ok(number));
    }
    Ok(())
}

pub(crate) fn a_dropped_sleep_is_unlinked() -> Outcome {
    let (mut sim, time) = sim!();
    let mut cx = Context::from_waker(Waker::noop());
    {
        let mut first = pin!(time.sleep(ms(1)));
        let mut second = pin!(time.sleep(ms(2)));
        let mut third = pin!(time.sleep(ms(3)));
        check!(first.as_mut().poll(&mut cx).is_pending());
        check!(third.as_mut().poll(&mut cx).is_pending());
        check!(second.as_mut().poll(&mut cx).is_pending());
        check!(sim.next_deadline() == Some(Instant::from_millis(1)));
    }
    check!(sim.next_deadline().is_none());
    let Ok(turn) = sim.turn(Wait::Poll);
    check!(turn.fired == 0);
    Ok(())
}

pub(crate) fn a_deadline_in_the_past_is_now() -> Outcome {
    let (mut sim, time) = sim!();
    time.pass(10);
    check!(sim.block_on(time.sleep_until(Instant::from_millis(9))).is_ok());
    check!(sim.block_on(time.sleep(Duration::ZERO)).is_ok());
    check!(time.millis() == 10);
    // It gives way once all the same.
    let mut cx = Context::from_waker(Waker::noop());
    let mut late = pin!(time.sleep_until(Instant::from_millis(9)));
    check!(late.as_mut().poll(&mut cx).is_pending());
    let Ok(turn) = sim.turn(Wait::Poll);
    check!(turn.fired == 1 && late.as_mut().poll(&mut cx).is_ready());
    check!(sim.next_deadline().is_none());
    check!(sim.block_on(async { time.sleep_until(Instant::MAX + Duration::MAX).deadline() }) == Ok(Instant::MAX));
    Ok(())
}

pub(crate) fn a_sleep_can_be_reset() -> Outcome {
    let (mut sim, time) = sim!();
    let mut cx = Context::from_waker(Waker::noop());
    let mut sleep = pin!(time.sleep(ms(5)));
    check!(sleep.as_mut().poll(&mut cx).is_pending());
    sleep.as_mut().reset(Instant::from_millis(2));
    check!(sim.next_deadline().is_none());
    check!(sleep.as_mut().poll(&mut cx).is_pending());
    check!(sim.next_deadline() == Some(Instant::from_millis(2)));
    check!(sim.block_on(sleep.as_mut()).is_ok());
    check!(time.millis() == 2);
    sleep.as_mut().reset(Instant::from_millis(7));
    check!(sim.block_on(sleep).is_ok());
    check!(time.millis() == 7);
    Ok(())
}

pub(crate) fn timeouts_say_who_won() -> Outcome {
    let (mut sim, time) = sim!();
    let result = sim.block_on(async {
        let late = time.timeout(ms(2), time.sleep(ms(3))).await;
        let early = time.timeout(ms(3), time.sleep(ms(2))).await;
        (late, early)
    });
    check!(result == Ok((Err(TimedOut), Ok(()))));
    check!(time.millis() == 4);
    check!(sim.next_deadline().is_none());
    Ok(())
}

pub(crate) fn a_ready_future_beats_its_timeout() -> Outcome {
    let (mut sim, time) = sim!();
    check!(sim.block_on(time.timeout(Duration::ZERO, async { 1 })) == Ok(Ok(1)));
    Ok(())
}

pub(crate) fn intervals_deliver_what_was_missed() -> Outcome {
    let (mut sim, time) = sim!();
    let result = sim.block_on(async {
        let mut every = time.interval(ms(10));
        let first = every.tick().await;
        time.pass(35);
        let burst = [every.tick().await, every.tick().await, every.tick().await];
        (first, burst, time.millis(), every.tick().await)
    });
    let at = Instant::from_millis;
    check!(result == Ok((at(10), [at(20), at(30), at(40)], 45, at(50))));
    Ok(())
}

pub(crate) fn intervals_can_delay() -> Outcome {
    let (mut sim, time) = sim!();
    let result = sim.block_on(async {
        let mut every = time.interval(ms(10)).missed(MissedTicks::Delay);
        every.tick().await;
        time.pass(35);
        (every.tick().await, every.tick().await)
    });
    check!(result == Ok((Instant::from_millis(20), Instant::from_millis(55))));
    Ok(())
}

pub(crate) fn intervals_can_skip() -> Outcome {
    let (mut sim, time) = sim!();
    let result = sim.block_on(async {
        let mut every = time.interval(ms(10)).missed(MissedTicks::Skip);
        every.tick().await;
        time.pass(35);
        (every.tick().await, every.tick().await, every.tick().await)
    });
    let at = Instant::from_millis;
    check!(result == Ok((at(20), at(50), at(60))));
    Ok(())
}

pub(crate) fn an_interval_is_a_stream() -> Outcome {
    let (mut sim, time) = sim!();
    let at = Instant::from_millis;
    let result = sim.block_on(async {
        let mut every = time.interval(ms(10));
        let mut seen = [Instant::ZERO; 4];
        {
            let mut ticks = pin!(every.tick());
            for (index, seen) in seen.iter_mut().enumerate() {
                if index == 2 {
                    time.pass(25);
                }
                *seen = core::future::poll_fn(|cx| ticks.as_mut().poll_next(cx)).await.unwrap_or_default();
            }
        }
        // What the stream did not deliver, the next call does.
        (seen, time.millis(), every.tick().await)
    });
    check!(result == Ok(([at(10), at(20), at(30), at(40)], 45, at(50))));
    check!(sim.next_deadline().is_none());
    Ok(())
}

pub(crate) fn a_far_deadline_does_not_block_a_near_one() -> Outcome {
    let (mut sim, time) = sim!();
    let result = sim.block_on(async {
        let mut never = pin!(time.sleep(Duration::MAX));
        let polled = core::future::poll_fn(|cx| Poll::Ready(Pin::as_mut(&mut never).poll(cx))).await;
        time.sleep(ms(1)).await;
        polled.is_pending()
    });
    check!(result == Ok(true));
    check!(time.millis() == 1);
    Ok(())
}

pub(crate) fn the_next_deadline_is_told() -> Outcome {
    static ARENA: zokio_core::task::TaskArena<1, 128> = zokio_core::task::TaskArena::new();
    let (mut sim, time) = sim!();
    check!(sim.spawner().spawn(ARENA.task(async move { time.sleep(ms(8)).await })).is_ok());
    // As a foreign loop would: run what is ready, then wait by itself.
    let Ok(_) = sim.run_until_stalled();
    check!(sim.next_deadline() == Some(Instant::from_millis(8)) && time.millis() == 0);
    time.pass(8);
    let Ok(turn) = sim.run_until_stalled();
    check!((turn.fired, turn.completed) == (1, 1));
    Ok(())
}
