//! Semaphore and reader-writer lock against a sequential model: one line, served in order, whose first is granted what it
//! needs as soon as that is there. Exactly those who can go on have been woken, once.

mod models;

use models::{STEPS, Waiter, Waiters, cases, pick};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::task::Poll;
use zokio_core::sync::{
    AcquireError, RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore, SemaphorePermit, TryAcquireError,
};

/// Permits, and the line of those who wait for some.
#[derive(Default)]
struct Model {
    free: usize,
    /// Who waits, and for how many.
    line: VecDeque<(usize, usize)>,
    /// Who was granted how many, and was not polled since.
    granted: BTreeMap<usize, usize>,
    /// Who was turned away, and was not polled since.
    refused: BTreeSet<usize>,
    closed: bool,
}

impl Model {
    fn settle(&mut self) {
        while let Some(&(who, need)) = self.line.front()
            && need <= self.free
        {
            self.free -= need;
            self.line.pop_front();
            self.granted.insert(who, need);
        }
    }

    /// Whether somebody who has just come need not wait.
    fn claims(&mut self, need: usize) -> bool {
        let there = !self.closed && self.line.is_empty() && need <= self.free;
        if there {
            self.free -= need;
        }
        there
    }

    /// Whether `who`, that is polled, has what it needs.
    fn has(&mut self, who: usize, need: usize, new: bool) -> bool {
        self.granted.remove(&who).is_some() || (new && self.claims(need))
    }

    fn waits(&mut self, who: usize, need: usize, new: bool) {
        if new {
            self.line.push_back((who, need));
        }
    }

    fn gives_up(&mut self, who: usize) {
        self.free += self.granted.remove(&who).unwrap_or(0);
        self.refused.remove(&who);
        self.line.retain(|(waits, _)| *waits != who);
    }

    fn close(&mut self) {
        self.closed = true;
        self.refused.extend(self.line.drain(..).map(|(who, _)| who));
    }

    fn woken(&self, who: usize) -> usize {
        usize::from(self.granted.contains_key(&who) || self.refused.contains(&who))
    }
}

#[derive(Clone, Debug)]
enum Step {
    Acquire(usize),
    Poll(usize),
    GiveUp(usize),
    Try(usize),
    Add(usize),
    /// Gives a permit back, or forgets it.
    Permit(usize, bool),
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = any::<usize>;
    prop::collection::vec(
        prop_oneof![
            8 => (0..5_usize).prop_map(Step::Acquire),
            8 => which().prop_map(Step::Poll),
            3 => which().prop_map(Step::GiveUp),
            3 => (0..5_usize).prop_map(Step::Try),
            2 => (0..4_usize).prop_map(Step::Add),
            6 => (which(), prop::bool::weighted(0.8)).prop_map(|(which, back)| Step::Permit(which, back)),
            1 => prop::bool::weighted(0.2).prop_map(|close| if close { Step::Close } else { Step::Add(1) }),
        ],
        1..STEPS,
    )
}

fn a_semaphore(permits: usize, steps: &[Step]) {
    let semaphore = Semaphore::new(permits);
    let mut model = Model { free: permits, ..Model::default() };
    let mut waiting: Waiters<'_, Result<SemaphorePermit<'_>, AcquireError>> = BTreeMap::new();
    let mut needs = BTreeMap::new();
    let mut held = BTreeMap::new();
    for (now, step) in steps.iter().enumerate() {
        match *step {
            Step::Acquire(_) | Step::Poll(_) => {
                let (who, new) = match *step {
                    Step::Acquire(need) => {
                        needs.insert(now, need);
                        (now, true)
                    }
                    Step::Poll(which) => match pick(&waiting, which) {
                        Some(who) => (who, false),
                        None => continue,
                    },
                    _ => unreachable!(),
                };
                let need = needs[&who];
                let waiter = waiting.entry(who).or_insert_with(|| Waiter::new(semaphore.acquire(need)));
                match waiter.poll() {
                    Poll::Ready(Ok(permit)) => {
                        assert!(model.has(who, need, new), "acquired what is not there");
                        assert_eq!(permit.count(), need);
                        held.insert(who, permit);
                        waiting.remove(&who);
                    }
                    Poll::Ready(Err(AcquireError)) => {
                        assert!(model.closed && !model.granted.contains_key(&who));
                        model.gives_up(who);
                        waiting.remove(&who);
                    }
                    Poll::Pending => {
                        assert!(!model.closed && !model.has(who, need, new), "it could have gone on");
                        model.waits(who, need, new);
                    }
                }
            }
            Step::GiveUp(which) => {
                let Some(who) = pick(&waiting, which) else { continue };
                waiting.remove(&who);
                model.gives_up(who);
            }
            Step::Try(need) => match semaphore.try_acquire(need) {
                Ok(permit) => {
                    assert!(model.claims(need));
                    held.insert(now, permit);
                }
                Err(TryAcquireError::Closed) => assert!(model.closed),
                Err(_) => assert!(!model.closed && !model.claims(need)),
            },
            Step::Add(count) => {
                semaphore.add_permits(count);
                model.free += count;
            }
            Step::Permit(which, back) => {
                let Some(permit) = pick(&held, which).and_then(|who| held.remove(&who)) else { continue };
                if back {
                    model.free += permit.count();
                    drop(permit);
                } else {
                    permit.forget();
                }
            }
            Step::Close => {
                semaphore.close();
                model.close();
            }
        }
        model.settle();
        assert_eq!((semaphore.available(), semaphore.is_closed()), (model.free, model.closed));
        waiting.iter().for_each(|(who, waiter)| assert_eq!(waiter.woken(), model.woken(*who), "waiter {who}"));
    }
}

