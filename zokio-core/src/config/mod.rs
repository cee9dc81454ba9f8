//! What is decided when a program is compiled: a [`Config`] is a constant, [`runtime!`](crate::runtime) makes types of it.
//!
//! ```
//! use zokio_core::config::{Config, StoreChoice};
//! use zokio_core::platform::PlatformCapabilities;
//!
//! const CONFIG: Config = Config::new().store(StoreChoice::Heap).budget(32).tasks(4, 128).ram_limit(16 * 1024);
//! const { CONFIG.validate(&PlatformCapabilities::TARGET) };
//! ```
//!
//! What cannot work does not compile, and says what to change:
//! ```compile_fail
//! # use zokio_core::config::Config;
//! # use zokio_core::platform::PlatformCapabilities;
//! const { Config::new().budget(0).validate(&PlatformCapabilities::TARGET) };
//! ```

mod choice;
mod error;
mod machine;
mod runtime;
mod select;

pub use choice::{DriverChoice, MemoryChoice, StoreChoice, StrategyChoice};
pub use error::ConfigError;
pub use machine::Machine;

/// What [`runtime!`](crate::runtime) expands to. Not covered by semantic versioning.
#[doc(hidden)]
pub mod raw {
    pub use super::select::{Chosen, Nothing, SelectMemory, SelectStore, SelectStrategy, SelectTasks};
}

use crate::platform::PlatformCapabilities;

/// Everything about a runtime that is decided at compile time. A `const` builder; the defaults are a small runtime on one
/// core without arenas, which works on every machine.
///
/// [`validate`](Self::validate) it in a `const` block, or let [`runtime!`](crate::runtime) do that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Config {
    /// Threads that run tasks. 1.
    pub workers: usize,
    /// Tasks that a turn polls before it looks at the driver. 64.
    pub budget: usize,
    /// How many values the runtime's queues ([`Mpmc`](crate::queue::Mpmc)) hold, a power of two. 16.
    pub queue: usize,
    /// How many I/O operations can be in flight. 1024; of no account on a board.
    pub operations: usize,
    /// How many submissions one system call takes, a power of two. 256; of no account but for io_uring.
    pub submissions: usize,
    /// How waiting timers are kept. [`StoreChoice::SortedList`].
    pub store: StoreChoice,
    /// Which of the ready tasks is next. [`StrategyChoice::Fifo`].
    pub strategy: StrategyChoice,
    /// Levels of [`StrategyChoice::Priority`], 1 to 16, or tasks that [`StrategyChoice::Deadline`] keeps in order. 8; of no
    /// account for others.
    pub strategy_room: usize,
    /// The driver wanted. [`DriverChoice::Auto`].
    pub driver: DriverChoice,
    /// Slots in the arena for tasks that no `#[task]` function names. None.
    pub task_slots: usize,
    /// Bytes in each of them, for the future or its output.
    pub task_bytes: usize,
    /// How memory for data is given out. [`MemoryChoice::None`].
    pub memory: MemoryChoice,
    /// Bytes that it gives out.
    pub memory_bytes: usize,
    /// How many of these are for what is tried first: the inline part of a stack fallback, the small allocations of the
    /// adaptive one. A quarter.
    pub memory_first: usize,
    /// The largest single allocation, in bytes; all of the memory unless said otherwise.
    pub max_allocation: usize,
    /// The most static RAM, in bytes, that the runtime may take.
    pub ram_limit: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self::new()
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)+) => {
        $($(#[$doc])*
        #[must_use]
        pub const fn $name(mut self, $name: $type) -> Self {
            self.$name = $name;
            self
        })+
    };
}

impl Config {
    /// The defaults; see the fields.
    pub const fn new() -> Self {
        Self {
            workers: 1,
            budget: 64,
            queue: 16,
            operations: 1024,
            submissions: 256,
            store: StoreChoice::SortedList,
            strategy: StrategyChoice::Fifo,
            strategy_room: 8,
            driver: DriverChoice::Auto,
            task_slots: 0,
            task_bytes: 0,
            memory: MemoryChoice::None,
            memory_bytes: 0,
            memory_first: 0,
            max_allocation: usize::MAX,
            ram_limit: usize::MAX,
        }
    }

