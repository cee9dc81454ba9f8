//! The runtime: an executor, a reactor and a clock on one thread, and workers beside it that share tasks.

mod builder;
mod catch;
mod clock;
mod core;
mod join;
mod joiner;
mod linger;
mod list;
mod memory;
mod park;
mod placement;
mod strategy;
mod tasks;
mod workers;

pub use builder::Builder;
pub use clock::Clock;
pub use join::{JoinError, JoinHandle, Panic};
pub use placement::Placement;
pub use strategy::{GlobalFirst, LocalFirst, RoundRobin, Strategy};
pub use workers::{Metrics, Spawner, WorkerMetrics};

pub(crate) use self::core::Handle;

use self::core::{Core, Entered};
use crate::driver::DriverKind;
use crate::reactor::Reactor;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};
use workers::Pool;

/// A runtime. It belongs to the thread that made it, and has two sides:
///
/// - **This thread** runs [`block_on`](Self::block_on)'s future and what is spawned with [`spawn_local`]: tasks that need not
///   be `Send`, with a driver and timers of their own. A runtime without workers is this side only, which is the shape for a
///   thread per core (see [`Builder::run_on_each_core`]).
/// - **Workers**, if it was [built](Builder::workers) with any, run what is spawned with [`spawn`]: `Send` tasks, which idle
///   workers take from busy ones. Each worker has a driver and timers too, and takes local tasks as well: [`spawn_local`]
///   inside of a worker's task spawns onto that worker.
///
/// ```
/// use zokio_std::Runtime;
///
/// let runtime = Runtime::new()?;
/// let sum = runtime.block_on(async {
///     let one = zokio_std::spawn_local(async { 1 });
///     let two = zokio_std::spawn_local(async { 2 });
///     one.await.unwrap() + two.await.unwrap()
/// });
/// assert_eq!(sum, 3);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// **Dropping** it aborts all tasks, sends what streams have accepted (for at most [`PATIENCE`](crate::driver::PATIENCE)), and ends all
/// operations in flight. Where the kernel does not let go of one in time, the memory that it names is leaked rather than
/// freed; [`leaked_reactors`] counts that. Handles that outlive the runtime report errors.
pub struct Runtime {
    core: &'static Core,
    workers: Option<Workers>,
    _not_send: PhantomData<*const ()>,
}

struct Workers {
    pool: &'static Pool,
    threads: Vec<thread::JoinHandle<()>>,
}

/// How many runtimes of this process ended while the kernel held on to an operation, so that their buffers were leaked.
/// Never seen with sockets.
///
/// ```
/// assert_eq!(zokio_std::leaked_reactors(), 0);
/// ```
pub fn leaked_reactors() -> usize {
    core::LEAKED.load(Ordering::Relaxed)
}

impl Runtime {
    /// A runtime with everything as it is by default.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn new() -> io::Result<Self> {
        Builder::new().build()
    }

    /// To choose the driver and the sizes.
    pub fn builder() -> Builder {
        Builder::new()
    }

    fn start(builder: &Builder) -> io::Result<Self> {
        if builder.virtual_time && builder.workers > 0 {
            let text = "virtual time is for one thread; take `workers` or `virtual_time` out";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let core = Core::take(builder.timers, builder.virtual_time)?;
        let mut this = Self { core, workers: None, _not_send: PhantomData };
        builder.open(this.core, false)?;
        if builder.workers > 0 {
            let pool = Pool::take(builder.workers, builder.timers, builder.plan)?;
            for core in pool.cores() {
                if let Err(error) = builder.open(core, true) {
                    for core in pool.cores() {
                        drop(core.expire());
                    }
                    pool.close();
                    pool.give_back();
                    return Err(error);
                }
            }
            let placement = builder.placement.plan(builder.workers)?;
            let place = move |number: usize| placement.apply(number);
            this.workers = Some(Workers { pool, threads: pool.start(builder.name, builder.stack, place)? });
        }
        Ok(this)
    }

    /// Polls at most `tasks` tasks between two looks at the driver.
    fn set_budget(&self, tasks: usize) {
        if let Some(executor) = self.core.executor.borrow_mut().as_mut() {
            executor.set_budget(tasks);
        }
    }

    /// Which driver is in use; never [`DriverKind::Auto`].
    pub fn driver_kind(&self) -> DriverKind {
        self.core.reactor().as_ref().map_or(DriverKind::Auto, Reactor::driver_kind)
    }

    /// Runs `future` to its end, and spawned tasks meanwhile. Tasks that have not ended by then wait for the next call.
    ///
    /// # Panics
    /// If called from inside itself, if `future` panics, or if the kernel refuses to wait (which no program can cause).
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let Ok(mut executor) = self.core.executor.try_borrow_mut() else {
            panic!("the runtime is running already: `block_on` inside of `block_on`");
        };
        let Some(executor) = executor.as_mut() else { unreachable!("made with the core") };
        let _entered = Entered::new(Handle::new(self.core), self.workers.as_ref().map(|workers| workers.pool));
        match executor.block_on(future) {
            Ok(output) => output,
            Err(error) => panic!("{error}"),
        }
    }

    /// Spawns onto this runtime; the task is polled for the first time by the next [`block_on`](Self::block_on).
    ///
    /// **Cancel safety** and **wake-up:** as of a [`JoinHandle`].
    pub fn spawn_local<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        // SAFETY: a runtime does not leave its thread.
        unsafe { tasks::spawn(self.core, future) }
    }
}

