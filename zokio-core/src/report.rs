//! What a configuration comes to: a constant that a program can hold itself to.

use crate::config::{Config, DriverChoice, MemoryChoice, StoreChoice, StrategyChoice};
use crate::platform::{Drivers, Os, PlatformCapabilities};
use crate::task::raw::Header;
use crate::time::{TimerStore, Timers, timer_bytes};
use core::fmt;

/// How large the parts of a runtime are, in bytes. [`runtime!`](crate::runtime) fills it in.
///
/// ```
/// use zokio_core::report::Sizes;
/// use zokio_core::time::{Heap, SortedList};
///
/// assert!(Sizes::of::<Heap>().timer > Sizes::of::<SortedList>().timer);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Sizes {
    /// A timer: what each waiting future has for the store.
    pub timer: usize,
    /// The store.
    pub timers: usize,
    /// The executor, which lies on the stack of whoever runs it.
    pub executor: usize,
    /// A handle to the clock, of which every waiting future has one.
    pub clock: usize,
    /// The queue of ready tasks.
    pub ready: usize,
    /// The arena for tasks.
    pub tasks: usize,
    /// One slot of it.
    pub slot: usize,
    /// The memory strategy, with what it gives out.
    pub memory: usize,
    /// The largest allocation that it can make.
    pub allocation: usize,
}

impl Sizes {
    /// The sizes of a store and its timers; everything else 0.
    pub const fn of<S: TimerStore>() -> Self {
        Self {
            timer: timer_bytes::<S>(),
            timers: size_of::<Timers<S>>(),
            executor: 0,
            clock: 0,
            ready: 0,
            tasks: 0,
            slot: 0,
            memory: 0,
            allocation: 0,
        }
    }

    /// With the size of the executor.
    #[must_use]
    pub const fn executor(self, executor: usize) -> Self {
        Self { executor, ..self }
    }

    /// With the size of the clock.
    #[must_use]
    pub const fn clock(self, clock: usize) -> Self {
        Self { clock, ..self }
    }

    /// With the size of the ready queue.
    #[must_use]
    pub const fn ready(self, ready: usize) -> Self {
        Self { ready, ..self }
    }

    /// With the size of the arena, and of a slot in it.
    #[must_use]
    pub const fn tasks(self, tasks: usize, slot: usize) -> Self {
        Self { tasks, slot, ..self }
    }

    /// With the size of the memory strategy, and of the largest allocation that it can make.
    #[must_use]
    pub const fn memory(self, memory: usize, allocation: usize) -> Self {
        Self { memory, allocation, ..self }
    }
}

/// What a configured runtime takes and consists of, on the machine that it is compiled for. A constant.
///
/// ```
/// use zokio_core::config::Config;
/// use zokio_core::platform::PlatformCapabilities;
/// use zokio_core::report::{Report, Sizes};
/// use zokio_core::time::SortedList;
///
/// const REPORT: Report = Report::new(&Config::new(), &PlatformCapabilities::TARGET, &Sizes::of::<SortedList>());
/// const _: () = assert!(REPORT.ram_bytes <= 8 * 1024);
/// assert!(REPORT.to_string().contains("SortedList"));
/// for optimisation in REPORT.missed() {
///     println!("{}: {}; {}", optimisation.name, optimisation.reason, optimisation.next);
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Report {
    /// The driver that the executor parks on; where the running system chooses, its best candidate.
    pub driver: DriverChoice,
    /// Which of the ready tasks is next.
    pub strategy: StrategyChoice,
    /// How timers are kept.
    pub store: StoreChoice,
    /// How memory for data is given out.
    pub memory: MemoryChoice,
    /// The largest single allocation, in bytes; 0 without memory.
    pub max_allocation: usize,
    /// Threads that run tasks.
    pub workers: usize,
    /// Bytes that a task takes beside its future: its header.
    pub task_header: usize,
    /// Bytes of a slot in the arena, all included; 0 without an arena.
    pub bytes_per_task: usize,
    /// Slots in the arena.
    pub task_slots: usize,
    /// Bytes that a waiting timer takes in the future that waits, its waker included.
    pub bytes_per_timer: usize,
    /// Static RAM of the runtime's parts, in bytes: ready queue, timers, arena, memory. The pools of the program's own
    /// `#[task]` functions and its other statics are beside it.
    pub ram_bytes: usize,
    /// The parts that it is the sum of, and what lies elsewhere.
    pub sizes: Sizes,
    /// What makes the runtime small or fast, and whether it applies here.
    pub optimisations: [Optimisation; OPTIMISATIONS],
}

/// How many optimisations a report looks at.
pub const OPTIMISATIONS: usize = 8;

/// Something that makes a runtime small or fast.
///
/// ```
/// # use zokio_core::{config::Config, platform::PlatformCapabilities, report::{Report, Sizes}, time::SortedList};
/// # let report = Report::new(&Config::new(), &PlatformCapabilities::TARGET, &Sizes::of::<SortedList>());
/// let heapless = report.optimisations[0];
/// assert!(heapless.applied && heapless.next.is_empty());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Optimisation {
    /// What.
    pub name: &'static str,
    /// Whether it applies.
    pub applied: bool,
    /// Why it does or does not.
    pub reason: &'static str,
    /// What to do to get it; empty if it applies.
    pub next: &'static str,
}

impl Optimisation {
    const fn of(name: &'static str, applied: bool, yes: &'static str, no: &'static str, next: &'static str) -> Self {
        if applied { Self { name, applied, reason: yes, next: "" } } else { Self { name, applied, reason: no, next } }
    }
}

