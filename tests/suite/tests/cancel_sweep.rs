//! The cancel sweep: a future that waits is dropped after every number of polls, with others before and behind it and
//! with the thing it waits for coming at every point. What was granted to it goes to the next, the order is kept, nobody
//! sleeps through a grant, and nothing is granted twice.

mod plan;

use plan::{Plan, Waiter, carry_out, plans};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;
use zokio_core::sync::{
    Barrier, Broadcast, Channel, Mutex, Notify, RwLock, Semaphore, Signal, SpscChannel, Subscriber, Watch, Watcher,
};

/// Carries out `plan` where one grant lets everybody go. What the others got, and whether the victim got it, too.
fn let_all_go<F: Future>(plan: Plan, others: Vec<F>, victim: F, give: impl Fn()) -> (Vec<F::Output>, bool) {
    let mut others: Vec<_> = others.into_iter().map(Waiter::new).collect();
    let mut outputs = Vec::new();
    outputs.extend(others[..plan.before].iter_mut().filter_map(Waiter::turn));
    let mut victim = Waiter::new(victim);
    for polled in 0..=plan.polls {
        if polled == plan.at && plan.grants > 0 {
            give();
        }
        if polled < plan.polls && !victim.over {
            victim.poll();
        }
        if polled == 0 {
            outputs.extend(others[plan.before..].iter_mut().filter_map(Waiter::turn));
        }
    }
    let got = victim.over;
    drop(victim);
    if plan.grants == 0 {
        assert!(outputs.is_empty() && !got, "{plan:?}: there was nothing to wait for");
        give();
    }
    outputs.extend(others.iter_mut().filter_map(Waiter::turn));
    assert_eq!(outputs.len(), others.len(), "{plan:?}: somebody sleeps on");
    (outputs, got)
}

#[test]
fn mutex_lock() {
    for plan in plans(1) {
        let mutex = Mutex::new(());
        let held = RefCell::new(mutex.try_lock());
        carry_out(
            plan,
            || mutex.lock(),
            || held.take().is_some(),
            |guard| {
                assert!(held.replace(Some(guard)).is_none(), "two have the lock");
            },
        );
    }
}

#[test]
fn rwlock_write() {
    for plan in plans(1) {
        let lock = RwLock::new(());
        let held = RefCell::new(lock.try_write());
        carry_out(
            plan,
            || lock.write(),
            || held.take().is_some(),
            |guard| {
                assert!(held.replace(Some(guard)).is_none(), "two may write");
            },
        );
    }
}

/// Readers that queued behind a writer go on when it gives up.
#[test]
fn rwlock_readers_behind_a_writer_that_gives_up() {
    for polls in 1..4 {
        let lock = RwLock::new(());
        let _read = lock.try_read().unwrap();
        let mut writer = Waiter::new(lock.write());
        (0..polls).for_each(|_| assert!(writer.poll().is_none()));
        let mut readers = [Waiter::new(lock.read()), Waiter::new(lock.read())];
        readers.iter_mut().for_each(|reader| assert!(reader.turn().is_none()));
        drop(writer);
        let guards = readers.each_mut().map(|reader| reader.turn());
        assert!(guards.iter().all(Option::is_some), "a reader sleeps, and nobody writes");
    }
}

#[test]
fn semaphore_acquire() {
    for plan in plans(2) {
        let semaphore = Semaphore::new(0);
        let grant = || {
            semaphore.add_permits(1);
            true
        };
        carry_out(plan, || semaphore.acquire(1), grant, |permit| permit.unwrap().forget());
    }
}

#[test]
fn notify_notified() {
    for plan in plans(1) {
        let notify = Notify::new();
        let grant = || {
            notify.notify_one();
            true
        };
        carry_out(plan, || notify.notified(), grant, |()| {});
    }
}

/// Whoever is polled while a value lies there takes it before one that was woken for it, as the documentation says; so
/// only plans in which nobody does.
#[test]
fn signal_wait() {
    let nobody_is_quicker =
        |plan: &Plan| plan.grants == 0 || plan.at == plan.polls && (plan.polls > 0 || plan.behind == 0);
    for plan in plans(1).filter(nobody_is_quicker) {
        let signal = Signal::new();
        let grant = || signal.signal(7).is_none();
        carry_out(plan, || signal.wait(), grant, |value| assert_eq!(value, 7));
    }
}

