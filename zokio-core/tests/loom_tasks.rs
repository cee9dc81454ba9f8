//! Tasks under loom: wakes, aborts, handles and spawns from other threads against the executor that polls.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p zokio-core --target-dir target/loom --test 'loom_*' -- --show-output`
//!
//! Every number in brackets is a transition of `task/state.rs`. Loom watches the header's cells, what futures and
//! outputs hold, and that no model runs for ever, which is what a lost wake-up would be.
#![cfg(loom)]

mod explore;

use explore::explore;
use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread::{self, JoinHandle as Thread};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use zokio_core::driver::{Driver, Unpark, Wait};
use zokio_core::executor::{Deadline, Executor, Fifo, Priority, Ready, Strategy};
use zokio_core::task::raw::{self, Label, Pool, TaskFn};
use zokio_core::task::{JoinError, JoinHandle, TaskArena, TaskKind};
use zokio_core::time::{Clock, Instant, SortedList, Timers};

/// What is static in a program and lives for one execution of a model here.
struct World {
    ready: Ready<Bell>,
    arena: TaskArena<1, 64>,
    timers: Timers<SortedList>,
    bell: AtomicBool,
    /// How many [`Thing`]s were dropped.
    dropped: AtomicUsize,
    /// What wakers write before they wake, and tasks read when polled.
    data: [UnsafeCell<usize>; 2],
    /// The waker of the task that was polled last.
    waker: Mutex<Option<Waker>>,
}

// SAFETY: what the tests are about: loom watches every access.
unsafe impl Sync for World {}

