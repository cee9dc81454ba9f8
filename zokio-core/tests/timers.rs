//! The timer stores against a sorted map: the same operations, the same timers fired.

use proptest::prelude::*;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use zokio_core::config::StoreChoice;
use zokio_core::time::{AnyStore, Clock, Heap, Instant, Sleep, SortedList, TimerStore, Timers, Wheel};

/// A clock that is told the time.
struct Told<S> {
    now: Cell<u64>,
    timers: Timers<S>,
}

struct Handle<'a, S>(&'a Told<S>);

impl<S> Clone for Handle<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S> Copy for Handle<'_, S> {}

// SAFETY: "one store": a field of what the handle borrows.
unsafe impl<S: TimerStore> Clock for Handle<'_, S> {
    type Store = S;
    fn now(&self) -> Instant {
        Instant::from_nanos(self.0.now.get())
    }
    fn timers(&self) -> &Timers<S> {
        &self.0.timers
    }
}

/// Notes who was woken.
struct Note(usize, Arc<Mutex<Vec<usize>>>);

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.1.lock().unwrap().push(self.0);
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// Waits for so long from now.
    Sleep(u64),
    /// Drops one that waits.
    Drop(usize),
    /// Gives one another deadline.
    Reset(usize, u64),
    /// Polls one again, with another waker or the same.
    Poll(usize),
    /// Lets time pass and fires.
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let duration = prop_oneof![0..20u64, 0..2000u64, Just(1 << 40)];
    prop::collection::vec(
        prop_oneof![
            4 => duration.clone().prop_map(Step::Sleep),
            2 => any::<usize>().prop_map(Step::Drop),
            1 => (any::<usize>(), duration.clone()).prop_map(|(which, after)| Step::Reset(which, after)),
            1 => any::<usize>().prop_map(Step::Poll),
            2 => (0..300u64).prop_map(Step::Pass),
        ],
        1..if cfg!(miri) { 30 } else { 200 },
    )
}

/// Runs the steps with `unit` nanoseconds for one; `stable` says whether equal deadlines fire in the order in which they
/// were set, `exact` whether the next deadline is that of a timer.
fn run<S: TimerStore>(steps: &[Step], unit: u64, stable: bool, exact: bool) {
    run_in(S::EMPTY, steps, unit, stable, exact);
}

