//! Groups.

use crate::polling::{Wakes, poll, poll_next};
use crate::task::Counted;
use crate::virtual_time::sim;
use crate::{Outcome, check};
use core::future::poll_fn;
use core::pin::pin;
use core::task::{Poll, Waker};
use core::time::Duration;
use portable_atomic::{AtomicBool, AtomicUsize, Ordering};
use zokio_core::future::{Group, WakeBits};
use zokio_core::sync::{Notify, WakerCell};
use zokio_core::task::{Scope, scope};
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

/// What one future of a group waits for.
struct Part {
    waker: WakerCell,
    ready: AtomicBool,
    polls: AtomicUsize,
}

impl Part {
    const fn new() -> Self {
        Self { waker: WakerCell::new(), ready: AtomicBool::new(false), polls: AtomicUsize::new(0) }
    }

    /// Ends once for each [`finish`](Self::finish).
    fn wait(&self) -> impl Future<Output = ()> + '_ {
        poll_fn(|cx| {
            self.polls.fetch_add(1, Ordering::Relaxed);
            self.waker.register(cx.waker());
            if self.ready.swap(false, Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
        })
    }

    fn finish(&self) {
        self.ready.store(true, Ordering::Relaxed);
        self.waker.wake();
    }

    fn polls(&self) -> usize {
        self.polls.swap(0, Ordering::Relaxed)
    }
}

/// How often each of them was polled, since this was asked.
fn polls<const N: usize>(parts: &[Part; N]) -> [usize; N] {
    parts.each_ref().map(Part::polls)
}

pub(crate) fn one_wake_is_one_poll() -> Outcome {
    static BITS: WakeBits = WakeBits::new();
    static WAKES: Wakes = Wakes::new();
    let parts = [const { Part::new() }; 5];
    let Some(group) = Group::<_, 5>::with_bits(&BITS) else { return Err("nobody has the bits") };
    let mut group = pin!(group);
    let mut keys = [None; 5];
    for (key, part) in keys.iter_mut().zip(&parts) {
        *key = group.as_mut().insert(part.wait()).ok();
    }
    check!(WAKES.poll(pin!(group.next())).is_pending() && polls(&parts) == [1; 5]);
    // Nobody was woken: a poll for some other reason polls none.
    check!(WAKES.poll(pin!(group.next())).is_pending() && polls(&parts) == [0; 5]);
    // One is woken, for nothing: it alone is polled.
    parts[3].waker.wake();
    check!(WAKES.take() == 1);
    check!(WAKES.poll(pin!(group.next())).is_pending() && polls(&parts) == [0, 0, 0, 1, 0]);
    // Two are ready, and one more is put in: one comes out with each look, and nobody else is polled.
    parts[4].finish();
    parts[1].finish();
    check!(WAKES.take() == 1);
    check!(WAKES.poll(pin!(group.next())) == Poll::Ready(keys[1].map(|key| (key, ()))));
    check!(polls(&parts) == [0, 1, 0, 0, 0]);
    check!(group.as_mut().insert(parts[1].wait()).is_ok());
    check!(WAKES.poll(pin!(group.next())) == Poll::Ready(keys[4].map(|key| (key, ()))));
    check!(WAKES.poll(pin!(group.next())).is_pending());
    check!(polls(&parts) == [0, 1, 0, 0, 1]);
    // Without bits everybody is asked.
    let mut other = pin!(Group::<_, 5>::new());
    for part in &parts {
        check!(other.as_mut().insert(part.wait()).is_ok());
    }
    check!(WAKES.poll(pin!(other.next())).is_pending() && WAKES.poll(pin!(other.next())).is_pending());
    check!(polls(&parts) == [2; 5]);
    WAKES.take();
    Ok(())
}

pub(crate) fn bits_that_are_shared_wake_all_who_share() -> Outcome {
    static BITS: WakeBits = WakeBits::new();
    static WAKES: Wakes = Wakes::new();
    const SHARING: usize = align_of::<WakeBits>();
    const N: usize = SHARING + 2;
    let parts = [const { Part::new() }; N];
    let Some(group) = Group::<_, N>::with_bits(&BITS) else { return Err("nobody has the bits") };
    let mut group = pin!(group);
    for part in &parts {
        check!(group.as_mut().insert(part.wait()).is_ok());
    }
    check!(WAKES.poll(pin!(group.next())).is_pending() && polls(&parts) == [1; N]);
    // Both of those with the first bit end, one after the other, although the look begins behind the first.
    parts[SHARING].finish();
    parts[0].finish();
    for _ in 0..2 {
        check!(WAKES.poll(pin!(group.next())).is_ready());
    }
    check!(group.len() == N - 2 && WAKES.poll(pin!(group.next())).is_pending());
    check!(parts[1].polls() == 0 && parts[SHARING + 1].polls() == 0);
    WAKES.take();
    Ok(())
}

pub(crate) fn bits_outlive_their_group() -> Outcome {
    static BITS: WakeBits = WakeBits::new();
    static FIRST: Wakes = Wakes::new();
    static SECOND: Wakes = Wakes::new();
    let mut kept = None::<Waker>;
    let mut keep = |cx: &mut core::task::Context<'_>| {
        kept = Some(cx.waker().clone());
        Poll::<()>::Pending
    };
    {
        let Some(group) = Group::<_, 1>::with_bits(&BITS) else { return Err("nobody has the bits") };
        let mut group = pin!(group);
        check!(Group::<core::future::Ready<()>, 1>::with_bits(&BITS).is_none());
        check!(group.as_mut().insert(poll_fn(&mut keep)).is_ok());
        check!(FIRST.poll(pin!(group.next())).is_pending());
    }
    let Some(kept) = kept else { return Err("it was polled") };
    // The waker of one that is gone wakes nobody, then one of the next group, for nothing.
    kept.wake_by_ref();
    check!(FIRST.take() == 0);
    let part = Part::new();
    let Some(group) = Group::<_, 1>::with_bits(&BITS) else { return Err("the bits were not given back") };
    let mut group = pin!(group);
    check!(group.as_mut().insert(part.wait()).is_ok());
    check!(SECOND.poll(pin!(group.next())).is_pending() && part.polls() == 1);
    kept.wake_by_ref();
    check!(FIRST.take() == 0 && SECOND.take() == 1);
    check!(SECOND.poll(pin!(group.next())).is_pending() && part.polls() == 1);
    part.finish();
    check!(SECOND.poll(pin!(group.next())).is_ready() && SECOND.take() == 1);
    Ok(())
}

pub(crate) fn a_child_wakes_who_joins_it_in_a_group() -> Outcome {
    static BITS: WakeBits = WakeBits::new();
    let (mut sim, time) = sim!();
    let result = sim.block_on(scope(async |s: &Scope<'_, 2, 96>| {
        let mut group = pin!(Group::<_, 2>::with_bits(&BITS)?);
        for millis in [7, 3] {
            let child = s.spawn(async move {
                time.sleep(Duration::from_millis(millis)).await;
                millis
            });
            group.as_mut().insert(child.ok()?.join()).ok()?;
        }
        let mut digits = 0;
        while let Some((_, millis)) = group.next().await {
            digits = digits * 10 + millis.ok()?;
        }
        Some(digits)
    }));
    check!(result == Ok(Some(37)));
    Ok(())
}