#[derive(Clone, Copy)]
struct Bell(&'static World);

impl Unpark for Bell {
    fn unpark(&self) {
        // A read-modify-write, so that the executor sees what came before every unpark, not the last only.
        self.0.bell.swap(true, Ordering::Release);
    }
}

impl Driver for Bell {
    type Unparker = Bell;
    type Error = Infallible;
    fn now(&self) -> Instant {
        Instant::ZERO
    }
    fn unparker(&self) -> Bell {
        *self
    }
    fn park(&mut self, wait: Wait) -> Result<(), Infallible> {
        while wait != Wait::Poll && !self.0.bell.swap(false, Ordering::Acquire) {
            thread::yield_now();
        }
        Ok(())
    }
}

// SAFETY: "one store": the world's.
unsafe impl Clock for Bell {
    type Store = SortedList;
    fn now(&self) -> Instant {
        Instant::ZERO
    }
    fn timers(&self) -> &Timers<SortedList> {
        &self.0.timers
    }
}

type Run<S = Fifo> = Executor<Bell, Bell, S>;

/// Runs `model` in a fresh world, in which everything was used once (see `src/loom/model.rs`).
fn explore_tasks(preemptions: Option<usize>, model: impl Fn(&'static World, &mut Run) + Send + Sync + 'static) {
    explore_strategy(preemptions, Fifo::new, model);
}

/// The same with another strategy.
fn explore_strategy<S: Strategy + 'static>(
    preemptions: Option<usize>,
    strategy: fn() -> S,
    model: impl Fn(&'static World, &mut Run<S>) + Send + Sync + 'static,
) {
    explore(preemptions, move || {
        let world = Box::into_raw(Box::new(World {
            ready: Ready::new(),
            arena: TaskArena::new(),
            timers: Timers::new(),
            bell: AtomicBool::new(false),
            dropped: AtomicUsize::new(0),
            data: [UnsafeCell::new(0), UnsafeCell::new(0)],
            waker: Mutex::new(None),
        }));
        // SAFETY: given back below, when every thread has ended.
        let this: &'static World = unsafe { &*world };
        {
            let mut executor = Executor::new(&this.ready, Bell(this), Bell(this)).with_strategy(strategy());
            spawn(this, &executor, async {}).detach();
            run(&mut executor);
            this.bell.store(false, Ordering::Relaxed);
            model(this, &mut executor);

            // Whatever happened: the slot is free, and it is there once.
            assert_eq!(executor.spawner().live(), 0);
            spawn(this, &executor, async {}).detach();
            assert!(executor.spawner().spawn(this.arena.task(async {})).is_err(), "the slot was given back twice");
            run(&mut executor);
        }
        // SAFETY: from `into_raw`; nobody has a reference any more.
        drop(unsafe { Box::from_raw(world) });
    });
}

fn spawn<F: Future + 'static, S: Strategy>(
    world: &'static World,
    executor: &Run<S>,
    future: F,
) -> JoinHandle<F::Output> {
    executor.spawner().spawn(world.arena.task(future)).unwrap()
}

/// Turns until no task is left, and parks whenever nothing is ready: for ever, if a wake-up was lost.
fn run<S: Strategy>(executor: &mut Run<S>) {
    let spawner = executor.spawner();
    while spawner.live() > 0 {
        let turn = executor.turn(Wait::Poll).unwrap();
        if !turn.remaining && spawner.live() > 0 {
            executor.driver_mut().park(Wait::Forever).unwrap();
        }
    }
    // What was queued by its last poll is still to be popped.
    let _ = executor.run_until_stalled().unwrap();
}

fn end<S: Strategy>(thread: Thread<()>, executor: &mut Run<S>) {
    run(executor);
    thread.join().unwrap();
    let _ = executor.run_until_stalled().unwrap();
}

/// A future or an output: counts its drops, and lets loom see that they come after everything else done to it.
struct Thing {
    world: &'static World,
    cell: UnsafeCell<usize>,
}

impl Thing {
    fn new(world: &'static World) -> Self {
        Self { world, cell: UnsafeCell::new(0) }
    }

    fn touch(&self) {
        // SAFETY: loom says if it is not alone.
        self.cell.with_mut(|value| unsafe { *value += 1 });
    }
}

impl Drop for Thing {
    fn drop(&mut self) {
        self.touch();
        self.world.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: as for the world.
unsafe impl Send for Thing {}

/// Leaves its waker in the world and waits; from the second poll on it does what `then` says.
struct Then<F>(Thing, bool, F);

impl<T, F: FnMut(&'static World) -> Poll<T> + Unpin> Future for Then<F> {
    type Output = T;
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.0.touch();
        let world = self.0.world;
        if !std::mem::replace(&mut self.1, true) {
            *world.waker.lock().unwrap() = Some(cx.waker().clone());
            return Poll::Pending;
        }
        (self.2)(world)
    }
}

fn then<T, F: FnMut(&'static World) -> Poll<T>>(world: &'static World, f: F) -> Then<F> {
    Then(Thing::new(world), false, f)
}

/// Polls what was spawned; its waker.
fn waker<S: Strategy>(world: &'static World, executor: &mut Run<S>) -> Waker {
    let _ = executor.run_until_stalled().unwrap();
    world.waker.lock().unwrap().take().unwrap()
}

fn write(world: &'static World, at: usize) {
    // SAFETY: loom says if somebody else is there.
    world.data[at].with_mut(|data| unsafe { *data = 7 });
}

fn read(world: &'static World, at: usize) -> usize {
    // SAFETY: as above.
    world.data[at].with(|data| unsafe { *data })
}

/// (3), (4): the poll that follows a wake sees what was written before it.
#[test]
fn a_wake_brings_what_was_written() {
    explore_tasks(None, |world, executor| {
        spawn(world, executor, then(world, |world| Poll::Ready(read(world, 0) == 7 || panic!("the poll came first"))))
            .detach();
        let waker = waker(world, executor);
        let thread = thread::spawn(move || {
            write(world, 0);
            waker.wake();
        });
        end(thread, executor);
        assert_eq!(world.dropped.load(Ordering::Relaxed), 1);
    });
}

/// (3): of two wakes one queues the task; the other is seen by the same poll or makes another.
#[test]
fn two_wakes_at_once() {
    explore_tasks(Some(3), |world, executor| {
        let woken: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
        let both = move |_| if woken.load(Ordering::Acquire) == 2 { Poll::Ready(()) } else { Poll::Pending };
        spawn(world, executor, then(world, both)).detach();
        let waker = waker(world, executor);
        let wake = move |waker: Waker| {
            woken.fetch_add(1, Ordering::AcqRel);
            waker.wake();
        };
        let threads = [waker.clone(), waker].map(|waker| thread::spawn(move || wake(waker)));
        run(executor);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let _ = executor.run_until_stalled().unwrap();
    });
}

/// (4): a wake of a task while it is polled polls it again.
#[test]
fn a_wake_during_the_poll() {
    explore_tasks(None, |world, executor| {
        let told: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
        let told_yet = move |_| if told.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending };
        spawn(world, executor, then(world, told_yet)).detach();
        let waker = waker(world, executor);
        waker.wake_by_ref();
        let thread = thread::spawn(move || {
            told.store(true, Ordering::Relaxed);
            waker.wake();
        });
        end(thread, executor);
    });
}

/// (5), (6), (7): the end of a task and the end of its handle at once: the output is dropped once, by one of them.
#[test]
fn the_handle_is_dropped_while_the_task_ends() {
    explore_tasks(None, |world, executor| {
        let handle = spawn(world, executor, async move { Thing::new(world) });
        let thread = thread::spawn(move || drop(handle));
        end(thread, executor);
        assert_eq!(world.dropped.load(Ordering::Relaxed), 1);
    });
}

/// (7) for outputs that need no drop: all bits go at once.
#[test]
fn the_handle_of_a_plain_output_is_dropped_while_the_task_ends() {
    explore_tasks(None, |world, executor| {
        let handle = spawn(world, executor, async { 7 });
        let thread = thread::spawn(move || drop(handle));
        end(thread, executor);
    });
}

/// An abort against a poll that may end the task: the future is dropped once, on the executor, and so is the output.
#[test]
fn an_abort_while_the_task_ends() {
    explore_tasks(Some(4), |world, executor| {
        let handle = spawn(world, executor, then(world, |world| Poll::Ready(Thing::new(world))));
        let waker = waker(world, executor);
        let thread = thread::spawn(move || {
            handle.abort();
            drop(handle);
        });
        waker.wake();
        end(thread, executor);
        let dropped = world.dropped.load(Ordering::Relaxed);
        assert!(dropped == 1 || dropped == 2, "the future, and the output if there was one; not {dropped}");
    });
}

/// An abort of a task that nobody wakes ends it.
#[test]
fn an_abort_wakes() {
    explore_tasks(None, |world, executor| {
        let handle = spawn(world, executor, then(world, |_| -> Poll<()> { unreachable!("aborted before") }));
        drop(waker(world, executor));
        let thread = thread::spawn(move || {
            handle.abort();
            let finished = handle.is_finished();
            drop(handle);
            finished
        });
        run(executor);
        thread.join().unwrap();
        let _ = executor.run_until_stalled().unwrap();
        assert_eq!(world.dropped.load(Ordering::Relaxed), 1);
    });
}

/// Rings for a thread that waits for a future.
struct Ring(AtomicBool);

impl Wake for Ring {
    fn wake(self: Arc<Self>) {
        self.0.swap(true, Ordering::Release);
    }
}

fn wait_for<T>(mut handle: JoinHandle<T>) -> Result<T, JoinError> {
    let ring = Arc::new(Ring(AtomicBool::new(false)));
    let waker = Waker::from(ring.clone());
    let mut join = std::pin::pin!(handle.join());
    loop {
        if let Poll::Ready(result) = join.as_mut().poll(&mut Context::from_waker(&waker)) {
            return result;
        }
        while !ring.0.swap(false, Ordering::Acquire) {
            thread::yield_now();
        }
    }
}

/// (5): whoever awaits the handle on another thread is woken or sees the end, and has the output to itself.
#[test]
fn a_join_from_another_thread() {
    explore_tasks(Some(3), |world, executor| {
        let handle = spawn(world, executor, async move { Thing::new(world) });
        let thread = thread::spawn(move || wait_for(handle).unwrap().touch());
        end(thread, executor);
        assert_eq!(world.dropped.load(Ordering::Relaxed), 1);
    });
}

/// A join that is given up while the task ends leaves nothing linked, and the output to the handle.
#[test]
fn a_join_that_is_given_up() {
    explore_tasks(Some(3), |world, executor| {
        let mut handle = spawn(world, executor, async move { Thing::new(world) });
        let thread = thread::spawn(move || {
            let ring = Waker::from(Arc::new(Ring(AtomicBool::new(false))));
            let poll = Box::pin(handle.join()).as_mut().poll(&mut Context::from_waker(&ring));
            if let Poll::Ready(output) = poll {
                output.unwrap().touch();
            }
        });
        end(thread, executor);
        assert_eq!(world.dropped.load(Ordering::Relaxed), 1);
    });
}

/// (1), (8): a waker of a former task wakes whoever lives in the slot now, or nobody; never breaks anything.
#[test]
fn a_stale_waker_and_the_next_task() {
    explore_tasks(Some(4), |world, executor| {
        spawn(world, executor, then(world, |_| Poll::Ready(()))).detach();
        let waker = waker(world, executor);
        waker.wake_by_ref();
        let thread = thread::spawn(move || waker.wake());
        run(executor);
        // A slot that the stale wake is about to queue is not free yet.
        let mut task = world.arena.task(then(world, |_| Poll::Ready(())));
        while let Err(full) = executor.spawner().spawn(task).map(JoinHandle::detach) {
            task = full.task;
            thread::yield_now();
            let _ = executor.run_until_stalled().unwrap();
        }
        thread.join().unwrap();
        // Polled once by its spawn, and perhaps once more by the stale wake.
        self::waker(world, executor).wake();
        run(executor);
        assert_eq!(world.dropped.load(Ordering::Relaxed), 2);
    });
}

/// (1), (2): two spawn into one slot while the executor runs: who gets it is run, who does not has its future back.
#[test]
fn spawns_from_two_threads() {
    explore_tasks(Some(3), |world, executor| {
        let ran: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
        let task = move |at| {
            write(world, at);
            world.arena.task(async move {
                assert_eq!(read(world, at), 7);
                ran.fetch_add(1, Ordering::Relaxed);
            })
        };
        let spawner = executor.spawner().send();
        let thread = thread::spawn(move || spawner.spawn(task(0)).map(JoinHandle::detach).is_ok());
        let mine = executor.spawner().spawn(task(1)).map(JoinHandle::detach).is_ok();
        run(executor);
        let theirs = thread.join().unwrap();
        run(executor);
        assert!(mine || theirs);
        assert_eq!(ran.load(Ordering::Relaxed), usize::from(mine) + usize::from(theirs));
    });
}

/// (1), (2) in a static pool, whose slots are in no list: who claims one first has it, and it is used again.
#[test]
fn spawns_into_a_pool_from_two_threads() {
    async fn count(world: &'static World, at: usize, ran: &'static AtomicUsize) {
        assert_eq!(read(world, at), 7);
        ran.fetch_add(1, Ordering::Relaxed);
    }
    fn pool<F: TaskFn<A>, A>(_: F) -> &'static Pool<F::Future, 1> {
        Box::leak(Box::new(Pool::new()))
    }
    explore_tasks(Some(3), |world, executor| {
        let ran: &'static AtomicUsize = Box::leak(Box::new(AtomicUsize::new(0)));
        let pool = pool(count);
        let vtable = &*Box::leak(Box::new(raw::vtable(count, Label::new("count"))));
        let ending = &*Box::leak(Box::new(raw::ending(count, Label::new("count"))));
        let task = move |at| {
            write(world, at);
            pool.task(vtable, ending, move || count(world, at, ran))
        };
        executor.spawner().spawn(task(0)).unwrap().detach();
        run(executor);
        let spawner = executor.spawner().send();
        let thread = thread::spawn(move || spawner.spawn(task(0)).map(JoinHandle::detach).is_ok());
        let mine = executor.spawner().spawn(task(1)).map(JoinHandle::detach).is_ok();
        run(executor);
        let theirs = thread.join().unwrap();
        run(executor);
        assert!(mine || theirs);
        assert_eq!(ran.load(Ordering::Relaxed), 1 + usize::from(mine) + usize::from(theirs));
        executor.spawner().spawn(task(0)).expect("a free slot is free for the next").detach();
        run(executor);
    });
}

