//! Timers under loom: armed, looked at, set anew and dropped while another thread fires them, in each store. Each fires
//! once or is dropped, none is lost, and nothing stays linked.
//!
//! As in `loom_wait_lists.rs` it is the hand-over between two locked regions that is explored: a timer that was unlinked
//! and whose waker was not woken yet. How to run it: see `loom_queues.rs`.
#![cfg(loom)]

mod explore;
mod waiting;

use explore::explore;
use loom::thread;
use std::time::Duration;
use waiting::{Waiting, with_static};
use zokio_core::sync::Notify;
use zokio_core::time::{Clock, Heap, Instant, Sleep, SortedList, TimerStore, Timers, Wheel};

/// A clock at which it is always zero: time is what `expire` says.
struct Zero<S: 'static>(&'static Timers<S>);

impl<S> Clone for Zero<S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S> Copy for Zero<S> {}

// SAFETY: "one store": that of the model's world.
unsafe impl<S: TimerStore> Clock for Zero<S> {
    type Store = S;
    fn now(&self) -> Instant {
        Instant::ZERO
    }
    fn timers(&self) -> &Timers<S> {
        self.0
    }
}

type Timer<S> = Waiting<Sleep<Zero<S>>>;

const fn at(millis: u64) -> Instant {
    Instant::from_nanos(millis * 1_000_000)
}

fn armed<S: TimerStore>(timers: &'static Timers<S>, millis: u64) -> Timer<S> {
    Waiting::queued(Zero(timers).sleep_until(at(millis)))
}

/// Nothing is left of what the model did.
fn is_empty<S: TimerStore>(timers: &Timers<S>) {
    assert_eq!((timers.next_deadline(), timers.expire(at(1_000))), (None, 0));
}

/// One is dropped while it fires, between one before and one behind it.
fn one_is_dropped<S: TimerStore + 'static>(looks: usize) {
    explore(Some(3), move || {
        with_static(Timers::<S>::new(), |timers| {
            let (before, dropped, behind) = (armed(timers, 1), armed(timers, 2), armed(timers, 3));
            let drops = thread::spawn(move || dropped.give_up(looks).is_some());
            let fires = thread::spawn(|| timers.expire(at(5)));
            before.end_woken_once();
            behind.end_woken_once();
            let (fired, had) = (fires.join().unwrap(), drops.join().unwrap());
            assert!(fired == 3 || (fired == 2 && !had));
            is_empty(timers);
        });
    });
}

/// Two threads fire: each timer once.
fn two_fire<S: TimerStore + 'static>() {
    explore(Some(3), || {
        with_static(Timers::<S>::new(), |timers| {
            let (one, other) = (armed(timers, 1), armed(timers, 2));
            let early = thread::spawn(|| timers.expire(at(1)));
            let late = thread::spawn(|| timers.expire(at(5)));
            one.end_woken_once();
            other.end_woken_once();
            assert_eq!(early.join().unwrap() + late.join().unwrap(), 2);
            is_empty(timers);
        });
    });
}

/// One is armed while others fire.
fn one_is_armed<S: TimerStore + 'static>() {
    explore(Some(3), || {
        with_static(Timers::<S>::new(), |timers| {
            let first = armed(timers, 1);
            let arms = thread::spawn(|| armed(timers, 2));
            let fires = thread::spawn(|| timers.expire(at(5)));
            first.end_woken_once();
            let (second, fired) = (arms.join().unwrap(), fires.join().unwrap());
            // Whichever it was, the next look at the timers finds it.
            assert_eq!(timers.next_deadline().is_some(), fired == 1);
            assert_eq!(fired + timers.expire(at(5)), 2);
            second.end_woken_once();
            is_empty(timers);
        });
    });
}

/// One is told to wake somebody else while it fires.
fn the_waker_changes<S: TimerStore + 'static>() {
    explore(None, || {
        with_static(Timers::<S>::new(), |timers| {
            let mut sleep = armed(timers, 1);
            let fires = thread::spawn(|| timers.expire(at(5)));
            sleep.change_waker();
            if sleep.poll().is_pending() {
                timers.expire(at(5));
                sleep.end_woken_once();
            }
            fires.join().unwrap();
            is_empty(timers);
        });
    });
}

/// One gets another deadline while it fires for the one before.
fn it_is_set_anew<S: TimerStore + 'static>() {
    explore(None, || {
        with_static(Timers::<S>::new(), |timers| {
            let mut sleep = armed(timers, 1);
            let fires = thread::spawn(|| timers.expire(at(5)));
            sleep.change_waker();
            sleep.future().reset(at(9));
            assert!(sleep.poll().is_pending(), "it fired for the deadline before");
            assert!(timers.next_deadline().is_some());
            fires.join().unwrap();
            // Not at nine: a wheel is late by less than two microseconds.
            assert_eq!(timers.expire(at(10)), 1);
            sleep.end_woken_once();
            is_empty(timers);
        });
    });
}

/// What comes while the time runs out is had, or left for the next who comes.
fn a_timeout<S: TimerStore + 'static>() {
    explore(Some(3), || {
        with_static((Timers::<S>::new(), Notify::new()), |(timers, notify)| {
            let waits = Waiting::queued(Zero(timers).timeout(Duration::from_millis(1), notify.notified()));
            let notifies = thread::spawn(|| notify.notify_one());
            let fires = thread::spawn(|| timers.expire(at(5)));
            let in_time = waits.end().is_ok();
            notifies.join().unwrap();
            fires.join().unwrap();
            assert_eq!(Waiting::new(notify.notified()).poll().is_ready(), !in_time);
            is_empty(timers);
        });
    });
}

macro_rules! stores {
    ($($name:ident: $store:ty;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn one_is_dropped() {
                for looks in 0..2 {
                    super::one_is_dropped::<$store>(looks);
                }
            }
            #[test]
            fn two_fire() {
                super::two_fire::<$store>();
            }
            #[test]
            fn one_is_armed() {
                super::one_is_armed::<$store>();
            }
            #[test]
            fn the_waker_changes() {
                super::the_waker_changes::<$store>();
            }
            #[test]
            fn it_is_set_anew() {
                super::it_is_set_anew::<$store>();
            }
            #[test]
            fn a_timeout() {
                super::a_timeout::<$store>();
            }
        }
    )*};
}

stores! {
    sorted_list: SortedList;
    heap: Heap;
    wheel: Wheel;
}