#[test]
fn channel_recv() {
    for plan in plans(2) {
        let channel = Channel::<usize, 2>::new();
        let (sent, received) = (Cell::new(0), Cell::new(0));
        let grant = || {
            let room = channel.try_send(sent.get()).is_ok();
            sent.set(sent.get() + usize::from(room));
            room
        };
        carry_out(
            plan,
            || channel.recv(),
            grant,
            |value| {
                assert!(value.unwrap() < sent.get());
                received.set(received.get() + 1);
            },
        );
        assert_eq!(received.get() + channel.len(), sent.get(), "{plan:?}: a message was lost");
    }
}

#[test]
fn channel_send() {
    for plan in plans(1) {
        let channel = Channel::<usize, 1>::new();
        channel.try_send(0).unwrap();
        carry_out(plan, || channel.send(1), || channel.try_recv().is_ok(), Result::unwrap);
    }
}

#[test]
fn channel_reserve() {
    for plan in plans(1) {
        let channel = Channel::<usize, 1>::new();
        channel.try_send(0).unwrap();
        carry_out(plan, || channel.reserve(), || channel.try_recv().is_ok(), |permit| permit.unwrap().send(1));
    }
}

#[test]
fn watch_changed() {
    for plan in plans(1) {
        let watch = Watch::new(0);
        let mut watchers: Vec<_> = (0..plan.before + plan.behind).map(|_| watch.watcher()).collect();
        let mut dropped = watch.watcher();
        let others = watchers.iter_mut().map(Watcher::changed).collect();
        let (values, seen) = let_all_go(plan, others, dropped.changed(), || assert!(watch.send(7).is_ok()));
        assert!(values.iter().all(|value| *value == Ok(7)), "{plan:?}");
        assert_eq!(dropped.has_changed(), !seen, "{plan:?}: the dropped future kept the change");
    }
}

#[test]
fn broadcast_recv() {
    for plan in plans(1) {
        let broadcast = Broadcast::<u32, 2>::new();
        let mut subscribers: Vec<_> = (0..plan.before + plan.behind).map(|_| broadcast.subscribe()).collect();
        let mut dropped = broadcast.subscribe();
        let others = subscribers.iter_mut().map(Subscriber::recv).collect();
        let (values, received) = let_all_go(plan, others, dropped.recv(), || assert!(broadcast.send(7).is_ok()));
        assert!(values.iter().all(|value| *value == Ok(7)), "{plan:?}");
        assert_eq!(dropped.try_recv().is_ok(), !received, "{plan:?}: the dropped future kept the value");
    }
}

/// Who gives up is not counted: all go when the last of the others has come, and not before.
#[test]
fn barrier_wait() {
    for plan in plans(0) {
        let barrier = Barrier::new(plan.before + plan.behind + 2);
        let late = RefCell::new(Vec::new());
        let others = (0..plan.before + plan.behind).map(|_| barrier.wait()).collect();
        let (results, _) = let_all_go(plan, others, barrier.wait(), || {
            let mut two = [Waiter::new(barrier.wait()), Waiter::new(barrier.wait())];
            assert!(two[0].turn().is_none(), "{plan:?}: the one who gave up was counted");
            late.borrow_mut().extend([two[1].turn(), two[0].turn()].map(Option::unwrap));
        });
        let leaders = results.iter().chain(late.borrow().iter()).filter(|result| result.is_leader()).count();
        assert_eq!(leaders, 1, "{plan:?}");
    }
}

/// Receivers that were promised values and give up, the older first or last: the values keep their order.
#[test]
fn channel_values_keep_their_order_whoever_gives_up() {
    for order in [[0, 1], [1, 0]] {
        let channel = Channel::<u32, 2>::new();
        let mut waiting = [Some(Waiter::new(channel.recv())), Some(Waiter::new(channel.recv()))];
        waiting.iter_mut().flatten().for_each(|waiter| assert!(waiter.turn().is_none()));
        channel.try_send(1).unwrap();
        channel.try_send(2).unwrap();
        order.into_iter().for_each(|which: usize| drop(waiting[which].take()));
        assert_eq!([channel.try_recv(), channel.try_recv()], [Ok(1), Ok(2)], "dropped in the order {order:?}");
    }
}

