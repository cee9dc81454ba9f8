use super::*;
use crate::driver::{CompletionFlags, Errno, FixedTable};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::vec::Vec;

type Small<const N: usize> = Slots<u32, FixedTable<Slot<u32>, N>>;

fn slots<const N: usize>() -> Small<N> {
    Slots::new(FixedTable::new())
}

fn end(key: Key, result: u32) -> Completion {
    Completion { key, result: Ok(result), flags: CompletionFlags::default() }
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn an_operation_that_somebody_waits_for() {
    let mut slots = slots::<2>();
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let key = slots.insert(5).unwrap();
    assert!(slots.take(key).is_none(), "not ended yet");
    assert!(slots.register(key, &waker).is_none());
    assert!(slots.register(key, &waker).is_none(), "the same waker is not cloned twice");
    assert_eq!(Arc::strong_count(&count), 3);
    let Completed::Done(Some(woken)) = slots.complete(end(key, 9)) else { panic!("not stored") };
    woken.wake();
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert!(slots.register(key, &waker).is_none(), "nobody wakes for what has ended");
    assert_eq!(slots.take(key).map(|(payload, end)| (payload, end.result)), Some((5, Ok(9))));
    assert!(slots.take(key).is_none(), "taken once");
    assert_eq!(slots.used(), 0);
    drop(waker);
    assert_eq!(Arc::strong_count(&count), 1, "no waker is left behind");
}

#[test]
fn exactly_one_terminal_completion_counts() {
    let mut slots = slots::<2>();
    let key = slots.insert(1).unwrap();
    assert!(matches!(slots.complete(end(key, 1)), Completed::Done(None)));
    assert!(matches!(slots.complete(end(key, 2)), Completed::Stale), "a second end changes nothing");
    assert_eq!(slots.take(key).unwrap().1.result, Ok(1));
    assert!(matches!(slots.complete(end(key, 3)), Completed::Stale));
}

#[test]
fn steps_do_not_end_an_operation() {
    let mut slots = slots::<1>();
    let key = slots.insert(1).unwrap();
    let step = Completion { key, result: Ok(4), flags: CompletionFlags { more: true, buffer: Some(2) } };
    for _ in 0..3 {
        let Completed::More(1, seen, None) = slots.complete(step) else { panic!("not a step") };
        assert_eq!(seen, step);
    }
    let count = Arc::new(Count::default());
    assert!(slots.register(key, &Waker::from(count.clone())).is_none());
    let Completed::More(1, _, Some(waker)) = slots.complete(step) else { panic!("not a step, or nobody to wake") };
    waker.wake();
    assert_eq!((count.0.load(Ordering::Relaxed), Arc::strong_count(&count)), (1, 1));
    assert!(matches!(slots.orphan(key), (Orphaned::InFlight, None)));
    for _ in 0..2 {
        let Completed::Orphan(1, seen) = slots.complete(step) else { panic!("not handed out") };
        assert_eq!(seen, step);
    }
    let Completed::Orphan(1, last) = slots.complete(end(key, 0)) else { panic!("not an orphan") };
    assert!(!last.flags.more && matches!(slots.complete(step), Completed::Stale));
}

#[test]
fn an_orphan_is_handed_out_at_its_end() {
    let mut slots = slots::<1>();
    let count = Arc::new(Count::default());
    let key = slots.insert(1).unwrap();
    assert!(slots.register(key, &Waker::from(count.clone())).is_none());
    let (Orphaned::InFlight, Some(waker)) = slots.orphan(key) else { panic!("not in flight") };
    drop(waker);
    assert_eq!(Arc::strong_count(&count), 1);
    assert!(matches!(slots.orphan(key), (Orphaned::InFlight, None)), "twice is once");
    assert!(slots.insert(2).is_none(), "the slot is not free before the end");
    assert!(slots.take(key).is_none());
    let Completed::Orphan(1, completion) = slots.complete(end(key, 33)) else { panic!("not an orphan") };
    assert_eq!(completion.result, Ok(33));
    assert!(slots.insert(2).is_some(), "the slot is free after it");
    assert_eq!(count.0.load(Ordering::Relaxed), 0, "nobody is woken");
}

#[test]
fn what_ended_before_it_was_orphaned_comes_back_at_once() {
    let mut slots = slots::<1>();
    let key = slots.insert(1).unwrap();
    assert!(matches!(slots.complete(end(key, 8)), Completed::Done(None)));
    let (Orphaned::Done(1, completion), None) = slots.orphan(key) else { panic!("not done") };
    assert_eq!(completion.result, Ok(8));
    assert!(matches!(slots.orphan(key), (Orphaned::Stale, None)));
    assert_eq!(slots.used(), 0);
}

#[test]
fn detached_from_the_start() {
    let mut slots = slots::<1>();
    let key = slots.insert_orphan(7).unwrap();
    assert!(matches!(slots.complete(end(key, 0)), Completed::Orphan(7, _)));
}

#[test]
fn a_refused_operation_leaves_nothing() {
    let mut slots = slots::<1>();
    let key = slots.insert(1).unwrap();
    assert_eq!(slots.revoke(key), Some(1));
    assert_eq!(slots.revoke(key), None);
    assert!(matches!(slots.complete(end(key, 0)), Completed::Stale));
    let next = slots.insert(2).unwrap();
    assert_eq!((next.index(), next.generation()), (key.index(), key.generation() + 1));
    assert!(matches!(slots.complete(end(next, 0)), Completed::Done(None)));
    assert_eq!(slots.revoke(next), None, "what has ended cannot be refused");
}

#[test]
fn stale_generations_touch_nothing() {
    let mut slots = slots::<1>();
    let old = slots.insert(1).unwrap();
    assert!(matches!(slots.complete(end(old, 1)), Completed::Done(None)));
    slots.take(old).unwrap();
    let new = slots.insert(2).unwrap();
    assert_eq!(old.index(), new.index());
    let forged = Key::new(new.index() as u32, new.generation() + 1);
    let beyond = Key::new(77, 0);
    for stale in [old, forged, beyond] {
        assert!(matches!(slots.complete(end(stale, 9)), Completed::Stale));
        assert!(slots.take(stale).is_none());
        assert!(slots.register(stale, Waker::noop()).is_none());
        assert!(matches!(slots.orphan(stale), (Orphaned::Stale, None)));
        assert_eq!(slots.revoke(stale), None);
    }
    let failed = Completion { key: new, result: Err(Errno(5)), flags: CompletionFlags::default() };
    assert!(matches!(slots.complete(failed), Completed::Done(None)));
    assert_eq!(slots.take(new), Some((2, failed)));
}

#[test]
fn a_full_table_says_so_and_recovers_in_any_order() {
    let mut slots = slots::<4>();
    let keys: Vec<Key> = (0..4).map(|payload| slots.insert(payload).unwrap()).collect();
    assert!(slots.insert(9).is_none());
    for &key in &[keys[2], keys[0], keys[3], keys[1]] {
        assert!(matches!(slots.complete(end(key, 0)), Completed::Done(None)));
        assert!(slots.take(key).is_some());
    }
    let again: Vec<Key> = (0..4).map(|payload| slots.insert(payload).unwrap()).collect();
    assert!(slots.insert(9).is_none());
    let mut indices: Vec<usize> = again.iter().map(|key| key.index()).collect();
    indices.sort_unstable();
    assert_eq!(indices, [0, 1, 2, 3]);
    assert!(again.iter().all(|key| !keys.contains(key)), "no key comes back");
}

#[test]
fn what_was_never_taken_can_be_disposed_of() {
    let mut slots = slots::<4>();
    let keys: Vec<Key> = (0..4).map(|payload| slots.insert(payload).unwrap()).collect();
    for key in [keys[3], keys[1]] {
        assert!(matches!(slots.complete(end(key, 10 + key.index() as u32)), Completed::Done(None)));
    }
    let mut seen = Vec::new();
    slots.take_all_done(|payload, end| seen.push((payload, end.result)));
    assert_eq!(seen, [(1, Ok(11)), (3, Ok(13))]);
    assert_eq!(slots.used(), 2, "what is in flight stays");
    assert!(matches!(slots.complete(end(keys[1], 0)), Completed::Stale));
}

#[test]
fn keys_survive_the_kernel() {
    let key = Key::new(0x7fff_fffe, 0xffff_ffff);
    assert_eq!(Key::from_u64(key.to_u64()), key);
}

/// The table against a model, over every sequence of seven steps on one slot.
#[test]
fn every_short_history() {
    #[derive(Clone, Copy, PartialEq, Debug)]
    enum Model {
        Free,
        InFlight,
        Done,
        Orphan,
    }
    for history in 0..5u32.pow(7) {
        let mut slots = slots::<1>();
        let (mut model, mut key, mut ends) = (Model::Free, Key::new(0, 0), 0);
        let mut steps = history;
        for _ in 0..7 {
            let step = steps % 5;
            steps /= 5;
            model = match (step, model) {
                (0, Model::Free) => {
                    key = slots.insert(3).unwrap();
                    ends = 0;
                    Model::InFlight
                }
                (0, other) => {
                    assert!(slots.insert(3).is_none());
                    other
                }
                (1, before) => {
                    let (seen, after) = match slots.complete(end(key, 1)) {
                        Completed::Stale => (0, before),
                        Completed::Done(_) => (1, Model::Done),
                        Completed::Orphan(..) => (1, Model::Free),
                        Completed::More(..) => panic!("no step was sent"),
                    };
                    ends += seen;
                    assert_eq!(seen == 1, matches!(before, Model::InFlight | Model::Orphan));
                    assert!(ends <= 1, "one terminal completion");
                    after
                }
                (2, before) => {
                    assert_eq!(slots.take(key).is_some(), before == Model::Done);
                    if before == Model::Done { Model::Free } else { before }
                }
                (3, before) => match (before, slots.orphan(key).0) {
                    (Model::InFlight | Model::Orphan, Orphaned::InFlight) => Model::Orphan,
                    (Model::Done, Orphaned::Done(..)) | (Model::Free, Orphaned::Stale) => Model::Free,
                    (before, after) => panic!("{before:?} became {after:?}"),
                },
                (_, before) => {
                    let revoked = slots.revoke(key).is_some();
                    assert_eq!(revoked, matches!(before, Model::InFlight | Model::Orphan));
                    if revoked { Model::Free } else { before }
                }
            };
            assert_eq!(slots.used(), usize::from(model != Model::Free));
        }
    }
}