/// Spawns onto the runtime that runs on this thread. The future need not be `Send`: it stays here.
///
/// At most one allocation, and none where a task of that size has ended on this thread before. A panic in the task becomes [`JoinError::Panicked`].
///
/// **Cancel safety:** dropping the handle lets the task run on; see [`JoinHandle`].
///
/// ```
/// use std::rc::Rc;
/// use zokio_std::{Runtime, spawn_local};
///
/// Runtime::new()?.block_on(async {
///     let shared = Rc::new(7);
///     let task = spawn_local({
///         let shared = shared.clone();
///         async move { *shared + 1 }
///     });
///     assert_eq!(task.await.unwrap(), 8);
/// });
/// # std::io::Result::Ok(())
/// ```
///
/// # Panics
/// If no runtime runs on this thread.
#[track_caller]
pub fn spawn_local<F: Future + 'static>(future: F) -> JoinHandle<F::Output> {
    match Handle::current().core() {
        // SAFETY: the current runtime is on this thread.
        Some(core) => unsafe { tasks::spawn(core, future) },
        None => unreachable!("the runtime that runs now has not ended"),
    }
}

/// Spawns onto the workers of the runtime that runs on this thread; any of them may run the task. Where the runtime has no
/// workers, the task runs on this thread, like one of [`spawn_local`].
///
/// At most one allocation, and none where a task of that size has ended on this thread before. A panic in the task becomes
/// [`JoinError::Panicked`].
///
/// ```
/// use zokio_core::config::{Config, StrategyChoice};
/// use zokio_std::{Runtime, spawn};
///
/// const CONFIG: Config = Config::new().workers(2).strategy(StrategyChoice::RoundRobin);
/// # if std::thread::available_parallelism()?.get() < 2 { return Ok(()) } // one processor has no room for two workers
/// let runtime = Runtime::builder().configured(&CONFIG)?.build()?;
/// let sum = runtime.block_on(async {
///     let tasks: Vec<_> = (1..=4).map(|number| spawn(async move { number })).collect();
///     let mut sum = 0;
///     for task in tasks {
///         sum += task.await.unwrap();
///     }
///     sum
/// });
/// assert_eq!(sum, 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A task that keeps what cannot leave its thread does not compile; [`spawn_local`] takes it:
/// ```compile_fail
/// let counter = std::rc::Rc::new(1);
/// zokio_std::spawn(async move {
///     std::future::ready(()).await;
///     drop(counter);
/// });
/// ```
/// ```no_run
/// let counter = std::rc::Rc::new(1);
/// zokio_std::spawn_local(async move {
///     std::future::ready(()).await;
///     drop(counter);
/// });
/// ```
///
/// **Cancel safety** and **wake-up:** as of a [`JoinHandle`].
///
/// # Panics
/// If no runtime runs on this thread.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match core::current_pool() {
        Some(pool) => tasks::spawn_shared(pool, pool.epoch(), future),
        None => spawn_local(future),
    }
}

impl Runtime {
    /// Spawns onto the workers, or onto this thread where there are none; see [`spawn`].
    ///
    /// **Complexity:** at most one allocation.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        match &self.workers {
            Some(workers) => tasks::spawn_shared(workers.pool, workers.pool.epoch(), future),
            None => self.spawn_local(future),
        }
    }

    /// To spawn onto the workers from any thread; `None` if there are none.
    pub fn spawner(&self) -> Option<Spawner> {
        self.workers.as_ref().map(|workers| Spawner::new(workers.pool))
    }

    /// What the workers have done so far.
    pub fn metrics(&self) -> Metrics {
        self.workers.as_ref().map_or_else(Metrics::default, |workers| workers.pool.metrics())
    }

    /// Ends the runtime gracefully: waits for all tasks, shared and local ones, to end by themselves, for at most `patience`;
    /// aborts those that have not; then waits as long again for tasks that are being polled, and so cannot be ended from outside.
    ///
    /// What streams have accepted is sent, and all operations in flight are ended, as when the runtime is dropped.
    ///
    /// # Errors
    /// [`Unfinished`] if a task still blocks its worker. That worker ends with the task's poll; what else was queued there is
    /// leaked rather than freed.
    pub fn shutdown(mut self, patience: Duration) -> Result<(), Unfinished> {
        let deadline = Instant::now() + patience;
        let idle = || self.core.tasks_ended() && self.workers.as_ref().is_none_or(|workers| workers.pool.is_idle());
        self.block_on(async {
            while !idle() && Instant::now() < deadline {
                crate::time::sleep(Duration::from_millis(1)).await;
            }
        });
        let Some(workers) = self.workers.take() else { return Ok(()) };
        workers.end(Some(Instant::now() + patience.max(Duration::from_millis(100))))
    }
}

impl Workers {
    /// Ends all tasks, then the threads. Without a deadline it waits for polls that take long.
    fn end(self, deadline: Option<Instant>) -> Result<(), Unfinished> {
        let late = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let mut pause = Duration::from_micros(20);
        while !self.pool.close() {
            if late() {
                break;
            }
            // What a task spawns while it is dropped is aborted in the next round.
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(2));
        }
        self.pool.exit();
        while !self.pool.wait_for_end(Duration::from_millis(10)) {
            if late() {
                // The threads end by themselves, if ever; the pool stays theirs.
                return Err(Unfinished);
            }
        }
        self.threads.into_iter().for_each(|thread| drop(thread.join()));
        self.pool.give_back();
        Ok(())
    }
}

/// A task did not let go of its worker before the deadline of [`Runtime::shutdown`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unfinished;

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a task still blocks a worker; look for one that computes, or waits, without awaiting")
    }
}

impl std::error::Error for Unfinished {}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(workers) = self.workers.take() {
            let _ = workers.end(None);
        }
        core::end(self.core);
        self.core.give_back();
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workers = self.workers.as_ref().map_or(0, |workers| workers.threads.len());
        f.debug_struct("Runtime").field("driver", &self.driver_kind()).field("threads", &workers).finish()
    }
}
