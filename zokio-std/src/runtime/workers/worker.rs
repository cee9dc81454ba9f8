//! A worker's thread: its loop, and what a wake does on it.

use super::metrics::count;
use super::{Line, Pool, RING, Seat};
use crate::runtime::core::{Entered, Handle};
use crate::runtime::park::LoopDriver;
use crate::runtime::strategy::Plan;
use crate::runtime::{Clock, core};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use zokio_core::driver::Wait;
use zokio_core::queue::Owner;
use zokio_core::task::raw::{Header, RanShared, ReadyRef};

/// Every how many polls a busy worker looks at its reactor.
const LOOK: u32 = 61;
/// How often in a row the LIFO slot goes before the ring: two tasks that wake each other must not keep the others out.
const LIFO_RUN: u32 = 3;
/// How many times a searcher looks at all rings; the last time at the LIFO slots too.
const PASSES: usize = 3;

/// What only the worker's own thread touches.
struct Local {
    pool: &'static Pool,
    seat: &'static Seat,
    ready: ReadyRef,
    number: usize,
    plan: Plan,
    /// The reactor is being turned: what it wakes goes to the ring, oldest first, and one worker is told for all of it.
    in_driver: Cell<bool>,
    searching: Cell<bool>,
    tick: Cell<u32>,
    lifo_run: Cell<u32>,
    random: Cell<u32>,
}

thread_local! {
    /// The worker that this thread is. It points to the stack of `run` below, which clears it.
    static LOCAL: Cell<*const Local> = const { Cell::new(ptr::null()) };
}

/// Runs `f` on the worker that this thread is.
#[inline]
fn local<R>(f: impl FnOnce(&Local) -> R) -> Option<R> {
    let local = LOCAL.try_with(Cell::get).unwrap_or(ptr::null());
    // SAFETY: not null only while `run` keeps it, on this thread; it is used through shared references only.
    unsafe { local.as_ref() }.map(f)
}

/// The number of the worker that this thread is.
#[inline]
pub(super) fn number() -> Option<usize> {
    local(|local| local.number)
}

/// Whether this thread is a worker with tasks in its own queues.
#[inline]
pub(in crate::runtime) fn is_busy() -> bool {
    local(|local| !local.ring().is_empty() || !local.seat.lifo.load(Ordering::Relaxed).is_null()) == Some(true)
}

/// Puts a task that was woken where it will be run.
///
/// # Safety
/// The caller owes a push of `header`, a shared task that was started.
#[inline]
pub(in crate::runtime) unsafe fn schedule(header: NonNull<Header>) {
    // SAFETY: started.
    let ready = unsafe { header.as_ref().ready() };
    let pushed = local(|local| {
        let own = local.ready == ready;
        if own {
            local.push(header);
        }
        own
    });
    if pushed != Some(true) {
        // SAFETY: the caller's word.
        unsafe { ready.push(header) };
    }
}

/// As [`schedule`], for a new task.
///
/// # Safety
/// As there.
#[inline]
pub(super) unsafe fn schedule_new(header: NonNull<Header>) {
    // SAFETY: the caller's word.
    unsafe {
        if local(|local| local.plan.spawn_global) == Some(true) {
            header.as_ref().ready().push(header);
        } else {
            schedule(header);
        }
    }
}

