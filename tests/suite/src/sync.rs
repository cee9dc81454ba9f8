//! Mutex, notify, signal, pipe.

use crate::polling::Wakes;
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::cell::Cell;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use zokio_core::future::{join, yield_now};
use zokio_core::sync::{Mutex, Notify, Pipe, Signal};
use zokio_core::time::Clock;

pub(crate) fn a_mutex_excludes_across_an_await() -> Outcome {
    let (mut sim, time) = sim!();
    let mutex = Mutex::new(0);
    let inside = Cell::new(false);
    let overlaps = Cell::new(0);
    let work = || async {
        for _ in 0..5 {
            let mut value = mutex.lock().await;
            overlaps.set(overlaps.get() + u32::from(inside.replace(true)));
            let seen = *value;
            time.sleep(Duration::from_millis(1)).await;
            *value = seen + 1;
            inside.set(false);
        }
    };
    check!(sim.block_on(join((work(), work(), work()))).is_ok());
    check!(overlaps.get() == 0);
    check!(mutex.try_lock().is_some());
    check!(mutex.into_inner() == 15);
    Ok(())
}

pub(crate) fn a_mutex_is_fair() -> Outcome {
    let mutex = Mutex::new(());
    let mut cx = Context::from_waker(Waker::noop());
    let held = mutex.try_lock();
    let (mut first, mut second) = (pin!(mutex.lock()), pin!(mutex.lock()));
    check!(first.as_mut().poll(&mut cx).is_pending());
    check!(second.as_mut().poll(&mut cx).is_pending());
    drop(held);
    // It was handed to the first: nobody overtakes, not even while the first has not been polled.
    check!(mutex.try_lock().is_none());
    check!(second.as_mut().poll(&mut cx).is_pending());
    let Poll::Ready(held) = first.as_mut().poll(&mut cx) else { return Err("the first waits although it is its turn") };
    check!(second.as_mut().poll(&mut cx).is_pending());
    drop(held);
    check!(second.as_mut().poll(&mut cx).is_ready());
    Ok(())
}

pub(crate) fn notify_one_is_kept_once() -> Outcome {
    let notify = Notify::new();
    let mut cx = Context::from_waker(Waker::noop());
    notify.notify_one();
    notify.notify_one();
    check!(pin!(notify.notified()).poll(&mut cx).is_ready());
    check!(pin!(notify.notified()).poll(&mut cx).is_pending());
    let (mut first, mut second) = (pin!(notify.notified()), pin!(notify.notified()));
    check!(first.as_mut().poll(&mut cx).is_pending());
    check!(second.as_mut().poll(&mut cx).is_pending());
    notify.notify_one();
    check!(second.as_mut().poll(&mut cx).is_pending());
    check!(first.as_mut().poll(&mut cx).is_ready());
    Ok(())
}

pub(crate) fn notify_all_reaches_those_who_wait() -> Outcome {
    let notify = Notify::new();
    let mut cx = Context::from_waker(Waker::noop());
    let (mut first, mut second, mut third) =
        (pin!(notify.notified()), pin!(notify.notified()), pin!(notify.notified()));
    check!(first.as_mut().poll(&mut cx).is_pending());
    check!(second.as_mut().poll(&mut cx).is_pending());
    notify.notify_all();
    check!(third.as_mut().poll(&mut cx).is_pending());
    check!(first.as_mut().poll(&mut cx).is_ready());
    check!(second.as_mut().poll(&mut cx).is_ready());
    Ok(())
}

pub(crate) fn a_signal_holds_the_latest() -> Outcome {
    let (mut sim, time) = sim!();
    let signal = Signal::new();
    let result = sim.block_on(join((
        async {
            let first = signal.wait().await;
            time.sleep(Duration::from_millis(5)).await;
            (first, signal.wait().await)
        },
        async {
            time.sleep(Duration::from_millis(1)).await;
            let taken = signal.signal(1);
            yield_now().await;
            (taken, signal.signal(2), signal.signal(3))
        },
    )));
    check!(result == Ok(((1, 3), (None, None, Some(2)))));
    check!(!signal.is_signaled() && signal.try_take().is_none());
    Ok(())
}

pub(crate) fn a_pipe_wraps_and_holds_back() -> Outcome {
    let (mut sim, time) = sim!();
    let pipe = Pipe::<5>::new();
    let result = sim.block_on(join((
        async {
            let mut sent = 0u8;
            while sent < 100 {
                let bytes: [u8; 3] = core::array::from_fn(|at| sent + at as u8);
                sent += pipe.write(&bytes[..3.min(100 - sent as usize)]).await as u8;
            }
            pipe.drained().await;
        },
        async {
            let mut expected = 0u8;
            let mut bytes = [0; 4];
            while expected < 100 {
                let count = pipe.read(&mut bytes).await;
                for byte in &bytes[..count] {
                    if *byte != expected {
                        return false;
                    }
                    expected += 1;
                }
                time.sleep(Duration::from_millis(1)).await;
            }
            true
        },
    )));
    check!(result == Ok(((), true)));
    check!(pipe.is_empty() && pipe.free() == 5 && pipe.try_read_byte().is_none());
    Ok(())
}

pub(crate) fn a_signal_is_not_overtaken() -> Outcome {
    static WAKES: [Wakes; 2] = [const { Wakes::new() }; 2];
    let signal = Signal::new();
    for round in 0..3 {
        let (mut first, mut second) = (pin!(signal.wait()), pin!(signal.wait()));
        check!(WAKES[0].poll(first.as_mut()).is_pending());
        check!(WAKES[1].poll(second.as_mut()).is_pending());
        check!(signal.signal(round).is_none());
        // Whoever came first has it: nobody else takes it, and a newer one is for it, too, and wakes nobody again.
        check!(signal.try_take().is_none() && signal.is_signaled());
        check!(pin!(signal.wait()).poll(&mut Context::from_waker(Waker::noop())).is_pending());
        check!(WAKES[1].poll(second.as_mut()).is_pending());
        check!(signal.signal(round + 1) == Some(round));
        check!(WAKES[0].take() == 1 && WAKES[1].take() == 0);
        check!(WAKES[0].poll(first.as_mut()) == Poll::Ready(round + 1));
        check!(signal.signal(round + 2).is_none());
        check!(WAKES[0].take() == 0 && WAKES[1].take() == 1);
        check!(WAKES[1].poll(second.as_mut()) == Poll::Ready(round + 2));
    }
    Ok(())
}