/// (3), (4) where the executor keeps what it took in lists of its own: a task that is woken, aborted and polled at once is in
/// one of them at most, and none is lost.
fn a_wake_and_an_abort<S: Strategy + 'static>(strategy: fn() -> S) {
    struct Urgent;
    impl TaskKind for Urgent {
        const NAME: &'static str = "urgent";
        const PRIORITY: u8 = 1;
        const DEADLINE: Option<std::time::Duration> = Some(std::time::Duration::from_millis(1));
    }
    explore_strategy(Some(3), strategy, |world, executor| {
        let arena: &'static TaskArena<1, 64> = Box::leak(Box::new(TaskArena::new()));
        executor.spawner().spawn(arena.task(async {}).kind(Urgent)).unwrap().detach();
        run(executor);
        spawn(world, executor, then(world, |world| Poll::Ready(assert_eq!(read(world, 0), 7)))).detach();
        let waker = waker(world, executor);
        let never = arena.task(then(world, |_| Poll::<()>::Pending)).kind(Urgent);
        let handle = executor.spawner().spawn(never).unwrap();
        let thread = thread::spawn(move || {
            write(world, 0);
            waker.wake();
            handle.abort();
        });
        end(thread, executor);
        assert_eq!(world.dropped.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn levels_lose_nothing() {
    a_wake_and_an_abort(Priority::<2>::new);
}

#[test]
fn deadlines_lose_nothing() {
    a_wake_and_an_abort(Deadline::<1>::new);
}
