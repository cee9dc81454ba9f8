//! Wait lists under loom: somebody who waits gives up while another thread grants, and others wait behind. What was
//! granted goes on, nobody sleeps through it, nobody is woken twice, and nothing is granted twice.
//!
//! Lists are guarded by the platform's lock, which is loom's own here; so what is explored is what happens between two
//! locked regions: a grant that was given and not yet taken, a waker that was taken and not yet woken, a list that is
//! woken one by one.
//!
//! How to run it: see `loom_queues.rs`.
#![cfg(loom)]

mod explore;
mod waiting;

use explore::explore;
use loom::cell::UnsafeCell;
use loom::thread;
use waiting::{Waiting, with_static};
use zokio_core::sync::{Barrier, Mutex, Notify, RwLock, Semaphore};

/// How often whoever gives up looks again before.
const LOOKS: std::ops::Range<usize> = 0..2;

/// Data of which loom sees who uses it.
struct Data(UnsafeCell<u32>);

// SAFETY: what the tests are about: loom watches every access.
unsafe impl Sync for Data {}

impl Data {
    fn new() -> Self {
        Self(UnsafeCell::new(0))
    }

    fn add(&mut self) {
        // SAFETY: loom reports whoever uses it at the same time, or without an order between.
        self.0.with_mut(|data| unsafe { *data += 1 });
    }

    fn get(&self) -> u32 {
        // SAFETY: as above.
        self.0.with(|data| unsafe { *data })
    }
}

#[test]
fn a_notification_goes_on() {
    for looks in LOOKS {
        explore(None, move || {
            with_static(Notify::new(), |notify| {
                let first = Waiting::queued(notify.notified());
                let second = Waiting::queued(notify.notified());
                let gives_up = thread::spawn(move || first.give_up(looks).is_some());
                let notifies = thread::spawn(|| notify.notify_one());
                if gives_up.join().unwrap() {
                    // It had the notification; another one is for the second.
                    notify.notify_one();
                }
                second.end_woken_once();
                notifies.join().unwrap();
                assert!(Waiting::new(notify.notified()).poll().is_pending(), "one more than was sent");
            });
        });
    }
}

/// As many notifications as waiters, of whom one gives up: its own is kept for the next who comes, or goes to one behind it.
#[test]
fn notifications_are_counted() {
    explore(Some(3), || {
        with_static(Notify::new(), |notify| {
            let first = Waiting::queued(notify.notified());
            let second = Waiting::queued(notify.notified());
            let gives_up = thread::spawn(move || first.give_up(0));
            let notifies = thread::spawn(|| notify.notify_one());
            notify.notify_one();
            second.end_woken_once();
            notifies.join().unwrap();
            gives_up.join().unwrap();
            assert!(Waiting::new(notify.notified()).poll().is_ready(), "a notification was lost");
            assert!(Waiting::new(notify.notified()).poll().is_pending(), "one more than was sent");
        });
    });
}

/// All who wait are reached though the first gives up, one is notified alone at the same time, and nothing is left over but
/// that one notification if it found nobody.
#[test]
fn everybody_and_one() {
    explore(Some(3), || {
        with_static(Notify::new(), |notify| {
            let first = Waiting::queued(notify.notified());
            let second = Waiting::queued(notify.notified());
            let third = Waiting::queued(notify.notified());
            let gives_up = thread::spawn(move || first.give_up(0));
            let notifies = thread::spawn(|| notify.notify_one());
            notify.notify_all();
            second.end_woken_once();
            third.end_woken_once();
            notifies.join().unwrap();
            gives_up.join().unwrap();
            let _ = Waiting::new(notify.notified()).poll();
            assert!(Waiting::new(notify.notified()).poll().is_pending(), "one more than was sent");
        });
    });
}

/// Who is polled again while it waits came no later for that.
#[test]
fn another_waker_keeps_the_place_in_time() {
    explore(Some(3), || {
        with_static(Notify::new(), |notify| {
            let mut waits = Waiting::queued(notify.notified());
            let teller = thread::spawn(move || notify.notify_all());
            let again = waits.poll();
            if again.is_pending() {
                waits.end();
            }
            teller.join().unwrap();
        });
    });
}

#[test]
fn a_lock_goes_on() {
    for looks in LOOKS {
        explore(None, move || {
            with_static(Mutex::new(Data::new()), |mutex| {
                let mut held = mutex.try_lock().unwrap();
                let first = Waiting::queued(mutex.lock());
                let second = Waiting::queued(mutex.lock());
                let gives_up = thread::spawn(move || {
                    if let Some(mut data) = first.give_up(looks) {
                        data.add();
                    }
                });
                let unlocks = thread::spawn(move || {
                    held.add();
                    drop(held);
                });
                second.end_woken_once().add();
                gives_up.join().unwrap();
                unlocks.join().unwrap();
                let data = mutex.try_lock().expect("nobody holds it").get();
                assert!(data == 2 || data == 3);
            });
        });
    }
}

