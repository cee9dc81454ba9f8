//! What a configuration gets wrong.

use super::{DriverChoice, StrategyChoice};
use crate::platform::Os;
use crate::sentence::Sentence;
use core::fmt;

/// Why a [`Config`](super::Config) cannot work; its text says what to change.
///
/// ```
/// use zokio_core::config::ConfigError;
/// assert!(ConfigError::NoBudget.to_string().contains("at least 1"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ConfigError {
    /// Nobody would run the tasks.
    NoWorkers,
    /// More threads than the machine has.
    TooManyWorkers {
        /// As many as were asked for.
        asked: usize,
        /// As many as there are.
        most: usize,
    },
    /// No turn would poll anything.
    NoBudget,
    /// A capacity that a mask cannot wrap.
    NoPowerOfTwo {
        /// Which.
        name: &'static str,
        /// As it is.
        capacity: usize,
    },
    /// A capacity beyond what positions can count.
    QueueTooLarge {
        /// Which.
        name: &'static str,
        /// As it is.
        capacity: usize,
    },
    /// A driver of another system.
    DriverNotHere {
        /// The one asked for.
        driver: DriverChoice,
        /// The system.
        os: Os,
    },
    /// A driver that the system has, but the machine that was named does not use.
    DriverOfAnother {
        /// The one asked for.
        asked: DriverChoice,
        /// The machine's.
        has: DriverChoice,
    },
    /// Several workers where one executor is built.
    OneExecutor {
        /// As many as were asked for.
        workers: usize,
    },
    /// A strategy for one thread where there are several, or the other way round.
    StrategyNotForWorkers {
        /// The strategy.
        strategy: StrategyChoice,
        /// The workers.
        workers: usize,
    },
    /// A strategy that the runtime does not have.
    StrategyNotHere {
        /// The strategy.
        strategy: StrategyChoice,
    },
    /// No level, more than there are, or no task.
    StrategyRoom {
        /// The strategy.
        strategy: StrategyChoice,
        /// As it is.
        room: usize,
    },
    /// An I/O driver that could do no I/O.
    NoOperations {
        /// The driver.
        driver: DriverChoice,
    },
    /// Slots without bytes, or bytes without slots.
    HalfAnArena {
        /// The slots.
        slots: usize,
        /// Bytes in each.
        bytes: usize,
    },
    /// Memory, but no way to give it out.
    MemoryUnused {
        /// How much.
        bytes: usize,
    },
    /// Too little memory to give out.
    MemoryTooSmall {
        /// How much.
        bytes: usize,
    },
    /// More memory than offsets of 32 bits can count.
    MemoryTooLarge {
        /// How much.
        bytes: usize,
    },
    /// A part that is tried first but is nothing, or all.
    MemoryNotSplit {
        /// The part that is tried first.
        first: usize,
        /// All of it.
        bytes: usize,
    },
    /// A largest allocation that is nothing, or larger than the memory.
    MaxAllocation {
        /// As it is.
        max: usize,
        /// The memory.
        bytes: usize,
    },
    /// More RAM than the program wants to give.
    TooMuchRam {
        /// What the runtime takes.
        bytes: usize,
        /// What it may take.
        limit: usize,
    },
}

impl ConfigError {
    /// The least memory worth giving out, in bytes.
    pub(super) const LEAST_MEMORY: usize = 64;