    setters! {
        /// Threads that run tasks.
        workers: usize;
        /// Tasks that a turn polls before it looks at the driver.
        budget: usize;
        /// How many values the runtime's queues hold: a power of two.
        queue: usize;
        /// How many I/O operations can be in flight.
        operations: usize;
        /// How many submissions one system call takes: a power of two.
        submissions: usize;
        /// How waiting timers are kept.
        store: StoreChoice;
        /// Which of the ready tasks is next.
        strategy: StrategyChoice;
        /// The driver wanted.
        driver: DriverChoice;
        /// How many bytes of the memory are for what is tried first.
        memory_first: usize;
        /// The largest single allocation, in bytes.
        max_allocation: usize;
        /// The most static RAM, in bytes, that the runtime may take.
        ram_limit: usize;
    }

    /// An arena of `slots` slots for tasks of up to `bytes` bytes each.
    #[must_use]
    pub const fn tasks(mut self, slots: usize, bytes: usize) -> Self {
        (self.task_slots, self.task_bytes) = (slots, bytes);
        self
    }

    /// The most urgent task first, of `levels` levels.
    #[must_use]
    pub const fn priority(mut self, levels: usize) -> Self {
        (self.strategy, self.strategy_room) = (StrategyChoice::Priority, levels);
        self
    }

    /// The task that is due first, of at most `tasks` that have deadlines.
    #[must_use]
    pub const fn deadline(mut self, tasks: usize) -> Self {
        (self.strategy, self.strategy_room) = (StrategyChoice::Deadline, tasks);
        self
    }

    /// Memory for data: `bytes` of it, given out as `choice` says, a quarter of it to what is tried first.
    #[must_use]
    pub const fn memory(mut self, choice: MemoryChoice, bytes: usize) -> Self {
        (self.memory, self.memory_bytes, self.memory_first) = (choice, bytes, bytes / 4 / 16 * 16);
        self
    }

    /// The driver that this configuration means on a machine.
    pub const fn driver_on(&self, platform: &PlatformCapabilities) -> DriverChoice {
        match self.driver {
            DriverChoice::Auto => DriverChoice::best_of(platform.drivers),
            chosen => chosen,
        }
    }

    /// The same with the driver that a machine has, where the choice is left to it.
    #[must_use]
    pub const fn on<M: Machine>(mut self) -> Self {
        if matches!(self.driver, DriverChoice::Auto) {
            self.driver = M::DRIVER;
        }
        self
    }

    /// Whether it can work on a platform.
    ///
    /// # Errors
    /// The first thing that cannot.
    ///
    /// ```
    /// use zokio_core::config::{Config, ConfigError};
    /// use zokio_core::platform::PlatformCapabilities;
    ///
    /// let error = Config::new().queue(12).check(&PlatformCapabilities::TARGET).unwrap_err();
    /// assert_eq!(error.to_string(), "Config::queue is 12, which is no power of two; take 8 or 16");
    /// ```
    pub const fn check(&self, platform: &PlatformCapabilities) -> Result<(), ConfigError> {
        if self.workers == 0 {
            return Err(ConfigError::NoWorkers);
        }
        if let Some(most) = platform.max_workers()
            && self.workers > most
        {
            return Err(ConfigError::TooManyWorkers { asked: self.workers, most });
        }
        if self.budget == 0 {
            return Err(ConfigError::NoBudget);
        }
        let named = [("queue", self.queue), ("submissions", self.submissions)];
        let mut at = 0;
        while at < named.len() {
            let (name, capacity) = named[at];
            if capacity > 1 << (usize::BITS / 2) {
                return Err(ConfigError::QueueTooLarge { name, capacity });
            }
            if !capacity.is_power_of_two() {
                return Err(ConfigError::NoPowerOfTwo { name, capacity });
            }
            at += 1;
        }
        let driver = self.driver_on(platform);
        if !platform.drivers.contains(driver.as_set()) {
            return Err(ConfigError::DriverNotHere { driver, os: platform.os });
        }
        if self.operations == 0 && driver.has_operations() {
            return Err(ConfigError::NoOperations { driver });
        }
        if !self.strategy.is_for(self.workers) {
            return Err(ConfigError::StrategyNotForWorkers { strategy: self.strategy, workers: self.workers });
        }
        let most = match self.strategy {
            StrategyChoice::Priority => 16,
            _ => usize::MAX,
        };
        if self.strategy_room == 0 || self.strategy_room > most {
            return Err(ConfigError::StrategyRoom { strategy: self.strategy, room: self.strategy_room });
        }
        if (self.task_slots == 0) != (self.task_bytes == 0) {
            return Err(ConfigError::HalfAnArena { slots: self.task_slots, bytes: self.task_bytes });
        }
        if let Err(error) = self.check_memory() {
            return Err(error);
        }
        let known = self.task_slots.saturating_mul(self.task_bytes).saturating_add(self.memory_bytes);
        self.check_ram(known)
    }