/// Nobody overtakes, though everybody tries while the lock is handed over.
#[test]
fn a_lock_excludes() {
    explore(Some(3), || {
        with_static(Mutex::new(Data::new()), |mutex| {
            mutex.try_lock().unwrap().add();
            let one = thread::spawn(|| Waiting::new(mutex.lock()).end().add());
            let other = thread::spawn(|| match mutex.try_lock() {
                Some(mut data) => data.add(),
                None => Waiting::new(mutex.lock()).end().add(),
            });
            Waiting::new(mutex.lock()).end().add();
            one.join().unwrap();
            other.join().unwrap();
            assert_eq!(mutex.try_lock().unwrap().get(), 4);
        });
    });
}

/// A request for two gives up in front of two for one: whatever there is goes to them, also if it was too little for it.
#[test]
fn permits_go_on() {
    for (looks, added) in LOOKS.flat_map(|looks| [(looks, 1), (looks, 2)]) {
        explore(Some(3), move || {
            with_static(Semaphore::new(0), |semaphore| {
                let first = Waiting::queued(semaphore.acquire(2));
                let second = Waiting::queued(semaphore.acquire(1));
                let third = Waiting::queued(semaphore.acquire(1));
                let gives_up = thread::spawn(move || drop(first.give_up(looks)));
                let adds = thread::spawn(move || semaphore.add_permits(added));
                drop(second.end_woken_once().unwrap());
                drop(third.end_woken_once().unwrap());
                gives_up.join().unwrap();
                adds.join().unwrap();
                assert_eq!(semaphore.available(), added);
            });
        });
    }
}

/// Whoever waits when it is closed is told so, or has got what was added before; nothing is lost of that.
#[test]
fn a_semaphore_is_closed() {
    explore(Some(4), || {
        with_static(Semaphore::new(0), |semaphore| {
            let first = Waiting::queued(semaphore.acquire(1));
            let second = Waiting::queued(semaphore.acquire(1));
            let adds = thread::spawn(|| semaphore.add_permits(1));
            let closes = thread::spawn(|| semaphore.close());
            let (first, second) = (first.end_woken_once(), second.end_woken_once());
            assert!(first.is_ok() || second.is_err(), "the second overtook the first");
            adds.join().unwrap();
            closes.join().unwrap();
            drop((first, second));
            assert_eq!(semaphore.available(), 1);
        });
    });
}

/// A writer gives up between two readers and the one who writes: both readers are let in.
#[test]
fn readers_behind_a_writer_that_gives_up() {
    for looks in LOOKS {
        explore(Some(3), move || {
            with_static(RwLock::new(Data::new()), |lock| {
                let mut held = lock.try_write().unwrap();
                let writer = Waiting::queued(lock.write());
                let readers = [Waiting::queued(lock.read()), Waiting::queued(lock.read())];
                let gives_up = thread::spawn(move || {
                    if let Some(mut data) = writer.give_up(looks) {
                        data.add();
                    }
                });
                let unlocks = thread::spawn(move || {
                    held.add();
                    drop(held);
                });
                let guards = readers.map(Waiting::end_woken_once);
                assert!(guards[0].get() > 0 && guards[0].get() == guards[1].get());
                drop(guards);
                gives_up.join().unwrap();
                unlocks.join().unwrap();
                lock.try_write().expect("nobody holds it").add();
            });
        });
    }
}

/// A reader gives up in front of a writer, while those who read leave: the writer is alone.
#[test]
fn a_writer_behind_a_reader_that_gives_up() {
    for looks in LOOKS {
        explore(Some(3), move || {
            with_static(RwLock::new(Data::new()), |lock| {
                let held = lock.try_write().unwrap();
                let reader = Waiting::queued(lock.read());
                let writer = Waiting::queued(lock.write());
                let gives_up = thread::spawn(move || {
                    if let Some(data) = reader.give_up(looks) {
                        data.get();
                    }
                });
                let downgrades = thread::spawn(move || {
                    let data = held.downgrade();
                    data.get();
                });
                writer.end_woken_once().add();
                gives_up.join().unwrap();
                downgrades.join().unwrap();
                assert_eq!(lock.try_read().expect("nobody writes").get(), 1);
            });
        });
    }
}

/// Who gives up before all have come does not count; who does after that has counted. There is one leader.
#[test]
fn a_barrier_counts_who_is_there() {
    explore(None, || {
        with_static(Barrier::new(2), |barrier| {
            let first = Waiting::queued(barrier.wait());
            let gives_up = thread::spawn(move || first.give_up(0).is_none());
            let mut second = Waiting::new(barrier.wait());
            if second.poll().is_pending() {
                let third = thread::spawn(|| Waiting::new(barrier.wait()).end().is_leader());
                let leads = second.end_woken_once().is_leader();
                assert!(!leads && third.join().unwrap());
            }
            gives_up.join().unwrap();
            assert!(Waiting::new(barrier.wait()).poll().is_pending(), "the next round begins with nobody");
        });
    });
}

/// Round after round, while the one before is still being woken.
#[test]
fn a_barrier_begins_anew() {
    explore(Some(3), || {
        with_static(Barrier::new(2), |barrier| {
            drop(Waiting::queued(barrier.wait()));
            let both = || [(); 2].map(|()| Waiting::new(barrier.wait()).end().is_leader());
            let other = thread::spawn(both);
            let (mine, others) = (both(), other.join().unwrap());
            assert!(mine[0] != others[0] && mine[1] != others[1], "each round has one leader");
        });
    });
}