    /// The error as a sentence.
    const fn sentence(&self) -> Sentence {
        match *self {
            Self::NoWorkers => Sentence::new("Config::workers is 0, so nobody would run the tasks; take at least 1"),
            Self::TooManyWorkers { asked, most } => Sentence::new("Config::workers is ")
                .number(asked)
                .text(", but threads here are ")
                .number(most)
                .text("; ask for at most that many"),
            Self::NoBudget => Sentence::new("Config::budget is 0, so no turn would poll a task; take at least 1"),
            Self::NoPowerOfTwo { name, capacity } => {
                let what = Sentence::new("Config::").text(name).text(" is ").number(capacity);
                let what = what.text(", which is no power of two; take ");
                match capacity {
                    0 => what.text("at least 1"),
                    _ => what.number(1 << capacity.ilog2()).text(" or ").number(1 << (capacity.ilog2() + 1)),
                }
            }
            Self::QueueTooLarge { name, capacity } => Sentence::new("Config::")
                .text(name)
                .text(" is ")
                .number(capacity)
                .text("; at most ")
                .number(1 << (usize::BITS / 2))
                .text(" can be told apart here"),
            Self::DriverNotHere { driver, os } => {
                let what = Sentence::new("Config::driver is ").text(driver.name()).text(", which ").text(os.name());
                let best = DriverChoice::best_of(os.drivers());
                what.text(" does not have; take DriverChoice::Auto, which means ").text(best.name()).text(" there")
            }
            Self::DriverOfAnother { asked, has } => Sentence::new("Config::driver is ")
                .text(asked.name())
                .text(", but the machine's is ")
                .text(has.name())
                .text("; take DriverChoice::Auto or another machine"),
            Self::OneExecutor { workers } => Sentence::new("Config::workers is ")
                .number(workers)
                .text(", but runtime! builds one executor, for one thread; take 1, and one runtime for each core"),
            Self::StrategyNotForWorkers { strategy, workers } => {
                let what =
                    Sentence::new("Config::strategy is ").text(strategy.name()).text(", and Config::workers is ");
                what.number(workers).text(match workers {
                    1 => "; for one, take Fifo, Priority or Deadline",
                    _ => "; for several, take LocalFirst, GlobalFirst or RoundRobin",
                })
            }
            Self::StrategyNotHere { strategy } => Sentence::new("Config::strategy is ")
                .text(strategy.name())
                .text(", which runtimes of runtime! have and this one has not; take Fifo, or one for several workers"),
            Self::StrategyRoom { strategy, room } => {
                let what = Sentence::new("Config::strategy_room is ").number(room).text(" for ").text(strategy.name());
                what.text(match strategy {
                    StrategyChoice::Priority => ", which has levels; take 1 to 16",
                    _ => ", which keeps tasks in order; take at least 1",
                })
            }
            Self::NoOperations { driver } => Sentence::new("Config::operations is 0, but ")
                .text(driver.name())
                .text(" does I/O; take as many as are in flight at the same time"),
            Self::HalfAnArena { slots, bytes } => Sentence::new("Config::tasks has ")
                .number(slots)
                .text(" slots of ")
                .number(bytes)
                .text(" bytes; give both, or neither"),
            Self::MemoryUnused { bytes } => Sentence::new("Config::memory_bytes is ")
                .number(bytes)
                .text(", but Config::memory chooses nothing that gives them out; call Config::memory"),
            Self::MemoryTooSmall { bytes } => Sentence::new("Config::memory has ")
                .number(bytes)
                .text(" bytes; give it at least ")
                .number(Self::LEAST_MEMORY),
            Self::MemoryTooLarge { bytes } => Sentence::new("Config::memory has ")
                .number(bytes)
                .text(" bytes; it counts in 32 bits, so give it at most ")
                .number(1 << 31),
            Self::MemoryNotSplit { first, bytes } => Sentence::new("Config::memory_first is ")
                .number(first)
                .text(" of ")
                .number(bytes)
                .text(" bytes, so one of the two parts is empty; take something in between"),
            Self::MaxAllocation { max, bytes } => Sentence::new("Config::max_allocation is ")
                .number(max)
                .text(", and the memory has ")
                .number(bytes)
                .text(" bytes; take something from 1 to that"),
            Self::TooMuchRam { bytes, limit } => Sentence::new("the runtime takes ")
                .number(bytes)
                .text(" bytes of static RAM, and Config::ram_limit is ")
                .number(limit)
                .text("; make the arena or the memory smaller, or raise the limit"),
        }
    }

    /// Panics with the sentence; at compile time that is the compiler's error.
    #[track_caller]
    pub(super) const fn raise(&self) -> ! {
        self.sentence().raise()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence().as_str())
    }
}

impl core::error::Error for ConfigError {}
