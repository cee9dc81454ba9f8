//! The cancel sweep of futures that are made of others, and of those that wait for the time or for one other: dropped after every
//! number of polls. What a combinator's part was granted goes on, as if the part had been dropped alone; and no timer stays.

mod plan;

use plan::{Waiter, carry_out, plans};
use std::cell::Cell;
use std::future::{pending, ready};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use zokio_core::future::{FutureExt, Group, WakeBits, join, race, select, select_biased, yield_now};
use zokio_core::sync::{Closed, Notify, Oneshot};
use zokio_core::task::raw::Due;
use zokio_core::time::Clock;
use zokio_suite::virtual_time::Time;

/// Sweeps what `combine` makes of a future that waits for a notification.
macro_rules! combined {
    ($name:ident, |$part:ident| $combined:expr) => {
        #[test]
        fn $name() {
            for plan in plans(1) {
                let notify = Notify::new();
                let grant = || {
                    notify.notify_one();
                    true
                };
                let make = || {
                    let $part = notify.notified();
                    $combined
                };
                carry_out(plan, make, grant, |_| {});
            }
        }
    };
}

combined!(map, |part| part.map(|()| 7));
combined!(then, |part| part.then(|()| ready(7)));
combined!(then_waits, |part| ready(()).then(move |()| part));
combined!(chain, |part| part.chain(ready(7)));
combined!(chain_waits, |part| ready(7).chain(part));
combined!(join_of_a_tuple, |part| join((ready(7), part)));
combined!(join_of_an_array, |part| join([part]));
combined!(race_of_a_tuple, |part| race((pending::<()>(), part)));
combined!(race_of_an_array, |part| race([part]));
combined!(due, |part| Due::new(Duration::from_millis(1), part));
combined!(select_fair, |part| select(pending::<()>(), part));
combined!(select_in_order, |part| select_biased(part, pending::<()>()));