#[derive(Clone, Debug)]
enum Access {
    Read,
    Write,
    PollRead(usize),
    PollWrite(usize),
    GiveUpRead(usize),
    GiveUpWrite(usize),
    TryRead,
    TryWrite,
    Unread(usize),
    /// Ends a write, or goes on as a reader.
    Unwrite(bool),
}

fn accesses() -> impl Strategy<Value = Vec<Access>> {
    let which = any::<usize>;
    prop::collection::vec(
        prop_oneof![
            5 => Just(Access::Read),
            3 => Just(Access::Write),
            6 => which().prop_map(Access::PollRead),
            6 => which().prop_map(Access::PollWrite),
            2 => which().prop_map(Access::GiveUpRead),
            2 => which().prop_map(Access::GiveUpWrite),
            1 => Just(Access::TryRead),
            1 => Just(Access::TryWrite),
            6 => which().prop_map(Access::Unread),
            4 => prop::bool::weighted(0.7).prop_map(Access::Unwrite),
        ],
        1..STEPS,
    )
}

/// More than there are steps: a writer needs all of it.
const ALL: usize = 1 << 20;

fn a_lock(accesses: &[Access]) {
    let lock = RwLock::new(0);
    let mut model = Model { free: ALL, ..Model::default() };
    let mut written = 0;
    let mut reads: Waiters<'_, RwLockReadGuard<'_, usize>> = BTreeMap::new();
    let mut writes: Waiters<'_, RwLockWriteGuard<'_, usize>> = BTreeMap::new();
    let mut readers: BTreeMap<usize, RwLockReadGuard<'_, usize>> = BTreeMap::new();
    let mut writer: Option<RwLockWriteGuard<'_, usize>> = None;
    for (now, access) in accesses.iter().enumerate() {
        match *access {
            Access::Read | Access::PollRead(_) => {
                let new = matches!(access, Access::Read);
                let who = if let Access::PollRead(which) = access { pick(&reads, *which) } else { Some(now) };
                let Some(who) = who else { continue };
                if let Poll::Ready(guard) = reads.entry(who).or_insert_with(|| Waiter::new(lock.read())).poll() {
                    assert!(model.has(who, 1, new), "it reads out of its turn");
                    readers.insert(who, guard);
                    reads.remove(&who);
                } else {
                    assert!(!model.has(who, 1, new), "it could have read");
                    model.waits(who, 1, new);
                }
            }
            Access::Write | Access::PollWrite(_) => {
                let new = matches!(access, Access::Write);
                let who = if let Access::PollWrite(which) = access { pick(&writes, *which) } else { Some(now) };
                let Some(who) = who else { continue };
                if let Poll::Ready(guard) = writes.entry(who).or_insert_with(|| Waiter::new(lock.write())).poll() {
                    assert!(model.has(who, ALL, new), "it writes out of its turn");
                    assert!(writer.is_none() && readers.is_empty());
                    writer = Some(guard);
                    writes.remove(&who);
                } else {
                    assert!(!model.has(who, ALL, new), "it could have written");
                    model.waits(who, ALL, new);
                }
            }
            Access::GiveUpRead(which) => {
                let Some(who) = pick(&reads, which) else { continue };
                reads.remove(&who);
                model.gives_up(who);
            }
            Access::GiveUpWrite(which) => {
                let Some(who) = pick(&writes, which) else { continue };
                writes.remove(&who);
                model.gives_up(who);
            }
            Access::TryRead => {
                let guard = lock.try_read();
                assert_eq!(guard.is_some(), model.claims(1));
                guard.map(|guard| readers.insert(now, guard));
            }
            Access::TryWrite => {
                let guard = lock.try_write();
                assert_eq!(guard.is_some(), model.claims(ALL));
                writer = guard.or(writer);
            }
            Access::Unread(which) => {
                let Some(guard) = pick(&readers, which).and_then(|who| readers.remove(&who)) else { continue };
                drop(guard);
                model.free += 1;
            }
            Access::Unwrite(over) => {
                let Some(mut guard) = writer.take() else { continue };
                (*guard, written) = (now, now);
                if over {
                    drop(guard);
                    model.free += ALL;
                } else {
                    readers.insert(now, guard.downgrade());
                    model.free += ALL - 1;
                }
            }
        }
        model.settle();
        assert!(readers.values().all(|guard| **guard == written));
        reads.iter().for_each(|(who, waiter)| assert_eq!(waiter.woken(), model.woken(*who), "reader {who}"));
        writes.iter().for_each(|(who, waiter)| assert_eq!(waiter.woken(), model.woken(*who), "writer {who}"));
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_semaphore_is_a_line(permits in 0..6_usize, steps in steps()) {
        a_semaphore(permits, &steps);
    }

    #[test]
    fn a_reader_writer_lock_is_a_line(accesses in accesses()) {
        a_lock(&accesses);
    }
}