/// As [`run`], in this store.
fn run_in<S: TimerStore>(store: S, steps: &[Step], unit: u64, stable: bool, exact: bool) {
    let clock = Told { now: Cell::new(0), timers: Timers::with_store(store) };
    let woken = Arc::new(Mutex::new(Vec::new()));
    let wakers: Vec<Waker> = (0..steps.len()).map(|who| Waker::from(Arc::new(Note(who, woken.clone())))).collect();
    let mut sleeps: BTreeMap<usize, Pin<Box<Sleep<Handle<'_, S>>>>> = BTreeMap::new();
    // Deadline and order of setting, to who waits.
    let mut model: BTreeMap<(u64, usize), usize> = BTreeMap::new();
    let pick = |sleeps: &BTreeMap<usize, _>, which: usize| sleeps.keys().nth(which % sleeps.len().max(1)).copied();
    for (order, step) in steps.iter().enumerate() {
        let mut arm = |sleep: &mut Pin<Box<Sleep<Handle<'_, S>>>>, who: usize| {
            assert!(sleep.as_mut().poll(&mut Context::from_waker(&wakers[who])).is_pending());
            model.retain(|_, waits| *waits != who);
            model.insert((sleep.deadline().as_nanos(), order), who);
        };
        match *step {
            Step::Sleep(after) => {
                let mut sleep =
                    Box::pin(Handle(&clock).sleep(std::time::Duration::from_nanos(after.saturating_mul(unit))));
                arm(&mut sleep, order);
                sleeps.insert(order, sleep);
            }
            Step::Reset(which, after) => {
                if let Some(who) = pick(&sleeps, which) {
                    let sleep = sleeps.get_mut(&who).unwrap();
                    sleep
                        .as_mut()
                        .reset(Handle(&clock).now() + std::time::Duration::from_nanos(after.saturating_mul(unit)));
                    arm(sleep, who);
                }
            }
            Step::Poll(which) => {
                if let Some(who) = pick(&sleeps, which) {
                    // A foreign waker and back again: it is set anew each time, behind its equals.
                    let sleep = sleeps.get_mut(&who).unwrap();
                    assert!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                    arm(sleep, who);
                }
            }
            Step::Drop(which) => {
                if let Some(who) = pick(&sleeps, which) {
                    sleeps.remove(&who);
                    model.retain(|_, waits| *waits != who);
                }
            }
            Step::Pass(time) => {
                clock.now.set(clock.now.get() + time * unit);
                let later = model.split_off(&(clock.now.get() + 1, 0));
                let due = std::mem::replace(&mut model, later);
                assert_eq!(clock.timers.expire(Handle(&clock).now()), due.len());
                let fired = std::mem::take(&mut *woken.lock().unwrap());
                let deadlines = |who: &Vec<usize>| who.iter().map(|who| sleeps[who].deadline()).collect::<Vec<_>>();
                let expected: Vec<usize> = due.into_values().collect();
                assert_eq!(deadlines(&fired), deadlines(&expected), "earliest first");
                if stable {
                    assert_eq!(fired, expected);
                }
                for who in expected {
                    let mut sleep = sleeps.remove(&who).unwrap();
                    assert_eq!(sleep.as_mut().poll(&mut Context::from_waker(&wakers[who])), Poll::Ready(()));
                }
            }
        }
        let next = clock.timers.next_deadline().map(Instant::as_nanos);
        let earliest = model.first_key_value().map(|((deadline, _), _)| *deadline);
        match (next, earliest) {
            (Some(next), Some(earliest)) if !exact => {
                let now = clock.now.get();
                assert!(next <= earliest.max(now) && (next > now || earliest <= now), "{now} {next} {earliest}");
            }
            _ => assert_eq!(next, earliest),
        }
        assert!(woken.lock().unwrap().is_empty(), "woken too early");
    }
    drop(sleeps);
    assert_eq!(clock.timers.next_deadline(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: if cfg!(miri) { 4 } else { 400 }, ..Default::default() })]

    #[test]
    fn a_sorted_list_is_a_sorted_map(steps in steps()) {
        run::<SortedList>(&steps, 1, true, true);
    }

    #[test]
    fn a_heap_is_a_sorted_map(steps in steps()) {
        run::<Heap>(&steps, 1, false, true);
    }

    #[test]
    fn a_wheel_is_a_sorted_map(steps in steps(), unit in prop_oneof![Just(1u64), Just(1 << 10), Just(7 << 16)]) {
        // In whole ticks: what is finer fires together.
        run::<Wheel>(&steps, 1 << 10, false, false);
        run::<Wheel>(&steps, unit << 10, false, false);
    }

    #[test]
    fn a_store_that_a_value_chooses_is_a_sorted_map(steps in steps()) {
        run_in(AnyStore::new(StoreChoice::SortedList), &steps, 1, true, true);
        run_in(AnyStore::new(StoreChoice::Heap), &steps, 1, false, true);
        run_in(AnyStore::new(StoreChoice::Wheel), &steps, 1 << 10, false, false);
    }
}

#[test]
fn a_wheel_fires_at_most_a_tick_late() {
    let clock = Told::<Wheel> { now: Cell::new(5), timers: Timers::new() };
    let mut sleep = Box::pin(Handle(&clock).sleep_until(Instant::from_nanos(70_001)));
    assert!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let next = clock.timers.next_deadline().unwrap();
    assert!((70_001..70_001 + 1024).contains(&next.as_nanos()));
    assert_eq!(clock.timers.expire(Instant::from_nanos(70_000)), 0);
    assert_eq!(clock.timers.expire(next), 1);
}

#[test]
fn a_thousand_timers_in_a_heap() {
    a_thousand_timers(Heap::EMPTY);
    a_thousand_timers(AnyStore::new(StoreChoice::Heap));
}

fn a_thousand_timers<S: TimerStore>(store: S) {
    static FIRED: AtomicUsize = AtomicUsize::new(0);
    struct Count;
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            FIRED.fetch_add(1, Ordering::Relaxed);
        }
    }
    let clock = Told { now: Cell::new(0), timers: Timers::with_store(store) };
    FIRED.store(0, Ordering::Relaxed);
    let waker = Waker::from(Arc::new(Count));
    let mut sleeps: Vec<_> = (0..1000u64)
        .map(|number| Box::pin(Handle(&clock).sleep_until(Instant::from_nanos(number * 7919 % 1009 + 1))))
        .collect();
    for sleep in &mut sleeps {
        assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    let mut last = 0;
    while let Some(deadline) = clock.timers.next_deadline() {
        assert!(deadline.as_nanos() > last);
        last = deadline.as_nanos();
        clock.timers.expire(deadline);
    }
    assert_eq!(FIRED.load(Ordering::Relaxed), 1000);
}
