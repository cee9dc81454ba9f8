//! Once-cells.

use crate::polling::{Wakes, poll};
use crate::task::Counted;
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::cell::Cell;
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use portable_atomic::{AtomicUsize, Ordering};
use zokio_core::future::{join, pending, yield_now};
use zokio_core::sync::OnceCell;
use zokio_core::time::Clock;

pub(crate) fn one_makes_the_value_for_all() -> Outcome {
    let (mut sim, time) = sim!();
    let (cell, runs) = (OnceCell::new(), Cell::new(0));
    let need = |number: u32| {
        let (cell, runs) = (&cell, &runs);
        async move {
            let make = async || {
                runs.set(runs.get() + 1);
                time.sleep(Duration::from_millis(5)).await;
                number
            };
            *cell.get_or_init(make).await
        }
    };
    check!(cell.get().is_none());
    let waiting = async { *cell.wait().await };
    check!(sim.block_on(join((waiting, need(3), need(4), need(5)))) == Ok((3, 3, 3, 3)));
    check!(runs.get() == 1 && time.millis() == 5);
    check!(sim.block_on(join((need(6), async { *cell.wait().await }))) == Ok((3, 3)));
    Ok(())
}

pub(crate) fn a_cell_is_set_once() -> Outcome {
    static WAKES: Wakes = Wakes::new();
    let mut cell = OnceCell::new();
    {
        let mut waiting = pin!(cell.wait());
        check!(WAKES.poll(waiting.as_mut()).is_pending());
        check!(cell.set(1) == Ok(()));
        check!(WAKES.take() == 1);
        check!(poll(waiting.as_mut()) == Poll::Ready(&1));
    }
    check!(cell.set(2) == Err(2));
    check!(cell.get_mut().map(|value| core::mem::replace(value, 3)) == Some(1));
    check!(cell.take() == Some(3) && cell.get().is_none() && cell.take().is_none());
    check!(cell.set(4) == Ok(()));
    check!(cell.into_inner() == Some(4));
    Ok(())
}

pub(crate) fn a_cancelled_init_hands_on() -> Outcome {
    static NEXT: Wakes = Wakes::new();
    static LAST: Wakes = Wakes::new();
    let cell = OnceCell::<u8>::new();
    let (mut next, mut last) = (pin!(cell.get_or_init(async || 2)), pin!(cell.get_or_init(async || 3)));
    {
        let mut making = pin!(cell.get_or_init(async || pending().await));
        check!(poll(making.as_mut()).is_pending());
        check!(NEXT.poll(next.as_mut()).is_pending());
        check!(LAST.poll(last.as_mut()).is_pending());
        check!(cell.set(1) == Err(1));
    }
    check!((NEXT.take(), LAST.take()) == (1, 0));
    check!(poll(last.as_mut()).is_pending());
    check!(LAST.poll(last.as_mut()).is_pending());
    check!(poll(next.as_mut()) == Poll::Ready(&2));
    check!(LAST.take() == 1);
    check!(poll(last.as_mut()) == Poll::Ready(&2));
    Ok(())
}

pub(crate) fn a_failed_init_hands_on() -> Outcome {
    let (mut sim, _) = sim!();
    let cell = OnceCell::<u8>::new();
    let result = sim.block_on(join((
        cell.get_or_try_init(async || {
            yield_now().await;
            Err("no")
        }),
        cell.get_or_try_init(async || Ok::<_, &str>(2)),
        cell.get_or_init(async || 3),
    )));
    check!(result == Ok((Err("no"), Ok(&2), &2)));
    Ok(())
}

pub(crate) fn every_prefix_of_an_init() -> Outcome {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    let mut made = 0;
    for polls in 0..5 {
        let cell = OnceCell::<Counted>::new();
        {
            let mut making = pin!(cell.get_or_init(async || {
                yield_now().await;
                yield_now().await;
                Counted(&DROPPED)
            }));
            for _ in 0..polls {
                if poll(making.as_mut()).is_ready() {
                    break;
                }
            }
        }
        check!(cell.get().is_some() == (polls >= 3));
        // Nothing is left behind: the next makes it at once.
        check!(poll(pin!(cell.get_or_init(async || Counted(&DROPPED)))).is_ready());
        check!(DROPPED.load(Ordering::Relaxed) == made);
        made += 1;
    }
    check!(DROPPED.load(Ordering::Relaxed) == made);
    Ok(())
}
