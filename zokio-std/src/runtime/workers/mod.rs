//! Several workers that run shared tasks, each with a reactor and timers of its own.
//!
//! ```text
//!   spawn, wake on a worker ──► LIFO slot ──(displaced)──► ring ──(half of it, on overflow)──┐
//!                                  ▲ last pass               ▲ steal half                    ▼
//!                                  └───────── other workers ─┴───────────────────────── injector ◄── from elsewhere
//! ```
//!
//! A worker takes from its LIFO slot (three times in a row at most), then its ring, then the injector; then it searches
//! the rings of the others, and in a last pass the LIFO slots of those who are busy with one and the same task; then it
//! parks in its own reactor. At most half of the workers search at a time, and nobody is woken while somebody searches.
//!
//! *Invariant "never freed":* pools, like cores, are leaked and used by one runtime after another, because wakers may
//! outlive their runtime. A task's header names its pool by the [`ReadyRef`] of the injector.
//!
//! *Invariant "told or seen":* whoever makes a task available does so first, then (sequentially consistent) looks at who
//! searches and who is parked. Whoever stops searching, or parks, announces that first, then looks at the queues. So
//! either the one is told or it sees the task.

mod idle;
mod injector;
mod metrics;
mod monitor;
mod spawner;
mod worker;

pub use metrics::{Metrics, WorkerMetrics};
pub use spawner::Spawner;

pub(super) use worker::{is_busy, schedule};

use super::core::Core;
use super::list::{LISTS, TaskList};
use super::strategy::Plan;

use idle::Idle;
use injector::Injector;
use std::io;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use zokio_core::config::StoreChoice;
use zokio_core::driver::Unpark;
use zokio_core::queue::StealQueue;
use zokio_core::task::raw::{Header, ReadyRef};

/// How many tasks the ring of a worker has room for; more overflow into the injector.
const RING: usize = 256;

/// On a cache line, and its prefetched neighbour, of its own.
#[repr(align(128))]
struct Line<T>(T);

impl<T> std::ops::Deref for Line<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

/// What the others see of a worker.
struct Seat {
    ring: StealQueue<Header, RING>,
    lifo: AtomicPtr<Header>,
    /// Set by the worker before it sleeps; cleared by it, or by whoever wakes it to search.
    parked: AtomicBool,
    /// Another number with every task that it polls.
    beat: AtomicU32,
    core: &'static Core,
    counters: metrics::Counters,
}

/// See the module's documentation.
pub(super) struct Pool {
    seats: Box<[Line<Seat>]>,
    /// Of live tasks: more than one, so that workers seldom meet at their locks.
    lists: [Line<TaskList>; LISTS],
    injector: Line<Injector>,
    ready: OnceLock<ReadyRef>,
    idle: Line<Idle>,
    /// The runtime that has the pool; 0 if none.
    epoch: AtomicU32,
    plan: Mutex<Plan>,
    exits: AtomicBool,
    /// Workers that have not ended.
    running: Mutex<usize>,
    ended: Condvar,
    monitor: monitor::Watch,
}

/// Pools without a runtime.
static FREE: Mutex<Vec<&'static Pool>> = Mutex::new(Vec::new());
static EPOCHS: AtomicU32 = AtomicU32::new(1);