/// The loop of worker `number`, until the pool exits; then ends its core.
pub(super) fn run(pool: &'static Pool, number: usize) {
    let Some(Line(seat)) = pool.seats.get(number) else { return };
    {
        let local = Local {
            pool,
            seat,
            ready: pool.ready(),
            number,
            plan: *pool.plan.lock().unwrap_or_else(PoisonError::into_inner),
            in_driver: Cell::new(false),
            searching: Cell::new(false),
            tick: Cell::new(0),
            lifo_run: Cell::new(0),
            random: Cell::new((number as u32).wrapping_mul(0x9e37_79b9) | 1),
        };
        let _entered = Entered::new(Handle::new(seat.core), Some(pool));
        let mut executor = seat.core.executor.borrow_mut();
        let Some(executor) = executor.as_mut() else { unreachable!("made with the core") };
        LOCAL.set(&raw const local);
        // Only a foreign waker can panic here; the worker goes on.
        while catch_unwind(AssertUnwindSafe(|| local.work(executor))).is_err() {}
        // Counts go to the next runtime with the pool.
        local.stop_searching();
        LOCAL.set(ptr::null());
    }
    core::end(seat.core);
    *pool.running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
    pool.ended.notify_all();
}

type Executor = zokio_core::executor::Executor<LoopDriver, Clock>;

