//! How large a runtime is, and which driver it uses.

use super::Runtime;
use super::core::Core;
use super::placement::Placement;
use super::strategy::{GlobalFirst, LocalFirst, Plan, RoundRobin, Strategy};
use crate::driver::{AnyDriver, DriverKind, DriverOptions};
use crate::machine::{driver_kind, driver_options};
use crate::reactor::{Reactor, SendBuffers};
use std::io;
use std::thread;
use zokio_core::config::{Config, ConfigError, StoreChoice, StrategyChoice};

/// Builds a [`Runtime`].
///
/// ```
/// use zokio_std::Runtime;
/// use zokio_std::driver::DriverKind;
///
/// let runtime = Runtime::builder().driver(DriverKind::Epoll).operations(1024).build()?;
/// assert_eq!(runtime.driver_kind(), DriverKind::Epoll);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a builder builds nothing until `build`"]
pub struct Builder {
    kind: DriverKind,
    options: DriverOptions,
    send: SendBuffers,
    budget: usize,
    pub(super) timers: StoreChoice,
    pub(super) workers: usize,
    pub(super) plan: Plan,
    pub(super) placement: Placement,
    pub(super) name: &'static str,
    pub(super) stack: Option<usize>,
    pub(super) virtual_time: bool,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            kind: DriverKind::Auto,
            options: DriverOptions::default(),
            send: SendBuffers { count: 512, size: 16 << 10, zero_copy_from: u32::MAX },
            budget: Config::new().budget,
            timers: StoreChoice::Wheel,
            workers: 0,
            plan: Plan::default(),
            placement: Placement::Anywhere,
            name: "zokio",
            stack: None,
            virtual_time: false,
        }
    }

    /// Driver, sizes, budget and timers as a [`Config`] has them, instead of what was set before. Tasks are on the heap whatever it
    /// says. Its sorted list, which it has unless it says otherwise, is for boards: timers stay in what they were in, and
    /// [`timers`](Self::timers) chooses the list here.
    ///
    /// ```
    /// use zokio_core::config::{Config, DriverChoice};
    /// use zokio_std::{Runtime, driver::DriverKind};
    ///
    /// const CONFIG: Config = Config::new().driver(DriverChoice::Epoll).operations(512).budget(16);
    /// let runtime = Runtime::builder().configured(&CONFIG)?.build()?;
    /// assert_eq!(runtime.driver_kind(), DriverKind::Epoll);
    ///
    /// // Levels are for the executor of `zokio_core::runtime!`.
    /// let refused = Runtime::builder().configured(&Config::new().priority(4)).unwrap_err();
    /// assert!(refused.to_string().contains("take Fifo"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What the [configuration](Config::check) gets wrong on this system, as it was [found](crate::platform()).
    pub fn configured(mut self, config: &Config) -> Result<Self, ConfigError> {
        config.check(&crate::platform())?;
        // One worker is the thread that the runtime belongs to.
        self.workers = if config.workers > 1 { config.workers } else { 0 };
        self.kind = driver_kind(config);
        let DriverOptions { queue_depth, operations, .. } = driver_options(config);
        (self.options.queue_depth, self.options.operations) = (queue_depth, operations);
        self.budget = config.budget;
        if config.store != StoreChoice::SortedList {
            self.timers = config.store;
        }
        Ok(match config.strategy {
            StrategyChoice::Fifo | StrategyChoice::LocalFirst => self.strategy::<LocalFirst>(),
            StrategyChoice::GlobalFirst => self.strategy::<GlobalFirst>(),
            StrategyChoice::RoundRobin => self.strategy::<RoundRobin>(),
            strategy => return Err(ConfigError::StrategyNotHere { strategy }),
        })
    }

    /// Which driver to use; by default io_uring where it can be had, otherwise epoll.
    pub fn driver(mut self, kind: DriverKind) -> Self {
        self.kind = kind;
        self
    }

    /// How many operations one system call can submit (io_uring only); 256 by default. A turn with more takes more calls.
    pub fn queue_depth(mut self, entries: u32) -> Self {
        self.options.queue_depth = entries;
        self
    }

    /// How many operations can be in flight, and how many sockets open; 65,536 by default. An idle connection that is
    /// being read has one operation in flight. Costs address space at first, and some 300 bytes for each once used.
    pub fn operations(mut self, count: usize) -> Self {
        self.options.operations = count.max(8);
        self
    }

    /// Buffers that received bytes arrive in; 512 of 8 KiB by default, 2048 on Windows. A connection has one from the arrival of
    /// bytes until they were read; on Windows one that waits for bytes has one, too, while more than half of them are free. When all
    /// are taken, reads go on without, at the price of a system call each.
    pub fn receive_buffers(mut self, count: u16, bytes: u32) -> Self {
        (self.options.buffers, self.options.buffer_size) = (count.max(1), bytes.max(1));
        self
    }

    /// Buffers that written bytes wait in; 512 of 16 KiB by default. A connection has one from a write until the kernel has
    /// taken the bytes. When all are taken, writes go on without, at the price of a system call each.
    pub fn send_buffers(mut self, count: u16, bytes: u32) -> Self {
        (self.send.count, self.send.size) = (count, bytes.max(1));
        self
    }

    /// From how many bytes on [owned sends](crate::net::TcpStream::write_all_owned) ask the kernel to send from where the bytes
    /// are; never by default. Such a send ends with the peer's acknowledgement. To a peer on the same machine the kernel copies all the
    /// same, and it only costs: 16 KiB at a time go at a quarter of the speed, and even 1 MiB gains nothing. So measure it with the
    /// network card that it is for. For io_uring, on Linux 6.0 and later; elsewhere it changes nothing.
    pub fn zero_copy_from(mut self, bytes: u32) -> Self {
        self.send.zero_copy_from = bytes;
        self
    }

    /// What waiting timers are kept in, by this thread and each of the workers; a [wheel](zokio_core::time::Wheel) by default. A
    /// [list](zokio_core::time::SortedList) is shorter where no more than about eight wait at a time. A heap, O(log n) for
    /// everything, wakes to the nanosecond, where a wheel may be a microsecond late, and never too early to look once more. A
    /// timer is equally large in each.
    ///
    /// ```
    /// use std::time::Duration;
    /// use zokio_std::Runtime;
    /// use zokio_std::time::{StoreChoice, sleep};
    ///
    /// let runtime = Runtime::builder().timers(StoreChoice::Heap).build()?;
    /// runtime.block_on(async { sleep(Duration::from_millis(1)).await });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn timers(mut self, store: StoreChoice) -> Self {
        self.timers = store;
        self
    }

    /// How many threads share the tasks of [`spawn`](crate::spawn), besides the one that the runtime belongs to; none by
    /// default. [`available_parallelism`](thread::available_parallelism) tells how many the machine has room for.
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = count;
        self
    }

    /// How workers choose what to run next.
    pub fn strategy<S: Strategy>(mut self) -> Self {
        self.plan = S::PLAN;
        self
    }

    /// On which processors workers run; anywhere by default.
    pub fn placement(mut self, placement: Placement) -> Self {
        self.placement = placement;
        self
    }

    /// What the threads of workers are called, followed by a number; `zokio` by default.
    pub fn thread_name(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// How large the stacks of workers are, in bytes; what the standard library chooses by default.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.stack = Some(bytes);
        self
    }

    /// Lets time stand still, but for jumps to the next deadline when nothing else is left to be done: for tests. I/O that
    /// is on its way, and other threads, count as nothing to be done. Not with workers.
    pub fn virtual_time(mut self, on: bool) -> Self {
        self.virtual_time = on;
        self
    }

    /// Gives `core` a reactor; one that several threads may turn if `shared`.
    pub(super) fn open(&self, core: &Core, shared: bool) -> io::Result<()> {
        let options = DriverOptions { shared, ..self.options };
        let driver = AnyDriver::with_wake(self.kind, &options, &core.wake)?;
        *core.reactor() = Some(Reactor::new(driver, &options, self.send)?);
        Ok(())
    }

    /// Makes the runtime. It belongs to this thread.
    ///
    /// # Errors
    /// What the system reports: no memory, no descriptors, no threads, or no io_uring where nothing else was asked for.
    pub fn build(self) -> io::Result<Runtime> {
        let runtime = Runtime::start(&self)?;
        runtime.set_budget(self.budget);
        Ok(runtime)
    }

    /// Runs one runtime on each of `count` threads, and `main` on each of them with the number of the thread: the shape for a
    /// thread per core, where nothing is shared and no task need be `Send`. Returns what they returned, in order.
    ///
    /// ```
    /// use zokio_std::{Placement, Runtime, spawn_local};
    ///
    /// let builder = Runtime::builder().placement(Placement::Pinned);
    /// let sums = builder.run_on_each_core(2, async |number| {
    ///     let shared = std::rc::Rc::new(number * 10);
    ///     let task = spawn_local({ let shared = shared.clone(); async move { *shared + 1 } });
    ///     task.await.unwrap()
    /// })?;
    /// assert_eq!(sums, [1, 11]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`build`](Self::build), of the first thread that failed; the others run to their end first.
    ///
    /// # Panics
    /// If `main` panics on any thread, after the others have ended.
    pub fn run_on_each_core<T, F>(self, count: usize, main: F) -> io::Result<Vec<T>>
    where
        T: Send,
        F: AsyncFn(usize) -> T + Sync,
    {
        let placement = self.placement.plan(count)?;
        let (this, main, placement) = (self, &main, &placement);
        thread::scope(|scope| {
            let run = |number: usize| {
                thread::Builder::new().name(format!("{}-{number}", this.name)).spawn_scoped(scope, move || {
                    placement.apply(number);
                    Ok(this.build()?.block_on(main(number)))
                })
            };
            let threads: Vec<_> = (0..count).map(run).collect();
            let join = |thread: io::Result<thread::ScopedJoinHandle<'_, io::Result<T>>>| {
                thread?.join().unwrap_or_else(|payload| std::panic::resume_unwind(payload))
            };
            threads.into_iter().map(join).collect()
        })
    }
}