impl Pool {
    /// A pool of `workers` for a new runtime, each with timers in such a store.
    pub(super) fn take(workers: usize, store: StoreChoice, plan: Plan) -> io::Result<&'static Self> {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |pool: &&Self| pool.seats.len() == workers && pool.cores().all(|core| core.store() == store);
        let known = free.iter().position(fits).map(|at| free.swap_remove(at));
        drop(free);
        let pool = match known {
            Some(pool) => pool,
            None => Self::new(workers, store)?,
        };
        let epoch = loop {
            match EPOCHS.fetch_add(1, Ordering::Relaxed) {
                0 => {}
                epoch => break epoch,
            }
        };
        *pool.plan.lock().unwrap_or_else(PoisonError::into_inner) = plan;
        pool.exits.store(false, Ordering::Relaxed);
        pool.lists.iter().for_each(|list| list.open(epoch));
        pool.epoch.store(epoch, Ordering::Release);
        Ok(pool)
    }

    fn new(workers: usize, store: StoreChoice) -> io::Result<&'static Self> {
        let seat = |_| {
            Ok(Line(Seat {
                ring: StealQueue::new(),
                lifo: AtomicPtr::default(),
                parked: AtomicBool::new(false),
                beat: AtomicU32::new(0),
                core: Core::take(store, false)?,
                counters: metrics::Counters::default(),
            }))
        };
        let pool: &'static Self = Box::leak(Box::new(Self {
            seats: (0..workers).map(seat).collect::<io::Result<_>>()?,
            lists: [const { Line(TaskList::new()) }; LISTS],
            injector: Line(Injector::new()),
            ready: OnceLock::new(),
            idle: Line(Idle::default()),
            epoch: AtomicU32::new(0),
            plan: Mutex::new(Plan::default()),
            exits: AtomicBool::new(false),
            running: Mutex::new(0),
            ended: Condvar::new(),
            monitor: monitor::Watch::default(),
        }));
        pool.ready.get_or_init(|| pool.injector.take(PoolUnparker(pool)));
        Ok(pool)
    }

    /// The cores of the workers, for the builder to give them reactors.
    pub(super) fn cores(&self) -> impl Iterator<Item = &'static Core> {
        self.seats.iter().map(|seat| seat.core)
    }

    /// What tasks name the pool by.
    #[inline]
    pub(super) fn ready(&self) -> ReadyRef {
        match self.ready.get() {
            Some(ready) => *ready,
            None => unreachable!("set when the pool was made"),
        }
    }

    /// The pool of a shared task.
    ///
    /// # Safety
    /// `header` is one of a shared task that was started and is not freed.
    #[inline]
    pub(super) unsafe fn of(header: NonNull<Header>) -> &'static Self {
        // SAFETY: shared tasks are started on the queue of an injector, which was taken with this unparker.
        unsafe { header.as_ref().ready().unparker::<PoolUnparker>() }.0
    }

    /// The number of the list for a task that is spawned here.
    #[inline]
    pub(super) fn list_here(&self) -> usize {
        worker::number().unwrap_or(LISTS - 1) % LISTS
    }

    /// A list by its number.
    #[inline]
    pub(super) fn list(&self, number: usize) -> &TaskList {
        &self.lists[number % LISTS]
    }

    /// The runtime that has the pool.
    #[inline]
    pub(super) fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Relaxed)
    }

    /// Makes a task that was just started available.
    ///
    /// # Safety
    /// The caller owes a push of `header`, which is of this pool.
    #[inline]
    pub(super) unsafe fn spawned(&self, header: NonNull<Header>) {
        // SAFETY: the caller's word.
        unsafe { worker::schedule_new(header) }
    }

    /// Asks every task to end; `true` if there is none, and then none is taken in any more.
    pub(super) fn close(&self) -> bool {
        // All of them, whatever the first ones say.
        self.lists.iter().filter(|list| !list.close_or_abort_all()).count() == 0
    }

    /// Whether no shared task is left.
    pub(super) fn is_idle(&self) -> bool {
        self.lists.iter().all(|list| list.is_empty())
    }

    /// Waits for the workers to end, for at most `patience`; says whether they have.
    pub(super) fn wait_for_end(&self, patience: std::time::Duration) -> bool {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = self.ended.wait_timeout_while(running, patience, |running| *running > 0);
        *wait.unwrap_or_else(PoisonError::into_inner).0 == 0
    }

    /// Ends the workers' loops. The pool is closed.
    pub(super) fn exit(&self) {
        self.exits.store(true, Ordering::SeqCst);
        self.monitor.wake();
        for seat in &self.seats {
            seat.core.wake.unpark();
        }
    }

    /// Gives the pool to the next runtime. Its workers have ended.
    pub(super) fn give_back(&'static self) {
        self.epoch.store(0, Ordering::Release);
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(self);
    }

    /// Wakes a parked worker to search for work, unless somebody searches already.
    #[inline]
    fn wake_one(&self) {
        if self.idle.wants_searcher() {
            self.wake_searcher();
        }
    }

    #[cold]
    fn wake_searcher(&self) {
        if !self.idle.begin_alone() {
            return;
        }
        for seat in &self.seats {
            if seat.parked.load(Ordering::Relaxed) && seat.parked.swap(false, Ordering::AcqRel) {
                self.idle.unparked();
                seat.core.wake.unpark();
                return;
            }
        }
        // All woke by themselves meanwhile, and look at the queues.
        self.idle.stop_searching();
    }

    /// Whether a task lies in any ring or slot, or in the injector.
    fn has_work(&self) -> bool {
        !self.injector.is_empty(self.ready()) || self.seats.iter().any(|seat| !seat.ring.stealer().is_empty())
    }
}

/// Tells the workers of what was pushed into the injector.
#[derive(Clone)]
struct PoolUnparker(&'static Pool);

impl Unpark for PoolUnparker {
    fn unpark(&self) {
        self.0.wake_one();
    }
}