/// Tells that it was dropped.
struct Dropped(Rc<Cell<u32>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// Each part is dropped once, whenever the whole is.
#[test]
fn parts_are_dropped_once() {
    for polls in 0..3 {
        let drops = Rc::new(Cell::new(0));
        let part = || {
            let dropped = Dropped(drops.clone());
            async move {
                let _dropped = dropped;
                pending::<()>().await;
            }
        };
        let count = |future: &mut dyn FnMut()| {
            future();
            drops.replace(0)
        };
        macro_rules! dropped {
            ($future:expr, $expected:literal) => {
                let dropped = count(&mut || {
                    let mut waiter = Waiter::new($future);
                    (0..polls).for_each(|_| assert!(waiter.poll().is_none()));
                });
                assert_eq!(dropped, $expected, "{} after {polls} polls", stringify!($future));
            };
        }
        dropped!(part().map(|()| 7), 1);
        dropped!(part().then(|()| part()), 1);
        dropped!(part().chain(part()), 2);
        dropped!(join((part(), part(), ready(()))), 2);
        dropped!(join([part(), part()]), 2);
        dropped!(race((part(), part())), 2);
        dropped!(race([part(), part()]), 2);
        dropped!(select(part(), part()), 2);
        dropped!(select_biased(part(), part()), 2);
    }
}

/// A group keeps its futures when the one who waits for the next gives up; and drops them when it goes.
#[test]
fn group_next() {
    static BITS: WakeBits = WakeBits::new();
    let kinds = [false, true].into_iter().flat_map(|with_bits| (0..4).map(move |polls| (polls, with_bits)));
    for (polls, with_bits) in kinds {
        let (notify, drops) = (Notify::new(), Rc::new(Cell::new(0)));
        {
            let part = || {
                let (dropped, notified) = (Dropped(drops.clone()), notify.notified());
                async move {
                    let _dropped = dropped;
                    notified.await;
                }
            };
            let group = if with_bits { Group::<_, 2>::with_bits(&BITS) } else { Some(Group::new()) };
            let mut group = pin!(group.expect("the group before gave the bits back"));
            assert!(group.as_mut().insert(part()).is_ok() && group.as_mut().insert(part()).is_ok());
            let mut dropped = Waiter::new(group.next());
            (0..polls).for_each(|_| assert!(dropped.poll().is_none()));
            drop(dropped);
            assert_eq!((group.len(), drops.get()), (2, 0), "after {polls} polls");
            // Who asks next is woken for what the first waited for.
            let mut next = Waiter::new(group.next());
            assert!(next.turn().is_none());
            notify.notify_one();
            assert!(matches!(next.turn(), Some(Some(_))), "after {polls} polls: it sleeps through the notification");
            drop(next);
            assert_eq!((group.len(), drops.get()), (1, 1));
        }
        assert_eq!(drops.get(), 2);
    }
}

/// No timer stays behind, in whatever order timers go, and the others fire in theirs.
#[test]
fn timers() {
    static TIME: Time = Time::new();
    for (polls, others) in (0..3).flat_map(|polls| (0..4).map(move |others| (polls, others))) {
        let millis = Duration::from_millis;
        macro_rules! swept {
            ($future:expr) => {
                let before = Waiter::new(TIME_REF.sleep(millis(5)));
                let mut waiting: Vec<_> = (0..others).map(|n| Waiter::new(TIME_REF.sleep(millis(10 + n)))).collect();
                let mut all = vec![before];
                all.append(&mut waiting);
                all.iter_mut().for_each(|waiter| assert!(waiter.turn().is_none()));
                let first = TIME_REF.timers().next_deadline();
                {
                    let mut dropped = Waiter::new($future);
                    (0..polls).for_each(|_| assert!(dropped.poll().is_none()));
                }
                assert_eq!(TIME_REF.timers().next_deadline(), first, "{} left its timer", stringify!($future));
                drop(all);
                assert_eq!(TIME_REF.timers().next_deadline(), None, "a timer stayed");
            };
        }
        const TIME_REF: &Time = &TIME;
        swept!(TIME_REF.sleep(millis(1)));
        swept!(TIME_REF.sleep(millis(7)));
        swept!(TIME_REF.timeout(millis(1), pending::<()>()));
        swept!(async {
            let mut interval = TIME_REF.interval(millis(1));
            interval.tick().await;
            interval.tick().await;
        });
    }
}

/// The part of a timeout is dropped with it, and a notification that it was given goes on.
#[test]
fn timeout() {
    static TIME: Time = Time::new();
    for plan in plans(1) {
        let notify = Notify::new();
        let grant = || {
            notify.notify_one();
            true
        };
        let make = || (&TIME).timeout(Duration::from_secs(1), notify.notified());
        carry_out(plan, make, grant, |result| assert!(result.is_ok()));
        assert_eq!((&TIME).timers().next_deadline(), None, "{plan:?}: a timer stayed");
    }
}

/// The value that comes after the receiver gave up comes back to who sends it.
#[test]
fn oneshot_receiver() {
    for (polls, sent) in (0..3).flat_map(|polls| [(polls, false), (polls, true)]) {
        let mut oneshot = Oneshot::<u32>::new();
        let (sender, receiver) = oneshot.split();
        let mut dropped = Waiter::new(receiver);
        (0..polls).for_each(|_| assert!(dropped.poll().is_none()));
        if sent {
            assert_eq!(sender.send(7), Ok(()));
            drop(dropped);
        } else {
            drop(dropped);
            assert!(sender.is_closed(), "after {polls} polls");
            assert_eq!(sender.send(7), Err(Closed(7)));
        }
        // And it can be used again.
        let (sender, receiver) = oneshot.split();
        assert_eq!(sender.send(8), Ok(()));
        assert_eq!(Waiter::new(receiver).turn(), Some(Ok(8)), "after {polls} polls: what was sent before stayed");
    }
}

/// It waits for nothing: one poll wakes it, the next is ready; dropped before, it leaves nothing.
#[test]
fn yield_once() {
    drop(Waiter::new(yield_now()));
    let mut dropped = Waiter::new(yield_now());
    assert!(dropped.turn().is_none());
    drop(dropped);
    let mut kept = Waiter::new(yield_now());
    assert!(kept.turn().is_none() && kept.turn().is_some());
}