impl Local {
    fn ring(&self) -> Owner<'_, Header, RING> {
        // SAFETY: the worker's own thread is the only one that makes an owner's end, and never two at a time: none of the
        // functions that have one calls another that does.
        unsafe { self.seat.ring.owner() }
    }

    /// Puts a task next in line.
    #[inline]
    fn push(&self, header: NonNull<Header>) {
        if self.in_driver.get() {
            return self.push_back(header);
        }
        let back = match self.plan.lifo {
            // Release: a thief that takes it sees the task.
            true => NonNull::new(self.seat.lifo.swap(header.as_ptr(), Ordering::AcqRel)),
            false => Some(header),
        };
        // Who is alone in the slot goes as soon as the task that runs is done; another worker would take it farther away.
        if let Some(back) = back {
            self.push_back(back);
            self.pool.wake_one();
        }
    }

    /// Puts a task at the end of the line.
    #[inline]
    fn push_back(&self, header: NonNull<Header>) {
        if let Err(overflow) = self.ring().push(header) {
            count(&self.seat.counters.overflows, 1);
            // SAFETY: taken out of the ring just now, by us, or never in it.
            overflow.for_each(|header| unsafe { self.ready.push(header) });
        }
    }

    fn work(&self, executor: &mut Executor) {
        while !self.pool.exits.load(Ordering::Relaxed) {
            let tick = self.tick.get().wrapping_add(1);
            self.tick.set(tick);
            if tick.is_multiple_of(LOOK) {
                self.turn(executor, Wait::Poll);
            }
            match self.next(tick) {
                Some(header) => {
                    self.stop_searching();
                    self.poll(header);
                }
                None => self.idle(executor),
            }
        }
    }

    /// The next task of our own, or from outside.
    #[inline]
    fn next(&self, tick: u32) -> Option<NonNull<Header>> {
        if tick.is_multiple_of(self.plan.global_every)
            && let Some(header) = self.share()
        {
            return Some(header);
        }
        if self.lifo_run.get() < LIFO_RUN
            && let Some(header) = self.take_lifo()
        {
            self.lifo_run.set(self.lifo_run.get() + 1);
            return Some(header);
        }
        self.lifo_run.set(0);
        self.ring().pop().or_else(|| self.take_lifo()).or_else(|| self.share())
    }

    #[inline]
    fn take_lifo(&self) -> Option<NonNull<Header>> {
        let slot = &self.seat.lifo;
        // Acquire: what the one who woke it wrote, if that was a thief's doing.
        match slot.load(Ordering::Relaxed).is_null() {
            true => None,
            false => NonNull::new(slot.swap(ptr::null_mut(), Ordering::Acquire)),
        }
    }

    /// Takes from the injector.
    #[inline]
    fn share(&self) -> Option<NonNull<Header>> {
        if self.pool.injector.is_empty(self.ready) {
            return None;
        }
        let (header, more) = self.pool.injector.share(&mut self.ring())?;
        count(&self.seat.counters.injected, 1);
        if more || !self.ring().is_empty() {
            self.pool.wake_one();
        }
        Some(header)
    }

    #[inline]
    fn poll(&self, header: NonNull<Header>) {
        let seat = self.seat;
        seat.beat.store(seat.beat.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
        count(&seat.counters.polls, 1);
        // SAFETY: popped just now; only shared tasks come here.
        if unsafe { Header::run_shared(header) } == RanShared::Woken {
            // It gave way: everybody else goes first.
            let busy = !self.ring().is_empty();
            self.push_back(header);
            if busy {
                self.pool.wake_one();
            }
        }
    }

    /// Turns our reactor and our local tasks.
    fn turn(&self, executor: &mut Executor, wait: Wait) {
        self.in_driver.set(true);
        let turned = executor.turn(wait);
        self.in_driver.set(false);
        if let Err(error) = turned {
            panic!("the driver failed while parked: {error}");
        }
        if self.ring().len() > 1 {
            self.pool.wake_one();
        }
    }

    /// Searches for work, then sleeps.
    fn idle(&self, executor: &mut Executor) {
        let idle = &self.pool.idle;
        let workers = self.pool.seats.len();
        if self.searching.get() || (workers > 1 && idle.begin_searching(workers)) {
            self.searching.set(true);
            if let Some(header) = self.search() {
                self.stop_searching();
                return self.poll(header);
            }
        }
        // "Told or seen".
        let was_last = self.searching.replace(false) && idle.stop_searching();
        self.seat.parked.store(true, Ordering::SeqCst);
        idle.park();
        let seen = if was_last { self.pool.has_work() } else { !self.pool.injector.is_empty(self.ready) };
        if !seen && !self.pool.exits.load(Ordering::SeqCst) {
            count(&self.seat.counters.parks, 1);
            self.turn(executor, Wait::Forever);
        }
        match self.seat.parked.swap(false, Ordering::AcqRel) {
            true => idle.unparked(),
            // Somebody has woken us to search, and counted us.
            false => self.searching.set(true),
        }
        self.pool.monitor.look();
    }

    /// The last one to stop because it has found something sends another one on the search.
    #[inline]
    fn stop_searching(&self) {
        if self.searching.replace(false) && self.pool.idle.stop_searching() {
            self.pool.wake_one();
        }
    }

    fn search(&self) -> Option<NonNull<Header>> {
        let seats = &self.pool.seats;
        for pass in 0..PASSES {
            let start = self.random() as usize % seats.len();
            for offset in 0..seats.len() {
                let number = (start + offset) % seats.len();
                if number == self.number {
                    continue;
                }
                let victim = &seats[number];
                if let Some((header, taken)) = victim.ring.stealer().steal(&mut self.ring()) {
                    count(&self.seat.counters.steals, 1);
                    count(&self.seat.counters.stolen, taken as u64);
                    return Some(header);
                }
                if pass == PASSES - 1
                    && let Some(header) = self.steal_lifo(victim)
                {
                    return Some(header);
                }
            }
            if let Some(header) = self.share() {
                return Some(header);
            }
        }
        None
    }

    /// Takes the task that `victim` would run next, if it has been busy with the same one for a while: otherwise it comes to it
    /// sooner than we, and has what it needs in its cache.
    fn steal_lifo(&self, victim: &Seat) -> Option<NonNull<Header>> {
        let beat = victim.beat.load(Ordering::Relaxed);
        if victim.lifo.load(Ordering::Relaxed).is_null() {
            return None;
        }
        for _ in 0..200 {
            std::hint::spin_loop();
        }
        if victim.beat.load(Ordering::Relaxed) != beat {
            return None;
        }
        let header = NonNull::new(victim.lifo.swap(ptr::null_mut(), Ordering::AcqRel))?;
        count(&self.seat.counters.steals, 1);
        count(&self.seat.counters.stolen, 1);
        Some(header)
    }

    fn random(&self) -> u32 {
        let mut number = self.random.get();
        number ^= number << 13;
        number ^= number >> 17;
        number ^= number << 5;
        self.random.set(number);
        number
    }
}