impl Report {
    /// The report of a configuration on a machine, whose parts have these sizes.
    pub const fn new(config: &Config, platform: &PlatformCapabilities, sizes: &Sizes) -> Self {
        let driver = config.driver_on(platform);
        Self {
            driver,
            strategy: config.strategy,
            store: config.store,
            memory: config.memory,
            max_allocation: sizes.allocation,
            workers: config.workers,
            task_header: size_of::<Header>(),
            bytes_per_task: sizes.slot,
            task_slots: config.task_slots,
            bytes_per_timer: sizes.timer,
            ram_bytes: sizes.ready + sizes.timers + sizes.tasks + sizes.memory,
            sizes: *sizes,
            optimisations: optimisations(config, platform, sizes, driver),
        }
    }

    /// The optimisations that apply.
    pub fn applied(&self) -> impl Iterator<Item = &Optimisation> {
        self.optimisations.iter().filter(|optimisation| optimisation.applied)
    }

    /// Those that do not, each with the reason and what to do.
    pub fn missed(&self) -> impl Iterator<Item = &Optimisation> {
        self.optimisations.iter().filter(|optimisation| !optimisation.applied)
    }
}

/// Tasks among which a sorted list is searched quickly.
const FEW: usize = 8;

const fn optimisations(
    config: &Config,
    platform: &PlatformCapabilities,
    sizes: &Sizes,
    driver: DriverChoice,
) -> [Optimisation; OPTIMISATIONS] {
    let board = matches!(platform.os, Os::None);
    let completions = Drivers::URING.union(Drivers::IOCP);
    [
        Optimisation::of("no heap", true, "tasks, timers and queues lie in statics and futures", "", ""),
        Optimisation::of(
            "timers in futures",
            sizes.timer > 0,
            "a timer takes no slot of a table, and its future takes it out in O(1)",
            "there is no store for timers",
            "build the runtime with runtime!",
        ),
        Optimisation::of(
            "clock without a pointer",
            sizes.clock == 0,
            "the handle is zero-sized: a future that waits carries none",
            "the handle to the clock is a value that every waiting future carries",
            "give Machine::Time no fields and let it name a static",
        ),
        Optimisation::of(
            "atomics in hardware",
            platform.cas,
            "compare-and-swap is an instruction",
            "the core has no compare-and-swap, so that portable-atomic masks interrupts or takes a cheaper way on one core",
            "take a core that has it (Armv7-M and later, RISC-V with A), if wakes are many",
        ),
        Optimisation::of(
            "timer store fits",
            match config.store {
                StoreChoice::SortedList => config.task_slots <= FEW,
                StoreChoice::Heap => true,
                StoreChoice::Wheel => !board,
            },
            "arming and cancelling cost what the number of timers allows",
            match config.store {
                StoreChoice::SortedList => {
                    "a sorted list is searched from its beginning, and there may be more than eight timers"
                }
                _ => "a wheel has hundreds of words, which a board misses elsewhere",
            },
            match config.store {
                StoreChoice::SortedList => "Config::store(StoreChoice::Heap), or Wheel on a server",
                _ => "Config::store(StoreChoice::Heap)",
            },
        ),
        Optimisation::of(
            "I/O by completion",
            board || completions.contains(driver.as_set()),
            if board { "interrupts are the completions" } else { "many operations for one system call" },
            "the driver tells readiness, so that an operation that has to wait takes two system calls and a wait",
            match platform.os {
                Os::Linux => "Config::driver(DriverChoice::Auto) on a kernel that has io_uring and allows it",
                _ => "nothing: this system has no other kind",
            },
        ),
        Optimisation::of(
            "every core at work",
            config.workers > 1 || !platform.threads,
            if platform.threads { "several workers, which steal from each other" } else { "there is one thread" },
            "one worker runs, on a machine with threads",
            "Config::workers, or one runtime for each core",
        ),
        Optimisation::of(
            "no false sharing",
            platform.cache_line <= 128,
            if platform.cache_line == 0 {
                "there is no cache to share"
            } else {
                "what different threads write lies on different cache lines"
            },
            "the queues keep 128 bytes between threads, and lines are longer here",
            "tell the authors about the machine",
        ),
    ]
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line =
            |f: &mut fmt::Formatter<'_>, name: &str, value: fmt::Arguments<'_>| writeln!(f, "{name:<16} {value}");
        line(f, "driver", format_args!("{}", self.driver))?;
        line(f, "strategy", format_args!("{}", self.strategy))?;
        line(f, "workers", format_args!("{}", self.workers))?;
        line(f, "timer store", format_args!("{}, {} B", self.store, self.sizes.timers))?;
        line(f, "per timer", format_args!("{} B in the future that waits", self.bytes_per_timer))?;
        line(f, "per task", format_args!("{} B header", self.task_header))?;
        if self.task_slots > 0 {
            let (slots, bytes, all) = (self.task_slots, self.bytes_per_task, self.sizes.tasks);
            line(f, "task arena", format_args!("{slots} slots of {bytes} B, {all} B"))?;
        }
        match self.memory {
            MemoryChoice::None => line(f, "memory", format_args!("none"))?,
            memory => {
                let (bytes, max) = (self.sizes.memory, self.max_allocation);
                line(f, "memory", format_args!("{memory}, {bytes} B, at most {max} B at a time"))?;
            }
        }
        line(f, "static RAM", format_args!("{} B", self.ram_bytes))?;
        line(f, "on the stack", format_args!("{} B executor", self.sizes.executor))?;
        for optimisation in self.applied() {
            line(f, "applied", format_args!("{}: {}", optimisation.name, optimisation.reason))?;
        }
        for optimisation in self.missed() {
            let Optimisation { name, reason, next, .. } = optimisation;
            line(f, "missed", format_args!("{name}: {reason}; to get it: {next}"))?;
        }
        Ok(())
    }
}