    const fn check_memory(&self) -> Result<(), ConfigError> {
        if matches!(self.memory, MemoryChoice::None) {
            return if self.memory_bytes == 0 {
                Ok(())
            } else {
                Err(ConfigError::MemoryUnused { bytes: self.memory_bytes })
            };
        }
        if self.memory_bytes < ConfigError::LEAST_MEMORY {
            return Err(ConfigError::MemoryTooSmall { bytes: self.memory_bytes });
        }
        if self.memory_bytes > 1 << 31 {
            return Err(ConfigError::MemoryTooLarge { bytes: self.memory_bytes });
        }
        let two = matches!(self.memory, MemoryChoice::StackFallback | MemoryChoice::Adaptive);
        if two && (self.memory_first == 0 || self.memory_first >= self.memory_bytes) {
            return Err(ConfigError::MemoryNotSplit { first: self.memory_first, bytes: self.memory_bytes });
        }
        let unlimited = self.max_allocation == usize::MAX;
        if self.max_allocation == 0 || !unlimited && self.max_allocation > self.memory_bytes {
            return Err(ConfigError::MaxAllocation { max: self.max_allocation, bytes: self.memory_bytes });
        }
        Ok(())
    }

    /// Whether `bytes` of static RAM are within the limit.
    ///
    /// # Errors
    /// [`ConfigError::TooMuchRam`] if not.
    pub const fn check_ram(&self, bytes: usize) -> Result<(), ConfigError> {
        if bytes > self.ram_limit { Err(ConfigError::TooMuchRam { bytes, limit: self.ram_limit }) } else { Ok(()) }
    }

    /// For a `const` block: what [`check`](Self::check) refuses does not compile.
    ///
    /// # Panics
    /// With the sentence that says what to change.
    #[track_caller]
    pub const fn validate(&self, platform: &PlatformCapabilities) {
        if let Err(error) = self.check(platform) {
            error.raise();
        }
    }

    /// As [`validate`](Self::validate), for a machine: another driver than the machine's, or more than the one thread of
    /// [`runtime!`](crate::runtime), does not compile either.
    ///
    /// # Panics
    /// With the sentence that says what to change.
    #[track_caller]
    pub const fn validate_machine<M: Machine>(&self) {
        self.validate(&M::CAPABILITIES);
        let (asked, has) = (self.driver, M::DRIVER);
        if !matches!(has, DriverChoice::Auto) && !has.as_set().contains(asked.as_set()) {
            ConfigError::DriverOfAnother { asked, has }.raise();
        }
        if self.workers > 1 {
            ConfigError::OneExecutor { workers: self.workers }.raise();
        }
    }

    /// For a `const` block: more RAM than the limit does not compile.
    ///
    /// # Panics
    /// With a sentence that tells both numbers.
    #[track_caller]
    pub const fn validate_ram(&self, bytes: usize) {
        if let Err(error) = self.check_ram(bytes) {
            error.raise();
        }
    }
}