/// One to one: dropped unpolled, waiting, and woken but not polled again.
#[test]
fn spsc_recv() {
    for (polls, woken) in (0..4).flat_map(|polls| [(polls, false), (polls, true)]) {
        let mut channel = SpscChannel::<u32, 2>::new();
        let (mut sender, mut receiver) = channel.split();
        let mut dropped = Waiter::new(receiver.recv());
        (0..polls).for_each(|_| assert!(dropped.turn().is_none()));
        if woken {
            sender.try_send(7).unwrap();
        }
        drop(dropped);
        if !woken {
            let mut next = Waiter::new(receiver.recv());
            assert!(next.turn().is_none());
            sender.try_send(7).unwrap();
            assert_eq!(next.turn(), Some(Ok(7)), "after {polls} polls");
        } else {
            assert_eq!(receiver.try_recv(), Ok(7), "after {polls} polls: the dropped future kept the value");
        }
        sender.try_send(8).unwrap();
        assert_eq!(receiver.try_recv(), Ok(8));
    }
}

/// As above, for a place.
#[test]
fn spsc_send() {
    for (polls, woken) in (0..4).flat_map(|polls| [(polls, false), (polls, true)]) {
        let mut channel = SpscChannel::<u32, 1>::new();
        let (mut sender, mut receiver) = channel.split();
        sender.try_send(7).unwrap();
        let mut dropped = Waiter::new(sender.send(8));
        (0..polls).for_each(|_| assert!(dropped.turn().is_none()));
        if woken {
            assert_eq!(receiver.try_recv(), Ok(7));
        }
        drop(dropped);
        let mut next = Waiter::new(sender.send(9));
        if !woken {
            assert!(next.turn().is_none());
            assert_eq!(receiver.try_recv(), Ok(7));
        }
        assert_eq!(next.turn(), Some(Ok(())), "after {polls} polls: the dropped future kept the place");
        drop(next);
        assert_eq!(receiver.try_recv(), Ok(9), "what was dropped was not sent");
    }
}

/// Futures that wait for others and are swept above.
const SWEPT: &[&str] = &[
    "Acquire",
    "BarrierWait",
    "BroadcastRecv",
    "Changed",
    "Claim",
    "MutexLock",
    "Notified",
    "Recv",
    "Reserve",
    "$future",
    "Send",
    "SignalWait",
    "SpscRecv",
    "SpscSend",
];

/// Futures that are made of others, or wait for the time or for one other: swept in `cancel_combinators.rs`.
const SWEPT_THERE: &[&str] = &[
    "Chain",
    "Due",
    "GroupNext",
    "Join",
    "Map",
    "OneshotReceiver",
    "Race",
    "Select",
    "Sleep",
    "Then",
    "Tick",
    "Timeout",
    "YieldNow",
];

/// `async` functions: swept in `cancel_async.rs`.
const SWEPT_AS_FUNCTIONS: &[&str] = &[
    "closed",
    "drained",
    "get_or_init",
    "get_or_try_init",
    "join",
    "read",
    "reserve",
    "run",
    "scope",
    "view",
    "wait",
    "write",
];

/// A new future has to be put into one of the two lists, a new `async` function into the third.
#[test]
#[cfg_attr(miri, ignore = "reads the sources")]
fn every_future_is_in_a_list() {
    let mut found = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../zokio-core/src"), &mut found);
    let lists = [SWEPT, SWEPT_THERE, SWEPT_AS_FUNCTIONS];
    let listed: BTreeSet<String> = lists.into_iter().flatten().map(|name| (*name).to_owned()).collect();
    let unlisted: Vec<_> = found.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(unlisted.is_empty() && gone.is_empty(), "not in a list: {unlisted:?}; no future any more: {gone:?}");
}

/// The names after `Future for`, and after `pub async fn`, in the sources under `folder`.
fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let impls = text.lines().map(str::trim_start).filter(|line| line.starts_with("impl"));
            let name = |rest: &str| {
                rest.chars().take_while(|letter| letter.is_alphanumeric() || "$_".contains(*letter)).collect()
            };
            let functions = text.lines().filter_map(|line| line.trim_start().strip_prefix("pub async fn "));
            found.extend(
                impls.filter_map(|line| line.split_once(" Future for ")).map(|(_, of)| of).chain(functions).map(name),
            );
        }
    }
}
